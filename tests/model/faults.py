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
FEW, MANY = 8, 30  # examples


def named(*sentences: str) -> tuple[Fault, ...]:
    """These faults of the roster. Raises KeyError for one that it does not have."""
    roster = {fault.says: fault for fault in ROSTER}
    return tuple(roster[says] for says in sentences)


SOON = named(
    "points last a day too long",
    "an order posts a day early",
    "an order is floored per line",
    "a debt is not repaid at once",
    "a debt is not repaid by what posts",
    "what was spent and is taken back is forgiven",
    "the latest points are spent first",
    "an account closes and forfeits nothing",
    "an adjustment needs no approval",
    "yesterday's tap is not looked at",
    "only what is written is owed",
    "the erased are forgotten",
    "a notice has no message",
)
LATE = named(
    "a delivered order counts from its purchase",
    "a late capture takes silently less",
    "an answer is not stored",
    "the input of a key is ignored",
    "a swift answer is not stored",
    "pinned points expire with the others",
    "points come back with a later end",
    "who comes back is welcomed again",
    "a coupon ends a day early",
    "a return is not known again",
    "a debt written off counts as granted",
    "what the erased had does not count",
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
