"""What does the clock change while nobody asks? Sweeps that settle members, forget what is old, and send messages."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Self

import asyncpg

from app.api.ids import global_id
from app.changes import Announcer
from app.coupons.search import forget_guesses
from app.database import rows, transaction
from app.gateway.rates import forget_buckets
from app.ledger.hold import hold
from app.ledger.posting import LedgerConflict
from app.notices.outbox import forget_delivered
from app.settings import Settings

log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[int]]  # does one batch of what is due; how much that was

IDLE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
TROUBLED_SECONDS = 300.0  # after which a member who could not be settled is tried again
_BATCH = 50
MOST_HELD_SECONDS = 0.1  # a member whose account the sweep holds waits for it, on a slow machine as well
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

    All of a batch are held until its end, which comes after MOST_HELD_SECONDS, with the others left for the next one.
    A member who cannot be settled is logged, left as they were and added to `troubled`; those in it are passed over, so
    that they do not keep the others waiting.
    """
    troubled = set() if troubled is None else troubled
    settled, failed = 0, set[int]()
    async with transaction() as db:
        due = await rows(db, _DUE, _BATCH, list(troubled))
        until = monotonic() + MOST_HELD_SECONDS
        for account in due:
            if settled and monotonic() >= until:
                break
            if await _settles(account["member_id"]):
                settled += 1
            else:
                failed.add(account["member_id"])
    troubled.update(failed)
    return settled


async def _settles(member_id: int) -> bool:
    try:
        async with transaction() as savepoint:
            await hold(savepoint, member_id)
    except (asyncpg.PostgresError, LedgerConflict, LookupError, ValueError):
        log.exception("member %d cannot be settled", member_id)
        return False
    return True


async def forget() -> int:
    """Delete one batch of answered requests older than 90 days, of messages that arrived 30 days ago, of wrong coupon
    codes that count no more, and of rates that nobody used for a minute; how many.

    Natural causes are kept for ever.
    """
    async with transaction() as db:
        forgotten = len(await rows(db, _FORGET, _FORGET_BATCH)) + await forget_delivered(db)
        return forgotten + await forget_guesses(db, _FORGET_BATCH) + await forget_buckets(db, _FORGET_BATCH)


class Worker:
    """The sweeps and deliveries as a background task, owned by `async with`: its end stops it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = asyncio.Event()
        self._troubled: set[int] = set()
        self._troubled_until = monotonic() + TROUBLED_SECONDS
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
        """Sweep, and send what each endpoint should hear, each at its own pace: a slow one keeps nobody waiting."""
        async with contextlib.AsyncExitStack() as stack:
            deliveries = await self._deliveries(stack)
            loops = await stack.enter_async_context(asyncio.TaskGroup())
            loops.create_task(self._repeat("a sweep", self._sweep))
            for delivery in deliveries:
                loops.create_task(self._repeat("a delivery", delivery))

    async def _deliveries(self, stack: contextlib.AsyncExitStack) -> list[Step]:
        """What sends a batch to an endpoint, for each endpoint that there is."""
        secret = self._settings.webhook_secret
        if not self._settings.webhooks or secret is None:
            return []
        from app.notices.deliver import deliver  # it brings an HTTP client, which nothing else here needs
        from app.notices.webhook import Sender

        sender = Sender(secret.get_secret_value().encode(), allow_private=self._settings.webhook_allow_private)
        await stack.enter_async_context(sender)
        return [partial(deliver, endpoint, sender, global_id) for endpoint in self._settings.webhooks]

    async def _sweep(self) -> int:
        if monotonic() >= self._troubled_until:
            self._troubled.clear()
            self._troubled_until = monotonic() + TROUBLED_SECONDS
        return await sweep(self._troubled) + await forget()

    async def _repeat(self, what: str, step: Step) -> None:
        """Go on while there is something due, rest for a second when there is not, back off while it fails."""
        pause = IDLE_SECONDS
        while not self._stopping.is_set():
            try:
                pause = 0 if await step() else IDLE_SECONDS
            except Exception:  # the edge of a background task: whatever failed, the next try goes on
                pause = min(max(pause, IDLE_SECONDS) * 2, LONGEST_PAUSE_SECONDS)
                log.exception("%s failed; the next one is in %g seconds", what, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)


async def run_worker(settings: Settings) -> None:
    """Sweep until the process is stopped; readers in every process are told of whom it settles."""
    async with Announcer():
        await Worker(settings).run()
