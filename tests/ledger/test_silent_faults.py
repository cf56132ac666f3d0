"""Would the check see it? Faults that no member would notice for long, put into the running program."""

import pytest

from app.database import Db
from app.ledger.check import check_ledger
from tests.ledger.faults import SILENT_FAULTS, Seed
from tests.ledger.probes import a_little_of_everything


async def test_a_sound_ledger_agrees(own: Db) -> None:
    await a_little_of_everything()

    assert (await check_ledger()).problems == ()


@pytest.mark.parametrize(("says", "seed", "check"), SILENT_FAULTS, ids=[says for says, _, _ in SILENT_FAULTS])
async def test_the_check_sees_that(own: Db, monkeypatch: pytest.MonkeyPatch, says: str, seed: Seed, check: str) -> None:
    seed(monkeypatch)

    await a_little_of_everything()

    assert check in {problem.partition(": ")[0] for problem in (await check_ledger()).problems}
