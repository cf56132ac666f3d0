"""How do points that were taken back by mistake come back, each to where it was taken from? (PROGRAMME 4)"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from app.database import Db, rows, value
from app.ledger.account import Bucket, EntryKind, LotState, Movement, NoticeDraft, Transfer
from app.ledger.hold import Held, catch_up, lots_by_id
from app.ledger.posting import follow_lots, post
from app.ledger.settle import came_back, last_taken, told
from app.rules.text import Text

# What was taken since it last came back; the last part of a clawback's cause names the lot that it was taken for.
_TAKEN = """
SELECT split_part(cause, '/', -1)::bigint AS taken_for, entry.source, entry.points, move.lot_id, move.points AS moved
FROM entry JOIN operation ON operation.id = entry.operation_id LEFT JOIN move ON move.entry_id = entry.id
WHERE entry.activity_id = $1 AND target = 'CLAWED_BACK'
  AND version > coalesce((SELECT max(version) FROM entry WHERE activity_id = $1 AND source = 'CLAWED_BACK'), 0)
ORDER BY version, ordinal
"""
_TIMES = "SELECT count(DISTINCT operation_id) FROM entry WHERE activity_id = $1 AND source = 'CLAWED_BACK'"
# What lots repaid of debts and were not given back, the first first.
_REPAID = """
SELECT lot_id, sum(CASE WHEN target = 'DEBT' THEN move.points ELSE -move.points END)::int AS points
FROM entry JOIN move ON move.entry_id = entry.id
WHERE entry.member_id = $1 AND (source, target) IN (('AVAILABLE', 'DEBT'), ('DEBT', 'AVAILABLE'))
GROUP BY lot_id HAVING sum(CASE WHEN target = 'DEBT' THEN move.points ELSE -move.points END) > 0
ORDER BY max(version) FILTER (WHERE target = 'DEBT')
"""
Moves = Sequence[tuple[int, int]]  # (lot id, points)


@dataclass
class Taking:
    """What was taken back for the lot `lot_id`: its `own` points, `debt`, and those of `others` in order of taking."""

    lot_id: int
    own: int = 0
    debt: int = 0
    others: list[tuple[int, int]] = field(default_factory=list)


async def reinstate(db: Db, held: Held, activity_id: int, *, reason: Text, actor: str) -> int:
    """Undo what was taken back of a held member's activity; the points that came back, 0 when nothing was taken.

    Own points return to their lot with its own end, a pending one is pending again. Debt is undone first; what was
    repaid of it since, and what other lots paid, returns to those lots, the latest first. What has ended expires. Debt
    that was written off meanwhile is no one's any more: its points were spent, and stay so.
    """
    takings = _takings(await rows(db, _TAKEN, activity_id))
    if not takings:
        return 0
    repaid = [(lot["lot_id"], lot["points"]) for lot in await rows(db, _REPAID, held.account.member_id)]
    lots = await lots_by_id(
        db,
        [taking.lot_id for taking in takings]
        + [lot_id for lot_id, _ in repaid]
        + [lot_id for taking in takings for lot_id, _ in taking.others],
    )
    undone = _Undoing(held, lots, repaid, activity_id, reason)
    points = sum(undone.undo(taking) for taking in takings)
    if not points:
        return 0
    touched = [lots[lot_id] for transfer in undone.transfers for lot_id, _ in transfer.moves]
    cause = f"reinstate/{activity_id}/{await value(db, _TIMES, activity_id)}"
    movement = Movement(cause, tuple(undone.transfers), actor)
    account = await post(
        db,
        held.account,
        [movement],
        notices=[NoticeDraft("RESTORED", held.at, points, activity_id), *told(movement)],
        due_at=min((_due(lot) for lot in touched), default=None),
    )
    await follow_lots(db, [activity_id, *(lot.activity_id for lot in touched)])
    # A pending award whose time has come meanwhile posts at once.
    await catch_up(db, account, held.at)
    return points


class _Undoing:
    """The transfers that undo takings one after the other, each judged on the account as those before leave it."""

    def __init__(self, held: Held, lots: Mapping[int, LotState], repaid: Moves, activity_id: int, reason: Text) -> None:
        self.account = held.account
        self.transfers: list[Transfer] = []
        self._lots = lots
        self._at = held.at
        self._activity_id = activity_id
        self._reason = reason
        self._repaid = tuple(repaid)

    def undo(self, taking: Taking) -> int:
        """Undo a taking; how many points of it came back."""
        back: dict[int, int] = {}
        repaid = max(0, taking.debt - self.account.balances.debt)
        if from_debt := last_taken(self._repaid, repaid):
            self._add(Bucket.DEBT, Bucket.AVAILABLE, from_debt, None, back)
            self._repaid = _less(self._repaid, from_debt)
        debt = min(taking.debt, self.account.balances.debt)
        if debt:
            self._write(Bucket.CLAWED_BACK, Bucket.DEBT, debt, (), taking.lot_id)
        if taking.own:
            own = ((taking.lot_id, taking.own),)
            if self._lots[taking.lot_id].posted_at is None:
                self._write(Bucket.CLAWED_BACK, Bucket.PENDING, taking.own, own, taking.lot_id)
            else:
                self._add(Bucket.CLAWED_BACK, Bucket.AVAILABLE, own, taking.lot_id, back)
        if taking.others:
            self._add(Bucket.CLAWED_BACK, Bucket.AVAILABLE, _reversed(taking.others), taking.lot_id, back)
        for transfer in came_back(self.account, tuple(back.items()), self._lots, at=self._at):
            self._note(transfer)
        return taking.own + debt + sum(points for _, points in taking.others)

    def _add(self, source: Bucket, target: Bucket, moves: Moves, reclaims: int | None, back: dict[int, int]) -> None:
        self._write(source, target, sum(points for _, points in moves), tuple(moves), reclaims)
        for lot_id, points in moves:
            back[lot_id] = back.get(lot_id, 0) + points

    def _write(
        self, source: Bucket, target: Bucket, points: int, moves: tuple[tuple[int, int], ...], reclaims: int | None
    ) -> None:
        self._note(
            Transfer(
                EntryKind.RESTORE,
                source,
                target,
                points,
                self._at,
                moves=moves,
                reclaims=reclaims,
                activity_id=self._activity_id,
                reason=self._reason,
            )
        )

    def _note(self, transfer: Transfer) -> None:
        self.transfers.append(transfer)
        self.account = self.account.after(transfer)


def _takings(found: Sequence[asyncpg.Record]) -> list[Taking]:
    takings: dict[int, Taking] = {}
    for line in found:
        taking = takings.setdefault(line["taken_for"], Taking(line["taken_for"]))
        if line["source"] == "DEBT":
            taking.debt += line["points"]
        elif line["lot_id"] == taking.lot_id:
            taking.own += line["moved"]
        else:
            taking.others.append((line["lot_id"], line["moved"]))
    return list(takings.values())


def _reversed(moves: Moves) -> Moves:
    return last_taken(moves, sum(points for _, points in moves))


def _less(moves: Moves, gone: Moves) -> tuple[tuple[int, int], ...]:
    went = dict(gone)
    return tuple((lot_id, points - went.get(lot_id, 0)) for lot_id, points in moves if points > went.get(lot_id, 0))


def _due(lot: LotState) -> datetime:
    return lot.posts_at if lot.posted_at is None else lot.notify_at or lot.expires_at
