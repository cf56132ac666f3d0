"""What does each attack cost the gateway in CPU? `scripts/prove abuse` runs this; it is no test, as it measures.

Each attack strikes ROUNDS times; what counts is the CPU of the gateway's process for one blow in the quickest round:
the others were held up by what else ran, or cleared up after earlier blows.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from app.postgres import EmbeddedPostgres
from app.schema import migrate
from tests.conftest import TEMPLATE, fresh_database
from tests.gateway.attack_floods import ATTACKS_BY_NUMBER, LIMITS
from tests.gateway.attacks import ATTACKS
from tests.gateway.besieged import QUICKLY, Besieged, besieged
from tests.gateway.target import Attack

MOST_MS = 100.0
ROUNDS = 5


async def measured(ready: Besieged, attack: Attack) -> tuple[list[float], set[str]]:
    """Milliseconds of CPU a blow in each round, and what the attack achieved."""
    process = psutil.Process(ready.client.served.process.pid)
    rounds, faults = list[float](), set[str]()
    for _ in range(ROUNDS):
        before = sum(process.cpu_times()[:2])
        answers = await attack.strike(ready.target)
        rounds.append(1_000 * (sum(process.cpu_times()[:2]) - before) / len(answers))
        faults |= {fault for answer in answers for fault in ready.tales_in(answer)}
    return rounds, faults | set(await ready.settle())


async def prove(ready: Besieged, attacks: Sequence[Attack]) -> bool:
    """Prints a line for each attack; True when all of them achieve nothing, for little."""
    good = True
    for attack in attacks:
        rounds, faults = await measured(ready, attack)
        wrong = [*sorted(faults), *(["it costs too much"] if min(rounds) > MOST_MS else [])]
        good = good and not wrong
        spent = f"{min(rounds):6.1f} ms at least {sum(rounds) / ROUNDS:6.1f} ms on the average"
        sys.stdout.write(f"{spent}  {attack.name}{'  ! ' if wrong else ''}{'; '.join(wrong)}\n")
        sys.stdout.flush()
    return good


async def main() -> int:
    """0 when the gateway withstood everything."""
    folder = Path(tempfile.mkdtemp(prefix="mipoints-abuse-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder / "cluster", durable=False)
    try:
        await asyncio.to_thread(postgres.start)
        await migrate(postgres.url(TEMPLATE))
        good = True
        for attacks, limits in ((ATTACKS, {}), (ATTACKS_BY_NUMBER, LIMITS)):
            async with fresh_database(postgres) as url, besieged(url, folder, **QUICKLY, **limits) as ready:
                good = await prove(ready, attacks) and good
        return 0 if good else 1
    finally:
        await asyncio.to_thread(postgres.stop)
        shutil.rmtree(folder)


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
