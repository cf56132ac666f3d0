"""How do points move? The only writer of operations, entries, moves, lots' parts and balances."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.commits import note_member, note_points
from app.database import Db, rows
from app.given import given, how_many
from app.ledger.account import LOT_PART, AccountState, Bucket, Movement, NoticeDraft, Transfer
from app.ledger.outlets import told_endpoints

# One statement of one JSON document ($1): its parts see each other through RETURNING alone, and the chain trigger
# sees the entries that came before in the same statement. Entries go in by version, so each finds its predecessor.
_ACCOUNTS = given(
    "accounts",
    "member_id bigint, held_version int, touched_by text, pending int, available int, reserved int,"
    " debt int, version int, last_at timestamptz, due_at timestamptz",
)
_OPERATIONS = given("operations", "member_id bigint, cause text, at timestamptz, actor text")
_ENTRIES = given(
    "entries",
    "member_id bigint, cause text, version int, kind text, source text, target text, points int, pending int,"
    " available int, reserved int, debt int, at timestamptz, activity bigint, coupon bigint, reservation bigint,"
    " reason text, facts jsonb",
)
_MOVES = given("moves", "member_id bigint, version int, lot bigint, points int, ordinal int")
LOT_CHANGES = given(
    "lots",
    "id bigint, remaining int, reserved int, consumed int, expired int, withdrawn int, reclaimed int,"
    " posted_at timestamptz",
)
_PARTS = f"""
held AS (
  UPDATE account SET pending = a.pending, available = a.available, reserved = a.reserved, debt = a.debt,
    version = a.version, last_at = a.last_at, next_change_at = least(account.next_change_at, a.due_at)
  FROM {_ACCOUNTS} AS a
  WHERE account.member_id = a.member_id AND account.version = a.held_version {{held_if}}
  RETURNING account.member_id, account.next_change_at
), op AS (
  INSERT INTO operation (member_id, cause, at, actor) SELECT * FROM {_OPERATIONS} AS o RETURNING id, cause
), line AS (
  INSERT INTO entry (member_id, operation_id, version, kind, source, target, points, pending_after, available_after,
                     reserved_after, debt_after, at, activity_id, coupon_id, reservation_id, reason, facts)
  SELECT member_id, op.id, version, kind, source, target, points, pending, available, reserved, debt, e.at, activity,
         coupon, reservation, reason, facts
  FROM {_ENTRIES} AS e JOIN op USING (cause) ORDER BY member_id, version
  RETURNING id, member_id, version
), moved AS (
  INSERT INTO move (entry_id, lot_id, points, ordinal)
  SELECT line.id, {{lot}}, m.points, ordinal FROM {_MOVES} AS m JOIN line USING (member_id, version) {{lots}}
), touched AS (
  UPDATE lot SET remaining = lot.remaining + d.remaining, reserved = lot.reserved + d.reserved,
    consumed = lot.consumed + d.consumed, expired = lot.expired + d.expired, withdrawn = lot.withdrawn + d.withdrawn,
    reclaimed = lot.reclaimed + d.reclaimed, posted_at = coalesce(lot.posted_at, d.posted_at)
  FROM {LOT_CHANGES} AS d WHERE lot.id = d.id
)
"""


def posting_of(*, held_if: str = "", lot: str = "m.lot", lots: str = "") -> str:
    """The parts of a statement that post: to accounts of which `held_if` holds besides their version.

    `lot` and `lots`: how moves find lots that the statement itself opens.
    """
    return _PARTS.format(held_if=held_if, lot=lot, lots=lots)


POSTING = posting_of()
_POST = f"WITH {POSTING} SELECT next_change_at FROM held"
ALL_HELD = f"(SELECT count(*) FROM held) = {how_many('accounts')}"

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
_LOT_PARTS = ("remaining", "reserved", "consumed", "expired", "withdrawn", "reclaimed")


@dataclass(frozen=True)
class Posting:
    """Movements of one account, ready to be written: the account after them, and the rows of each table by its name.

    `due_at`: when the clock will first change what they wrote.
    """

    account: AccountState
    rows: Mapping[str, list[dict[str, object]]]
    transfers: tuple[Transfer, ...]
    due_at: datetime | None

    def note(self) -> None:
        """The transaction under way has written it."""
        note_member(self.account.member_id)
        for transfer in self.transfers:
            note_points(transfer.kind.value, transfer.points)


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
    account = await write(db, _POST, posting(account, movements, due_at=due_at))
    await announce(db, account.member_id, notices)
    return account


def posting(
    account: AccountState,
    movements: Sequence[Movement],
    *,
    due_at: datetime | None = None,
    touched_by: str | None = None,
) -> Posting:
    """These movements of an account. Negative ids are those of lots that the same statement opens, numbered from 1.

    `touched_by`, of an account that was read and not held: the transaction that touched its row last (`ledger.swift`).
    """
    transfers = [(movement.cause, transfer) for movement in movements for transfer in movement.transfers]
    entries, after = _entries(account, transfers)
    moves: list[dict[str, object]] = [
        {"member_id": account.member_id, "version": version, "lot": lot_id, "points": points, "ordinal": ordinal}
        for version, (_, transfer) in enumerate(transfers, start=account.version + 1)
        for ordinal, (lot_id, points) in enumerate(transfer.moves, start=1)
    ]
    operations: list[dict[str, object]] = [
        {
            "member_id": account.member_id,
            "cause": movement.cause,
            "at": movement.transfers[-1].at,
            "actor": movement.actor,
        }
        for movement in movements
    ]
    written = tuple(transfer for _, transfer in transfers)
    held = _held(account, after, due_at, touched_by)
    tables = {"accounts": [held], "operations": operations, "entries": entries, "moves": moves}
    return Posting(after, {**tables, "lots": _lot_changes(written)}, written, due_at)


async def write(db: Db, statement: str, posted: Posting, **others: object) -> AccountState:
    """Write what is posted of a held account by a statement made of `POSTING`; the account after it.

    `others`: what the statement writes beside it, under the names that it gives them.
    """
    written = await rows(db, statement, {**posted.rows, **others})
    if not written:
        raise LedgerConflict(f"account {posted.account.member_id} is no longer at the version that was held")
    posted.note()
    return replace(posted.account, next_change_at=written[0]["next_change_at"])


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


def _held(
    account: AccountState, after: AccountState, due_at: datetime | None, touched_by: str | None
) -> dict[str, object]:
    balances = after.balances
    return {
        "member_id": account.member_id,
        "held_version": account.version,
        "touched_by": touched_by,
        "pending": balances.pending,
        "available": balances.available,
        "reserved": balances.reserved,
        "debt": balances.debt,
        "version": after.version,
        "last_at": after.last_at,
        "due_at": due_at,
    }


def _entries(
    account: AccountState, transfers: Sequence[tuple[str, Transfer]]
) -> tuple[list[dict[str, object]], AccountState]:
    lines: list[dict[str, object]] = []
    for cause, transfer in transfers:
        account = account.after(transfer)
        balances = account.balances
        reason = transfer.reason
        lines.append(
            {
                "member_id": account.member_id,
                "cause": cause,
                "version": account.version,
                "kind": transfer.kind.value,
                "source": transfer.source.value,
                "target": transfer.target.value,
                "points": transfer.points,
                "pending": balances.pending,
                "available": balances.available,
                "reserved": balances.reserved,
                "debt": balances.debt,
                "at": transfer.at,
                "activity": transfer.activity_id,
                "coupon": transfer.coupon_id,
                "reservation": transfer.reservation_id,
                "reason": reason.code if reason else None,
                "facts": dict(reason.facts) if reason else {},
            }
        )
    return lines, account


def _lot_changes(transfers: Sequence[Transfer]) -> list[dict[str, object]]:
    changes: dict[int, dict[str, int]] = {}
    posted: dict[int, datetime] = {}

    def add(lot_id: int, part: str, points: int) -> None:
        changes.setdefault(lot_id, dict.fromkeys(_LOT_PARTS, 0))[part] += points

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
    return [{"id": lot_id, **parts, "posted_at": posted.get(lot_id)} for lot_id, parts in changes.items()]


def _part(transfer: Transfer, bucket: Bucket, lot_id: int) -> str:
    # Points of another lot that pay for a clawback are spent; only the award's own are withdrawn.
    pays = bucket is Bucket.CLAWED_BACK and transfer.reclaims is not None and lot_id != transfer.reclaims
    return "consumed" if pays else LOT_PART[bucket]


def _columns(lines: Sequence[tuple[object, ...]], *, width: int) -> list[list[object]]:
    return [list(column) for column in zip(*lines, strict=True)] if lines else [[] for _ in range(width)]
