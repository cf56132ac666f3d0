"""How do old statement lines get out of the way of what is written every day?

They go from `entry` and `move` to the archive, which every reader of the two reads as well; the database lets nothing
leave that does not stand there, and nothing stand in both. No account is touched, and no row locked that a member's
request could want: of a line that has a later one nothing ever changes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from app.database import connection, rows, transaction
from app.rules.calendar import add_months

KEPT_MONTHS = 13  # what members look at, and what still moves points, is younger: a year of use and 16 days of waiting
LINES = 2_000  # at most so many in a transaction
_MEMBERS = 500  # are looked at together

_WHOSE = "SELECT member_id FROM account WHERE member_id > $1 ORDER BY member_id LIMIT $2"
# Of several at once one works while the others wait: a batch is short, and one that stands still is ended by
# `idle_in_transaction_session_timeout`.
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('mipoints archive'))"
_COPY_LINES = """
INSERT INTO archived_entry
SELECT old.* FROM unnest($1::bigint[]) AS whose (id) JOIN account ON account.member_id = whose.id
CROSS JOIN LATERAL (
  SELECT * FROM ONLY entry WHERE entry.member_id = whose.id AND at < $2 AND version < account.version
  ORDER BY version LIMIT $3) old
ORDER BY old.member_id, old.version LIMIT $3 RETURNING id
"""
_MOVE = (
    "INSERT INTO archived_move SELECT * FROM ONLY move WHERE entry_id = ANY ($1::bigint[])",
    "DELETE FROM ONLY move WHERE entry_id = ANY ($1::bigint[])",
    "DELETE FROM ONLY entry WHERE id = ANY ($1::bigint[])",
)


async def archive(before: datetime, *, lines: int = LINES) -> int:
    """Archive all lines before an instant but the last one of each member; how many they were.

    At most `lines` at a time, each time in a transaction of its own: it can end anywhere and be run again, and several
    at once share the work.
    """
    moved, last = 0, 0
    while members := [found["member_id"] for found in await rows(connection(), _WHOSE, last, _MEMBERS)]:
        while batch := await archive_lines(members, before, lines):
            moved += batch
        last = members[-1]
    return moved


async def archive_lines(members: Sequence[int], before: datetime, lines: int) -> int:
    """Archive up to so many lines of these members, each one's oldest first; how many they were, 0 at the end."""
    async with transaction() as db:
        await rows(db, "SET LOCAL lock_timeout = 0")
        await rows(db, _ALONE)
        copied = [line["id"] for line in await rows(db, _COPY_LINES, members, before, lines)]
        if copied:
            for statement in _MOVE:
                await rows(db, statement, copied)
        return len(copied)


def latest(present: datetime) -> datetime:
    """The latest instant before which lines may be archived: the UTC midnight `KEPT_MONTHS` months ago."""
    return datetime.combine(add_months(present.astimezone(UTC).date(), -KEPT_MONTHS), time.min, UTC)
