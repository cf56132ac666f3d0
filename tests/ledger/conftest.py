"""What do the ledger's tests share? A database for each module, and one with a long history to copy and to damage."""

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest

from app.database import Db, close_database, connection, open_database
from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database, note_statements
from tests.ledger.history import make_history
from tests.ledger.makers import START, clock_at, launched

HISTORY = "history_mipoints"
_copies = itertools.count(1)


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Db]:
    await open_database(url, pool_size=24, on_connect=note_statements)
    try:
        yield connection()
    finally:
        await close_database()


@pytest.fixture(scope="module")
async def shared_url(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database for a whole module."""
    async with fresh_database(cluster) as url:
        yield url


@pytest.fixture(scope="module")
async def shared(shared_url: str) -> AsyncIterator[Db]:
    """The module's database, open, with the programme loaded."""
    async with opened(shared_url) as db:
        await launched()
        yield db


@pytest.fixture
async def db(shared: Db) -> Db:
    """The module's database at START: each test makes members of its own, and counts theirs alone."""
    await clock_at(START)
    return shared


@pytest.fixture
async def own(cluster: EmbeddedPostgres) -> AsyncIterator[Db]:
    """A database for one test that leaves a ledger behind which does not agree with itself."""
    async with fresh_database(cluster) as url, opened(url) as db:
        await launched()
        yield db


@pytest.fixture(scope="session")
async def history(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The name of a closed database in which much has happened."""
    server = await asyncpg.connect(cluster.url("postgres"))
    try:
        await server.execute(f"CREATE DATABASE {HISTORY} TEMPLATE template_mipoints")
        async with opened(cluster.url(HISTORY)):
            await make_history()
        yield HISTORY
    finally:
        await server.execute(f"DROP DATABASE IF EXISTS {HISTORY} WITH (FORCE)")
        await server.close()


@pytest.fixture(scope="session")
def copied(cluster: EmbeddedPostgres, history: str) -> Callable[[], AbstractAsyncContextManager[Db]]:
    """`async with copied() as db:` opens a copy of the history that nobody else sees."""

    @contextlib.asynccontextmanager
    async def copy() -> AsyncIterator[Db]:
        server = await asyncpg.connect(cluster.url("postgres"))
        name = f"copy_{next(_copies)}"
        try:
            await server.execute(f"CREATE DATABASE {name} TEMPLATE {history}")
            async with opened(cluster.url(name)) as db:
                yield db
        finally:
            await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await server.close()

    return copy
