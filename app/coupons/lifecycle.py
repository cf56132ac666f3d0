"""How does a coupon stand by the clock, and may an order have it? Pure. (PROGRAMME 7)"""

from dataclasses import dataclass
from datetime import datetime

from app.rules.orders import CouponTerms


@dataclass(frozen=True)
class CouponState:
    """A coupon as its row says: `status` as last written, `order_id` the row of the order that has or had it."""

    id: int
    member_id: int
    status: str
    expires_at: datetime
    reserved_until: datetime | None
    order_id: int | None
    terms: CouponTerms


def standing(status: str, expires_at: datetime, reserved_until: datetime | None, at: datetime) -> str:
    """ISSUED, RESERVED, USED, CANCELLED, or EXPIRED from the end of its last day on, whatever was last written.

    A reservation ends at `reserved_until` by itself; until then it outlives the coupon's last day.
    """
    if status == "RESERVED" and reserved_until is not None and at < reserved_until:
        return "RESERVED"
    if status in ("ISSUED", "RESERVED"):
        return "ISSUED" if at < expires_at else "EXPIRED"
    return status


def why_not(coupon: CouponState, order_id: int | None, when: datetime, at: datetime) -> str | None:
    """Why the order of this row, placed at `when` and told at `at`, cannot have the coupon; None when it can.

    COUPON_NOT_USABLE: cancelled, used for another order, or reserved now for another one. COUPON_EXPIRED: placed after
    the coupon's last day, and not within this order's own reservation. What the order already used is its own.
    """
    own = order_id is not None and coupon.order_id == order_id
    if coupon.status == "USED":
        return None if own else "COUPON_NOT_USABLE"
    reserved_until = coupon.reserved_until if coupon.status == "RESERVED" else None
    if coupon.status == "CANCELLED" or (reserved_until is not None and not own and at < reserved_until):
        return "COUPON_NOT_USABLE"
    end = max(coupon.expires_at, reserved_until) if own and reserved_until else coupon.expires_at
    return None if when < end else "COUPON_EXPIRED"
