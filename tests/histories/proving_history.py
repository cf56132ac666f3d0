"""Is nothing lost and nothing doubled, whatever fails? `scripts/prove history`: clients, faults, and checkers after it.

Several gateways on one PostgreSQL, clients that retry and send twice, and faults all the time; then every answer and
every read is compared with what the database says. The suite runs a short form.
"""

import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import click

from app.postgres import EmbeddedPostgres
from tests.histories.house import House, opened
from tests.histories.live import found_in, missed
from tests.histories.probing import meanwhile
from tests.histories.seeded import FAULTS
from tests.histories.small_disk import WAL, NoSmallDisk, small_disk
from tests.histories.trial import Trial, run

GOAL_S = 3.0
POOL = 4  # connections a gateway: fewer than a burst wants
MOST_TOLD = 40


def report(trial: Trial) -> Iterator[str]:
    """What happened, line by line."""
    history = trial.history
    kinds: dict[str, Counter[str]] = {}
    for one in history.operations:
        outcome = "unknown" if one.answer is None else "refused" if one.answer.refusals else "done"
        kinds.setdefault(one.mutation, Counter())[outcome] += 1
    yield f"{len(history.operations)} operations in {trial.seconds:.0f} s, {len(history.looks)} reads:"
    for mutation, outcomes in sorted(kinds.items()):
        yield f"  {mutation:16} " + ", ".join(f"{times} {outcome}" for outcome, times in sorted(outcomes.items()))
    tries = sum(len(one.tries) for one in history.operations)
    yield f"sent {tries} times; not answered, and asked again:"
    yield from (f"  {times:6} {why}" for why, times in trial.unknown.most_common())
    yield f"{len(history.faults)} faults:"
    for kind, times in Counter(one.kind for one in history.faults).most_common():
        yield f"  {times:6} {kind}"
    yield f"{trial.ended_by_themselves} gateways ended by themselves"
    if trial.worker_back_s:
        yield f"web workers back after at most {max(trial.worker_back_s):.1f} s"
    yield from recovery_lines(trial)
    yield from (f"NOT DONE: {what}" for what in trial.not_done)
    yield f"{len(trial.violations)} violations"
    yield from (f"  {line}" for line in trial.violations[:MOST_TOLD])


def recovery_lines(trial: Trial) -> Iterator[str]:
    for one in trial.recoveries:
        each = ", ".join(f"gateway {number} {after:.2f} s" for number, after in one.gateways_s.items())
        down = one.outage.ended_at - one.outage.began_at
        yield f"database down for {down:.2f} s, nobody answered for {one.unanswered_s:.2f} s; answers again: {each}"
        if one.slowest_s > GOAL_S:
            yield from (f"  meanwhile: {each.kind}, {each.about}" for each in meanwhile(one, trial.history.faults))
    slowest = max((one.slowest_s for one in trial.recoveries), default=0.0)
    verdict = "as it should be" if slowest <= GOAL_S else f"MORE than the {GOAL_S:g} s that it should be"
    yield f"longest time without an answer after a database restart: {slowest:.2f} s, {verdict}"


async def prove(seconds: float, seed: int, gateways: int, log: Path | None = None) -> Trial:
    """A trial in a house of its own; the first gateway has two web workers."""
    folder = Path(tempfile.mkdtemp(prefix="mipoints-history-"))
    folder.chmod(0o711)
    try:
        with contextlib.ExitStack() as stack:
            not_done = on_small_disk(stack, folder / "disk")
            async with opened(folder, [2, *([1] * (gateways - 1))], pool=POOL) as house:
                await limit_wal(house)
                trial = await run(house, seconds=seconds, seed=seed, patient=True, small_disk=not not_done)
            if log is not None:
                shutil.copytree(folder, log, dirs_exist_ok=True, ignore=shutil.ignore_patterns("postgres", "*owners*"))
    finally:
        shutil.rmtree(folder)
    trial.not_done += not_done
    return trial


async def missed_faults(seconds: float, seed: int) -> list[str]:
    """The seeded faults that the checkers do not find, each in a trial of its own."""
    folder = Path(tempfile.mkdtemp(prefix="mipoints-seeded-"))
    folder.chmod(0o711)
    postgres, said = EmbeddedPostgres(folder / "cluster", durable=False), []
    await asyncio.to_thread(postgres.start)
    try:
        for number, name in enumerate(FAULTS):
            found = await found_in(postgres.url(f"seeded_{number}"), folder, name, seconds=seconds, seed=seed)
            said += [missed_] if (missed_ := missed(name, found)) else []
            click.echo(f"seeded: {name}: found by {', '.join(sorted(found)) or 'nothing'}")
    finally:
        await asyncio.to_thread(postgres.stop)
        shutil.rmtree(folder)
    return said


def on_small_disk(stack: contextlib.ExitStack, place: Path) -> list[str]:
    """Mounts one until the stack ends; what cannot be done without it."""
    try:
        stack.enter_context(small_disk(place))
    except NoSmallDisk as reason:
        return [f"disk full: {reason}"]
    return []


async def limit_wal(house: House) -> None:
    """The database keeps little of its log: a small disk has room for that."""
    server = await asyncpg.connect(house.url)
    try:
        await server.execute(f"ALTER SYSTEM SET max_wal_size = '{WAL}'")
        await server.execute("SELECT pg_reload_conf()")
    finally:
        await server.close()


@click.command()
@click.option("--seconds", default=1_800.0, help="How long clients and faults go on.")
@click.option("--seed", default=1, help="The same seed draws the same wishes and faults.")
@click.option("--gateways", default=3, type=click.IntRange(2, 8), help="How many gateways, the first of two workers.")
@click.option("--log", type=click.Path(path_type=Path), help="A folder for what gateways and database logged.")
@click.option("--seeded", default=15.0, help="Seconds for each gateway with a fault that has to be found; 0 is none.")
def main(seconds: float, seed: int, gateways: int, log: Path | None, seeded: float) -> None:
    """Load and faults, then the judgement; exit 1 for a violation, or a seeded fault that is not found."""
    click.echo(f"seed {seed}, {gateways} gateways, {seconds:g} s")
    trial = asyncio.run(prove(seconds, seed, gateways, log))
    for line in report(trial):
        click.echo(line)
    not_found = asyncio.run(missed_faults(seeded, seed)) if seeded else []
    for line in not_found:
        click.echo(f"NOT FOUND: {line}")
    sys.exit(1 if trial.violations or not_found else 0)


if __name__ == "__main__":
    main()
