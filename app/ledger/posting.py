"""How do points move? The only writer of operations, entries, moves, lots' parts and balances."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.commits import note_points
from app.database import Db, rows
from app.ledger.account import LOT_PART, AccountState, Bucket, Movement, NoticeDraft, Transfer
from app.ledger.outlets import told_endpoints

# One statement: its parts see each other's rows through RETURNING alone, and the chain trigger sees the entries
# that came before in the same statement. Entries go in by version, so each finds its predecessor.
_POST = """
WITH op AS (
  INSERT INTO operation (member_id, cause, at, actor)
  SELECT $1, cause, at, actor FROM unnest($2::text[], $3::timestamptz[], $4::text[]) AS o (cause, at, actor)
  RETURNING id, cause
), line AS (
  INSERT INTO entry (member_id, operation_id, version, kind, source, target, points, pending_after, available_after,
                     reserved_after, debt_after, at, activity_id, coupon_id, reservation_id, reason, facts)
  SELECT $1, op.id, version, kind, source, target, points, pending, available, reserved, debt, e.at, activity, coupon,
         reservation, reason, facts::jsonb
  FROM unnest($5::text[], $6::int[], $7::text[], $8::text[], $9::text[], $10::int[], $11::int[], $12::int[], $13::int[],
              $14::int[], $15::timestamptz[], $16::bigint[], $17::bigint[], $18::bigint[], $19::text[], $20::text[])
       AS e (cause, version, kind, source, target, points, pending, available, reserved, debt, at, activity, coupon,
             reservation, reason, facts)
  JOIN op USING (cause) ORDER BY version
  RETURNING id, version
), moved AS (
  INSERT INTO move (entry_id, lot_id, points, ordinal)
  SELECT line.id, lot, points, ordinal
  FROM unnest($21::int[], $22::bigint[], $23::int[], $24::int[]) AS m (version, lot, points, ordinal)
  JOIN line USING (version)
), touched AS (
  UPDATE lot SET remaining = lot.remaining + d.remaining, reserved = lot.reserved + d.reserved,
    consumed = lot.consumed + d.consumed, expired = lot.expired + d.expired, withdrawn = lot.withdrawn + d.withdrawn,
    reclaimed = lot.reclaimed + d.reclaimed, posted_at = coalesce(lot.posted_at, d.posted_at)
  FROM unnest($25::bigint[], $26::int[], $27::int[], $28::int[], $29::int[], $30::int[], $31::int[], $32::timestamptz[])
       AS d (id, remaining, reserved, consumed, expired, withdrawn, reclaimed, posted_at)
  WHERE lot.id = d.id
)
UPDATE account SET pending = $33, available = $34, reserved = $35, debt = $36, version = $37, last_at = $38,
  next_change_at = least(next_change_at, $39)
