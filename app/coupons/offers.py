"""How does a coupon offer come into being, and how is it suspended? (PROGRAMME 7)"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.commits import note_catalogue
from app.database import Db, one, row, rows
from app.programmes.store import revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.requests.titles import read_titles
from app.requests.words import SKU_LENGTH, unfit
from app.rules.calendar import local_instant
from app.rules.money import MoneyError, to_minor
from app.rules.revision import MarketFacts
from app.staff.audit import audit

MAXIMUM_POINTS = 10_000_000
MAXIMUM_VALUE_MINOR = 10**9
MAXIMUM_DAYS = 3_650
MAXIMUM_PIECES = 10**9
MAXIMUM_EXCLUDED = 500

_LAUNCH = """
INSERT INTO coupon_offer (market_id, price_points, value_minor, minimum_order_minor, valid_days, opens_at, closes_at,
  stock, stock_left, limit_per_member, suspended, excluded_skus, excluded_categories, titles)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, false, $10::jsonb, $11::jsonb, $12::jsonb) RETURNING id
"""
_LOCK = "SELECT suspended FROM coupon_offer WHERE id = $1 FOR UPDATE"


@dataclass(frozen=True)
class OfferDraft:
    """An offer as staff write it: money in decimals of the market's currency, the window on the market's wall clocks.

    `titles` are (locale, text) pairs; stock and limit are None where there is none.
    """

    market: str
    titles: tuple[tuple[str, str], ...]
    price_points: int
    value: Decimal
    valid_days: int
    minimum_order: Decimal | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    stock: int | None = None
    limit_per_member: int | None = None
    excluded_skus: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Read:
    titles: dict[str, str]
    value_minor: int
    minimum_minor: int | None
    opens_at: datetime | None
    closes_at: datetime | None


async def launch_offer(call: Call, actor: str, draft: OfferDraft) -> Outcome:
    """Put an offer into its market's catalogue; refused with MARKET_NOT_SERVED or INVALID_INPUT."""

    async def act(db: Db, request_id: int) -> Outcome:
        book = await revision_book(db)
        if draft.market not in book.markets:
            return refused("MARKET_NOT_SERVED", "market", market=draft.market)
        read = _read(draft, book.facts(draft.market))
        if isinstance(read, Outcome):
            return read
        launched = await one(
            db,
            _LAUNCH,
            draft.market,
            draft.price_points,
            read.value_minor,
            read.minimum_minor,
            draft.valid_days,
            read.opens_at,
            read.closes_at,
            draft.stock,
            draft.limit_per_member,
            json.dumps(sorted(set(draft.excluded_skus))),
            json.dumps(sorted(set(draft.excluded_categories))),
            json.dumps(read.titles),
        )
        after = {"market": draft.market, "price_points": draft.price_points, "value_minor": read.value_minor}
        note_catalogue()
        await audit(db, actor, call.mutation, f"offer/{launched['id']}", after={**after, "titles": read.titles})
        return Outcome(offer_id=launched["id"])

    return await once(call, act)


async def suspend_offer(call: Call, actor: str, offer_id: int | None, suspended: bool) -> Outcome:
    """Suspend an offer, or offer it again; coupons already issued stay good. Refused with NOT_FOUND."""

    async def act(db: Db, request_id: int) -> Outcome:
        found = await row(db, _LOCK, offer_id) if offer_id is not None else None
        if found is None:
            return refused("NOT_FOUND", "offerId", what="OFFER")
        await rows(db, "UPDATE coupon_offer SET suspended = $2 WHERE id = $1", offer_id, suspended)
        note_catalogue()
        before = {"suspended": found["suspended"]}
        await audit(db, actor, call.mutation, f"offer/{offer_id}", before=before, after={"suspended": suspended})
        return Outcome(offer_id=offer_id)

    return await once(call, act)


def _read(draft: OfferDraft, market: MarketFacts) -> _Read | Outcome:
    titles = read_titles(draft.titles)
    if isinstance(titles, Outcome):
        return titles
    if problem := _out_of_range(draft) or _unfit_exclusions(draft):
        return problem
    value_minor = _minor("value", draft.value, market.currency, minimum=1)
    if isinstance(value_minor, Outcome):
        return value_minor
    minimum_minor: int | Outcome | None = None
    if draft.minimum_order is not None:
        minimum_minor = _minor("minimumOrder", draft.minimum_order, market.currency, minimum=0)
    if isinstance(minimum_minor, Outcome):
        return minimum_minor
    opens_at, closes_at = (
        local_instant(wall, market.time_zone) if wall is not None else None
        for wall in (draft.opens_at, draft.closes_at)
    )
    if opens_at is not None and closes_at is not None and opens_at >= closes_at:
        return invalid("OUT_OF_RANGE", "closesAt")
    return _Read(titles, value_minor, minimum_minor, opens_at, closes_at)


def _out_of_range(draft: OfferDraft) -> Outcome | None:
    for field, number, maximum in (
        ("price", draft.price_points, MAXIMUM_POINTS),
        ("validDays", draft.valid_days, MAXIMUM_DAYS),
        ("stock", draft.stock, MAXIMUM_PIECES),
        ("limitPerMember", draft.limit_per_member, MAXIMUM_PIECES),
    ):
        if number is not None and not 1 <= number <= maximum:
            return invalid("OUT_OF_RANGE", field, minimum=1, maximum=maximum)
    return None


def _unfit_exclusions(draft: OfferDraft) -> Outcome | None:
    lists: Sequence[tuple[str, tuple[str, ...]]] = (
        ("excludedSkus", draft.excluded_skus),
        ("excludedCategories", draft.excluded_categories),
    )
    for field, words in lists:
        if len(words) > MAXIMUM_EXCLUDED:
            return invalid("TOO_MANY", field, maximum=MAXIMUM_EXCLUDED)
        if problem := unfit(*((field, word, SKU_LENGTH) for word in words)):
            return problem
    return None


def _minor(field: str, amount: Decimal, currency: str, *, minimum: int) -> int | Outcome:
    try:
        minor = to_minor(amount, currency)
    except MoneyError as error:
        return invalid(error.code, field)
    in_range = minimum <= minor <= MAXIMUM_VALUE_MINOR
    return minor if in_range else invalid("OUT_OF_RANGE", field)
