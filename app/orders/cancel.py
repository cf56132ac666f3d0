"""What does cancelling an order change? All that is kept comes back, and its coupon. (PROGRAMME 4, 7, 8)"""

from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from app.activities.when import occurred
from app.checkout.release import release_of_order
from app.coupons.back import give_back
from app.database import Db, rows, value
from app.ledger.hold import Held, hold
from app.orders.come_back import Returning, answer, come_back
from app.orders.kept import returned_before
from app.orders.store import lock_order, owner_of
from app.orders.views import lines_of
from app.requests.once import Call, once
from app.requests.outcome import Outcome
from app.requests.parked import park
from app.requests.words import ID_LENGTH, SOURCE_LENGTH, unfit
from app.rules.clawback import all_kept
from app.rules.text import Text

CANCEL = "cancelOrder"
NO_ID = ""  # of a cancelled order's one return; no return that is told has it

_RESERVATION = "SELECT id FROM reservation WHERE order_id = $1 ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True)
class Cancellation:
    """An order that is cancelled, by its id in its source."""

    source: str
    order_id: str
    occurred_at: datetime | None = None


async def cancel_order(call: Call, given: Cancellation) -> Outcome:
    """Take back what the order earned, give back its points and its coupon, once; again it answers the first result.

    Of an order not yet known it is stored and applied when that arrives.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := unfit(("source", given.source, SOURCE_LENGTH), ("orderId", given.order_id, ID_LENGTH)):
            return problem
        order = await lock_order(db, given.source, given.order_id)
        if order["activity_id"] is None:
            when = occurred(given.occurred_at, await value(db, "SELECT programme_now()"))
            if isinstance(when, Outcome):
                return when
            return await park(
                db, "order", order["id"], CANCEL, occurred_at=when, request_id=request_id, facts={}, named="orderId"
            )
        held = await hold(db, (await owner_of(db, order["activity_id"]))["id"])
        when = occurred(given.occurred_at, held.at)
        if isinstance(when, Outcome):
            return when
        return await apply_cancel(db, held, order, when)

    return await once(call, act)


async def apply_cancel(db: Db, held: Held, order: asyncpg.Record, when: datetime) -> Outcome:
    """Cancel an order whose row (id, activity_id) and account are held."""
    reservation_id = await value(db, _RESERVATION, order["id"])
    if recorded := await returned_before(db, order["id"], NO_ID):
        return replace(await answer(db, held, order["activity_id"], recorded), reservation_id=reservation_id)
    _, held = await release_of_order(db, held, order["id"])
    coupon_id = await give_back(db, order["id"], held.at)
    await rows(db, "UPDATE shop_order SET cancelled_at = $2 WHERE id = $1", order["id"], held.at)
    outcome = await come_back(
        db,
        held,
        Returning(
            order["id"],
            order["activity_id"],
            NO_ID,
            when,
            all_kept(await lines_of(db, order["id"])),
            Text("ORDER_CANCELLED"),
            coupon_id,
        ),
    )
    return replace(outcome, reservation_id=reservation_id)
