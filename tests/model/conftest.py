"""What do tests of the model start from?"""

import pytest

from app.postgres import EmbeddedPostgres
from tests.conftest import TEMPLATE
from tests.model.running import prepare


@pytest.fixture(scope="module")
async def prepared(cluster: EmbeddedPostgres) -> EmbeddedPostgres:
    """The cluster with the template of examples."""
    await prepare(cluster, TEMPLATE)
    return cluster
