"""What do the tests of programmes share? A memory of the revisions that does not outlive its database, and one database
that each of them finds as it was at the start.
"""

from collections.abc import AsyncIterator

import pytest

from app.database import Db, rows, transaction
from app.postgres import EmbeddedPostgres
from app.programmes import store
from tests.conftest import fresh_database
from tests.ledger.conftest import opened
from tests.ledger.makers import START, clock_at, launched

KEPT = {"market", "programme_revision", "programme_clock", "coupon_offer", "tortoise_migrations"}


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process serves one database; here each test has its own, with the same row ids."""
    monkeypatch.setattr(store, "_book", store.Book(0, {}))


@pytest.fixture(scope="module")
async def shared(cluster: EmbeddedPostgres) -> AsyncIterator[Db]:
    """A database for a whole module, with the programme loaded."""
    async with fresh_database(cluster) as url, opened(url) as db:
        await launched()
        yield db


@pytest.fixture
async def programme(shared: Db) -> Db:
    """The module's database at START without members, exclusions and other revisions; guards are set aside for that."""
    async with transaction() as emptying:
        await rows(emptying, "SET LOCAL session_replication_role = replica")
        listed = await rows(emptying, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted({table["tablename"] for table in listed} - KEPT)
        await rows(emptying, f"TRUNCATE {', '.join(tables)}")
        await rows(emptying, "DELETE FROM programme_revision WHERE name <> 'SEED-2020'")
    await clock_at(START)
    return shared
