"""Does the model find these faults too, if it is given time? `scripts/prove faults` runs this beside the suite's."""

import pytest

from app.postgres import EmbeddedPostgres
from tests.faults.fault import Fault, each_of
from tests.model.faults import LATE, MANY, disagreement

pytestmark = pytest.mark.fault


@each_of(LATE)
async def test_the_model_finds_that(prepared: EmbeddedPostgres, fault: Fault) -> None:
    assert await disagreement(prepared, fault, examples=MANY)
