"""What does the database say when all is over? The rows that checkers compare with the log of clients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from tests.histories.history import Balances


@dataclass(frozen=True)
class StoredRequest:
    """What is stored under a key: the row ids of what it made, or why it was refused."""

    mutation: str
    state: str
    refusals: tuple[str, ...] = ()
    activity: int | None = None
    coupon: int | None = None
    reservation: int | None = None


@dataclass(frozen=True)
class Entry:
    """A line of the ledger: points from `source` to `target`, and the balances after it."""

    id: int
    member_id: int
    version: int
    kind: str
    source: str
    target: str
    points: int
    after: Balances
    at: datetime
    cause: str
    activity_id: int | None = None
    coupon_id: int | None = None
    reservation_id: int | None = None


@dataclass(frozen=True)
class Account:
    """Where a member stands, and what their lots add up to."""

    member_id: int
    mi_account_id: str
    version: int
    balances: Balances
    lots: Balances  # its debt is the account's: lots owe nothing


@dataclass(frozen=True)
class Activity:
    """What a member did; `points` of the awards it earned by themselves, without campaigns."""

    id: int
    member_id: int
    kind: str
    reference: str | None
    local_date: date
    earned: int


@dataclass(frozen=True)
class Coupon:
    id: int
    member_id: int
    offer_id: int
    lookup: str
    points_spent: int


@dataclass(frozen=True)
class Offer:
    id: int
    price: int
    stock: int | None
    stock_left: int | None
    limit: int | None


@dataclass(frozen=True)
class Campaign:
    id: int
    budget: int | None
    budget_left: int | None
    awarded: int


@dataclass(frozen=True)
class Reservation:
    id: int
    member_id: int
    points: int
    captured: int


@dataclass(frozen=True)
class Rows:
    """The database in one snapshot."""

    shift: timedelta
    requests: Mapping[str, StoredRequest]
    accounts: Sequence[Account]
    entries: Sequence[Entry]
    activities: Sequence[Activity]
    coupons: Sequence[Coupon]
    offers: Sequence[Offer]
    campaigns: Sequence[Campaign]
    reservations: Sequence[Reservation]
    returns: Sequence[str]  # "order/return" of each return of an order


_ENTRIES = """
SELECT e.id, e.member_id, version, kind, source, target, points, pending_after, available_after, reserved_after,
  debt_after, e.at, cause, activity_id, coupon_id, reservation_id
FROM entry e JOIN operation o ON o.id = operation_id ORDER BY e.member_id, version
"""
_ACCOUNTS = """
SELECT a.member_id, mi_account_id, version, pending, available, a.reserved, debt,
  coalesce(sum(l.remaining) FILTER (WHERE posted_at IS NULL), 0)::int AS lots_pending,
  coalesce(sum(l.remaining) FILTER (WHERE posted_at IS NOT NULL), 0)::int AS lots_available,
  coalesce(sum(l.reserved), 0)::int AS lots_reserved
FROM account a JOIN member m ON m.id = member_id LEFT JOIN lot l ON l.member_id = a.member_id
GROUP BY a.member_id, mi_account_id
"""
_ACTIVITIES = """
SELECT a.id, a.member_id, kind, reference, local_date,
  coalesce(sum(w.points) FILTER (WHERE campaign_id IS NULL), 0)::int AS earned
FROM activity a LEFT JOIN award w ON w.activity_id = a.id GROUP BY a.id
"""
_CAMPAIGNS = """
SELECT c.id, budget, budget_left, coalesce(sum(w.points), 0)::int AS awarded
FROM campaign c LEFT JOIN award w ON w.campaign_id = c.id GROUP BY c.id
"""
_OFFERS = 'SELECT id, price_points AS price, stock, stock_left, limit_per_member AS "limit" FROM coupon_offer'
_RETURNS = """
SELECT o.order_id || '/' || return_id FROM order_return r JOIN shop_order o ON o.id = r.order_id
"""


async def rows_of(url: str) -> Rows:
    """All that checkers read, in one snapshot."""
    database = await asyncpg.connect(url)
    try:
        async with database.transaction(isolation="repeatable_read", readonly=True):
            return Rows(
                await database.fetchval("SELECT shift FROM programme_clock"),
                {one["key"]: _stored(one) for one in await database.fetch(f"SELECT * FROM ({_REQUESTS}) r")},
                [_account(one) for one in await database.fetch(_ACCOUNTS)],
                [_entry(one) for one in await database.fetch(_ENTRIES)],
                [Activity(**one) for one in await database.fetch(_ACTIVITIES)],
                [Coupon(**one) for one in await database.fetch(_COUPONS)],
                [Offer(**one) for one in await database.fetch(_OFFERS)],
                [Campaign(**one) for one in await database.fetch(_CAMPAIGNS)],
                [Reservation(**one) for one in await database.fetch(_RESERVATIONS)],
                [one[0] for one in await database.fetch(_RETURNS)],
            )
    finally:
        await database.close(timeout=5)


_COUPONS = "SELECT id, member_id, offer_id, lookup, points_spent FROM coupon"
_RESERVATIONS = "SELECT id, member_id, points, captured FROM reservation"
_REQUESTS = """
SELECT key, mutation, state, (outcome ->> 'activity_id')::bigint AS activity,
  (outcome ->> 'coupon_id')::bigint AS coupon, (outcome ->> 'reservation_id')::bigint AS reservation,
  ARRAY(SELECT error ->> 'code' FROM jsonb_array_elements(coalesce(outcome -> 'errors', '[]')) error) AS refusals
FROM request
"""


def _stored(one: Mapping[str, Any]) -> StoredRequest:
    return StoredRequest(
        one["mutation"], one["state"], tuple(one["refusals"]), one["activity"], one["coupon"], one["reservation"]
    )


def _entry(one: Mapping[str, Any]) -> Entry:
    after = Balances(one["pending_after"], one["available_after"], one["reserved_after"], one["debt_after"])
    plain = {name: one[name] for name in one.keys() if not name.endswith("_after")}  # noqa: SIM118 - a record's columns
    return Entry(after=after, **plain)


def _account(one: Mapping[str, Any]) -> Account:
    stands = Balances(one["pending"], one["available"], one["reserved"], one["debt"])
    lots = Balances(one["lots_pending"], one["lots_available"], one["lots_reserved"], one["debt"])
    return Account(one["member_id"], one["mi_account_id"], one["version"], stands, lots)
