"""What happens to the points of an account that closes? (PROGRAMME 2)"""

from collections.abc import Sequence

import asyncpg

from app.database import Db, rows
from app.ledger.account import AccountState, Bucket, EntryKind, Movement, Transfer
from app.ledger.end_hold import end_hold
from app.ledger.hold import Held
from app.ledger.posting import follow_lots, post

_HELD = "SELECT id FROM reservation WHERE member_id = $1 AND status = 'HELD' ORDER BY held_until, id"
_LEFT = """
SELECT lot.id, award.activity_id, remaining, posted_at IS NULL AS pending
FROM lot JOIN award ON award.id = lot.award_id
WHERE lot.member_id = $1 AND due_at IS NOT NULL ORDER BY expires_at, posted_at, lot.id
"""


async def forfeit(db: Db, held: Held, *, actor: str | None = None) -> AccountState:
    """Give up everything that a held account owns: what is held for checkouts is let go, then pending and available
    points are forfeited, and a debt is written off.
    """
    held = await _let_go(db, held, actor)
    account = held.account
    lots = await rows(db, _LEFT, account.member_id)
    pending = _given_up(Bucket.PENDING, [lot for lot in lots if lot["pending"]], held)
    available = _given_up(Bucket.AVAILABLE, [lot for lot in lots if not lot["pending"]], held)
    transfers = [*pending, *available]
    if owed := account.balances.debt:
        transfers.append(Transfer(EntryKind.FORFEIT, Bucket.FORFEITED, Bucket.DEBT, owed, held.at))
    if not transfers:
        return account
    cause = f"forfeit/{account.member_id}/{account.version + 1}"
    account = await post(db, account, [Movement(cause, tuple(transfers), actor)])
    await follow_lots(db, [lot["activity_id"] for lot in lots])
    return account


async def _let_go(db: Db, held: Held, actor: str | None) -> Held:
    for hold in await rows(db, _HELD, held.account.member_id):
        held = await end_hold(db, held, hold["id"], actor=actor)
    return held


def _given_up(source: Bucket, lots: Sequence[asyncpg.Record], held: Held) -> list[Transfer]:
    if not lots:
        return []
    moves = tuple((lot["id"], lot["remaining"]) for lot in lots)
    total = sum(points for _, points in moves)
    one = lots[0]["activity_id"] if len(lots) == 1 else None
    return [Transfer(EntryKind.FORFEIT, source, Bucket.FORFEITED, total, held.at, moves=moves, activity_id=one)]
