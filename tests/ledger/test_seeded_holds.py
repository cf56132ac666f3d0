"""Would we see a fault in what is held at checkout? Each, put into the running program, is found by its probe."""

import asyncpg
import pytest

from app.database import Db
from tests.ledger.faults import Fault, Probe
from tests.ledger.hold_faults import FAULTS, PROBES


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__)
async def test_a_sound_checkout_passes(db: Db, probe: Probe) -> None:
    await probe(db)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.says)
async def test_it_is_found_when(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    fault.seed(monkeypatch)

    with pytest.raises((AssertionError, asyncpg.IntegrityConstraintViolationError, LookupError)):
        await fault.found_by(db)
