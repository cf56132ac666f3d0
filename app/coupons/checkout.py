"""Which coupon and which order does a checkout speak of? Both locked, in the one order of locks."""

from dataclasses import dataclass

from app.coupons.lifecycle import CouponState
from app.coupons.search import CodeSearch
from app.coupons.store import coupon_state
from app.database import Db
from app.ledger.hold import Held, hold
from app.orders.store import lock_order, owner_of
from app.requests.outcome import Outcome, invalid, refused
from app.requests.words import ID_LENGTH, SOURCE_LENGTH, unfit


@dataclass(frozen=True)
class OrderNamed:
    """An order by its id in its source; it may not be recorded yet."""

    source: str
    order_id: str


@dataclass(frozen=True)
class AtCheckout:
    """A locked coupon with its held member, and the row id of the locked order that asks for it."""

    held: Held
    coupon: CouponState
    order_id: int
    cancelled: bool


async def at_checkout(db: Db, search: CodeSearch, code: str, named: OrderNamed) -> AtCheckout | Outcome:
    """The coupon of a code and the order, locked; or COUPON_NOT_FOUND, or INVALID_INPUT for another member's order."""
    if problem := unfit(("source", named.source, SOURCE_LENGTH), ("orderId", named.order_id, ID_LENGTH)):
        return problem
    found = await search.find(db, code)
    if found is None:
        return refused("COUPON_NOT_FOUND", "code")
    order = await lock_order(db, named.source, named.order_id)
    if order["activity_id"] is not None and (await owner_of(db, order["activity_id"]))["id"] != found["member_id"]:
        return invalid("OTHER_MEMBER", "orderId")
    held = await hold(db, found["member_id"])
    coupon = await coupon_state(db, found["id"], lock=True)
    return AtCheckout(held, coupon, order["id"], order["cancelled_at"] is not None)
