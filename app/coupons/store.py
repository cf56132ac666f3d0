"""Which offers and coupons does a reader see?"""

from collections.abc import Sequence
from datetime import datetime

from app.coupons.lifecycle import CouponState, standing
from app.coupons.models import Coupon, CouponOffer
from app.database import Db, connection, one, rows
from app.keyset import Keyset, Page, Window, page_of
from app.rows import instances, page_of_each
from app.rules.orders import CouponTerms

_OFFER_ORDER = Keyset((("price_points", "int"), ("id", "bigint")), descending=False)
_COUPON_ORDER = Keyset((("id", "bigint"),))
# By the clock, whatever was last written; `lifecycle.standing` says the same of a row already read.
STANDING = """
CASE WHEN status = 'RESERVED' AND reserved_until > programme_now() THEN 'RESERVED'
     WHEN status IN ('ISSUED', 'RESERVED') THEN CASE WHEN expires_at > programme_now() THEN 'ISSUED' ELSE 'EXPIRED' END
     ELSE status END
"""
_COUPONS = f"""
SELECT * FROM coupon WHERE member_id = asked.id AND ($2::text[] IS NULL OR {STANDING} = ANY ($2)) {{page}}
"""
_STATE = """
SELECT coupon.id, coupon.member_id, status, coupon.value_minor, expires_at, reserved_until, order_id,
       minimum_order_minor, excluded_skus, excluded_categories
FROM coupon JOIN coupon_offer ON coupon_offer.id = offer_id WHERE coupon.id = $1
"""
_HAD = """
SELECT member_id, offer_id, count(*)::int AS had FROM coupon
JOIN unnest($1::bigint[], $2::bigint[]) AS asked (member_id, offer_id) USING (member_id, offer_id)
WHERE status <> 'CANCELLED' GROUP BY 1, 2
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


async def offer_page(market: str | None, most_points: int | None, window: Window) -> Page[CouponOffer]:
    """The offers of a market (None: of all) priced at most `most_points`, cheapest first; ended ones are left out."""
    where, arguments = _OFFER_ORDER.condition(window, 3)
    found = await instances(
        connection(),
        CouponOffer,
        "SELECT * FROM coupon_offer WHERE ($1::text IS NULL OR market_id = $1)"
        " AND ($2::int IS NULL OR price_points <= $2) AND (closes_at IS NULL OR closes_at > programme_now())"
        f" {where} {_OFFER_ORDER.order(window)}",
        market,
        most_points,
        *arguments,
    )
    return page_of(found, window)


async def coupon_pages(
    member_ids: Sequence[int], statuses: Sequence[str] | None, window: Window
) -> dict[int, Page[Coupon]]:
    """Each member's coupons, newest first; `statuses` (None: all) are judged by the clock."""
    chosen = list(statuses) if statuses is not None else None
    return await page_of_each(Coupon, member_ids, window, _COUPON_ORDER, _COUPONS, chosen)


async def coupons_had(asked: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """How many coupons of an offer a member has had, of (member, offer) pairs; none where absent."""
    found = await rows(connection(), _HAD, [member for member, _ in asked], [offer for _, offer in asked])
    return {(one["member_id"], one["offer_id"]): one["had"] for one in found}
