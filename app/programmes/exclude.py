"""Which products do staff leave out of the programme, or take in again? (PROGRAMME 11: `excludeProducts`)"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from app.database import Db, row, rows, value
from app.programmes.store import revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.requests.words import SKU_LENGTH, unfit
from app.staff.audit import audit

MOST_AT_ONCE = 100
MOST_IN_A_MARKET = 1_000  # in force or to come: every order reads them

# The market's row is the lock: two who leave the same product out at once leave it out once.
_LOCK = "SELECT code FROM market WHERE code = $1 FOR NO KEY UPDATE"
_ADD = """
INSERT INTO exclusion (market_id, sku, category, from_at, until_at)
SELECT $1::text, sku, category, $4::timestamptz, $5::timestamptz
FROM unnest($2::text[], $3::text[]) AS e (sku, category)
WHERE NOT EXISTS (SELECT FROM exclusion known WHERE known.market_id = $1::text
  AND (known.sku = e.sku OR known.category = e.category)
  AND coalesce(known.from_at, '-infinity') <= $4::timestamptz
  AND coalesce(known.until_at, 'infinity') >= coalesce($5::timestamptz, 'infinity'))
RETURNING sku, category, from_at, until_at
"""
_LEFT_OUT = "SELECT count(*) FROM exclusion WHERE market_id = $1 AND coalesce(until_at, 'infinity') > $2"
_OF_THESE = "market_id = $1 AND (sku = ANY ($2::text[]) OR category = ANY ($3::text[]))"
_WITHDRAW = f"DELETE FROM exclusion WHERE {_OF_THESE} AND from_at >= $4 RETURNING sku, category, from_at, until_at"
_END = f"""
UPDATE exclusion SET until_at = $4 WHERE {_OF_THESE}
  AND coalesce(until_at, 'infinity') > $4 AND coalesce(from_at, '-infinity') < $4
RETURNING sku, category, from_at, until_at
"""


@dataclass(frozen=True)
class Products:
    """Products and categories of a market, to be left out (`excluded`) during [from_at, until_at), or taken in again.

    `from_at` None is now; `until_at` None is for ever. Taken in again they are from `from_at` on, for good.
    """

    market: str
    skus: tuple[str, ...]
    categories: tuple[str, ...]
    excluded: bool
    from_at: datetime | None = None
    until_at: datetime | None = None


async def exclude_products(call: Call, actor: str, products: Products) -> Outcome:
    """Leave products out of earning, points discount and coupons alike, by the time of each activity; or end that.

    What is earned stays earned. A product that is left out for all of that time already is not left out twice.
    Refused as MARKET_NOT_SERVED or INVALID_INPUT.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(products):
            return problem
        if await row(db, _LOCK, products.market) is None:
            return refused("MARKET_NOT_SERVED", "market", market=products.market)
        now: datetime = await value(db, "SELECT programme_now()")
        if problem := _untimely(products, now):
            return problem
        since = products.from_at or now
        changed = await (_exclude if products.excluded else _include)(db, products, since)
        if products.excluded and await value(db, _LEFT_OUT, products.market, now) > MOST_IN_A_MARKET:
            return invalid("TOO_MANY", "skus" if products.skus else "categories", maximum=MOST_IN_A_MARKET)
        facts = {"excluded": products.excluded, "exclusions": [_told(one) for one in changed]}
        await audit(db, actor, "excludeProducts", f"market/{products.market}", after=facts)
        return Outcome(revision_id=(await revision_book(db)).of(products.market, now).id)

    return await once(call, act)


async def _exclude(db: Db, products: Products, since: datetime) -> list[asyncpg.Record]:
    skus, categories = sorted(set(products.skus)), sorted(set(products.categories))
    return await rows(
        db,
        _ADD,
        products.market,
        [*skus, *(None for _ in categories)],
        [*(None for _ in skus), *categories],
        since,
        products.until_at,
    )


async def _include(db: Db, products: Products, since: datetime) -> list[asyncpg.Record]:
    """Ends what is in force then; what would begin only afterwards never does."""
    these = (products.market, list(products.skus), list(products.categories), since)
    return [*await rows(db, _WITHDRAW, *these), *await rows(db, _END, *these)]


def _unfit(products: Products) -> Outcome | None:
    if not products.skus and not products.categories:
        return invalid("EMPTY", "skus")
    named = (("skus", products.skus), ("categories", products.categories))
    for field, words in named:
        if len(words) > MOST_AT_ONCE:
            return invalid("TOO_MANY", field, maximum=MOST_AT_ONCE)
    return unfit(*((field, word, SKU_LENGTH) for field, words in named for word in words))


def _untimely(products: Products, now: datetime) -> Outcome | None:
    """What is wrong with the times; an exclusion may begin in the past, for what is recorded from now on."""
    if not products.excluded:
        if products.until_at is not None:
            return invalid("ANY_OTHER", "until")
        return invalid("IN_PAST", "from") if products.from_at is not None and products.from_at < now else None
    if products.until_at is None:
        return None
    if products.until_at <= now:
        return invalid("IN_PAST", "until")
    return (
        invalid("TOO_EARLY", "until")
        if products.from_at is not None and products.until_at <= products.from_at
        else None
    )


def _told(exclusion: asyncpg.Record) -> dict[str, Any]:
    times = {name: exclusion[name] and exclusion[name].isoformat() for name in ("from_at", "until_at")}
    return {"sku": exclusion["sku"], "category": exclusion["category"], **times}
