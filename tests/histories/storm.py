"""Which faults befall the house, and when? Two seeded storms, one over the gateways and one over the database."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg

from tests.histories.history import Fault, History
from tests.histories.house import Gateway, House, Span
from tests.histories.small_disk import filled

Kind = Callable[[], Awaitable[str]]  # does it, and says what about

LONGER_THAN_LOCK_TIMEOUT_S = 4.6
LONGER_THAN_IDLE_TIMEOUT_S = 16.0
WORKER_BACK_SECONDS = 60
LOCK = """
SELECT FROM account JOIN member ON member.id = member_id WHERE mi_account_id = ANY ($1) FOR UPDATE OF account
"""
ADMIN = {"application_name": "storm", "timezone": "UTC"}


class Storm:
    """Does one fault after the other, with a pause of chance in between, and writes each down with its instant."""

    def __init__(
        self,
        house: House,
        history: History,
        chance: random.Random,
        *,
        hot: list[str],
        burst: Kind,
        patient: bool = False,
        small_disk: bool = False,
    ) -> None:
        """`burst` asks for more at once than a pool holds; `patient`: also what takes long."""
        self.house, self.history, self.chance, self.hot, self.patient = house, history, chance, hot, patient
        self.worker_back_s: list[float] = []
        self.over_gateways: list[tuple[int, str, Kind]] = [
            (3, "kill -9 of a gateway", self.kill),
            (3, "kill -9 of a web worker", self.kill_worker),
            (3, "a gateway stands still", self.stand_still),
            (2, "more asked than a pool holds", burst),
        ]
        self.over_database: list[tuple[int, str, Kind]] = [
            (1, "immediate restart of the database", self.restart_database),
            (5, "back ends terminated", self.terminate),
            (2, "accounts locked by somebody else", self.lock),
        ]
        if small_disk:
            self.over_database.append((1, "disk full", self.fill_disk))

    async def rage(self, faults: list[tuple[int, str, Kind]], until: float, pause_s: tuple[float, float]) -> None:
        """Every kind once, then by weight until this instant."""
        coming = [(name, kind) for _, name, kind in faults]
        self.chance.shuffle(coming)
        weights = [weight for weight, _, _ in faults]
        while coming or time.monotonic() < until:
            if coming:
                name, kind = coming.pop()
            else:
                _, name, kind = self.chance.choices(faults, weights)[0]
            began_at = time.monotonic()
            about = await kind()
            self.history.faults.append(Fault(name, about, began_at, time.monotonic()))
            await asyncio.sleep(self.chance.uniform(*pause_s))

    async def kill(self) -> str:
        """All of a gateway, or only the supervisor of its workers, who then have to end by themselves."""
        one = self._some(lambda gateway: True)
        one.held = True
        one.away.append(away := Span(time.monotonic()))
        alone = one.workers > 1 and self.chance.random() < 0.5
        one.kill_alone() if alone else one.signal(signal.SIGKILL)
        await one.bring_back()
        away.ended_at, one.held = time.monotonic(), False
        return f"gateway {one.number}" + (", and not its workers" if alone else "")

    async def kill_worker(self) -> str:
        """Its supervisor starts another one, and until that serves no other is killed: one of them always serves."""
        one = self._some(lambda gateway: gateway.workers > 1)
        before = workers_of(one)
        if not before:
            return f"gateway {one.number} has no worker just now"
        victim, began_at = self.chance.choice(before), time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        while time.monotonic() < began_at + WORKER_BACK_SECONDS and one.alive:
            others = set(workers_of(one)) - set(before)
            if any(serves(one, other) for other in others):
                self.worker_back_s.append(time.monotonic() - began_at)
                return f"gateway {one.number}, process {victim}"
            await asyncio.sleep(0.1)
        return f"gateway {one.number}, process {victim}: no other took its place"

    async def stand_still(self) -> str:
        one = self._some(lambda gateway: True)
        longest = LONGER_THAN_IDLE_TIMEOUT_S if self.patient and self.chance.random() < 0.3 else 0
        seconds = longest or self.chance.choice((0.5, 2.0, LONGER_THAN_LOCK_TIMEOUT_S))
        one.held = True
        one.away.append(away := Span(time.monotonic()))
        one.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            one.signal(signal.SIGCONT)
            away.ended_at, one.held = time.monotonic(), False
        return f"gateway {one.number} for {seconds:g} s"

    async def restart_database(self) -> str:
        outage = await self.house.restart_database()
        return f"down for {outage.ended_at - outage.began_at:.2f} s"

    async def terminate(self) -> str:
        """Half of what serves the gateways just now, what is in a transaction above all."""
        sql = """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) AS ended, count(*) FILTER (WHERE open) AS open FROM (
          SELECT pid, xact_start IS NOT NULL AS open FROM pg_stat_activity
          WHERE application_name LIKE 'mipoints%' AND (xact_start IS NOT NULL OR random() < 0.5)) chosen
        """
        async with self._admin() as server:
            found = await server.fetchrow(sql)
            return f"{found['ended']}, {found['open']} of them in a transaction"

    async def lock(self) -> str:
        """Somebody holds the rows of the members whom everybody acts for, longer than a gateway waits."""
        seconds = self.chance.choice((1.0, LONGER_THAN_LOCK_TIMEOUT_S))
        async with self._admin() as server, server.transaction():
            await server.execute(LOCK, self.hot)
            await asyncio.sleep(seconds)
        return f"for {seconds:g} s"

    async def fill_disk(self) -> str:
        """Nothing can be written for a while, the log of the database above all; it may end, and is started again."""
        seconds, before = self.chance.uniform(2, 6), self.house.postmaster
        with filled(self.house.disk) as took:
            with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self._admin() as server:
                    await server.execute("SELECT pg_switch_wal()")  # what follows needs a file that is not there
            await asyncio.sleep(seconds)
        await self.house.bring_back_ended_database()
        ended = "" if self.house.postmaster == before else ", and the server ended"
        return f"{took // 1_000_000} MB for {seconds:.1f} s{ended}"

    @contextlib.asynccontextmanager
    async def _admin(self) -> AsyncIterator[asyncpg.Connection]:
        server = await asyncpg.connect(self.house.url, server_settings=ADMIN, timeout=30, command_timeout=60)
        try:
            yield server
        finally:
            await server.close(timeout=5)

    def _some(self, suits: Callable[[Gateway], bool]) -> Gateway:
        return self.chance.choice([one for one in self.house.gateways if suits(one)])


def workers_of(one: Gateway) -> list[int]:
    """The web workers of a gateway's supervisor, as the system lists its children that serve."""
    if one.process is None:
        return []
    children = f"/proc/{one.process.pid}/task/{one.process.pid}/children"
    with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(children, encoding="ascii") as listed:
        pids = [int(pid) for pid in listed.read().split()]
        return [pid for pid in pids if b"spawn_main" in command_of(pid)]
    return []


def serves(one: Gateway, worker: int) -> bool:
    """Has this web worker said so since the gateway was started?"""
    return f"web worker {worker} serves" in one.said


def command_of(pid: int) -> bytes:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as said:
        return said.read()
    return b""
