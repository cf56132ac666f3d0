"""How do staff's own points come and go? (PROGRAMME 11: credit as a lot, debit as clawback)"""

from datetime import datetime

from app.database import Db
from app.ledger.account import AccountState, Bucket, EntryKind, Movement, NoticeDraft, Transfer
from app.ledger.hold import Held, take
from app.ledger.posting import follow_lots, post
from app.ledger.settle import first_notice, repay
from app.rules.text import Text


async def credit(
    db: Db,
    held: Held,
    lot_id: int,
    points: int,
    *,
    expires_at: datetime,
    activity_id: int,
    cause: str,
    reason: Text,
    actor: str,
) -> AccountState:
    """Post `points` (> 0) that a new lot was opened with; they repay debt first."""
    given = Transfer(
        EntryKind.ADJUST,
        Bucket.ADJUSTED,
        Bucket.AVAILABLE,
        points,
        held.at,
        moves=((lot_id, points),),
        activity_id=activity_id,
        reason=reason,
    )
    repaid = repay(held.account, lot_id, points, at=held.at, activity_id=activity_id)
    account = await post(
        db,
        held.account,
        [Movement(cause, (given, *repaid), actor)],
        notices=[NoticeDraft("ADJUSTED", held.at, points, activity_id)],
        due_at=first_notice(expires_at),
    )
    await follow_lots(db, [activity_id])
    return account


async def debit(
    db: Db, held: Held, points: int, *, activity_id: int, cause: str, reason: Text, actor: str
) -> AccountState:
    """Take `points` (> 0): available lots, soonest expiry first, never reserved ones; the rest becomes debt."""
    taken = min(points, held.account.balances.available)
    transfers = []
    if taken:
        moves = await take(db, held.account.member_id, taken)
        transfers.append(
            Transfer(
                EntryKind.ADJUST,
                Bucket.AVAILABLE,
                Bucket.ADJUSTED,
                taken,
                held.at,
                moves=moves,
                activity_id=activity_id,
                reason=reason,
            )
        )
    if owed := points - taken:
        transfers.append(
            Transfer(
                EntryKind.DEBT,
                Bucket.DEBT,
                Bucket.ADJUSTED,
                owed,
                held.at,
                activity_id=activity_id,
                reason=reason,
            )
        )
    told = NoticeDraft("ADJUSTED", held.at, -points, activity_id)
    return await post(db, held.account, [Movement(cause, tuple(transfers), actor)], notices=[told])
