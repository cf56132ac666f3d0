"""Would the check see it? Faults in what is held that no member would notice for long."""

import pytest

from app.database import Db
from app.ledger.check import check_ledger
from tests.ledger.faults import Seed
from tests.ledger.hold_faults import SILENT_FAULTS, a_little_checkout


async def test_a_sound_checkout_agrees(own: Db) -> None:
    await a_little_checkout()

    assert (await check_ledger()).problems == ()


@pytest.mark.parametrize(("says", "seed", "check"), SILENT_FAULTS, ids=[says for says, _, _ in SILENT_FAULTS])
async def test_the_check_sees_that(own: Db, monkeypatch: pytest.MonkeyPatch, says: str, seed: Seed, check: str) -> None:
    seed(monkeypatch)

    await a_little_checkout()

    assert check in {problem.partition(": ")[0] for problem in (await check_ledger()).problems}
