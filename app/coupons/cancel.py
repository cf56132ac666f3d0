"""What happens when staff cancel a coupon? Its points come back. (PROGRAMME 7)"""

from app.coupons.lifecycle import standing
from app.coupons.store import coupon_state
from app.database import Db, row, rows
from app.ledger.hold import hold
from app.ledger.restore import restore
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused
from app.requests.words import NOTE_LENGTH, unfit
from app.rules.text import Text
from app.staff.audit import audit

_OWNER = "SELECT member_id FROM coupon WHERE id = $1 AND member_id = $2"
_CANCEL = """
UPDATE coupon SET status = 'CANCELLED', order_id = NULL, reserved_until = NULL, notify_at = NULL WHERE id = $1
"""


async def cancel_coupon(call: Call, actor: str, member_id: int, coupon_id: int, reason: str) -> Outcome:
    """Cancel a coupon that no order has used: its points go back to the lots they came from, with their own ends.

    Cancelled before, it stays so. Refused with NOT_FOUND, COUPON_NOT_USABLE (used or expired) or ACCOUNT_CLOSED.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := unfit(("reason", reason, NOTE_LENGTH)):
            return problem
        if await row(db, _OWNER, coupon_id, member_id) is None:
            return refused("NOT_FOUND", "couponId", what="COUPON")
        held = await hold(db, member_id)
        coupon = await coupon_state(db, coupon_id, lock=True)
        if coupon.status == "CANCELLED":
            return Outcome(member_id=member_id, coupon_id=coupon_id)
        now = standing(coupon.status, coupon.expires_at, coupon.reserved_until, held.at)
        if now not in ("ISSUED", "RESERVED"):
            return refused("COUPON_NOT_USABLE", "couponId")
        if held.account.status == "CLOSED":
            return refused("ACCOUNT_CLOSED")
        await rows(db, _CANCEL, coupon_id)
        restored = await restore(
            db,
            held,
            None,
            cause=f"coupon/{coupon_id}/cancelled",
            coupon_id=coupon_id,
            reason=Text("COUPON_CANCELLED", {"note": reason}),
            actor=actor,
        )
        await audit(
            db,
            actor,
            call.mutation,
            f"coupon/{coupon_id}",
            before={"status": now},
            after={"status": "CANCELLED", "points": restored.points, "reason": reason},
        )
        return Outcome(member_id=member_id, coupon_id=coupon_id)

    return await once(call, act)
