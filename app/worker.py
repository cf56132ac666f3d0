"""What does the clock change while nobody asks? Sweeps that settle members, and forget old requests."""

import asyncio
import contextlib
import logging
from time import monotonic
from typing import Self

import asyncpg

from app.database import rows, transaction
from app.ledger.hold import hold
from app.ledger.posting import LedgerConflict
from app.settings import Settings

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
TROUBLED_SECONDS = 300.0  # after which a member who could not be settled is tried again
_BATCH = 50
_FORGET_BATCH = 1_000

# SKIP LOCKED: any number of workers share the sweep, and none waits for a member who is being served.
_DUE = """
SELECT member_id FROM account WHERE next_change_at <= programme_now() AND member_id <> ALL ($2::bigint[])
ORDER BY next_change_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
"""
_FORGET = """
DELETE FROM request WHERE id IN (SELECT id FROM request WHERE accepted_at < programme_now() - interval '90 days'
  AND state = 'DONE' ORDER BY accepted_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


async def sweep(troubled: set[int] | None = None) -> int:
    """Settle one batch of members whose next change is due; how many. Killed anywhere it leaves nothing half done.

    A member who cannot be settled is logged, left as they were and added to `troubled`; those in it are passed over, so
    that they do not keep the others waiting.
    """
    troubled = set() if troubled is None else troubled
    async with transaction() as db:
        due = [account["member_id"] for account in await rows(db, _DUE, _BATCH, list(troubled))]
        settled = [member_id for member_id in due if await _settles(member_id)]
    troubled.update(set(due) - set(settled))
    return len(settled)


async def _settles(member_id: int) -> bool:
    try:
        async with transaction() as savepoint:
            await hold(savepoint, member_id)
    except (asyncpg.PostgresError, LedgerConflict, LookupError, ValueError):
        log.exception("member %d cannot be settled", member_id)
        return False
    return True


async def forget() -> int:
    """Delete one batch of answered requests older than 90 days; how many. Natural causes are kept for ever."""
    async with transaction() as db:
        return len(await rows(db, _FORGET, _FORGET_BATCH))


class Worker:
    """The sweeps as a background task, owned by `async with`: its end stops it."""

    def __init__(self, settings: Settings) -> None:
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.run(), name="worker")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._stopping.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def run(self) -> None:
        """Sweep while there is something due, rest for a second when there is not, back off while it fails."""
        pause = IDLE_SECONDS
        troubled: set[int] = set()
        again_at = monotonic() + TROUBLED_SECONDS
        while not self._stopping.is_set():
            if monotonic() >= again_at:
                troubled.clear()
                again_at = monotonic() + TROUBLED_SECONDS
            try:
                busy = await sweep(troubled) + await forget()
                pause = 0 if busy else IDLE_SECONDS
            except Exception:  # the edge of a background task: whatever failed, the next sweep tries again
                pause = min(max(pause, IDLE_SECONDS) * 2, LONGEST_PAUSE_SECONDS)
                log.exception("a sweep failed; the next one is in %g seconds", pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)


async def run_worker(settings: Settings) -> None:
    """Sweep until the process is stopped."""
    await Worker(settings).run()
