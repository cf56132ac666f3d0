"""What is read, judged and written of a redemption, and of many at once? (PROGRAMME 7)"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from app.coupons.codes import CouponCodes, new_nonce
from app.coupons.judge import OfferTerms, Redeemer, blocks, terms_of
from app.coupons.models import Coupon
from app.database import Db, rows
from app.given import given, how_many
from app.ledger.account import Bucket, EntryKind, Movement, Transfer
from app.ledger.hold import Held
from app.ledger.posting import ALL_HELD, POSTING, Posting, posting
from app.ledger.settle import first_taken, next_notice
from app.ledger.swift import ACCOUNT, AT, swift_posting, write_swiftly
from app.requests.once import ALL_CLAIMED, CLAIMED, SEEN, Call, claim
from app.requests.outcome import Outcome, refused
from app.rules.calendar import day_end, local_date

# Of a member, read with the wish: these, or those where they do not cover the price. Whoever needs more for one coupon
# takes the lock.
FEW_LOTS, LOTS = 8, 100

_USABLE = """
SELECT id, remaining, expires_at, posted_at FROM lot
WHERE lot.member_id = account.member_id AND remaining > 0 AND posted_at IS NOT NULL ORDER BY expires_at, posted_at, id
"""

# One statement, one snapshot: nothing here is newer or older than the account's version. The first array is behind a
# SELECT: else PostgreSQL would count its elements and plan the statement anew each time.
_READ = f"""
SELECT {SEEN}, {ACCOUNT}, {AT} AS at, offer.id, offer.market_id AS market, offer.price_points, offer.value_minor,
  offer.valid_days, offer.opens_at, offer.closes_at, offer.stock_left, offer.limit_per_member, offer.suspended,
  CASE WHEN offer.limit_per_member IS NULL THEN 0 ELSE
    (SELECT count(*)::int FROM coupon WHERE coupon.member_id = account.member_id AND coupon.offer_id = offer.id
       AND coupon.status <> 'CANCELLED') END AS had,
  spendable.lots, spendable.points, nextval('coupon_id_seq') AS coupon_id
FROM unnest((SELECT $1::text[]), $2::text[], $3::text[], $4::bigint[], $5::int[])
  WITH ORDINALITY AS asked (principal, key, mi_account_id, offer_id, turn, number)
