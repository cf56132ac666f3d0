"""How long does the check of a large ledger take, and how much memory? `scripts/prove audit` runs this.

It seeds a database, or takes one from an earlier run, and runs `mipoints check` in this process. It is no test, as it
measures; that the check finds damages is told by tests.
"""

import argparse
import contextlib
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click
import psutil  # type: ignore[import-untyped]

from app.command import on_database
from app.ledger.check import Report, check_ledger
from app.settings import Settings, read_settings
from tests.served import MIPOINTS

SLOW_S = 0.5  # statements that took longer are told
MB = 2**20


class Watch:
    """The most memory, in bytes, that this process and any of PostgreSQL's sessions held, and what CPU these took.

    Memory of its own is what a process does not share with others: all sessions share PostgreSQL's buffers.
    """

    def __init__(self) -> None:
        self.ours = self.own = self.whole = 0
        self._cpu: dict[int, float] = {}
        self._over = threading.Event()

    @property
    def cpu_s(self) -> float:
        """The CPU seconds of all sessions."""
        return sum(self._cpu.values())

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _look(self) -> None:
        us = psutil.Process()
        while not self._over.wait(0.05):
            self.ours = max(self.ours, us.memory_info().rss)
            own = 0
            for session in list(sessions()):
                with contextlib.suppress(psutil.NoSuchProcess):
                    held, spent = session.memory_info(), session.cpu_times()
                    self._cpu[session.pid] = spent.user + spent.system
                    self.whole = max(self.whole, held.rss)
                    own += held.rss - held.shared
            self.own = max(self.own, own)


def sessions() -> Iterator[psutil.Process]:
    """PostgreSQL's processes that serve this process."""
    for one in psutil.process_iter(["cmdline"]):
        if any("mipoints" in word and "SELECT" in word for word in one.info["cmdline"] or ()):
            yield one


def prove(settings: Settings, at_once: int) -> Report:
    """Checks, and tells what it took."""
    noted: list[tuple[float, str, int]] = []
    watch = Watch()

    async def work(_: Settings) -> Report:
        watch.ours = psutil.Process().memory_info().rss
        with watch.watching():
            return await check_ledger(at_once=at_once, note=lambda about, s, rows: noted.append((s, about, rows)))

    before, began = psutil.Process().memory_info().rss, time.perf_counter()
    report = on_database(settings, work, whatever_guards=True)
    seconds = time.perf_counter() - began
    for line in report.lines():
        click.echo(line)
    for took, about, _ in sorted(noted, reverse=True):
        if took >= SLOW_S:
            click.echo(f"{took:8.2f} s  {about}")
    click.echo(f"{len(noted)} statements, of which this process fetched {sum(rows for _, _, rows in noted)} rows")
    click.echo(f"{seconds:.1f} s with {at_once} sessions, {watch.cpu_s:.1f} s of PostgreSQL's CPU")
    click.echo(
        f"{report.entries / seconds:,.0f} entries a second; 1,000,000 entries: {seconds * 1e6 / report.entries:.1f} s"
    )
    click.echo(f"this process: {watch.ours / MB:.0f} MB at most, {(watch.ours - before) / MB:.0f} MB more than before")
    click.echo(
        f"PostgreSQL: {watch.own / MB:.0f} MB in all sessions beside its buffers, {watch.whole / MB:.0f} MB with them"
    )
    return report


def main() -> None:
    """Seeds a database unless it is there, and checks it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--members", type=int, default=100_000, help="that are seeded")
    asked.add_argument("--activities", type=int, default=10, help="of each of them")
    asked.add_argument("--at-once", type=int, default=2, help="sessions that read one snapshot")
    asked.add_argument("--data", type=Path, help="a folder to keep the database in, or to take it from")
    given = asked.parse_args()
    with contextlib.ExitStack() as stack:
        folder = given.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mipoints-audit-")))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        if not (folder / "postgres").exists():
            flags = ["--data", folder, "--members", given.members, "--activities", given.activities]
            subprocess.run([MIPOINTS, "seed", *map(str, flags)], check=True)
        report = prove(read_settings(data_dir=folder), given.at_once)
    raise SystemExit(0 if report.agrees else 1)


if __name__ == "__main__":
    main()
