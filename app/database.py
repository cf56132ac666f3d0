"""How does the programme speak to PostgreSQL: open, ask, write in a transaction?

Raw statements go through `rows`, `row` and `value`, which raise asyncpg's own errors; the ORM raises Tortoise's.
Sessions are never changed on a pooled connection (no SET, LISTEN or session-level lock outlives its transaction).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import DBConnectionError
from tortoise.transactions import in_transaction

from app import commits
from app.gathering import Gatherer, alone
from app.pool import CancelSafeClient, DatabaseBusy, OnConnect
from app.reads import Answer, Key, Read

Db = BaseDBAsyncClient
client_class = CancelSafeClient  # Tortoise finds the client of an engine under this name

CONNECTION = "default"
REPLICA = "replica"  # a standby, for `app.replica` alone
MIGRATIONS = "app.migrations"
MODELS = [
    "app.ledger.models",
    "app.members.models",
    "app.activities.models",
    "app.orders.models",
    "app.coupons.models",
    "app.requests.models",
    "app.programmes.models",
    "app.checkout.models",
    "app.campaigns.models",
    "app.staff.models",
    "app.notices.models",
    "app.documents.models",
    "app.gateway.models",
]
OLDEST_SERVER = 160000
REPORTS = 4  # that read from the replica at once
LOCK_TIMEOUT_MS = 4000
IDLE_IN_TRANSACTION_MS = 15000

_open: TortoiseContext | None = None
_gatherer: Gatherer | None = None


class DatabaseUnusable(Exception):
    """This database cannot serve the programme; the message says why and what to do."""


async def open_database(
    url: str,
    *,
    pool_size: int = 10,
    statement_timeout_ms: int = 5000,
    application_name: str = "mipoints",
    statement_cache_size: int = 100,
    models: Sequence[str] = MODELS,
    on_connect: OnConnect | None = None,
    replica_url: str = "",
) -> None:
    """Opens the process's one database; every task sees it until `close_database`.

    `statement_timeout_ms` 0 is none. `statement_cache_size` 0 suits pgbouncer in transaction mode. `on_connect` runs on
    every new connection. `replica_url` names a standby of it, which is not asked before it is needed. Raises
    DatabaseUnusable when the server does not answer or is older than 16.
    """
    global _open
    config = orm_config(
        url,
        statement_timeout_ms=statement_timeout_ms,
        application_name=application_name,
        models=models,
        maxsize=pool_size,
        statement_cache_size=statement_cache_size,
        on_connect=on_connect,
    )
    if replica_url:
        config["connections"][REPLICA] = _also(config["connections"][CONNECTION], replica_url)
    opening = TortoiseContext()
    with opening:
        await opening.init(config=config, _enable_global_fallback=True)
    _open = opening
    try:
        await check_server()
        await _check_session(config)
    except BaseException:
        await close_database()
        raise


async def close_database() -> None:
    """Closes the database if one is open."""
    global _open, _gatherer
    closing, _open = _open, None
    gatherer, _gatherer = _gatherer, None
    if gatherer is not None:
        await gatherer.close()
    if closing is not None:
        await closing.close_connections()


def has_replica() -> bool:
    """Whether the open database has a standby to read from."""
    return _open is not None and REPLICA in _open.connections.db_config


def connection() -> Db:
    """The open transaction of this task, else the pool."""
    return get_connection(CONNECTION)


@asynccontextmanager
async def transaction() -> AsyncIterator[Db]:
    """A READ COMMITTED transaction: committed at the end, rolled back on any error or cancellation.

    Inside another one it is a savepoint of that. What was noted in it (`app.commits`) is told when the outermost one
    has committed. Raises DatabaseBusy when no connection comes free.
    """
    notes, outer = commits.begin()
    done = False
    try:
        async with in_transaction(CONNECTION) as db:
            yield db
            done = True
    finally:
        # A caller who is cancelled during COMMIT gets the cancellation, and the transaction is committed all the same.
        commits.end(notes, outer, committed=done and db._finalized)


def ask(read: Read[Key, Answer], key: Key) -> asyncio.Future[Answer]:
    """The answer to come of one key of a read, gathered with what else is read at this moment.

    In a transaction it is read there, by itself. Raises asyncpg's errors and DatabaseBusy.
    """
    global _gatherer
    if commits.under_way():
        return asyncio.ensure_future(alone(connection(), read, key))
    if _gatherer is None:
        _gatherer = Gatherer(connection)
    return _gatherer.ask(read, key)


async def rows(db: Db, sql: str, *args: object) -> list[asyncpg.Record]:
    """All rows of a statement with `$1` parameters; empty for a statement that answers none."""
    async with db.acquire_connection() as connected:
        answer: list[asyncpg.Record] = await connected.fetch(sql, *args)
        return answer


async def row(db: Db, sql: str, *args: object) -> asyncpg.Record | None:
    """The first row, or None."""
    async with db.acquire_connection() as connected:
        answer: asyncpg.Record | None = await connected.fetchrow(sql, *args)
        return answer


async def one(db: Db, sql: str, *args: object) -> asyncpg.Record:
    """The row of a statement that cannot but answer one. Raises LookupError where it does not: a bug."""
    answer = await row(db, sql, *args)
    if answer is None:
        raise LookupError("a statement that must answer a row answered none")
    return answer


async def value(db: Db, sql: str, *args: object) -> Any:
    """The first column of the first row, or None."""
    async with db.acquire_connection() as connected:
        return await connected.fetchval(sql, *args)


async def check_server() -> None:
    """Raises DatabaseUnusable unless the server answers and is PostgreSQL 16 or later."""
    try:
        version = int(await value(connection(), "SELECT current_setting('server_version_num')"))
    except (OSError, DatabaseBusy, DBConnectionError, asyncpg.PostgresError) as error:
        raise DatabaseUnusable(f"The database does not answer: {error}") from error
    if version < OLDEST_SERVER:
        raise DatabaseUnusable(f"The database server is PostgreSQL {version // 10000}; give it 16 or later.")


async def _check_session(config: Mapping[str, Any]) -> None:
    """Raises DatabaseUnusable where a pooler in between has dropped what a session begins with: its time limits."""
    wanted: dict[str, str] = config["connections"][CONNECTION]["credentials"]["server_settings"]
    found = await rows(
        connection(), "SELECT lower(name) AS name, setting FROM pg_settings WHERE lower(name) = ANY ($1)", list(wanted)
    )
    if all(wanted[one["name"]] == one["setting"] for one in found):
        return
    dropped = "The pooler in between drops the settings of our sessions."
    if wanted["statement_timeout"] == "0":
        raise DatabaseUnusable(f"{dropped} Commands go past it: set MIPOINTS_DIRECT_DATABASE_URL.")
    told = "; ".join(f"SET {name} = ''{setting}''" for name, setting in wanted.items())
    raise DatabaseUnusable(f"{dropped} In pgbouncer.ini give the database connect_query='{told}'.")


def _also(primary: Mapping[str, Any], url: str) -> dict[str, Any]:
    """The configuration of a standby: as that of its primary, by another url, with few connections."""
    credentials = primary["credentials"]
    return {**primary, "credentials": {**credentials, "dsn": url, "maxsize": min(credentials["maxsize"], REPORTS)}}


def orm_config(
    url: str,
    *,
    statement_timeout_ms: int,
    application_name: str,
    models: Sequence[str] = MODELS,
    migrations: str = MIGRATIONS,
    **pool: object,
) -> dict[str, Any]:
    """Tortoise's configuration: one connection by `url`, all models under the label "models"."""
    session = {
        "statement_timeout": str(statement_timeout_ms),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        "timezone": "UTC",
        "jit": "off",  # short statements only
    }
    credentials = {"dsn": url, "server_settings": session, "application_name": application_name, **pool}
    return {
        "connections": {CONNECTION: {"engine": __name__, "credentials": credentials}},
        "apps": {"models": {"models": list(models), "default_connection": CONNECTION, "migrations": migrations}},
    }