LEFT JOIN request AS seen ON seen.principal = asked.principal AND seen.key = asked.key
LEFT JOIN (member JOIN account ON account.member_id = member.id) ON member.mi_account_id = asked.mi_account_id
LEFT JOIN coupon_offer AS offer ON offer.id = asked.offer_id
CROSS JOIN LATERAL (SELECT price_points * asked.turn AS wanted) AS price
CROSS JOIN LATERAL (SELECT sum(remaining) AS points FROM ({_USABLE} LIMIT {FEW_LOTS}) AS usable) AS first
CROSS JOIN LATERAL (
  SELECT array_agg(id ORDER BY number) AS lots, array_agg(remaining ORDER BY number) AS points FROM (
    SELECT id, remaining, row_number() OVER soonest AS number, sum(remaining) OVER soonest - remaining AS before
    FROM ({_USABLE} LIMIT CASE WHEN first.points >= wanted THEN {FEW_LOTS} ELSE {LOTS} END) AS usable
    WINDOW soonest AS (ORDER BY expires_at, posted_at, id)) AS counted WHERE before < wanted
) AS spendable
ORDER BY asked.number
"""

# Only an offer with a stock is locked, so that a popular one without does not queue its redeemers.
_STOCKS = given("coupons", "offer_id bigint, stocked boolean")
_COUPONS = given(
    "coupons",
    "id bigint, member_id bigint, offer_id bigint, nonce text, lookup text, value_minor bigint, points_spent int,"
    " issued_at timestamptz, last_usable_day date, expires_at timestamptz, notify_at timestamptz",
)
_ISSUED = f"""
sold AS (
  UPDATE coupon_offer SET stock_left = stock_left - 1 FROM {_STOCKS} AS c
  WHERE coupon_offer.id = c.offer_id AND c.stocked AND stock_left > 0 RETURNING coupon_offer.id
), issued AS (
  INSERT INTO coupon (id, member_id, offer_id, nonce, lookup, status, value_minor, points_spent, issued_at,
                      last_usable_day, expires_at, notify_at)
  SELECT c.id, member_id, offer_id, decode(nonce, 'hex'), lookup, 'ISSUED', c.value_minor, points_spent, issued_at,
         last_usable_day, expires_at, notify_at
  FROM {_COUPONS} AS c
  JOIN coupon_offer AS offer ON offer.id = offer_id AND NOT suspended AND price_points = points_spent
  RETURNING id
)
"""
_SOUND = f"""
{ALL_HELD} AND (SELECT count(*) FROM issued) = {how_many("coupons")}
AND (SELECT count(*) FROM sold) = (SELECT count(*) FROM {_STOCKS} AS c WHERE stocked)
"""
_WRITE_HELD = f"WITH {POSTING}, {_ISSUED} SELECT only_if({_SOUND})"
_WRITE = f"WITH {CLAIMED}, {swift_posting(ALL_CLAIMED)}, {_ISSUED} SELECT only_if({_SOUND})"
# Of several members: each account locked in the order of ids, and none waited for, so that one does not delay the rest.
_LOCKED = f"""
locked AS (
  SELECT account.member_id FROM {given("accounts", "member_id bigint")} AS a JOIN account USING (member_id)
  WHERE {ALL_CLAIMED} ORDER BY member_id FOR UPDATE OF account NOWAIT
)
"""
_IS_LOCKED = "account.member_id IN (SELECT member_id FROM locked)"
_WRITE_TOGETHER = f"""
WITH {CLAIMED}, {_LOCKED}, {swift_posting(_IS_LOCKED)}, {_ISSUED} SELECT only_if({_SOUND})
"""


@dataclass(frozen=True)
class Wish:
    """What a member wants: an offer by row id (None: of no known form), at the price that was shown, if any."""

    call: Call
    mi_account_id: str
    offer_id: int | None
    expected_price: int | None
    codes: CouponCodes


@dataclass(frozen=True)
class Redemption:
    """A redemption that was judged, ready to be written with its account's posting."""

    call: Call
    coupon: Mapping[str, object]
    outcome: Outcome


