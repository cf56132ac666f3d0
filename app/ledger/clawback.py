"""Where are points that must come back taken from? (PROGRAMME 4)"""

from dataclasses import dataclass

from app.database import Db, row
from app.ledger.account import AccountState, Bucket, EntryKind, Movement, NoticeDraft, Transfer
from app.ledger.hold import Held, take
from app.ledger.posting import follow_lots, post
from app.rules.text import Text

_LOT = """
SELECT lot.id, award.activity_id, remaining, posted_at IS NULL AS pending,
  amount - reclaimed - expired - given_up AS reclaimable
FROM lot CROSS JOIN LATERAL (
  SELECT coalesce(sum(move.points), 0)::int AS given_up FROM move JOIN entry ON entry.id = entry_id
  WHERE lot_id = lot.id AND target = 'FORFEITED') forfeited
JOIN award ON award.id = lot.award_id WHERE lot.id = $1
"""


@dataclass(frozen=True)
class ClawedBack:
    """How many points came back (debt included, what had expired not), and the account after it."""

    points: int
    account: AccountState


async def claw_back(db: Db, held: Held, lot_id: int, points: int, *, cause: str, reason: Text) -> ClawedBack:
    """Take up to `points` of an award back: its pending award or what is left of its lot, then other available lots,
    soonest expiry first, and the rest as debt. Reserved points are never taken, expired or forfeited ones not twice.
    """
    lot = await row(db, _LOT, lot_id)
    if lot is None:
        raise LookupError(f"no lot {lot_id}")
    wanted = min(points, lot["reclaimable"])
    if wanted <= 0:
        return ClawedBack(0, held.account)
    own = min(wanted, lot["remaining"])
    others = 0 if lot["pending"] else min(wanted - own, held.account.balances.available - own)
    activity_id: int = lot["activity_id"]

    def back(kind: EntryKind, source: Bucket, taken: int, moves: tuple[tuple[int, int], ...]) -> Transfer:
        return Transfer(
            kind,
            source,
            Bucket.CLAWED_BACK,
            taken,
            held.at,
            moves=moves,
            reclaims=lot_id,
            activity_id=activity_id,
            reason=reason,
        )

    transfers = []
    if own:
        source = Bucket.PENDING if lot["pending"] else Bucket.AVAILABLE
        transfers.append(back(EntryKind.CLAWBACK, source, own, ((lot_id, own),)))
    if others:
        moves = await take(db, held.account.member_id, others, beside=lot_id)
        transfers.append(back(EntryKind.CLAWBACK, Bucket.AVAILABLE, others, moves))
    if debt := wanted - own - others:
        transfers.append(back(EntryKind.DEBT, Bucket.DEBT, debt, ()))
    told = NoticeDraft("CLAWED_BACK", held.at, wanted, activity_id)
    account = await post(db, held.account, [Movement(cause, tuple(transfers))], notices=[told])
    await follow_lots(db, [activity_id])
    return ClawedBack(wanted, account)
