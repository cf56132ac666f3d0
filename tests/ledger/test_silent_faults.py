"""Would the check see it? Faults that no member would notice for long, put into the running program."""

import pytest

from app.database import Db
from tests.faults.fault import Checker, Fault, each_checker_of, each_of
from tests.ledger.faults import SILENT_FAULTS

pytestmark = pytest.mark.fault


@each_checker_of(SILENT_FAULTS)
async def test_without_a_fault_it_passes(own: Db, checker: Checker) -> None:
    await checker(own)


@each_of(SILENT_FAULTS)
async def test_it_is_caught_that(own: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(own, monkeypatch)