class Spender:
    """A member who redeems, perhaps more than once in a statement: each is judged by what the one before would leave.

    `touched_by`: see `posting`, for an account that was read and not held.
    """

    def __init__(self, held: Held, touched_by: str | None = None) -> None:
        self._held, self._touched_by = held, touched_by
        self._account = held.account
        self._taken: Counter[int] = Counter()  # points, by lot
        self._had: Counter[int] = Counter()  # coupons, by offer
        self._movements: list[Movement] = []
        self._told: list[datetime] = []
        self.redemptions: list[Redemption] = []

    @property
    def member_id(self) -> int:
        return self._account.member_id

    def judge(self, wish: Wish, found: asyncpg.Record) -> OfferTerms | Outcome:
        """The offer that this member can redeem now, or every reason why not."""
        if found["id"] is None:
            return refused("NOT_FOUND", "offerId", what="OFFER")
        offer, account = terms_of(found), self._account
        had = found["had"] + self._had[offer.id]
        redeemer = Redeemer(account.status, account.balances.available, had, account.market)
        if reasons := blocks(offer, redeemer, self._held.at):
            return Outcome(errors=reasons)
        if wish.expected_price is not None and wish.expected_price != offer.price_points:
            return refused("PRICE_CHANGED", "expectedPrice", price=offer.price_points, expected=wish.expected_price)
        return offer

    def lots_for(self, found: asyncpg.Record, points: int) -> tuple[tuple[int, int], ...] | None:
        """The lots that pay so many points, soonest-expiring first; None where more are needed than were read."""
        read = zip(found["lots"] or (), found["points"] or (), strict=True)
        left = [(lot_id, there - self._taken[lot_id]) for lot_id, there in read if there > self._taken[lot_id]]
        moves = first_taken(left, points)
        return moves if sum(part for _, part in moves) == points else None

    def spend(self, wish: Wish, offer: OfferTerms, coupon_id: int, moves: tuple[tuple[int, int], ...]) -> Redemption:
        """Issue the coupon of this id, paid by these lots."""
        at, zone, nonce = self._held.at, self._account.time_zone, new_nonce()
        last_usable_day = local_date(at, zone) + timedelta(days=offer.valid_days)
        expires_at = day_end(last_usable_day, zone)
        notify_at = next_notice(expires_at, at)
        coupon = {
            "id": coupon_id,
            "member_id": self._account.member_id,
            "offer_id": offer.id,
            "lookup": wish.codes.lookup(wish.codes.code(nonce)),
            "value_minor": offer.value_minor,
            "points_spent": offer.price_points,
            "issued_at": at,
            "last_usable_day": last_usable_day,
            "expires_at": expires_at,
            "notify_at": notify_at,
        }
        line = Transfer(
            EntryKind.REDEEM,
            Bucket.AVAILABLE,
            Bucket.REDEEMED,
            offer.price_points,
            at,
            moves=moves,
            coupon_id=coupon_id,
        )
        self._movements.append(Movement(f"redeem/{coupon_id}", (line,)))
        self._account = self._account.after(line)
        self._taken.update(dict(moves))
        self._had[offer.id] += 1
        self._told += [notify_at] if notify_at is not None else []
        outcome = Outcome(member_id=self._account.member_id, coupon_id=coupon_id, written=(_instance(coupon, nonce),))
        row = {**coupon, "nonce": nonce.hex(), "stocked": offer.stock_left is not None}
        self.redemptions.append(Redemption(wish.call, row, outcome))
        return self.redemptions[-1]

    def posting(self) -> Posting:
        """What all of it moves."""
        due_at = min(self._told, default=None)
        return posting(self._held.account, self._movements, due_at=due_at, touched_by=self._touched_by)


async def read_wishes(db: Db, wishes: Sequence[Wish], turns: Sequence[int] = (1,)) -> list[asyncpg.Record]:
    """What is to be judged of each wish: its key, account, offer, the lots that would pay, and an id for a coupon.

    `turns`: which one of its member's a wish is, from 1: so often the price is to be paid.
    """
    return await rows(
        db,
        _READ,
        [wish.call.principal for wish in wishes],
        [wish.call.key for wish in wishes],
        [wish.mi_account_id for wish in wishes],
        [wish.offer_id for wish in wishes],
        list(turns),
    )


async def write_held(db: Db, spender: Spender) -> None:
    """Write redemptions of a held account in its transaction. Raises SerializationError where a stock ran out."""
    posted = spender.posting()
    await rows(db, _WRITE_HELD, {**posted.rows, "coupons": [one.coupon for one in spender.redemptions]})
    posted.note()


async def write_as_read(spenders: Sequence[Spender], *, wait: bool) -> None:
    """Write redemptions of accounts as they were read, with their keys, in one statement of its own: all, or none.

    `wait`: for the lock of the one account. Raises asyncpg's SerializationError where anything is no longer as it was
    read, LockNotAvailableError where an account is held by another and not waited for.
    """
    redemptions = [one for spender in spenders for one in spender.redemptions]
    await write_swiftly(
        _WRITE if wait else _WRITE_TOGETHER,
        [spender.posting() for spender in spenders],
        coupons=[one.coupon for one in redemptions],
        requests=[claim(one.call, one.outcome) for one in redemptions],
    )


def _instance(coupon: Mapping[str, Any], nonce: bytes) -> Coupon:
    empty = {"reserved_until": None, "used_at": None, "order_id": None}
    return Coupon._init_from_db(**coupon, **empty, nonce=nonce, status="ISSUED")
