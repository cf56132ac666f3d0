"""How does a trial run several gateways on one PostgreSQL of their own, and bring back what was killed?"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import asyncpg

from app.gateway.tokens import mint
from app.postgres import EmbeddedPostgres, EmbeddedPostgresError, is_postgres, postmaster
from app.postgres_home import home_of
from app.settings import Settings
from scripts.benchmark.serving import free_port
from tests.served import MIPOINTS, READY

START_SECONDS = 120
STOP_SECONDS = 20
POLL_SECONDS = 0.05
ROOT = Path(__file__).parents[2]
SERVE: tuple[str, ...] = (str(MIPOINTS), "serve")


@dataclass
class Span:
    """From when to when something was so, on the clients' clock."""

    began_at: float
    ended_at: float = float("inf")


@dataclass
class Gateway:
    """One gateway process, or one with several web workers; always on the same port."""

    number: int
    workers: int
    port: int
    folder: Path
    environment: dict[str, str]
    command: tuple[str, ...] = SERVE
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    away: list[Span] = field(default_factory=list)  # killed, or stopped for a while
    ended_by_itself: int = 0
    held: bool = False  # by a fault that brings it back itself

    @property
    def output(self) -> Path:
        return self.folder / f"gateway-{self.number}-{self.starts}.log"

    @property
    def said(self) -> str:
        """What it has logged since its last start."""
        return self.output.read_text(errors="replace")

    @property
    def is_away(self) -> bool:
        """Was it killed or stopped, and is not back yet?"""
        return bool(self.away) and self.away[-1].ended_at == float("inf")

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.starts += 1
        flags = ["--port", str(self.port), "--data", str(self.folder), "--workers", str(self.workers)]
        with self.output.open("wb") as written:
            self.process = subprocess.Popen(
                [*self.command, *flags],
                stdout=written,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=ROOT,
                start_new_session=True,
            )

    async def ready(self) -> bool:
        """Has it said that it is ready? False where it ended before it did."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.alive:
            if READY.search(self.said):
                return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def bring_back(self) -> None:
        """Starts it, again where it ends before it is ready, as a service manager would."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.start()
            if await self.ready():
                return
            self.signal(signal.SIGKILL)
            await asyncio.sleep(0.5)
        raise AssertionError(f"Gateway {self.number} does not start:\n{self.said[-2000:]}")

    def signal(self, word: signal.Signals) -> None:
        """To it and all its web workers."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, word)
        if word is signal.SIGKILL:
            self.process.wait(STOP_SECONDS)

    def kill_alone(self) -> None:
        """kill -9 of it, and not of its web workers."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    async def stop(self) -> None:
        if not self.alive or self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self.process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            raise


class House:
    """Gateways and their PostgreSQL: one of its own in `folder`, or a migrated database at `url` that nobody restarts.

    `workers`: the web workers of each gateway; `pool`: the connections of each worker; `command` starts a gateway.
    """

    def __init__(
        self, folder: Path, workers: Sequence[int], *, pool: int, command: tuple[str, ...], url: str | None
    ) -> None:
        self.folder = folder
        self._url = url
        self.disk = folder / "disk"  # PostgreSQL's alone
        self._postgres = EmbeddedPostgres(self.disk)
        self._workers, self._pool, self._command = workers, pool, command
        self.gateways: list[Gateway] = []
        self.outages: list[Span] = []  # of the database
        self._tokens: dict[tuple[str, str], str] = {}

    @property
    def url(self) -> str:
        return self._url or self._postgres.url()

    async def open(self) -> None:
        if self._url is None:
            self.disk.mkdir(mode=0o711, exist_ok=True)
            await asyncio.to_thread(self._postgres.start)
        clean = {name: text for name, text in os.environ.items() if not name.startswith(("MIPOINTS_", "DATABASE_"))}
        environment = clean | {
            "DATABASE_URL": self.url,
            "MIPOINTS_POOL_SIZE": str(self._pool),
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(ROOT),
        }
        if self._url is None:
            migrated = await asyncio.create_subprocess_exec(
                MIPOINTS, "migrate", "--data", self.folder, env=environment, stdout=subprocess.DEVNULL
            )
            assert await migrated.wait() == 0
        for number, workers in enumerate(self._workers):
            port = free_port()
            self.gateways.append(Gateway(number, workers, port, self.folder, environment, self._command))
        await asyncio.gather(*(one.bring_back() for one in self.gateways))

    async def close(self) -> None:
        for one in self.gateways:
            if one.alive:
                one.signal(signal.SIGCONT)
        await asyncio.gather(*(one.stop() for one in self.gateways))
        await asyncio.to_thread(self._postgres.stop)

    @property
    def postmaster(self) -> int:
        """The process of the server; 0 while there is none."""
        found = postmaster(home_of(self.disk).cluster)
        return found.pid if found is not None and is_postgres(found.pid) else 0

    async def restart_database(self) -> Span:
        """All its processes end at once, then it recovers."""
        outage = Span(time.monotonic())
        self.outages.append(outage)
        await self.stop_database()
        await self.bring_back_database()
        outage.ended_at = time.monotonic()
        return outage

    async def stop_database(self) -> None:
        """As a loss of power does it, but for what the system has yet to write."""
        pid = self.postmaster
        os.kill(pid, signal.SIGQUIT)
        while is_postgres(pid):
            await asyncio.sleep(POLL_SECONDS / 5)

    async def bring_back_database(self) -> None:
        """Starts it where it is down."""
        await asyncio.to_thread(self._postgres.stop)
        await asyncio.to_thread(self._postgres.start)

    async def bring_back_ended_database(self) -> None:
        """Starts it once it has ended by itself; one that lives, and recovers, is left to it."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.postmaster:
                await self.bring_back_database()
            try:
                await (await asyncpg.connect(self.url, timeout=5)).close(timeout=5)
            except (OSError, TimeoutError, EmbeddedPostgresError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(POLL_SECONDS)
            else:
                return
        raise AssertionError("The database does not come back")

    def token(self, role: str, subject: str) -> str:
        if (role, subject) not in self._tokens:
            settings = Settings(data_dir=self.folder)
            self._tokens[role, subject] = mint(settings, role, subject, timedelta(hours=12))
        return self._tokens[role, subject]

    async def watch_over(self) -> None:
        """Brings back gateways that ended by themselves, and notes that they did."""
        while True:
            for one in self.gateways:
                if not one.alive and not one.held:
                    one.ended_by_itself += 1
                    one.away.append(away := Span(time.monotonic()))
                    one.signal(signal.SIGKILL)
                    await one.bring_back()
                    away.ended_at = time.monotonic()
            await asyncio.sleep(POLL_SECONDS * 4)


@contextlib.asynccontextmanager
async def opened(
    folder: Path, workers: Sequence[int], *, pool: int = 10, command: tuple[str, ...] = SERVE, url: str | None = None
) -> AsyncIterator[House]:
    """A house in an empty folder, which another system user may pass through."""
    house = House(folder, workers, pool=pool, command=command, url=url)
    try:
        await house.open()
        yield house
    finally:
        await house.close()


def seeded(fault: str) -> tuple[str, ...]:
    """The command of a gateway with this fault (`tests.histories.seeded`)."""
    return (sys.executable, "-m", "tests.histories.seeded", fault, "serve")
