"""Does the software do what the programme says, whatever happens in whatever order? `scripts/prove model` runs this.

Seeded examples of many steps: each deed is done in the software, on PostgreSQL, and in the oracle; after each of them
every account, lot, coupon and reservation, what is owed and what members are told must be the same in both, and
`mipoints check` must find nothing.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from app.postgres import EmbeddedPostgres
from app.schema import migrate
from tests.conftest import TEMPLATE
from tests.model.running import WEIGHTS, Report, prepare, run_model
from tests.model.states import STATES

LONG = 5_000  # steps, in which everything is reached


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/prove model", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=100, help="how many databases to begin with")
    parser.add_argument("--steps", type=int, default=60, help="how many deeds in each")
    parser.add_argument("--seed", type=int, default=None, help="of the first example; the next ones follow")
    given = parser.parse_args()
    seed = secrets.randbelow(10**9) if given.seed is None else given.seed
    sys.stdout.write(f"{given.examples} examples of {given.steps} steps, from seed {seed} on\n")
    sys.stdout.flush()
    report = asyncio.run(_prove(given.examples, given.steps, seed))
    sys.stdout.write("\n".join(lines(report)) + "\n")
    return 1 if report.disagreement or not_reached(report) else 0


def lines(report: Report) -> list[str]:
    """The report for people: each kind of deed with what came of it, how often."""
    found: dict[str, list[str]] = defaultdict(list)
    for (kind, word), times in sorted(report.tally.items(), key=lambda one: (one[0][0], -one[1])):
        found[kind].append(f"{word} {times}")
    pace = report.steps / report.seconds if report.seconds else 0.0
    told = [f"{kind:16} {', '.join(words)}" for kind, words in found.items()]
    told += [f"reached in {report.states[state]:4} examples: {state}" for state in STATES]
    told += [f"never: {kind}" for kind in not_reached(report)]
    told.append(f"{report.examples} examples, {report.steps} steps, {pace:.1f} steps a second")
    told.append(f"disagreements: {1 if report.disagreement else 0}")
    return told + ([report.disagreement] if report.disagreement else [])


def not_reached(report: Report) -> list[str]:
    """Kinds of deeds and states that were never reached; of a run of some length there are none."""
    done = {kind for kind, _ in report.tally}
    missing = [kind for kind in WEIGHTS if kind not in done] + [each for each in STATES if not report.states[each]]
    return missing if report.steps >= LONG else []


async def _prove(examples: int, steps: int, seed: int) -> Report:
    folder = Path(tempfile.mkdtemp(prefix="mipoints-model-"))
    folder.chmod(0o711)  # PostgreSQL's own user passes through, when root runs this
    cluster = EmbeddedPostgres(folder / "cluster", durable=False)
    try:
        await asyncio.to_thread(cluster.start)
        try:
            await migrate(cluster.url(TEMPLATE))
            await prepare(cluster, TEMPLATE)
            return await run_model(cluster, examples=examples, steps=steps, seed=seed)
        finally:
            await asyncio.to_thread(cluster.stop)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
