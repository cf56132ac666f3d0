"""What does a test get: a fresh database on a real PostgreSQL, a count of statements, a running gateway?"""

import asyncio
import contextlib
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import asyncpg
import pytest

from app.database import Db, close_database, connection, open_database
from app.postgres import EmbeddedPostgres
from app.schema import migrate
from tests.served import Served, serving

TEMPLATE = "template_mipoints"
_numbers = itertools.count(1)
_counting: list[list[str]] = []


@pytest.fixture(scope="session")
def roomy() -> Iterator[Path]:
    """A temporary folder that another system user may pass through: PostgreSQL's own, when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="mipoints-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def cluster(roomy: Path) -> AsyncIterator[EmbeddedPostgres]:
    """One throw-away PostgreSQL for the whole run, with a migrated template database."""
    postgres = EmbeddedPostgres(roomy / "cluster", durable=False)
    await asyncio.to_thread(postgres.start)
    try:
        await leave_alone(postgres)
        await migrate(postgres.url(TEMPLATE))
        yield postgres
    finally:
        await asyncio.to_thread(postgres.stop)


async def leave_alone(postgres: EmbeddedPostgres) -> None:
    """Nothing happens there by itself: tests count sessions, locks and rows that are read."""
    server = await asyncpg.connect(postgres.url("postgres"))
    try:
        await server.execute("ALTER SYSTEM SET autovacuum = off")
        await server.execute("SELECT pg_reload_conf()")
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def fresh_database(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    server = await asyncpg.connect(cluster.url("postgres"))
    try:
        await server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        try:
            yield cluster.url(name)
        finally:
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await server.close()


@pytest.fixture
async def database_url(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a fresh, migrated, otherwise empty database; it is dropped after the test."""
    async with fresh_database(cluster) as url:
        yield url


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Db]:
    """A fresh database, opened as the programme opens it."""
    await open_database(database_url, pool_size=10, on_connect=note_statements)
    try:
        yield connection()
    finally:
        await close_database()


@pytest.fixture(scope="module")
async def gateway(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Served]:
    """The real gateway over HTTP, on a fresh database without members that the tests of a module share."""
    async with fresh_database(cluster) as url, serving(roomy, "--empty", database_url=url) as served:
        yield served


@pytest.fixture
async def start_gateway(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Callable[..., Awaitable[Served]]]:
    """`await start_gateway("--at", "2026-01-01T09:00:00Z")`: a gateway with these flags on a fresh database."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*flags: str) -> Served:
            url = await stack.enter_async_context(fresh_database(cluster))
            return await stack.enter_async_context(serving(roomy, *flags, database_url=url))

        yield start


@pytest.fixture
def counted() -> Callable[[], AbstractContextManager[list[str]]]:
    """`with counted() as statements:` lists the SQL sent meanwhile by `db`'s connections, BEGIN and COMMIT included."""
    return count_statements


@contextlib.contextmanager
def count_statements() -> Iterator[list[str]]:
    statements: list[str] = []
    _counting.append(statements)
    try:
        yield statements
    finally:
        _counting.remove(statements)


async def note_statements(connected: asyncpg.Connection) -> None:
    def note(sent: asyncpg.connection.LoggedQuery) -> None:
        for statements in _counting:
            statements.append(sent.query)

    connected.add_query_logger(note)
