"""Is the database's schema what the programme needs, and how does it become so?"""

import asyncio
import importlib
import pkgutil
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor

from app.database import (
    MIGRATIONS,
    MODELS,
    DatabaseUnusable,
    check_server,
    connection,
    orm_config,
    rows,
    transaction,
    value,
)
from app.guards import GUARDS, UNIQUE_KEYS
from app.hosts import connect

# Whoever asks for a table while a migration waits for it stands in line behind the migration: it gives way soon, all
# that it did is undone, and others get their turn. Half a second is also less than a deadlock needs to be found.
LOCK_TIMEOUT_MS = 500
LOCK_TRIES = 60
BETWEEN_TRIES_S = 1.0

ONE_MIGRATOR = 0x4D69506F696E7473  # the advisory lock's key: "MiPoints" in ASCII

GUARDS_PRESENT = """
SELECT CASE contype WHEN 'c' THEN 'check' WHEN 'u' THEN 'unique' ELSE 'foreign key' END AS kind,
       conrelid::regclass::text AS "table", conname::text AS name
  FROM pg_constraint WHERE contype IN ('c', 'u', 'f') AND convalidated AND connamespace = current_schema()::regnamespace
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname::text
  FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
  WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND relnamespace = current_schema()::regnamespace
UNION ALL
SELECT kind, indrelid::regclass::text, relname::text
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
  CROSS JOIN LATERAL (VALUES ('index'), (CASE WHEN indisunique THEN 'unique' END)) AS kinds (kind)
  WHERE indisvalid AND kind IS NOT NULL AND relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 'function', '', proname::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
"""


class SchemaNotCurrent(DatabaseUnusable):
    """Migrations or guards are missing; `missing` names each: "migration 0002_guards", "check lot.lot_parts"."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(
            f"The database's schema is not current. Run `mipoints migrate`. Missing: {', '.join(missing)}."
        )
        self.missing = missing


async def migrate(url: str, *, models: Sequence[str] = MODELS, migrations: str = MIGRATIONS) -> list[str]:
    """Creates the database if it is missing and brings it up to date; the names of the migrations it applied.

    Everything happens in one transaction under an advisory lock: of several at once one works and the others find
    nothing left to do, and a migration that fails leaves nothing behind. Works beside an open database and running
    gateways: one that needs a table which another transaction holds gives way after `LOCK_TIMEOUT_MS` and begins again,
    `LOCK_TRIES` times. Raises DatabaseUnusable when the server does not answer or is older than 16, and when the table
    never came free.
    """
    await create_if_missing(url)
    config = orm_config(
        url,
        statement_timeout_ms=0,
        application_name="mipoints migrate",
        models=models,
        migrations=migrations,
        maxsize=1,
    )
    async with TortoiseContext() as migrating:
        await migrating.init(config=config)
        await check_server()
        for _ in range(LOCK_TRIES):
            try:
                return await apply_missing(config["apps"])
            except asyncpg.LockNotAvailableError as error:
                reason = error
            await asyncio.sleep(BETWEEN_TRIES_S)
        raise DatabaseUnusable(
            f"The migration found no moment in which nobody else held what it changes ({reason}). Nothing was changed."
            " End the long transaction that `pg_stat_activity` shows, then run `mipoints migrate` again."
        )


async def apply_missing(apps: dict[str, Any]) -> list[str]:
    """Applies what is missing in one transaction; its names. Raises LockNotAvailableError after too long a wait."""
    applied: list[str] = []

    def note(event: str, _: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)

    async with transaction() as db:
        await rows(db, "SET LOCAL lock_timeout = 0")  # another migrator may take its time
        await rows(db, "SET LOCAL idle_in_transaction_session_timeout = 0")
        await rows(db, "SELECT pg_advisory_xact_lock($1)", ONE_MIGRATOR)
        await rows(db, f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
        executor = MigrationExecutor(db, apps)
        await executor.recorder.ensure_schema(AsyncpgSchemaEditor(db, atomic=False))
        await executor.migrate(progress=note)
    return applied


async def check_schema() -> None:
    """Raises SchemaNotCurrent unless all migrations are applied and all guards stand in the open database."""
    db = connection()
    wanted = {f"migration {name}" for name in known_migrations(MIGRATIONS)}
    wanted |= {guard_name(*guard) for guard in (*GUARDS, *UNIQUE_KEYS)}
    present = {guard_name(*guard) for guard in await rows(db, GUARDS_PRESENT)}
    if await value(db, "SELECT to_regclass('tortoise_migrations')") is not None:
        present |= {f"migration {name}" for (name,) in await rows(db, "SELECT name FROM tortoise_migrations")}
    if missing := sorted(wanted - present):
        raise SchemaNotCurrent(missing)


def known_migrations(package: str) -> set[str]:
    """The names of the migrations that a package holds."""
    return {found.name for found in pkgutil.iter_modules(importlib.import_module(package).__path__)}


def guard_name(kind: str, table: str, name: str) -> str:
    """How a guard is named to people: "check lot.lot_parts", "function programme_now"."""
    return f"{kind} {table}.{name}" if table else f"{kind} {name}"


async def create_if_missing(url: str) -> None:
    """Creates the database that `url` names when its server has none of that name."""
    try:
        found = await connect(url)
    except asyncpg.InvalidCatalogNameError:
        await create_database(url)
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseUnusable(f"The database does not answer: {error}") from error
    else:
        await found.close()


async def create_database(url: str) -> None:
    name = unquote(urlsplit(url).path.lstrip("/")).replace('"', '""')
    server = await connect(url, database="postgres")
    try:
        await server.execute(f'CREATE DATABASE "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return  # another one created it in the same moment
    finally:
        await server.close()
