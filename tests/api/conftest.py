"""What do the tests of the GraphQL face get: the programme, at an instant that they know?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from app.changes import Announcer, Listener
from app.clock import set_to
from app.database import Db, close_database, connection, open_database, rows, transaction, value
from app.postgres import EmbeddedPostgres
from app.programmes.load import load_shipped
from tests.conftest import fresh_database, note_statements

MONDAY_NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)  # 12:00 in Madrid, Paris and Rome
KEPT = ("market", "programme_revision", "programme_clock", "coupon_offer", "tortoise_migrations")

Sent = list[tuple[str, tuple[Any, ...]]]


@pytest.fixture(scope="package")
async def statements_sent(cluster: EmbeddedPostgres) -> AsyncIterator[Sent]:
    """One database with the shipped programme, open for all tests here; what it was sent, with arguments."""
    sent: Sent = []

    async def note(connected: asyncpg.Connection) -> None:
        await note_statements(connected)
        connected.add_query_logger(lambda one: sent.append((one.query, tuple(one.args))))

    async with fresh_database(cluster) as url:
        await open_database(url, pool_size=10, on_connect=note)
        try:
            async with transaction() as loading:
                await load_shipped(loading)
            yield sent
        finally:
            await close_database()


@pytest.fixture
async def programme(statements_sent: Sent) -> Db:
    """The shipped programme without members, at noon of Monday 2 March 2026.

    Emptying the tables takes a tenth of what a database of its own takes; the guards that forbid it are set aside.
    """
    async with transaction() as emptying:
        await rows(emptying, "SET LOCAL session_replication_role = replica")
        listed = await rows(emptying, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted({table["tablename"] for table in listed} - set(KEPT))
        await rows(emptying, "DELETE FROM coupon_offer WHERE catalogue_key IS NULL")
        await rows(emptying, f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
    async with transaction() as starting:
        await set_to(starting, MONDAY_NOON)
    return connection()


@pytest.fixture
async def sent(programme: Db, statements_sent: Sent) -> Sent:
    """The statements that the database is sent, with their arguments; to be cleared before what is looked at."""
    return statements_sent


@pytest.fixture
async def listener(programme: Db, cluster: EmbeddedPostgres) -> AsyncIterator[Listener]:
    """A process that announces what it commits, and listens."""
    async with Announcer(), Listener(cluster.url(await value(programme, "SELECT current_database()"))) as listening:
        yield listening


@pytest.fixture
async def deaf(programme: Db) -> AsyncIterator[Listener]:
    """A process that hears of nothing, and only polls."""
    async with Listener("postgresql://127.0.0.1:1/nowhere") as listening:
        yield listening
