"""What do the tests of the model share? A template in which the programme is in force, and nobody has enrolled."""

import pytest

from app.postgres import EmbeddedPostgres
from tests.conftest import TEMPLATE
from tests.model.running import prepare


@pytest.fixture(scope="module")
async def prepared(cluster: EmbeddedPostgres) -> EmbeddedPostgres:
    """The cluster, with the template that examples begin with."""
    await prepare(cluster, TEMPLATE)
    return cluster
