"""Does migrating work for several at once, and does the check name what is missing?"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from tortoise.exceptions import OperationalError

from app.database import Db, close_database, connection, open_database, rows, value
from app.postgres import EmbeddedPostgres
from app.schema import SchemaNotCurrent, check_schema, migrate


@pytest.fixture
async def missing_url(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database that does not exist."""
    yield cluster.url("not yet there")
    server = await asyncpg.connect(cluster.url("postgres"))
    await server.execute('DROP DATABASE IF EXISTS "not yet there" WITH (FORCE)')
    await server.close()


async def test_three_migrators_at_once_create_and_migrate_one_database_once(missing_url: str) -> None:
    applied = await asyncio.gather(*(migrate(missing_url) for _ in range(3)))

    assert sorted(map(len, applied))[:2] == [0, 0]
    assert max(applied, key=len)[0] == "0001_tables"
    await open_database(missing_url)
    try:
        await check_schema()
    finally:
        await close_database()


async def test_migrating_again_finds_nothing_to_do_and_leaves_an_open_database_alone(db: Db, database_url: str) -> None:
    assert await migrate(database_url) == []

    assert connection() is db
    assert await value(db, "SELECT 1") == 1


async def test_a_migration_that_fails_leaves_nothing_behind(missing_url: str, cluster: EmbeddedPostgres) -> None:
    server = await asyncpg.connect(cluster.url("postgres"))
    await server.execute('CREATE DATABASE "not yet there"')
    await server.close()
    theirs = await asyncpg.connect(missing_url)
    await theirs.execute("CREATE TABLE programme_clock (somebody text)")

    with pytest.raises(OperationalError, match="already exists"):
        await migrate(missing_url)

    tables = await theirs.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await theirs.close()
    assert [found["tablename"] for found in tables] == ["programme_clock"]


async def test_the_check_passes_on_a_migrated_database(db: Db) -> None:
    await check_schema()


async def test_the_check_names_each_missing_guard_and_migration(db: Db) -> None:
    await rows(db, "ALTER TABLE lot DROP CONSTRAINT lot_parts")
    await rows(db, "ALTER TABLE entry DISABLE TRIGGER entry_append_only")
    await rows(db, "DROP INDEX lot_due")
    await rows(db, "DELETE FROM tortoise_migrations WHERE name = '0002_guards'")

    with pytest.raises(SchemaNotCurrent) as refused:
        await check_schema()

    assert refused.value.missing == [
        "check lot.lot_parts",
        "index lot.lot_due",
        "migration 0002_guards",
        "trigger entry.entry_append_only",
    ]
    assert "mipoints migrate" in str(refused.value)


async def test_the_check_of_an_empty_database_names_everything(missing_url: str, cluster: EmbeddedPostgres) -> None:
    server = await asyncpg.connect(cluster.url("postgres"))
    await server.execute('CREATE DATABASE "not yet there"')
    await server.close()
    await open_database(missing_url)
    try:
        with pytest.raises(SchemaNotCurrent) as refused:
            await check_schema()
    finally:
        await close_database()

    assert "migration 0001_tables" in refused.value.missing
    assert "function programme_now" in refused.value.missing
