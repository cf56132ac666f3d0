"""Which reads may a standby answer, and how is what it answers never older than what was acknowledged before?

Staff's reports read much and may do so elsewhere: each goes through `snapshot`. Nothing else does: no write, and no
member's own read.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from app import commits
from app.database import REPLICA, Db, connection, has_replica, row, rows, transaction, value
from app.pool import passes_by_itself

log = logging.getLogger(__name__)

Result = TypeVar("Result")

LONGEST_LAG_S = 1.0  # that a report waits for its standby; then the primary answers
POLL_S = 0.01
QUIET_S = 60.0  # between two warnings

_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_WRITTEN = """
SELECT lsn::text, system_identifier, ('x' || left(pg_walfile_name(lsn), 8))::bit(32)::int AS timeline
FROM pg_current_wal_insert_lsn() AS lsn CROSS JOIN pg_control_system()
"""
# A standby of the same system that follows the same timeline now, and has replayed all that was written.
_FOLLOWS = """
SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::text::pg_lsn AND system_identifier = $2
  AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming' AND received_tli = $3)
FROM pg_control_system()
"""

_warned_at = -QUIET_S


async def snapshot(read: Callable[[Db], Awaitable[Result]]) -> Result:
    """What `read(db)` answers in one READ ONLY, REPEATABLE READ snapshot, on the replica where there is one.

    The snapshot holds all that was acknowledged before. A replica that is not a second or less behind, or that fails
    meanwhile, is passed over: then `read` runs (again) on the primary. Raises RuntimeError inside a transaction.
    """
    if commits.under_way():
        raise RuntimeError("a report is read apart, and never inside a write")
    if has_replica():
        try:
            if await _has_caught_up():
                async with in_transaction(REPLICA) as db:
                    await rows(db, _SNAPSHOT)
                    return await read(db)
            _warn("it does not follow, or is too far behind")
        except Exception as error:  # looked at: only what the replica itself fails at is answered by the primary
            if not passes_by_itself(error):
                raise
            _warn(type(error).__name__)
    async with transaction() as db:
        await rows(db, _SNAPSHOT)
        return await read(db)


async def _has_caught_up() -> bool:
    """Whether the replica has, within LONGEST_LAG_S, all that the primary has written by now."""
    written = await row(connection(), _WRITTEN)
    replica = get_connection(REPLICA)
    until = monotonic() + LONGEST_LAG_S
    while not await value(replica, _FOLLOWS, *(written or ())):
        if monotonic() >= until:
            return False
        await asyncio.sleep(POLL_S)
    return True


def _warn(why: str) -> None:
    global _warned_at
    if monotonic() - _warned_at >= QUIET_S:
        _warned_at = monotonic()
        log.warning("the primary answers a report that the replica was asked for: %s", why)
