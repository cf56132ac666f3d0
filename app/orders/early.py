"""What was said of this order before it was known? It is applied in the order in which it happened."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import asyncpg

from app.activities.confirm import post_pending
from app.database import Db, one
from app.ledger.hold import Held, hold
from app.orders.cancel import CANCEL, apply_cancel
from app.orders.delivery import DELIVERY
from app.orders.returns import RETURN, apply_return, given_lines
from app.requests.outcome import Outcome
from app.requests.parked import applied


async def apply_early(db: Db, member_id: int, order_row_id: int, events: Sequence[asyncpg.Record]) -> None:
    """Apply the deliveries, returns and cancellations that waited for an order now recorded, and answer them.

    A return that turns out impossible is answered with its refusal, and changes nothing.
    """
    if not events:
        return
    order = await one(db, "SELECT id, activity_id FROM shop_order WHERE id = $1", order_row_id)
    for event in events:
        # Held anew: each event finds the account as the one before it left it.
        await applied(db, event, await _apply(db, await hold(db, member_id), order, event))


def delivered_at(events: Iterable[asyncpg.Record]) -> datetime | None:
    """When an order not yet recorded was first delivered, as far as that was told."""
    return next((event["occurred_at"] for event in events if event["event"] == DELIVERY), None)


async def _apply(db: Db, held: Held, order: asyncpg.Record, event: asyncpg.Record) -> Outcome:
    when = event["occurred_at"]
    if event["event"] == RETURN:
        return await apply_return(db, held, order, event["facts"]["return_id"], given_lines(event["facts"]), when)
    if event["event"] == CANCEL:
        return await apply_cancel(db, held, order, when)
    await post_pending(db, held, order["activity_id"], when)
    return Outcome(member_id=held.account.member_id, activity_id=order["activity_id"])
