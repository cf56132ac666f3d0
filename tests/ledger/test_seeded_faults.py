"""Would we see it? Each fault, put into the running program, is found by the probe that a sound ledger passes."""

import asyncpg
import pytest

from app.database import Db
from tests.ledger.faults import FAULTS, PROBES, Fault, Probe


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__)
async def test_a_sound_ledger_passes(db: Db, probe: Probe) -> None:
    await probe(db)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.says)
async def test_it_is_found_when(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    fault.seed(monkeypatch)

    with pytest.raises((AssertionError, asyncpg.IntegrityConstraintViolationError)):
        await fault.found_by(db)
