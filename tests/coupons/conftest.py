"""What do the tests of coupons share? A database for each module, with the programme loaded."""

from collections.abc import AsyncIterator

import pytest

from app.coupons.till import Till
from app.database import Db
from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.ledger.conftest import opened
from tests.ledger.makers import START, Person, clock_at, enrolled, launched


@pytest.fixture(scope="module")
async def module_database(cluster: EmbeddedPostgres) -> AsyncIterator[Db]:
    """The module's database, open."""
    async with fresh_database(cluster) as url, opened(url) as db:
        await launched()
        yield db


@pytest.fixture
async def db(module_database: Db) -> Db:
    """The module's database at START, 10:00 in Madrid: each test makes members of its own."""
    await clock_at(START)
    return module_database


@pytest.fixture
def till() -> Till:
    """A till that nobody else uses."""
    return Till()


@pytest.fixture
async def people(db: Db) -> list[Person]:
    """Twenty members with 50 points each."""
    return [await enrolled() for _ in range(20)]
