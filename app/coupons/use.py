"""What happens when an order uses a coupon? (PROGRAMME 7)"""

from datetime import datetime

from app.coupons.checkout import AtCheckout, OrderNamed, at_checkout
from app.coupons.codes import CouponCodes
from app.coupons.lifecycle import CouponState, standing, why_not
from app.coupons.search import CodeSearch
from app.coupons.store import coupon_state
from app.database import Db, rows, value
from app.ledger.hold import Held
from app.members.standing import barred
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused

_OTHER = "SELECT EXISTS (SELECT FROM coupon WHERE order_id = $1 AND status = 'USED' AND id <> $2)"
_USE = """
UPDATE coupon SET status = 'USED', used_at = $3, order_id = $2, reserved_until = NULL, notify_at = NULL
WHERE id = $1 AND status <> 'USED'
"""


async def use_coupon(call: Call, code: str, order: OrderNamed, codes: CouponCodes) -> Outcome:
    """Use a coupon for an order, recorded or not yet; used for the same order before, it is the same use.

    Refused with COUPON_NOT_FOUND, COUPON_NOT_USABLE, COUPON_EXPIRED, ACCOUNT_SUSPENDED or ACCOUNT_CLOSED.
    """
    search = CodeSearch(call.principal, codes)

    async def act(db: Db, request_id: int) -> Outcome:
        asked = await at_checkout(db, search, code, order)
        if isinstance(asked, Outcome):
            return asked
        held, coupon = asked.held, asked.coupon
        if refusal := await cannot_have(db, asked):
            return refusal
        await mark_used(db, coupon.id, asked.order_id, held.at)
        return Outcome(member_id=coupon.member_id, coupon_id=coupon.id)

    return await search.counted(once(call, act))


async def coupon_for_order(
    db: Db, held: Held, search: CodeSearch, code: str, order_id: int, when: datetime
) -> CouponState | Outcome:
    """The held member's coupon of this code, locked and usable by the locked order row, placed at `when`; or why not.

    COUPON_NOT_FOUND (also another member's), COUPON_NOT_USABLE, COUPON_EXPIRED or ACCOUNT_SUSPENDED.
    """
    path = ("order", "couponCode")
    found = await search.find(db, code, held.account.member_id)
    if found is None:
        return refused("COUPON_NOT_FOUND", *path)
    coupon = await coupon_state(db, found["id"], lock=True)
    return await _refusal_of(db, held, coupon, order_id, when, path) or coupon


async def cannot_have(db: Db, asked: AtCheckout) -> Outcome | None:
    """Why the order cannot have the coupon now: a cancelled order has none any more. None: it can."""
    if asked.cancelled:
        return refused("COUPON_NOT_USABLE", "orderId")
    return await _refusal_of(db, asked.held, asked.coupon, asked.order_id, asked.held.at, ("code",))


async def _refusal_of(
    db: Db, held: Held, coupon: CouponState, order_id: int, when: datetime, path: tuple[str, ...]
) -> Outcome | None:
    # An account that is barred begins nothing; what the order has reserved or used stays its own.
    if reason := why_not(coupon, order_id, when, held.at):
        return refused(reason, *path)
    now = standing(coupon.status, coupon.expires_at, coupon.reserved_until, held.at)
    if now not in ("RESERVED", "USED") and (refusal := barred(held.account)):
        return refusal
    if await value(db, _OTHER, order_id, coupon.id):  # one order, one coupon
        return refused("COUPON_NOT_USABLE", *path)
    return None


async def mark_used(db: Db, coupon_id: int, order_id: int, at: datetime) -> None:
    """Write that a locked coupon is used by an order; used before, it stays as it was."""
    await rows(db, _USE, coupon_id, order_id, at)
