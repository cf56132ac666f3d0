"""What does leaving the programme take with it? (PROGRAMME 2)"""

from app.database import Db, rows
from app.ledger.account import Balances
from app.ledger.forfeit import forfeit
from app.ledger.hold import Held, hold_own
from app.programmes.store import revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused

_CLOSED = "UPDATE account SET status = 'CLOSED' WHERE member_id = $1"
_CANCELLED = """
UPDATE coupon SET status = 'CANCELLED', notify_at = NULL, reserved_until = NULL, order_id = NULL
WHERE member_id = $1 AND status IN ('ISSUED', 'RESERVED') AND greatest(expires_at, reserved_until) > $2
"""


async def close_account(call: Call, mi_account_id: str, forfeit_points: int) -> Outcome:
    """Close the member's own account; `forfeit_points` must be exactly what that loses, else FORFEIT_MISMATCH.

    A suspended member may leave too. Refused as NOT_ENROLLED or ACCOUNT_CLOSED.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        if held.account.status == "CLOSED":
            return refused("ACCOUNT_CLOSED")
        points = lost(held.account.balances)
        if forfeit_points != points:
            revision = (await revision_book(db)).of(held.account.market, held.at).revision
            worth = points * revision.point_value_minor
            currency = revision.market.currency
            return refused("FORFEIT_MISMATCH", "forfeitPoints", points=points, value_minor=worth, currency=currency)
        await shut(db, held)
        return Outcome(member_id=held.account.member_id)

    return await once(call, act)


def lost(balances: Balances) -> int:
    """How many points closing the account loses: available, reserved and pending ones."""
    return balances.available + balances.reserved + balances.pending


async def shut(db: Db, held: Held, *, actor: str | None = None) -> None:
    """Close a held account: its points are forfeited, a debt is written off, its unused coupons are cancelled.

    A coupon of a closed account could not be used, as the shop records no order for it; no points come back for one.
    """
    await forfeit(db, held, actor=actor)
    await rows(db, _CANCELLED, held.account.member_id, held.at)
    await rows(db, _CLOSED, held.account.member_id)
