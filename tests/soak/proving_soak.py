"""Do memory, connections, handles and times stay where they are under a mixed load? `scripts/prove soak` runs this.

It starts a gateway of its own, drives it at a steady rate well below what it can take, and exits 1 when anything
creeps, when an answer is one that nobody may get, or when the ledger does not agree with itself afterwards. The report
and its pictures are written into the folder that it names.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from app.postgres import EmbeddedPostgres
from tests.served import MIPOINTS, serving, start
from tests.soak.endpoint import slow_shop
from tests.soak.leaking import LEAKS
from tests.soak.report import table, write
from tests.soak.soaking import Plan, Soaked, soak

MOST_LOOKS = 600
DOCUMENTS = 2_500  # more than are remembered
LONG_S = 120.0  # below it what is remembered is not filled before
STOP_S, CHECK_S = 15, 600


async def soaked(given: argparse.Namespace, data: Path) -> tuple[Soaked, subprocess.CompletedProcess[str]]:
    """What was seen of a gateway in a data folder with members, and what `mipoints check` said afterwards."""
    seconds = 60 * given.minutes
    plan = Plan(seconds, given.rate, given.seed, max(1.0, seconds / MOST_LOOKS), DOCUMENTS if seconds >= LONG_S else 0)
    async with slow_shop() as shop:
        leak = [sys.executable, "-m", "tests.soak.leaking", given.leak] if given.leak else [MIPOINTS]
        flags = ["--empty", "--workers", str(given.workers)]
        async with (
            serving(data.parent, *flags, data_dir=data, variables=shop.settings, program=leak) as served,
            working(given.workers, data, shop.settings) as beside,
            joined(data) as database_url,
        ):
            found = await soak(served, database_url, plan, beside)
            told(f"The shop has heard {shop.messages} messages.")
            return found, await asyncio.to_thread(checked, database_url)


@contextlib.asynccontextmanager
async def working(workers: int, data: Path, settings: dict[str, str]) -> AsyncIterator[list[int]]:
    """With several web processes the worker is one of its own; its number, where there is one."""
    if workers == 1:
        yield []
        return
    worker = start([MIPOINTS, "worker", "--data", data], {**os.environ, **settings}, data / "worker-output")
    try:
        yield [worker.pid]
    finally:
        worker.terminate()
        await asyncio.to_thread(worker.wait, STOP_S)


@contextlib.asynccontextmanager
async def joined(data: Path) -> AsyncIterator[str]:
    """The address of the database of a data folder whose gateway runs."""
    postgres = EmbeddedPostgres(data)
    await asyncio.to_thread(postgres.start)
    try:
        yield postgres.url()
    finally:
        await asyncio.to_thread(postgres.stop)


def checked(database_url: str) -> subprocess.CompletedProcess[str]:
    """What `mipoints check` says beside a running gateway."""
    environment = {**os.environ, "DATABASE_URL": database_url}
    return subprocess.run(
        [MIPOINTS, "check"], env=environment, capture_output=True, text=True, timeout=CHECK_S, check=False
    )


def machine(workers: int) -> str:
    """On what this ran."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"Web processes: {workers}, on {os.cpu_count()} cores, Python {platform.python_version()};"
        f" load average at the end {load}."
    )


def told(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Seeds, soaks, judges and reports."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=10, help="of load")
    asked.add_argument("--rate", type=float, default=60, help="requests a second")
    asked.add_argument("--members", type=int, default=1_000, help="to begin with, of 20 activities each")
    asked.add_argument("--workers", type=int, default=1, help="web processes")
    asked.add_argument("--output", type=Path, help="the folder of the report; else a temporary one, which stays")
    asked.add_argument("--seed", type=int, default=1, help="of chance")
    asked.add_argument("--leak", choices=sorted(LEAKS), help="with a fault seeded on purpose, which has to be found")
    given = asked.parse_args()
    output = given.output or Path(tempfile.mkdtemp(prefix="mipoints-soak-report-"))
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mipoints-soak-") as folder:
        data = Path(folder) / "data"
        data.mkdir(mode=0o711)
        data.parent.chmod(0o711)
        seeding = [str(MIPOINTS), "seed", *f"--data {data} --members {given.members} --activities 20".split()]
        subprocess.run(seeding, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found, check = asyncio.run(soaked(given, data))
    report = write(found, output, check.stdout + check.stderr, machine(given.workers))
    wrong = [
        *found.troubles(),
        *found.leaks(),
        *found.doubts(),
        *(["mipoints check disagrees"] if check.returncode else []),
    ]
    told(f"{table(found.verdicts)}\n{check.stdout.strip()}\n" + "\n".join(wrong or ["Sound."]) + f"\nSee {report}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
