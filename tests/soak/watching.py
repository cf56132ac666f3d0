"""What does a soak see of the gateway's processes and of its database, again and again?"""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence

import asyncpg
import httpx
import psutil  # type: ignore[import-untyped]

from scripts.benchmark.serving import family
from tests.gateway.inside import Numbers
from tests.served import Served
from tests.soak.verdicts import Course

MB = 2**20
OURS = "SELECT pid, state FROM pg_stat_activity WHERE datname = current_database() AND application_name ^@ 'mipoints'"
ROWS = {
    ("rows", "request"): "count(*) FROM request",
    (
        "requests past their time",
        "request",
    ): "count(*) FROM request WHERE accepted_at < programme_now() - interval '91 d'",
    ("messages waiting", "outbox"): "count(*) FROM outbox_message WHERE delivered_at IS NULL",
    ("rate buckets", "rate_bucket"): "count(*) FROM rate_bucket",
    ("coupon guesses", "coupon_guess"): "count(*) FROM coupon_guess",
    ("rows", "entry"): "coalesce(max(id), 0) FROM entry",
}
TABLES = "SELECT " + ", ".join(f"(SELECT {counted})::int" for counted in ROWS.values())
GAUGES = {
    ("busy connections", "the pools"): ("mipoints_pool_connections", {"state": "in_use"}),
    ("open streams", "the gateway"): ("mipoints_open_streams", {}),
    ("masked errors", "the gateway"): ("mipoints_errors_total", {"code": "INTERNAL"}),
}


class Watch:
    """Courses of figures, in MB, ms and numbers, by kind and thing, from when it was made.

    `began` is an instant of `time.monotonic`; `beside`: processes that belong to the gateway beside its own.
    """

    def __init__(self, served: Served, database: asyncpg.Connection, beside: Sequence[int] = ()) -> None:
        self.began = time.monotonic()
        self.courses: dict[tuple[str, str], Course] = {}
        self._served = served
        self._database = database
        self._beside = beside
        self._in_vain = 0
        self._seen: set[str] = set()

    async def run(self, every: float) -> None:
        """Looks every so many seconds, until it is cancelled."""
        async with httpx.AsyncClient(base_url=self._served.http.base_url, timeout=20) as http:
            while True:
                due = time.monotonic() + every
                try:
                    await self.look(http)
                except httpx.HTTPError:
                    self._in_vain += 1
                self._note("looks in vain", "the gateway", self._in_vain)
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def look(self, http: httpx.AsyncClient) -> None:
        """One look at everything."""
        await asyncio.to_thread(self._look_at_processes)
        backends = await self._database.fetch(OURS)
        await asyncio.to_thread(self._look_at_backends, [row["pid"] for row in backends])
        self._note("connections", "PostgreSQL", len(backends))
        for state in ("active", "idle", "idle in transaction"):
            self._note(f"connections {state}", "PostgreSQL", sum(row["state"] == state for row in backends))
        for (kind, of), number in zip(ROWS, await self._database.fetchrow(TABLES), strict=True):
            self._note(kind, of, number)
        asked = time.monotonic()
        await http.get("/healthz")
        self._note("health", "the gateway", 1_000 * (time.monotonic() - asked))
        numbers = Numbers((await http.get("/metrics")).text)
        for (kind, of), (name, labels) in GAUGES.items():
            self._note(kind, of, numbers.of(name, **labels))
        answered = [sample for sample in numbers.samples if sample.name == "mipoints_requests_total"]
        failed = sum(sample.value for sample in answered if sample.labels["status"].startswith("5"))
        self._note("answers of 5xx", "the gateway", failed)

    def _look_at_processes(self) -> None:
        processes = named(self._served.process.pid, self._beside)
        self._seen |= {name for name, _ in processes}
        self._note("processes that ended", "the gateway", len(self._seen) - len(processes))
        for name, process in processes:
            with contextlib.suppress(psutil.NoSuchProcess), process.oneshot():
                self._note("RSS", name, process.memory_info().rss / MB)
                self._note("USS", name, process.memory_full_info().uss / MB)
                self._note("handles", name, process.num_fds() - self._clients_of(process))
                self._note("threads", name, process.num_threads())

    def _clients_of(self, process: psutil.Process) -> int:
        """How many connections of clients who are still there it has open: how many they are is up to them."""
        port, there = self._served.http.base_url.port, psutil.CONN_ESTABLISHED
        opened = process.net_connections("tcp")
        return sum(one.status == there and one.laddr.port == port for one in opened)

    def _look_at_backends(self, pids: Iterable[int]) -> None:
        found = []
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(pid).memory_full_info())
        self._note("PSS", "PostgreSQL's backends", sum(memory.pss for memory in found) / MB)
        self._note("private memory", "PostgreSQL's backends", sum(memory.uss for memory in found) / MB)

    def _note(self, kind: str, of: str, value: float) -> None:
        course = self.courses.setdefault((kind, of), Course(kind, of))
        course.note(time.monotonic() - self.began, value)


def named(pid: int, beside: Sequence[int]) -> list[tuple[str, psutil.Process]]:
    """The processes of a gateway without PostgreSQL's, by names that stay."""
    found = []
    for number in (*family(pid), *beside):
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(number)
            if process.name() != "postgres":
                found.append(("gateway" if number == pid else f"process {number}", process))
    return found
