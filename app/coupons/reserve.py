"""What happens when a checkout holds a coupon, and when it lets it go? (PROGRAMME 7)"""

from dataclasses import replace
from datetime import timedelta

from app.coupons.checkout import OrderNamed, at_checkout
from app.coupons.codes import CouponCodes
from app.coupons.lifecycle import standing
from app.coupons.search import CodeSearch
from app.coupons.use import cannot_have
from app.database import Db, rows
from app.orders.lines import OrderGiven
from app.orders.pricing import priced_for
from app.programmes.exclusions import exclusions_at
from app.programmes.store import revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused

_RESERVE = "UPDATE coupon SET status = 'RESERVED', order_id = $2, reserved_until = $3 WHERE id = $1"
_RELEASE = "UPDATE coupon SET status = 'ISSUED', order_id = NULL, reserved_until = NULL WHERE id = $1"


async def reserve_coupon(call: Call, code: str, named: OrderNamed, order: OrderGiven, codes: CouponCodes) -> Outcome:
    """Hold a coupon for an order for the revision's minutes, and say what it takes off it (`discount_minor`).

    Reserved or used for the same order before, it is the same one, until when it was. Refused as `use_coupon` is, and
    with BELOW_MINIMUM_ORDER, NO_ELIGIBLE_LINES, CURRENCY_NOT_OF_MARKET or INVALID_INPUT of the order.
    """
    search = CodeSearch(call.principal, codes)

    async def act(db: Db, request_id: int) -> Outcome:
        asked = await at_checkout(db, search, code, named)
        if isinstance(asked, Outcome):
            return asked
        held, coupon = asked.held, asked.coupon
        if refusal := await cannot_have(db, asked):
            return refusal
        revision = (await revision_book(db)).of(held.account.market, held.at).revision
        exclusions = await exclusions_at(db, revision, held.at)
        priced = priced_for(revision, replace(order, points=0), coupon.terms, exclusions)
        if isinstance(priced, Outcome):
            return priced
        if standing(coupon.status, coupon.expires_at, coupon.reserved_until, held.at) == "ISSUED":
            until = held.at + timedelta(minutes=revision.reservation_minutes)
            await rows(db, _RESERVE, coupon.id, asked.order_id, until)
        return Outcome(member_id=coupon.member_id, coupon_id=coupon.id, figures={"discount_minor": priced.coupon_minor})

    return await search.counted(once(call, act))


async def release_coupon(call: Call, code: str, named: OrderNamed, codes: CouponCodes) -> Outcome:
    """Let go of a coupon that this order holds; one that it does not hold any more stays as it is.

    Refused with COUPON_NOT_FOUND, or COUPON_NOT_USABLE when it is used, cancelled or held for another order.
    """
    search = CodeSearch(call.principal, codes)

    async def act(db: Db, request_id: int) -> Outcome:
        asked = await at_checkout(db, search, code, named)
        if isinstance(asked, Outcome):
            return asked
        coupon, own = asked.coupon, asked.coupon.order_id == asked.order_id
        now = standing(coupon.status, coupon.expires_at, coupon.reserved_until, asked.held.at)
        if now in ("USED", "CANCELLED") or (now == "RESERVED" and not own):
            return refused("COUPON_NOT_USABLE", "code")
        if coupon.status == "RESERVED" and own:
            await rows(db, _RELEASE, coupon.id)
        return Outcome(member_id=coupon.member_id, coupon_id=coupon.id)

    return await search.counted(once(call, act))
