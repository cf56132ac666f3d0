"""What does a delivery change? Its purchase posts early. (PROGRAMME 3: confirmDelivery)"""

from dataclasses import dataclass
from datetime import datetime

from app.activities.confirm import post_pending
from app.activities.when import occurred
from app.database import Db, value
from app.ledger.hold import hold
from app.orders.store import lock_order, owner_of
from app.requests.once import Call, once
from app.requests.outcome import Outcome
from app.requests.parked import park
from app.requests.words import ID_LENGTH, SOURCE_LENGTH, unfit

DELIVERY = "confirmDelivery"


@dataclass(frozen=True)
class Delivery:
    """An order that reached its buyer, by its id in its source."""

    source: str
    order_id: str
    occurred_at: datetime | None = None


async def confirm_delivery(call: Call, delivery: Delivery) -> Outcome:
    """Post the order's pending award now, on the later local date of purchase and delivery; after posting, nothing.

    Of an order not yet known the delivery is stored and applied when that arrives.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := unfit(("source", delivery.source, SOURCE_LENGTH), ("orderId", delivery.order_id, ID_LENGTH)):
            return problem
        order = await lock_order(db, delivery.source, delivery.order_id)
        if order["activity_id"] is None:
            when = occurred(delivery.occurred_at, await value(db, "SELECT programme_now()"))
            if isinstance(when, Outcome):
                return when
            return await park(
                db, "order", order["id"], DELIVERY, occurred_at=when, request_id=request_id, facts={}, named="orderId"
            )
        owner = await owner_of(db, order["activity_id"])
        held = await hold(db, owner["id"])
        when = occurred(delivery.occurred_at, held.at)
        if isinstance(when, Outcome):
            return when
        await post_pending(db, held, order["activity_id"], when)
        return Outcome(member_id=owner["id"], activity_id=order["activity_id"])

    return await once(call, act)
