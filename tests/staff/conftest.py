"""What do the tests of staff share? A database for each module, at START."""

from collections.abc import AsyncIterator

import pytest

from app.database import Db
from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.ledger.conftest import opened
from tests.ledger.makers import START, clock_at, launched


@pytest.fixture(scope="module")
async def shared(cluster: EmbeddedPostgres) -> AsyncIterator[Db]:
    """The module's database, open, with the programme loaded."""
    async with fresh_database(cluster) as url, opened(url) as db:
        await launched()
        yield db


@pytest.fixture
async def db(shared: Db) -> Db:
    """The module's database at START: each test makes members of its own, and counts theirs alone."""
    await clock_at(START)
    return shared


@pytest.fixture
async def own(cluster: EmbeddedPostgres) -> AsyncIterator[Db]:
    """A database for one test."""
    async with fresh_database(cluster) as url, opened(url) as db:
        await launched()
        yield db
