"""Which coupons does a reader see?"""

import asyncio
from datetime import datetime

from app.coupons.lifecycle import CouponState, standing
from app.coupons.models import Coupon
from app.database import Db, ask, one
from app.keyset import Keyset
from app.reads import Read
from app.rows import pages_of
from app.rules.orders import CouponTerms

# By the clock, whatever was last written; `lifecycle.standing` says the same of a row already read.
STANDING = """
CASE WHEN status = 'RESERVED' AND reserved_until > programme_now() THEN 'RESERVED'
     WHEN status IN ('ISSUED', 'RESERVED') THEN CASE WHEN expires_at > programme_now() THEN 'ISSUED' ELSE 'EXPIRED' END
     ELSE status END
"""
_COUPONS = f"""
SELECT * FROM coupon WHERE member_id = asked.id
  AND (asked.statuses IS NULL OR {STANDING} = ANY (string_to_array(asked.statuses, ','))) {{page}}
"""
_STATE = """
SELECT coupon.id, coupon.member_id, status, coupon.value_minor, expires_at, reserved_until, order_id,
       minimum_order_minor, excluded_skus, excluded_categories
FROM coupon JOIN coupon_offer ON coupon_offer.id = offer_id WHERE coupon.id = $1
"""
_HAD = """
SELECT asked.number, count(*)::int FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS asked (id, offer, number)
JOIN coupon ON coupon.member_id = asked.id AND coupon.offer_id = asked.offer AND status <> 'CANCELLED'
GROUP BY asked.number
"""


def status_now(coupon: Coupon, at: datetime) -> str:
    """How a coupon stands by the clock: see `lifecycle.standing`."""
    return standing(coupon.status, coupon.expires_at, coupon.reserved_until, at)


async def coupon_state(db: Db, coupon_id: int, *, lock: bool = False) -> CouponState:
    """A coupon with what it asks of an order, its row locked where the caller will change it."""
    found = await one(db, f"{_STATE} FOR UPDATE OF coupon" if lock else _STATE, coupon_id)
    return CouponState(
        found["id"],
        found["member_id"],
        found["status"],
        found["expires_at"],
        found["reserved_until"],
        found["order_id"],
        CouponTerms(
            found["value_minor"],
            found["minimum_order_minor"],
            frozenset(found["excluded_skus"]),
            frozenset(found["excluded_categories"]),
        ),
    )


def coupons_had(asked: tuple[int, int]) -> asyncio.Future[int]:
    """How many coupons of an offer a member has had; asked by (member, offer)."""
    return ask(_HAD_BY, asked)


# A member's, newest first; `statuses`, parted by commas (null: all), are judged by the clock.
COUPONS = pages_of(Coupon, Keyset((("id", "bigint"),)), _COUPONS, statuses="text")
_HAD_BY: Read[tuple[int, int], int] = Read(
    _HAD,
    lambda asked: ([member for member, _ in asked], [offer for _, offer in asked]),
    lambda _, found: found[0][1] if found else 0,
)
