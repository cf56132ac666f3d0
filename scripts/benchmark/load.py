"""How much does a contender answer under load, how quickly, and for how much CPU?"""

import json
import os
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from app.api.ids import GlobalId
from scripts.benchmark.contenders import Contender, Site
from scripts.benchmark.data import Asked
from scripts.benchmark.documents import REDEEM, plain
from scripts.benchmark.serving import BenchFault, Started, cpu_of_family, free_port, started

SERVER_CORES, LOAD_CORES = "0", "1"
WARM_S = 2
SCRIPT = Path(__file__).with_name("ask.lua")
FEW, WHOLE = 50, 0.8  # per cent of redemptions, below which answers are about as long as home's
LONGER_S = 30.0  # than it was asked to run, and wrk hangs


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw; latencies in ms, `cpu_us` of the server per request, `share` of its core in 0 to 1,
    `database_us` of PostgreSQL's CPU per request.

    `others`: the machine's load average when the run began.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    cpu_us: float
    database_us: float
    share: float
    answer_bytes: float
    requests: int
    others: float


@dataclass(frozen=True)
class Trial:
    """One thing to measure: a contender, asked by these members over so many connections, `percent` redemptions."""

    name: str
    contender: Contender
    asked: Path
    connections: int = 16
    percent: int = 0

    def measure(self, site: Site, seconds: float) -> Load:
        """Starts the contender alone, warms it up, and measures. Raises BenchFault when a request failed."""
        port = free_port()
        command, environment = self.contender.command(site, port)
        output = site.folder / f"{self.contender.name}.log"
        with started(command, environment, port=port, cores=SERVER_CORES, output=output) as server:
            token = (self.asked / "tokens").read_text().partition("\n")[0]
            for body in self.contender.teaching:
                server.post(body, token)
            whole = len(orjson.dumps(server.post(self.contender.body, token)))
            (self.asked / "home").write_bytes(self.contender.body)
            self._run(site, server, WARM_S)
            found = self._run(site, server, seconds)
        if self.percent < FEW and found.answer_bytes < WHOLE * whole:
            raise BenchFault(f"{self.name} answered {found.answer_bytes:.0f} bytes on the average, not {whole}")
        return found

    def _run(self, site: Site, server: Started, seconds: float) -> Load:
        flags = ["-t1", f"-c{self.connections}", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(SCRIPT), server.url]
        word = uuid.uuid4().hex[:12]
        command = ["taskset", "-c", LOAD_CORES, "wrk", *flags, "--", str(self.asked), str(self.percent), word]
        others, before, database = os.getloadavg()[0], server.cpu_s, database_s(site)
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + LONGER_S, check=False)
        spent, database = server.cpu_s - before, database_s(site) - database
        told = done.stdout.rstrip().rpartition("\n")[2]
        if done.returncode != 0 or not told.startswith("{"):
            raise BenchFault(f"wrk failed: {done.stdout[-500:]}{done.stderr[-500:]}")
        found = json.loads(told)
        if found["failed"] or not found["requests"]:
            last = server.output.read_text(errors="replace")[-1_000:]
            raise BenchFault(f"{self.name}: {found['failed']} of {found['requests']} requests failed\n{last}")
        return Load(
            rate=found["requests"] / found["seconds"],
            p50_ms=found["p50_ms"],
            p99_ms=found["p99_ms"],
            max_ms=found["max_ms"],
            cpu_us=1e6 * spent / found["requests"],
            database_us=1e6 * database / found["requests"],
            share=spent / found["seconds"],
            answer_bytes=found["bytes"] / found["requests"],
            requests=found["requests"],
            others=others,
        )


def database_s(site: Site) -> float:
    """Seconds of CPU that PostgreSQL's processes have used; its connections outlive a run."""
    return cpu_of_family(site.database_pid) if site.database_pid is not None else 0.0


def write_asked(folder: Path, site: Site, members: Sequence[Asked], offers: dict[str, int]) -> Path:
    """The folder that `ask.lua` reads: the members' tokens, the offer of each, and the redemption's body."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokens").write_text("".join(f"{site.issuer.token(one.mi_account_id)}\n" for one in members))
    ids = [str(GlobalId("CouponOffer", 0, offers[one.market])) for one in members]
    (folder / "offers").write_text("".join(f"{each}\n" for each in ids))
    wanted: dict[str, object] = {"input": {"idempotencyKey": "@KEY@", "offerId": "@OFFER@"}}
    (folder / "redeem").write_bytes(plain(REDEEM, wanted))
    return folder
