"""How are points moved of an account that was read and not held?

One statement that is its own transaction writes everything, and nothing unless nobody has touched the account's row
since it was read: its version is the same, and so is the transaction that wrote it last (`xmin`). Whoever changes
anything of a member's points, coupons, lots or status holds the account for it by an UPDATE, so nothing that was judged
has changed unseen, and no instant is older than a lock that another one held in between.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg

from app import commits
from app.database import connection, rows
from app.ledger.hold import Held, account_of
from app.ledger.posting import Posting, posting_of
from app.pool import to_the_end

# What `held_as_read` needs of `account`, and the instant at which it is read.
ACCOUNT = """
account.member_id, account.market_id, account.status, account.time_zone, account.pending, account.available,
account.reserved, account.debt, account.version, account.last_at, account.next_change_at,
account.xmin::text AS touched_by
"""
AT = "greatest(programme_now(), account.last_at)"
_UNTOUCHED = "AND account.xmin = a.touched_by::xid"


def swift_posting(condition: str, *, lot: str = "m.lot", lots: str = "") -> str:
    """The parts of a statement that post to accounts as they were read, and only if `condition` holds.

    `posting` makes their document with `touched_by`. The statement ends with `only_if(ALL_HELD ...)`.
    """
    return posting_of(held_if=f"{_UNTOUCHED} AND {condition}", lot=lot, lots=lots)


def held_as_read(found: Mapping[str, Any]) -> Held | None:
    """The account of a row that has `ACCOUNT` and `at`; None where the clock has changed it since it was written."""
    due = found["next_change_at"]
    if due is not None and due <= found["at"]:
        return None
    return Held(account_of(found), found["at"])


async def write_swiftly(statement: str, postings: Iterable[Posting], **others: object) -> list[asyncpg.Record]:
    """Write what is posted by a statement made of `swift_posting`, run to its end; what it answers.

    `others`: what it writes beside it. Raises SerializationError where anything is no longer as it was read.
    """

    async def work() -> list[asyncpg.Record]:
        notes, outer = commits.begin()
        written = False
        try:
            answer = await rows(connection(), statement, {**together(postings), **others})
            for posted in postings:
                posted.note()
            written = True
            return answer
        finally:
            commits.end(notes, outer, committed=written)

    return await to_the_end(work())


def together(postings: Iterable[Posting]) -> dict[str, list[dict[str, object]]]:
    """The rows of several accounts' postings as one document."""
    tables: dict[str, list[dict[str, object]]] = {}
    for posted in postings:
        for name, lines in posted.rows.items():
            tables.setdefault(name, []).extend(lines)
    return tables
