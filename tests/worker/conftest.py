"""What do the tests of the worker share? A database for each module, with nothing left to sweep between tests."""

from collections.abc import AsyncIterator

import pytest

from app.database import Db
from tests.ledger.conftest import db, shared, shared_url
from tests.worker.makers import swept

__all__ = ["db", "shared", "shared_url"]


@pytest.fixture(autouse=True)
async def nothing_due(db: Db) -> AsyncIterator[None]:
    """Each test begins with everything settled and ends so."""
    await swept()
    yield
    await swept()
