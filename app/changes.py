"""Whose account has changed, or has the catalogue, in whichever process that was?

A process announces what it has touched after the commit, by NOTIFY. Inside a transaction that moves points it
would halve what the database can do: PostgreSQL lets one transaction that notifies commit at a time. An announcement
can be lost with its process or connection, so whoever listens polls as well: twice a second, while somebody is watched.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection
from typing import Self

from app.commits import Committed, on_commit
from app.database import connection, rows
from app.hosts import connect
from app.pool import LOST

log = logging.getLogger(__name__)

CHANNEL = "mipoints_member"
PAUSE_SECONDS = 0.05  # between two announcements of a process
SEND_SECONDS = 2.0
CLOSE_SECONDS = 1.0
MOST_TOUCHED = 10_000  # between two announcements; beyond it polling finds the others
CATALOGUE = "catalogue"  # the payload that says that offers or campaigns have changed
IDS_IN_PAYLOAD = 300  # of 19 digits and a comma each: below the 8,000 bytes of a payload
POLL_SECONDS = 0.5
CONNECT_SECONDS = 5.0
CHECK_SECONDS = 30.0  # a line that is dead without a word is found out by asking
FIRST_BACK_OFF_SECONDS, LONGEST_BACK_OFF_SECONDS = 0.2, 10.0
SESSION = {"application_name": "mipoints listener"}

_NOTIFY = f"SELECT pg_notify('{CHANNEL}', payload) FROM unnest($1::text[]) AS payload"
# All that a reader may be told of: balances have the account's version, and what is due by the clock none as yet.
_STATES = """
SELECT member_id, version, coalesce(next_change_at <= now, false) AS due,
  (SELECT id FROM activity WHERE activity.member_id = account.member_id ORDER BY id DESC LIMIT 1) AS newest
FROM account CROSS JOIN (SELECT programme_now() AS now) AS moment WHERE member_id = ANY ($1::bigint[])
"""


class Announcer:
    """Tells every process what this one has touched, a moment after each commit; `async with` owns it.

    Its end sends what is still to be told, within a second.
    """

    def __init__(self) -> None:
        self._touched: set[int] = set()
        self._catalogue = False
        self._some = asyncio.Event()
        self._closing = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._forget = on_commit(self._note)
        self._task = asyncio.create_task(self._run(), name="announcer")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._forget()
        self._closing.set()
        self._some.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._task, CLOSE_SECONDS)

    def _note(self, committed: Committed) -> None:
        if committed.members and len(self._touched) < MOST_TOUCHED:
            self._touched |= committed.members
            self._some.set()
        if committed.catalogue:
            self._catalogue = True
            self._some.set()

    async def _run(self) -> None:
        while self._touched or self._catalogue or not self._closing.is_set():
            await self._some.wait()
            self._some.clear()
            members, self._touched = self._touched, set()
            catalogue, self._catalogue = self._catalogue, False
            if members or catalogue:
                await notify(members, catalogue=catalogue)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), PAUSE_SECONDS)


async def notify(members: Collection[int], *, catalogue: bool = False) -> None:
    """Send it all in one statement of its own; what cannot be sent is logged and left to polling."""
    ids = sorted(members)
    parts = [ids[start : start + IDS_IN_PAYLOAD] for start in range(0, len(ids), IDS_IN_PAYLOAD)]
    try:
        async with asyncio.timeout(SEND_SECONDS):
            payloads = [",".join(map(str, part)) for part in parts]
            await rows(connection(), _NOTIFY, [CATALOGUE, *payloads] if catalogue else payloads)
    except Exception:  # the edge of a background task: whatever failed, the next announcement is tried
        log.warning("%d changed members were not announced", len(ids), exc_info=True)


class Watch:
    """One reader's eye on one member: woken by what may be a change, however many there were. It holds nothing else."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.wake()

    def wake(self) -> None:
        self._event.set()

    async def changed(self) -> None:
        """Wait for what may be a change since the last call; the first one answers at once: so much may be new."""
        await self._event.wait()
        self._event.clear()