WHERE member_id = $1 AND version = $40
RETURNING next_change_at
"""

# A notice and its messages to the endpoints outside are one statement: none is there without the other.
_NOTICE = """
WITH told AS (
  INSERT INTO notice (member_id, kind, at, points, facts, activity_id, coupon_id)
  SELECT $1, kind, at, points, facts::jsonb, activity, coupon
  FROM unnest($2::text[], $3::timestamptz[], $4::int[], $5::text[], $6::bigint[], $7::bigint[])
       AS n (kind, at, points, facts, activity, coupon)
  RETURNING id, member_id, kind, at, points, facts, activity_id, coupon_id
)
INSERT INTO outbox_message (endpoint, kind, body, created_at, attempts, next_try_at)
SELECT endpoint, kind, to_jsonb(told), clock_timestamp(), 0, clock_timestamp()
FROM told CROSS JOIN unnest($8::text[]) AS e (endpoint)
"""

# The status and net points that an activity shows follow from its lots, and from nothing else.
FOLLOW_LOTS = """
UPDATE activity SET status = s.status, points = s.points FROM (
  SELECT award.activity_id, sum(amount - reclaimed) AS points,
    CASE WHEN bool_or(posted_at IS NULL AND remaining > 0) THEN 'PENDING'
         WHEN bool_and(reclaimed = amount OR posted_at IS NULL) THEN 'WITHDRAWN'
         WHEN bool_and(remaining + reserved = 0) AND bool_or(expired > 0) THEN 'EXPIRED' ELSE 'POSTED' END AS status
  FROM award JOIN lot ON lot.award_id = award.id WHERE award.activity_id = ANY ($1::bigint[]) GROUP BY 1
) s WHERE activity.id = s.activity_id
"""

_OPENING = (Bucket.ISSUED, Bucket.ADJUSTED)  # from where points come into being
_PARTS = ("remaining", "reserved", "consumed", "expired", "withdrawn", "reclaimed")


async def post(
    db: Db,
    account: AccountState,
    movements: Sequence[Movement],
    *,
    notices: Sequence[NoticeDraft] = (),
    due_at: datetime | None = None,
) -> AccountState:
    """Write `movements` of a held account and answer the account after them.

    `due_at`: when the clock will first change what was just written. The caller holds the account row (`ledger.hold`)
    and has judged; a cause already written, a balance below zero or
    a version that is not the held one is a bug and raises, and the transaction changes nothing.
    """
    if not movements:
        return account
    transfers = [(movement.cause, transfer) for movement in movements for transfer in movement.transfers]
    entries, after = _entries(account, transfers)
    moves = [
        (account.version + number, lot_id, points, ordinal)
        for number, (_, transfer) in enumerate(transfers, start=1)
        for ordinal, (lot_id, points) in enumerate(transfer.moves, start=1)
    ]
    written = await rows(
        db,
        _POST,
        account.member_id,
        *_columns([(movement.cause, movement.transfers[-1].at, movement.actor) for movement in movements], width=3),
        *_columns(entries, width=16),
        *_columns(moves, width=4),
        *_columns(_lot_changes([transfer for _, transfer in transfers]), width=8),
        after.balances.pending,
        after.balances.available,
        after.balances.reserved,
        after.balances.debt,
        after.version,
        after.last_at,
        due_at,
        account.version,
    )
    if not written:
        raise LedgerConflict(f"account {account.member_id} is no longer at version {account.version}")
    for _, transfer in transfers:
        note_points(transfer.kind.value, transfer.points)
    await announce(db, account.member_id, notices)
    return replace(after, next_change_at=written[0]["next_change_at"])


class LedgerConflict(RuntimeError):
    """An account moved under a writer that should have held it: a bug, never a refusal."""


async def announce(db: Db, member_id: int, notices: Sequence[NoticeDraft]) -> None:
    """Write notices, and a message of each for every endpoint outside, in the transaction of their cause."""
    if not notices:
        return
    drafts = [
        (notice.kind, notice.at, notice.points, json.dumps(dict(notice.facts)), notice.activity_id, notice.coupon_id)
        for notice in notices
    ]
    await rows(db, _NOTICE, member_id, *_columns(drafts, width=6), told_endpoints())


async def follow_lots(db: Db, activity_ids: Sequence[int]) -> None:
    """Bring the status and points of activities in line with their lots."""
    if activity_ids:
        await rows(db, FOLLOW_LOTS, sorted(set(activity_ids)))


def _entries(
    account: AccountState, transfers: Sequence[tuple[str, Transfer]]
) -> tuple[list[tuple[object, ...]], AccountState]:
    lines: list[tuple[object, ...]] = []
    for cause, transfer in transfers:
        account = account.after(transfer)
        balances = account.balances
        reason = transfer.reason
        lines.append(
            (
                cause,
                account.version,
                transfer.kind.value,
                transfer.source.value,
                transfer.target.value,
                transfer.points,
                balances.pending,
                balances.available,
                balances.reserved,
                balances.debt,
                transfer.at,
                transfer.activity_id,
                transfer.coupon_id,
                transfer.reservation_id,
                reason.code if reason else None,
                json.dumps(dict(reason.facts) if reason else {}, sort_keys=True),
            )
        )
    return lines, account


def _lot_changes(transfers: Sequence[Transfer]) -> list[tuple[object, ...]]:
    changes: dict[int, dict[str, int]] = {}
    posted: dict[int, datetime] = {}

    def add(lot_id: int, part: str, points: int) -> None:
        changes.setdefault(lot_id, dict.fromkeys(_PARTS, 0))[part] += points

    for transfer in transfers:
        if transfer.source in _OPENING:
            continue  # the lot was opened with its points in it
        if transfer.reclaims is not None:
            undone = transfer.source is Bucket.CLAWED_BACK
            add(transfer.reclaims, "reclaimed", -transfer.points if undone else transfer.points)
        for lot_id, points in transfer.moves:
            add(lot_id, _part(transfer, transfer.source, lot_id), -points)
            add(lot_id, _part(transfer, transfer.target, lot_id), points)
            if transfer.source is Bucket.PENDING and transfer.target is Bucket.AVAILABLE:
                posted[lot_id] = transfer.at
    return [(lot_id, *(parts[part] for part in _PARTS), posted.get(lot_id)) for lot_id, parts in changes.items()]


def _part(transfer: Transfer, bucket: Bucket, lot_id: int) -> str:
    # Points of another lot that pay for a clawback are spent; only the award's own are withdrawn.
    pays = bucket is Bucket.CLAWED_BACK and transfer.reclaims is not None and lot_id != transfer.reclaims
    return "consumed" if pays else LOT_PART[bucket]


def _columns(lines: Sequence[tuple[object, ...]], *, width: int) -> list[list[object]]:
    return [list(column) for column in zip(*lines, strict=True)] if lines else [[] for _ in range(width)]
