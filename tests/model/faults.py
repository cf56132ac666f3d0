"""Which seeded faults must the model find by steps of its own, without a scenario made for them?

Those that it finds within a few examples are sought in the suite, the others by `scripts/prove faults`.
"""

import pytest

from app.postgres import EmbeddedPostgres
from tests.faults.fault import Fault
from tests.faults.roster import ROSTER
from tests.model.compare import Disagreement
from tests.model.running import run_model

SEED, STEPS = 1, 60
FEW, MANY = 4, 40  # examples


def named(*sentences: str) -> tuple[Fault, ...]:
    """These faults of the roster. Raises KeyError for one that it does not have."""
    roster = {fault.says: fault for fault in ROSTER}
    return tuple(roster[says] for says in sentences)


SOON = named(
    "points last a day too long",
    "an order posts a day early",
)
LATE = named(
    "a late capture takes silently less",
)


async def disagreement(cluster: EmbeddedPostgres, fault: Fault, examples: int) -> str | None:
    """What the model finds of a fault, in a line; None where it finds nothing."""
    with pytest.MonkeyPatch.context() as patch:
        fault.seed(patch)
        try:
            report = await run_model(cluster, examples=examples, steps=STEPS, seed=SEED)
        except Disagreement as at_once:  # before the first step was chosen
            return str(at_once)
    return report.disagreement and report.disagreement.partition("\n")[0]
