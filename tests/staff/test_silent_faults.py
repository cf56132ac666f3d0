"""Would the check see it? Faults of adjustments that no member would notice for long, in the running program."""

import pytest

from app.database import Db
from app.staff import adjust
from tests.faults.fault import Checker, Fault, changed, each_checker_of, each_of, the_check_sees
from tests.ledger.makers import enrolled
from tests.staff.makers import adjusted

pytestmark = pytest.mark.fault


async def a_debit() -> None:
    await adjusted(await enrolled(), -30)


FAULTS = (
    Fault(
        "a debit does not show in its activity",
        changed(adjust, "_TAKEN", "points = $2", "points = 0 * $2::int"),
        the_check_sees("activity does not show what its lots hold", a_debit),
    ),
    Fault(
        "an adjustment is not noted as applied",
        changed(adjust, "_APPLIED", "applied_at = $2", "applied_at = nullif($2::timestamptz, $2)"),
        the_check_sees("adjustment is not what its lines moved", a_debit),
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(own: Db, checker: Checker) -> None:
    await checker(own)


@each_of(FAULTS)
async def test_it_is_caught_that(own: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(own, monkeypatch)
