"""How does the gateway compare with other ways to answer the same? `scripts/bench` runs this.

One command: a PostgreSQL of its own in a folder of its own, data of its own, all contenders on it one after the other
in rounds. It prints ratios of medians with the least and greatest ratio of a round, and keeps all that it measured.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from app.command import stop_on_signals
from app.postgres import EmbeddedPostgres, postmaster
from scripts.benchmark import data, redeeming, sections
from scripts.benchmark.contenders import Site, contenders
from scripts.benchmark.goals import GOALS, judged
from scripts.benchmark.issuer import Issuer, served
from scripts.benchmark.load import LOAD_CORES, write_asked
from scripts.benchmark.machine import told_machine
from scripts.benchmark.serving import BenchFault, family
from scripts.benchmark.tools import ToolMissing, node, packages, require_tools

PARTS = {
    "home": sections.home,
    "redeem": redeeming.in_process,
    "http": redeeming.over_http,
    "hot": redeeming.hot_member,
    "mixed": sections.mixed,
    "latency": sections.latency,
    "workers": sections.workers,
    "length": sections.length,  # last: it makes the tables larger
}
MOST_ASKED = 400  # members that the load asks about


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--members", type=click.IntRange(20, 1_000_000), default=10_000, help="Members of the data.")
@click.option("--activities", type=click.IntRange(1, 5_000), default=50, help="Activities of each.")
@click.option("--seconds", type=click.IntRange(1, 600), default=4, help="Length of one measurement.")
@click.option("--rounds", type=click.IntRange(1, 100), default=5, help="Measurements of each contender.")
@click.option("--only", multiple=True, type=click.Choice(list(PARTS)), help="Parts to run; all when not given.")
@click.option("--contender", "names", multiple=True, help="Contenders beside the gateway; all when not given.")
@click.option("--results", type=click.Path(path_type=Path, file_okay=False), help="Folder of the raw results.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Make the data here, or use it again.")
def bench(
    *,
    members: int,
    activities: int,
    seconds: int,
    rounds: int,
    only: tuple[str, ...],
    names: tuple[str, ...],
    results: Path | None,
    keep: Path | None,
) -> None:
    """Measure this gateway beside others. Exit 1: the bench cannot go on; 2: a program is missing."""
    stop_on_signals()
    if unknown := set(names) - {each.name for each in contenders()}:
        raise click.BadParameter(f"there is no contender {', '.join(sorted(unknown))}")
    try:
        require_tools()
        folder = results or Path(tempfile.mkdtemp(prefix="mipoints-bench-results-"))
        folder.mkdir(parents=True, exist_ok=True)
        with (
            home_of(keep) as place,
            database(place, members, activities) as (url, pid),
            served(issuer := Issuer()) as keys,
        ):
            site = Site(url, issuer, keys, node(), packages(), place / "work", database_pid=pid)
            plan = planned(
                site, seconds=seconds, rounds=rounds, names=frozenset({"gateway", *names}) if names else None
            )
            told = [run(part, plan, folder) for part in PARTS if not only or part in only]
            asyncio.run(data.require_sound(url))
            sections.say("The ledger is sound after all that.")
    except ToolMissing as error:
        raise Unprepared(str(error)) from None
    except (BenchFault, data.NotSound) as error:
        raise Refused(str(error)) from None
    ending = [judged(GOALS, told), told_machine(members, activities, seconds, rounds)]
    (folder / "report.md").write_text("\n".join([*map(str, told), *ending]))
    click.echo("\n".join(ending))
    click.echo(f"Raw results: {folder}")


class Refused(click.ClickException):
    """The bench cannot go on."""


class Unprepared(Refused):
    """A program is missing."""

    exit_code = 2


def run(part: str, plan: sections.Plan, results: Path) -> sections.Section:
    """One part, told and with its raw results written as soon as it is done."""
    sections.say(f"{part}:")
    section = PARTS[part](plan)
    (results / f"{part}.json").write_bytes(orjson.dumps(section.raw, option=orjson.OPT_INDENT_2))
    click.echo(section)
    return section


def planned(site: Site, *, seconds: float, rounds: int, names: frozenset[str] | None) -> sections.Plan:
    """Whom the load asks about, and how long."""
    members = asyncio.run(data.asked_about(site.database_url, MOST_ASKED))
    offers = asyncio.run(data.cheapest_offers(site.database_url))
    asked = write_asked(site.folder / "asked", site, members, offers)
    return sections.Plan(site, members, offers, asked, seconds, rounds, names)


@contextlib.contextmanager
def home_of(keep: Path | None) -> Iterator[Path]:
    """The bench's folder: the given one, which stays, or one that is removed. Another user's server may pass it."""
    place = keep or Path(tempfile.mkdtemp(prefix="mipoints-bench-"))
    (place / "work").mkdir(parents=True, exist_ok=True)
    place.chmod(0o711)
    try:
        yield place
    finally:
        if keep is None:
            shutil.rmtree(place)


@contextlib.contextmanager
def database(place: Path, members: int, activities: int) -> Iterator[tuple[str, int]]:
    """The address and the process of a PostgreSQL with the bench's data, on the core of the load."""
    postgres = EmbeddedPostgres(place / "cluster")
    postgres.start()
    try:
        made = place / f"made-{members}-{activities}"
        if not made.exists():
            began = time.monotonic()
            data.run_make(postgres.url(), members=members, activities=activities, points=data.GIFT_POINTS)
            made.touch()
            sections.say(f"The data took {time.monotonic() - began:.0f} s.")
        yield postgres.url(), pinned(place / "cluster")
    finally:
        postgres.stop()


def pinned(data_dir: Path) -> int:
    """The process of PostgreSQL, which with those that it will start keeps to the core of the load."""
    pointer = data_dir / "postgres.place"
    server = postmaster(Path(pointer.read_text().strip()) if pointer.exists() else data_dir / "postgres")
    if server is None:
        raise BenchFault("PostgreSQL is gone")
    for pid in family(server.pid):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(pid, {int(LOAD_CORES)})
    return server.pid


if __name__ == "__main__":
    bench()
