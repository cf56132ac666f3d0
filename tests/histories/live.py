"""Do the checkers find a fault that a gateway really has?"""

from pathlib import Path

from tests.histories.house import opened, seeded
from tests.histories.seeded import FAULTS
from tests.histories.trial import run


async def found_in(url: str, folder: Path, name: str, *, seconds: float, seed: int) -> set[str]:
    """The checks that find something in a trial without a storm, at a gateway with this fault on a new database."""
    own = folder / name.replace(" ", "-")
    own.mkdir(mode=0o711)
    async with opened(own, [1], command=seeded(name), url=url) as house:
        trial = await run(house, seconds=seconds, seed=seed, stormy=False)
    return {violation.partition(":")[0] for violation in trial.violations}


def missed(name: str, found: set[str]) -> str | None:
    """What to say where none of the checks that should have found it did."""
    wanted = FAULTS[name].found_by
    return None if wanted & found else f"{name}: none of {sorted(wanted)} found it, {sorted(found)} did"
