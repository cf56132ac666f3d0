"""How do these tests buy, give back and pay with points, in few words?"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import asyncpg

from app.database import connection, one, row, rows, transaction, value
from app.ledger.account import Bucket, EntryKind, Movement, Transfer
from app.ledger.hold import hold, take
from app.ledger.posting import post
from app.orders.cancel import CANCEL, Cancellation, cancel_order
from app.orders.delivery import DELIVERY, Delivery, confirm_delivery
from app.orders.lines import LineGiven, OrderGiven
from app.orders.purchase import Purchase, record_purchase
from app.orders.returns import RETURN, Return, ReturnLine, record_return
from app.orders.store import lock_order
from app.requests.outcome import Outcome
from tests.ledger.makers import CODES, Person, call, done

SOURCE = "mi.com"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Bought:
    """An order by its id in its source, and the purchase of it."""

    order_id: str
    activity_id: int


def line(price: str, quantity: int = 1, sku: str | None = None, **given: object) -> LineGiven:
    """So many pieces at a price, of a product of its own unless it is named."""
    return LineGiven(sku or f"SKU-{next(_numbers)}", Decimal(price), quantity, **given)  # type: ignore[arg-type]


def new_order() -> str:
    """The id of an order that nobody has told of yet."""
    return f"o-{next(_numbers)}"


async def buys(person: Person, order_id: str, order: OrderGiven, at: datetime | None = None) -> Outcome:
    """The order is recorded."""
    return await record_purchase(call(), person.name, Purchase(SOURCE, order_id, order, at), CODES)


async def bought(
    person: Person, *lines: LineGiven, delivered: bool = False, coupon: str | None = None, points: int = 0
) -> Bought:
    """An order of these lines; as many points pending as whole euros, posted where delivered."""
    order_id = new_order()
    outcome = done(await buys(person, order_id, OrderGiven("EUR", lines, coupon, points)))
    if delivered:
        await delivers(order_id)
    assert outcome.activity_id is not None
    return Bought(order_id, outcome.activity_id)


async def delivers(order_id: str, at: datetime | None = None) -> Outcome:
    return done(await confirm_delivery(call(DELIVERY), Delivery(SOURCE, order_id, at)))


async def returns(
    order_id: str, *lines: tuple[str, int] | ReturnLine, return_id: str | None = None, at: datetime | None = None
) -> Outcome:
    """Pieces of products come back: (sku, quantity) each; refused or not."""
    given = tuple(one if isinstance(one, ReturnLine) else ReturnLine(*one) for one in lines)
    returned = Return(SOURCE, order_id, return_id or f"r-{next(_numbers)}", given, at)
    return await record_return(call(RETURN), returned)


async def cancels(order_id: str, at: datetime | None = None) -> Outcome:
    return await cancel_order(call(CANCEL), Cancellation(SOURCE, order_id, at))


def figures(outcome: Outcome) -> tuple[object, ...]:
    """Clawed back, restored, debt, refund in cents."""
    return tuple(outcome.figures[name] for name in ("clawed_back", "restored", "debt", "refund_minor"))


async def paid_with(person: Person, order_id: str, points: int) -> int:
    """The id of a reservation of so many points for an order, captured as a whole."""
    reservation_id = await holds(person, order_id, points)
    async with transaction() as db:
        held = await hold(db, person.id)
        moves = await rows(
            db,
            "SELECT lot_id, move.points FROM move JOIN entry ON entry.id = entry_id WHERE reservation_id = $1"
            " ORDER BY ordinal",
            reservation_id,
        )
        capture = Transfer(
            EntryKind.CAPTURE,
            Bucket.RESERVED,
            Bucket.REDEEMED,
            points,
            held.at,
            moves=tuple((move["lot_id"], move["points"]) for move in moves),
            reservation_id=reservation_id,
        )
        await post(db, held.account, [Movement(f"capture/{reservation_id}", (capture,))])
        await rows(db, "UPDATE reservation SET status = 'CAPTURED', captured = points WHERE id = $1", reservation_id)
    return reservation_id


async def holds(person: Person, order_id: str, points: int) -> int:
    """The id of a reservation of so many points, held for an order."""
    async with transaction() as db:
        order = await lock_order(db, SOURCE, order_id)
        held = await hold(db, person.id)
        reservation = await one(
            db,
            "INSERT INTO reservation (member_id, order_id, status, points, captured, held_until, created_at)"
            " VALUES ($1, $2, 'HELD', $3, 0, $4::timestamptz + interval '30 minutes', $4) RETURNING id, held_until",
            person.id,
            order["id"],
            points,
            held.at,
        )
        moves = await take(db, person.id, points)
        reserve = Transfer(
            EntryKind.RESERVE,
            Bucket.AVAILABLE,
            Bucket.RESERVED,
            points,
            held.at,
            moves=moves,
            reservation_id=reservation["id"],
        )
        movement = Movement(f"reserve/{reservation['id']}", (reserve,))
        await post(db, held.account, [movement], due_at=reservation["held_until"])
        reservation_id: int = reservation["id"]
    return reservation_id


async def activity(activity_id: int) -> asyncpg.Record:
    return await one(connection(), "SELECT points, status, reason FROM activity WHERE id = $1", activity_id)


async def kept(order_id: str) -> dict[str, int]:
    """The pieces still kept of each product of an order."""
    found = await rows(
        connection(),
        "SELECT sku, quantity - coalesce(returned, 0) AS kept FROM order_line l JOIN shop_order o ON o.id = l.order_id"
        " WHERE o.order_id = $1",
        order_id,
    )
    return {one["sku"]: one["kept"] for one in found}


async def coupon_row(coupon_id: int | None) -> asyncpg.Record | None:
    return await row(connection(), "SELECT status, order_id, used_at, expires_at FROM coupon WHERE id = $1", coupon_id)


async def lot_parts(person: Person) -> Sequence[tuple[int, ...]]:
    """Amount, remaining, reserved, consumed, withdrawn and reclaimed of each lot of a member, in order of granting."""
    found = await rows(
        connection(),
        "SELECT amount, remaining, reserved, consumed, withdrawn, reclaimed FROM lot WHERE member_id = $1 ORDER BY id",
        person.id,
    )
    return [tuple(lot) for lot in found]


async def returns_recorded(order_id: str) -> int:
    count: int = await value(
        connection(),
        "SELECT count(*) FROM order_return r JOIN shop_order o ON o.id = r.order_id WHERE o.order_id = $1",
        order_id,
    )
    return count


async def doubled() -> None:
    """A campaign in Spain that doubles the points of every purchase, launched once."""
    await rows(
        connection(),
        """
        WITH launched AS (
          INSERT INTO campaign (slug, titles, trigger, multiplier, limit_period, launched_at)
          VALUES ('double', '{"en": "Double points"}', 'PURCHASE', '2', 'LIFETIME', '2026-01-01T00:00Z')
          ON CONFLICT (slug) DO NOTHING RETURNING id)
        INSERT INTO campaign_window (campaign_id, market_id, starts_at, ends_at)
        SELECT id, 'ES', '2026-01-01T00:00Z', '2027-01-01T00:00Z' FROM launched
        """,
    )
