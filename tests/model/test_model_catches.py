"""Would the model see it? Faults put into the running program are found by its own steps, from one seed on."""

import pytest

from app.postgres import EmbeddedPostgres
from tests.faults.fault import Fault, each_of
from tests.model.faults import FEW, LATE, SOON, disagreement

pytestmark = pytest.mark.fault


@each_of(SOON)
async def test_the_model_finds_that(prepared: EmbeddedPostgres, fault: Fault) -> None:
    assert await disagreement(prepared, fault, examples=FEW)


def test_each_fault_is_sought_once_and_none_that_the_model_cannot_have() -> None:
    sought = [*SOON, *LATE]

    assert len(sought) == len({fault.says for fault in sought}) >= 12
    assert [fault.says for fault in sought if fault.in_database] == []
