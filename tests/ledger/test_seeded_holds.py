"""Would we see a fault in what is held at checkout? Each, put into the running program, is caught by its checker."""

import pytest

from app.database import Db
from tests.faults.fault import Checker, Fault, each_checker_of, each_of
from tests.ledger.hold_faults import FAULTS

pytestmark = pytest.mark.fault


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
