"""How does a connection get out of the pool and back, whatever happens to the task that wanted it?

Tortoise's own client leaks a pool slot for ever when a task is cancelled while it enters a transaction, and leaves that
task's context on a dead connection. Here a cancelled acquire gives its connection back; BEGIN, COMMIT, ROLLBACK and the
release after them run to their end before the cancellation is raised.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias, TypeVar, cast

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import PoolConnectionWrapper, TransactionalDBClient, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError, TransactionManagementError

from app.hosts import connect

Connection: TypeAlias = asyncpg.Connection
OnConnect = Callable[[Connection], Awaitable[None]]
Result = TypeVar("Result")

ACQUIRE_SECONDS = 5.0
RELEASE_SECONDS = 5.0
KEPT_FOR_READS = 4  # one of so many connections is never in a transaction: those may wait for each other, reads do not
# asyncpg asks the catalogue about an array type when a connection first meets it: here, and not within a request.
ARRAYS = """
SELECT $1::text[], $2::int[], $3::bigint[], $4::smallint[], $5::bool[], $6::date[], $7::timestamptz[], $8::varchar[],
  $9::bytea[], array[row(1)]
"""
LOST = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError)


class DatabaseBusy(Exception):
    """No connection came free within ACQUIRE_SECONDS; nothing was sent to the database."""


# The connection was lost, or none was to be had: whoever asked is not at fault.
AWAY = (
    OSError,
    DatabaseBusy,
    DBConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
# The server was there, and could not do it at this moment: too much at once, no space, or an account held for long.
OVERTAXED = (
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


def passes_by_itself(error: BaseException) -> bool:
    """May the same be asked again, and be answered? An argument that asyncpg cannot send is a fault of ours."""
    return isinstance(error, (*AWAY, *OVERTAXED)) and not isinstance(error, asyncpg.DataError)


class CancelSafeClient(AsyncpgDBClient):
    """Tortoise's asyncpg client whose pool survives cancelled tasks; it connects by `dsn`, as asyncpg reads one."""

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """The pool. Places named in the dsn stay there: host, port, user, database and password are not repeated."""
        for place in ("host", "port", "user", "database", "password"):
            options.pop(place, None)
        on_connect: OnConnect | None = options.pop("on_connect", None)

        async def prepare(connection: Connection) -> None:
            await read_json_as_values(connection)
            await connection.prepare(ARRAYS)
            if on_connect is not None:
                await on_connect(connection)

        pool: asyncpg.Pool = await asyncpg.create_pool(connect=connect, init=prepare, reset=keep_session, **options)
        most: int = options["max_size"]
        self.transactions = asyncio.Semaphore(most - most // KEPT_FOR_READS)
        return pool

    def acquire_connection(self) -> PoolConnectionWrapper[Connection]:
        return CancelSafeConnection(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContextPooled:
        return CancelSafeTransaction(TransactionWrapper(self), self._pool_init_lock)


class CancelSafeConnection(PoolConnectionWrapper[Connection]):
    """One connection for one statement outside a transaction."""

    __slots__ = ()

    async def __aenter__(self) -> Connection:
        await self.ensure_connection()
        self.connection = await acquire(self.client._pool)
        return self.connection

    async def __aexit__(self, *error: object) -> None:
        await self.client._pool.release(self.connection, timeout=RELEASE_SECONDS)  # asyncpg shields it


class CancelSafeTransaction(TransactionContextPooled):
    """One connection for one transaction; it is rolled back on any error, and always given back.

    However long transactions wait for an account, some connections are left for reads.
    """

    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        self.client._connection = await acquire(self.client._parent._pool, self.seats)
        self.token = get_connections().set(self.connection_name, self.client)
        try:
            await to_the_end(self.client.begin())
        except BaseException:
            try:
                await to_the_end(self.undo())
            finally:
                await self.give_back()
            raise
        return self.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if self.client._finalized:
                return
            if exc_type is None:
                await to_the_end(self.client.commit())
            else:
                await to_the_end(self.undo())
        finally:
            await self.give_back()

    @property
    def seats(self) -> asyncio.Semaphore:
        return cast(CancelSafeClient, self.client._parent).transactions

    async def undo(self) -> None:
        """Rolls back; a connection that cannot even do that is dropped, so that the first error is the one raised."""
        try:
            async with asyncio.timeout(RELEASE_SECONDS):
                await self.client.rollback()
        except (*LOST, TransactionManagementError):  # the latter: it was lost before BEGIN
            with contextlib.suppress(asyncpg.InterfaceError):  # closed already, and back in the pool
                self.client._connection.terminate()

    async def give_back(self) -> None:
        get_connections().reset(self.token)
        try:
            await to_the_end(self.client._parent._pool.release(self.client._connection, timeout=RELEASE_SECONDS))
        finally:
            self.seats.release()


async def acquire(pool: asyncpg.Pool, seats: asyncio.Semaphore | None = None) -> PoolConnectionProxy:
    """A free connection of `pool`, and one of the `seats`. Raises DatabaseBusy; then, or cancelled, none is taken."""
    try:
        async with asyncio.timeout(ACQUIRE_SECONDS) as limit:
            if seats is None:
                return await pool.acquire()
            await seats.acquire()
            try:
                return await pool.acquire()
            except BaseException:
                seats.release()
                raise
    except TimeoutError as error:
        if limit.expired():
            raise DatabaseBusy(f"No database connection came free within {ACQUIRE_SECONDS:g} seconds.") from error
        raise


async def to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` answers, awaited to its end even when the caller is cancelled; that is raised after it."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # marks it as seen
    raise cancelled


async def keep_session(connection: Connection) -> None:
    """Sends no statement on release: nothing here changes a session (no SET, LISTEN or session lock is left behind)."""


async def read_json_as_values(connection: Connection) -> None:
    """Rows give json and jsonb as Python values; a parameter may be a value or, as Tortoise sends it, JSON text.

    A document that is one string stays JSON text, quotes and all: Tortoise's JSONField decodes every str it is given.
    """
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=json_text, decoder=json_value)


def json_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def json_value(text: str) -> Any:
    return text if text.startswith('"') else orjson.loads(text)
