"""How do spent points come back to the lots they came from? (PROGRAMME 4, 7, 8)"""

from dataclasses import dataclass

from app.database import Db, rows
from app.ledger.account import AccountState, Bucket, EntryKind, Movement, NoticeDraft, Transfer
from app.ledger.hold import Held, lots_by_id
from app.ledger.posting import follow_lots, post
from app.ledger.settle import came_back, last_taken, told
from app.rules.text import Text

# What was spent on a coupon or reservation less what already came back, in the order of taking.
_SPENT = """
SELECT lot_id, sum(CASE WHEN target = 'REDEEMED' THEN move.points ELSE -move.points END)::int AS points
FROM entry JOIN move ON move.entry_id = entry.id
WHERE entry.member_id = $1 AND 'REDEEMED' IN (source, target) AND (coupon_id = $2 OR reservation_id = $3)
GROUP BY lot_id HAVING sum(CASE WHEN target = 'REDEEMED' THEN move.points ELSE -move.points END) > 0
ORDER BY min(version::bigint * 100000 + ordinal) FILTER (WHERE target = 'REDEEMED')
"""


@dataclass(frozen=True)
class Restored:
    """How many points came back, and the account after it."""

    points: int
    account: AccountState


async def restore(
    db: Db,
    held: Held,
    points: int | None,
    *,
    cause: str,
    coupon_id: int | None = None,
    reservation_id: int | None = None,
    activity_id: int | None = None,
    reason: Text | None = None,
    actor: str | None = None,
) -> Restored:
    """Give back up to `points` (None: all) of what a coupon or a reservation took, last taken first.

    Each goes to its own lot with its own end; debt is repaid first, and what has ended meanwhile expires at once.
    """
    spent = [
        (lot["lot_id"], lot["points"])
        for lot in await rows(db, _SPENT, held.account.member_id, coupon_id, reservation_id)
    ]
    moves = last_taken(spent, sum(part for _, part in spent) if points is None else points)
    if not moves:
        return Restored(0, held.account)
    total = sum(part for _, part in moves)
    back = Transfer(
        EntryKind.RESTORE,
        Bucket.REDEEMED,
        Bucket.AVAILABLE,
        total,
        held.at,
        moves=moves,
        activity_id=activity_id,
        coupon_id=coupon_id,
        reservation_id=reservation_id,
        reason=reason,
    )
    lots = await lots_by_id(db, [lot_id for lot_id, _ in moves])
    follows = came_back(held.account.after(back), moves, lots, at=held.at)
    movement = Movement(cause, (back, *follows), actor)
    account = await post(
        db,
        held.account,
        [movement],
        notices=[NoticeDraft("RESTORED", held.at, total, activity_id), *told(movement)],
        due_at=min((lot.notify_at or lot.expires_at for lot in lots.values()), default=None),
    )
    await follow_lots(db, [lot.activity_id for lot in lots.values()])
    return Restored(total, account)