class Listener:
    """Wakes the readers of this process when a member they watch may have changed; `async with` owns it.

    It listens on a connection of its own by `url`, as no pool and no pgbouncer may stand in between. That opens with
    the first watch, or with who wants to be told of the catalogue: else it takes no connection and hears of nobody.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._watches: dict[int, set[Watch]] = {}
        self._seen: dict[int, tuple[int, int | None]] = {}  # of watched members: version and newest activity
        self._watched = asyncio.Event()
        self._wanted = asyncio.Event()
        self._catalogue_changed: Callable[[], None] | None = None

    def tell_of_catalogue(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when the catalogue has changed, or may have while nothing was heard."""
        self._catalogue_changed = changed
        self._wanted.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="listener")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    @contextlib.asynccontextmanager
    async def watch(self, member_id: int) -> AsyncIterator[Watch]:
        """Watch a member for as long as the block runs."""
        watch = Watch()
        watches = self._watches.setdefault(member_id, set())
        watches.add(watch)
        self._watched.set()
        self._wanted.set()
        try:
            yield watch
        finally:
            watches.remove(watch)
            if not watches:
                del self._watches[member_id]
                self._seen.pop(member_id, None)
            if not self._watches:
                self._watched.clear()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._listen())
            loops.create_task(self._poll())

    async def _listen(self) -> None:
        """Hold the connection; where it is lost open another, at growing intervals while that fails.

        What is announced meanwhile is found by polling, in one statement: to wake everybody would take one for each.
        """
        await self._wanted.wait()
        pause = FIRST_BACK_OFF_SECONDS
        while True:
            try:
                await self._hear()
                pause = FIRST_BACK_OFF_SECONDS
            except Exception:  # the edge of a background task: whatever failed, it is tried again
                log.warning("changes are not heard of, only polled for", exc_info=True)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_BACK_OFF_SECONDS)

    async def _hear(self) -> None:
        """Listen until the connection is lost; raises where it cannot even be had."""
        lost = asyncio.Event()
        server = await connect(
            self._url, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS, server_settings=SESSION
        )
        try:
            server.add_termination_listener(lambda _: lost.set())
            await server.add_listener(CHANNEL, self._heard)
            self._heard(None, 0, CHANNEL, CATALOGUE)
            while not lost.is_set():
                try:
                    await asyncio.wait_for(lost.wait(), CHECK_SECONDS)
                except TimeoutError:
                    await server.execute("SELECT 1")
            log.warning("the connection that listens was lost")
        finally:
            with contextlib.suppress(*LOST):
                await server.close(timeout=CLOSE_SECONDS)

    def _heard(self, _: object, pid: int, channel: str, payload: str) -> None:
        if payload == CATALOGUE and self._catalogue_changed is not None:
            self._catalogue_changed()
        self._wake(*(int(member_id) for member_id in payload.split(",") if member_id.isdecimal()))

    async def _poll(self) -> None:
        while True:
            await self._watched.wait()
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await self._look()
            except Exception:  # the edge of a background task: whatever failed, the next look is tried
                log.warning("changes cannot be polled for", exc_info=True)
            await asyncio.sleep(POLL_SECONDS)

    async def _look(self) -> None:
        """Wake whoever watches a member that differs from the last look, or for whom something is due by the clock."""
        for found in await rows(connection(), _STATES, list(self._watches)):
            member_id, state = found["member_id"], (found["version"], found["newest"])
            if found["due"] or self._seen.get(member_id) != state:
                self._wake(member_id)
            if member_id in self._watches:
                self._seen[member_id] = state

    def _wake(self, *member_ids: int) -> None:
        for member_id in member_ids:
            for watch in self._watches.get(member_id, ()):
                watch.wake()
