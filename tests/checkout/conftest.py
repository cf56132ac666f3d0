"""What do the tests of checkouts share? A database for each module, whose ledger agrees after every test."""

from collections.abc import AsyncIterator

import pytest

from app.database import Db
from app.ledger.check import check_ledger
from tests.ledger.conftest import db, shared, shared_url

__all__ = ["db", "shared", "shared_url"]


@pytest.fixture(autouse=True)
async def ledger_agrees(db: Db) -> AsyncIterator[None]:
    """Whatever a test does, the ledger agrees with itself afterwards."""
    yield
    assert (await check_ledger()).problems == ()
