"""How do these tests bring points to a checkout, in few words?"""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg

from app.checkout.capture import capture_points
from app.checkout.release import release_points
from app.checkout.reserve import Wish, reserve_points
from app.database import connection, one, rows, value
from app.orders.lines import OrderGiven
from app.orders.purchase import Purchase, record_purchase
from app.requests.outcome import Outcome
from tests.client import fresh
from tests.ledger.makers import CODES, START, Person, bought, call, done, enrolled, order_of

_REVISION = """
INSERT INTO programme_revision (name, market_id, valid_from, in_force_from, body)
SELECT $1, market_id, $2, $2, jsonb_set(jsonb_set(body::jsonb, '{maximum_share_bp}', $3::text::jsonb),
  '{minimum_to_possess}', $4::text::jsonb)
FROM programme_revision WHERE market_id = 'ES' ORDER BY id LIMIT 1
"""
_revisions = itertools.count(1)
HALF_AN_HOUR = timedelta(minutes=30)  # revision.reservation_minutes of SEED-2020


async def buyer(points: int = 1_200, market: str = "ES") -> Person:
    """A member with so many points available, 50 of them from their registration."""
    person = await enrolled(market)
    if points > 50:
        await bought(person, points - 50, delivered=True)
    return person


async def reserve(
    person: Person, points: int, order: OrderGiven | None = None, *, order_id: str | None = None
) -> Outcome:
    """Points held for an order of 100.00, unless another is given."""
    wish = Wish("mi.com", order_id or fresh("basket"), points, order or order_of("100.00"))
    return await reserve_points(call("reservePoints"), person.name, wish, CODES)


async def held(person: Person, points: int, order: OrderGiven | None = None, *, order_id: str | None = None) -> int:
    """The id of a reservation that is not refused."""
    outcome = done(await reserve(person, points, order, order_id=order_id))
    assert outcome.reservation_id is not None
    return outcome.reservation_id


async def capture(reservation_id: int, points: int | None = None) -> Outcome:
    return await capture_points(call("capturePoints"), reservation_id, points)


async def release(reservation_id: int, person: Person | None = None) -> Outcome:
    """Let go by the shop, or by a member for themself."""
    return await release_points(call("releasePoints"), reservation_id, person.name if person else None)


async def purchase(
    person: Person, order: OrderGiven, *, order_id: str, reservation_id: int | None = None, at: datetime | None = None
) -> Outcome:
    """An order recorded, paid with these points."""
    asked = Purchase("mi.com", order_id, order, at, reservation_id)
    return await record_purchase(call("recordPurchase"), person.name, asked, CODES)


def with_points(order: OrderGiven, points: int) -> OrderGiven:
    """An order that says how many points paid for it."""
    return replace(order, points=points)


def reasons(outcome: Outcome) -> list[str]:
    """The codes of a refusal."""
    return [error.code for error in outcome.errors]


def problem(outcome: Outcome) -> tuple[object, tuple[str, ...]]:
    """What of an input cannot be taken, and where."""
    [error] = outcome.errors
    assert error.code == "INVALID_INPUT"
    return error.facts["problem"], error.path


async def row_of(reservation_id: int) -> asyncpg.Record:
    """The reservation as it is stored."""
    return await one(connection(), "SELECT * FROM reservation WHERE id = $1", reservation_id)


async def stands(reservation_id: int) -> tuple[str, int]:
    """The status that was last written, and what was captured."""
    found = await row_of(reservation_id)
    return found["status"], found["captured"]


async def order_id_of(reservation_id: int) -> str:
    """The shop's id of the order that a reservation is for."""
    order_id: str = await value(
        connection(),
        "SELECT shop_order.order_id FROM reservation JOIN shop_order ON shop_order.id = reservation.order_id"
        " WHERE reservation.id = $1",
        reservation_id,
    )
    return order_id


async def stand(person: Person, status: str) -> None:
    """Give an account a status."""
    await rows(connection(), "UPDATE account SET status = $2 WHERE member_id = $1", person.id, status)


async def share_of(share_bp: int, minimum: int = 1) -> None:
    """Points pay at most this share of an order in Spain, from a balance of `minimum` on, whatever held before."""
    in_force = START - timedelta(days=1) + timedelta(seconds=next(_revisions))
    await rows(connection(), _REVISION, fresh("revision"), in_force, str(share_bp), str(minimum))
