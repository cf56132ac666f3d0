"""May this order use this coupon? (PROGRAMME 7)"""

from datetime import datetime

import asyncpg

from app.coupons.codes import CouponCodes
from app.database import Db, row, rows
from app.ledger.hold import Held
from app.requests.outcome import Outcome, refused

CODE_LENGTH = 64

_COUPON = """
SELECT coupon.id, coupon.member_id, status, coupon.value_minor, expires_at, minimum_order_minor, excluded_skus,
       excluded_categories
FROM coupon JOIN coupon_offer ON coupon_offer.id = offer_id WHERE lookup = $1 FOR UPDATE OF coupon
"""


async def coupon_for_order(
    db: Db, held: Held, codes: CouponCodes, code: str, when: datetime
) -> asyncpg.Record | Outcome:
    """The held member's coupon of this code, locked and usable by an order placed at `when`; or COUPON_NOT_FOUND
    (also another member's), COUPON_NOT_USABLE or COUPON_EXPIRED.
    """
    path = ("order", "couponCode")
    coupon = await row(db, _COUPON, codes.lookup(code)) if len(code) <= CODE_LENGTH else None
    if coupon is None or coupon["member_id"] != held.account.member_id:
        return refused("COUPON_NOT_FOUND", *path)
    if coupon["status"] != "ISSUED":
        return refused("COUPON_NOT_USABLE", *path)
    return coupon if when < coupon["expires_at"] else refused("COUPON_EXPIRED", *path)


async def use_coupon(db: Db, coupon_id: int, order_row_id: int, at: datetime) -> None:
    """Mark a locked coupon as used by an order."""
    await rows(
        db,
        "UPDATE coupon SET status = 'USED', used_at = $3, order_id = $2 WHERE id = $1",
        coupon_id,
        order_row_id,
        at,
    )
