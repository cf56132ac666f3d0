"""Do several gateways, a pooler, a standby and an archive together answer as one gateway does? `scripts/prove scale`.

Three gateways on one PostgreSQL, with a standby for staff's reports; where pgbouncer is installed one of them goes
through it, by transaction. Whoever asks asks each time the next of them. Exits 1 on any error.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from app.postgres_home import home_of
from app.schema import migrate
from tests.client import Client, client_of
from tests.clusters import Replicated, asked, replicated, socket_folder
from tests.journeys.makers import offered
from tests.scale.crowd import HOME, Crowd
from tests.scale.pooler import ADVICE, installed, pooled
from tests.served import MIPOINTS, serving, start

PRICE_POINTS = 10
TURNS, HOMES, AT_ONCE = 5, 150, 8
REFUSED_S, CHECK_S, TOLD_S = 60, 300, 30
LAG = "SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::float FROM pg_stat_replication"
READ = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'mipoints'"


@dataclass
class Scaled:
    """What was seen: lines for people, and what went wrong."""

    lines: list[str]
    troubles: list[str]


async def scaled(folder: Path, seconds: float, *, with_pooler: bool) -> Scaled:
    """Everything together for so long, then the archive and the auditor."""
    async with replicated(folder) as pair, contextlib.AsyncExitStack() as stack:
        await migrate(pair.primary.url())
        seen = Scaled([], [])
        direct = [await stack.enter_async_context(gateway(folder, pair)) for _ in range(2)]
        if with_pooler:
            last = await stack.enter_async_context(behind_a_pooler(folder, pair, seen))
        else:
            last = await stack.enter_async_context(gateway(folder, pair))
        gateways = [*direct, last]
        crowd = Crowd(gateways, await offered(direct[0], PRICE_POINTS))
        await crowd.join()
        await lived(pair, crowd, seconds, seen)
        if with_pooler:
            seen.lines.append(
                f"homes a second, through pgbouncer / direct: {await compared(crowd, last, direct[0]):.2f}"
            )
        await archived(pair.primary.url(), crowd, seen)
        seen.troubles += crowd.troubles
        return seen


@contextlib.asynccontextmanager
async def gateway(folder: Path, pair: Replicated, **more: str) -> AsyncIterator[Client]:
    """One gateway, with the standby to read reports from; the first one sets the clock."""
    variables = {"MIPOINTS_REPLICA_URL": pair.standby.url(), "MIPOINTS_RATE_STORE": "database", **more}
    url = variables.pop("DATABASE_URL", pair.primary.url())
    async with (
        serving(folder, "--empty", database_url=url, data_dir=shared(folder), variables=variables) as served,
        client_of(served, pair.primary.url()) as client,
    ):
        yield client


def shared(folder: Path) -> Path:
    """A data folder of a gateway's own, with the key that all of them sign with."""
    data = Path(tempfile.mkdtemp(prefix="gateway-", dir=folder))
    keys = sorted(folder.glob("gateway-*/development-key.json"))
    if keys:
        (data / keys[0].name).write_bytes(keys[0].read_bytes())
        (data / keys[0].name).chmod(0o600)
    return data


@contextlib.asynccontextmanager
async def behind_a_pooler(folder: Path, pair: Replicated, seen: Scaled) -> AsyncIterator[Client]:
    """A gateway whose pooler is set up as the gateway itself says when it refuses another."""
    variables = {"MIPOINTS_STATEMENT_CACHE_SIZE": "0", "MIPOINTS_DIRECT_DATABASE_URL": pair.primary.url()}
    runner, sockets = home_of(pair.primary.data_dir).runner, socket_folder(pair.primary)
    places = [Path(tempfile.mkdtemp(prefix="pooler-", dir=folder)) for _ in range(2)]
    with pooled(places[0], sockets, runner) as careless:
        told = await asyncio.to_thread(refusal, folder, {"DATABASE_URL": careless, **variables})
    advice = ADVICE.search(told)
    assert advice, f"a pooler that drops time limits is not refused: {told}"
    seen.lines.append("a pooler that drops the time limits of sessions: refused, with what to put into its ini")
    with pooled(places[1], sockets, runner, advice[0]) as careful:
        async with gateway(folder, pair, DATABASE_URL=careful, **variables) as client:
            yield client


