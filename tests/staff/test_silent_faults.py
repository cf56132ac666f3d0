"""Would the check see it? Faults of adjustments that no member would notice for long."""

import pytest

from app.database import Db
from app.ledger.check import check_ledger
from app.staff import adjust
from tests.ledger.faults import Seed, changed
from tests.ledger.makers import enrolled
from tests.staff.makers import adjusted

SILENT_FAULTS: tuple[tuple[str, Seed, str], ...] = (
    (
        "a debit does not show in its activity",
        changed(adjust, "_TAKEN", "points = $2", "points = 0 * $2::int"),
        "activity does not show what its lots hold",
    ),
    (
        "an adjustment is not noted as applied",
        changed(adjust, "_APPLIED", "applied_at = $2", "applied_at = nullif($2::timestamptz, $2)"),
        "adjustment is not what its lines moved",
    ),
)


@pytest.mark.parametrize(("says", "seed", "check"), SILENT_FAULTS, ids=[says for says, _, _ in SILENT_FAULTS])
async def test_the_check_sees_that(own: Db, monkeypatch: pytest.MonkeyPatch, says: str, seed: Seed, check: str) -> None:
    seed(monkeypatch)
    person = await enrolled()

    await adjusted(person, -30)

    assert check in {problem.partition(": ")[0] for problem in (await check_ledger()).problems}