def refusal(folder: Path, variables: dict[str, str]) -> str:
    """What a gateway says that does not start."""
    data = shared(folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MIPOINTS_", "DATABASE_"))}
    process = start(
        [MIPOINTS, "serve", "--port", "0", "--empty", "--data", data], {**environment, **variables}, data / "output"
    )
    try:
        process.wait(REFUSED_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return (data / "output").read_text()


async def lived(pair: Replicated, crowd: Crowd, seconds: float, seen: Scaled) -> None:
    """The load, and what the standby does for it."""
    before = await asked(pair.standby, READ)
    living = asyncio.create_task(crowd.live(seconds))
    longest = 0.0
    while not living.done():
        lag = await asked(pair.primary, LAG)
        longest = max(longest, float(str(lag)))
        await asyncio.sleep(0.1)
    await living
    read = await read_since(before, pair)
    said = ", ".join(f"{many} {what}" for what, many in sorted(crowd.answered.items()))
    seen.lines += [
        f"{len(crowd.gateways)} gateways, in turn, {seconds:g} s: {said}; {len(crowd.troubles)} errors",
        f"transactions that the standby has read for reports: {read}; its longest lag: {longest * 1000:.0f} ms",
    ]
    if not read:
        seen.troubles.append("no report was read from the standby")


async def read_since(before: object, pair: Replicated) -> int:
    """How many transactions the standby has done since; a session there tells of its own within ten seconds."""
    deadline = time.monotonic() + TOLD_S
    while True:
        read = int(str(await asked(pair.standby, READ))) - int(str(before))
        if read or time.monotonic() > deadline:
            return read
        await asyncio.sleep(0.1)


async def compared(crowd: Crowd, pooled_one: Client, direct: Client) -> float:
    """Homes a second through the pooler over those without it, in turns: the ratio of the medians."""
    rates: dict[Client, list[float]] = {pooled_one: [], direct: []}
    for _ in range(TURNS):
        for client, found in rates.items():
            began = time.perf_counter()
            gate = asyncio.Semaphore(AT_ONCE)

            async def home(name: str, client: Client = client, gate: asyncio.Semaphore = gate) -> None:
                async with gate:
                    await client.me(name, HOME)

            await asyncio.gather(*(home(crowd.members[number % len(crowd.members)]) for number in range(HOMES)))
            found.append(HOMES / (time.perf_counter() - began))
    return statistics.median(rates[pooled_one]) / statistics.median(rates[direct])


async def archived(url: str, crowd: Crowd, seen: Scaled) -> None:
    """Old lines go to the archive, every gateway tells the same as before, and the auditor agrees."""
    await crowd.any.advance(by="P14M")
    statement = "balance { available debt } statement(first: 100) { edges { node { kind points at } } }"
    before = [await crowd.any.me(name, statement) for name in crowd.members]
    said = await asyncio.to_thread(command, url, "archive")
    after = [await crowd.any.me(name, statement) for name in crowd.members]
    check = await asyncio.to_thread(command, url, "check")
    seen.lines += [f"mipoints archive: {said}", f"mipoints check: {check}"]
    if before != after:
        seen.troubles.append("a statement is another once its lines are archived")
    if "Archived 0" in said or "agrees" not in check:
        seen.troubles.append(f"{said} {check}")


def command(url: str, word: str) -> str:
    """What a command says of a database."""
    environment = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(
        [MIPOINTS, word], env=environment, capture_output=True, text=True, timeout=CHECK_S, check=False
    )
    return (done.stdout + done.stderr).strip()


def main() -> None:
    """Runs it and tells."""
    asked_for = argparse.ArgumentParser(description=__doc__)
    asked_for.add_argument("--seconds", type=float, default=60, help="of load")
    given = asked_for.parse_args()
    with tempfile.TemporaryDirectory(prefix="mipoints-scale-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        seen = asyncio.run(scaled(folder, given.seconds, with_pooler=installed() is not None))
    if installed() is None:
        seen.lines.append("NOT RUN: pgbouncer is not installed (a Debian package)")
    sys.stdout.write("\n".join((*seen.lines, *seen.troubles, "Sound." if not seen.troubles else "NOT SOUND.")) + "\n")
    sys.exit(1 if seen.troubles else 0)


if __name__ == "__main__":
    main()
