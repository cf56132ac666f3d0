"""Does the database keep its promises when tasks are cancelled, connections die and the pool runs dry?"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy
from tortoise import fields
from tortoise.models import Model

from app import pool
from app.database import DatabaseUnusable, Db, close_database, connection, open_database, row, rows, transaction, value
from app.pool import LOST, DatabaseBusy, passes_by_itself
from app.postgres import EmbeddedPostgres
from tests.ledger.makers import queued
from tests.telling import LONG


class Note(Model):
    """A table of these tests alone."""

    id = fields.IntField(primary_key=True)
    body = fields.JSONField[object](null=True)

    class Meta:
        table = "test_note"


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[Db]:
    """A database with a pool of two connections and the table of the notes."""
    await open_database(database_url, pool_size=2, statement_timeout_ms=1500, models=[__name__])
    try:
        await rows(connection(), "CREATE TABLE test_note (id serial PRIMARY KEY, body jsonb)")
        yield connection()
    finally:
        await close_database()


async def notes(db: Db) -> int:
    count: int = await value(db, "SELECT count(*) FROM test_note")
    return count


async def all_idle(db: Db) -> bool:
    """Whether both connections of the pool come home, and serve at the same time."""
    connections = db._pool
    deadline = time.monotonic() + LONG
    while connections.get_idle_size() < connections.get_size() and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    await asyncio.gather(*(value(db, "SELECT pg_sleep(0.05)") for _ in range(4)))
    while connections.get_idle_size() < connections.get_size() and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    return bool(connections.get_idle_size() == connections.get_size() == 2)


async def test_a_transaction_commits_at_its_end_and_undoes_everything_on_an_error(pair: Db) -> None:
    async with transaction() as db:
        await rows(db, "INSERT INTO test_note DEFAULT VALUES")
    with pytest.raises(ZeroDivisionError):
        async with transaction() as db:
            await rows(db, "INSERT INTO test_note DEFAULT VALUES")
            raise ZeroDivisionError

    assert await notes(pair) == 1


async def test_a_transaction_inside_another_is_a_savepoint_of_it(pair: Db) -> None:
    async with transaction() as outer:
        await rows(outer, "INSERT INTO test_note VALUES (1)")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with transaction() as inner:
                await rows(inner, "INSERT INTO test_note VALUES (1)")
        await rows(outer, "INSERT INTO test_note VALUES (2)")

    assert await notes(pair) == 2


async def test_connection_is_the_transaction_inside_one_and_the_pool_after_it(pair: Db) -> None:
    async with transaction() as db:
        assert connection() is db

    assert connection() is pair


async def test_row_and_value_answer_none_when_there_is_nothing(pair: Db) -> None:
    assert await row(pair, "SELECT 1 WHERE false") is None
    assert await value(pair, "SELECT 1 WHERE false") is None


async def test_statements_are_counted_with_begin_and_commit(
    db: Db, counted: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with counted() as statements:
        async with transaction() as write:
            await value(write, "SELECT 1")
        await value(db, "SELECT $1::int", 2)

    assert statements == ["BEGIN;", "SELECT 1", "COMMIT;", "SELECT $1::int"]


async def test_cancelled_tasks_leave_the_pool_whole_and_nothing_written(pair: Db) -> None:
    chance = random.Random(20260101)

    async def write_in_vain() -> None:
        async with transaction() as db:
            await rows(db, "INSERT INTO test_note DEFAULT VALUES")
            await rows(db, "SELECT pg_sleep(0.002)")
            raise ZeroDivisionError

    async def read() -> None:
        await rows(connection(), "SELECT pg_sleep(0.002)")

    for _ in range(60):
        tasks = [asyncio.create_task(work()) for work in (write_in_vain, read, write_in_vain, read)]
        await asyncio.sleep(chance.random() * 0.006)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert await all_idle(pair)
    assert await notes(pair) == 0


async def test_a_task_goes_on_with_a_sound_context_after_its_transaction_timed_out(pair: Db) -> None:
    for moment in range(30):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(moment / 20_000), transaction() as db:
                await rows(db, "SELECT pg_sleep(1)")

        assert connection() is pair
        assert await value(connection(), "SELECT 1") == 1

    assert await all_idle(pair)


async def test_a_commit_under_way_is_finished_before_the_cancellation_is_raised(pair: Db, database_url: str) -> None:
    await rows(
        pair,
        """
        CREATE FUNCTION test_waits() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
        """,
    )
    await rows(
        pair,
        """
        CREATE CONSTRAINT TRIGGER commit_waits AFTER INSERT ON test_note DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION test_waits()
        """,
    )

    async def write() -> None:
        async with transaction() as db:
            await rows(db, "SET LOCAL statement_timeout = 0")
            await rows(db, "SET LOCAL lock_timeout = 0")
            await rows(db, "INSERT INTO test_note DEFAULT VALUES")

    async with held_up(database_url):
        task = asyncio.create_task(write())
        await queued(pair)
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert await notes(pair) == 1


@asynccontextmanager
async def held_up(database_url: str) -> AsyncIterator[None]:
    """While the block runs nobody else gets the lock for which a commit waits."""
    holder = await asyncpg.connect(database_url)
    try:
        await holder.execute("SELECT pg_advisory_lock(1)")
        yield
    finally:
        await holder.close()


async def test_connections_that_died_are_replaced(pair: Db, database_url: str) -> None:
    admin = await asyncpg.connect(database_url)
    kill = """
        SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND datname = current_database()
    """
    await asyncio.gather(*(value(pair, "SELECT pg_sleep(0.01)") for _ in range(2)))

    await admin.execute(kill)
    await asyncio.sleep(0.05)
    async with transaction() as db:
        assert await value(db, "SELECT 1") == 1

    with pytest.raises(LOST):
        async with transaction() as db:
            await admin.execute(kill)
            await rows(db, "SELECT 1")
    await admin.close()
    assert connection() is pair
    assert await all_idle(pair)


async def test_a_connection_that_dies_before_its_transaction_begins_says_so(
    pair: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire = pool.acquire

    async def acquired_and_lost(connections: asyncpg.Pool, seats: asyncio.Semaphore) -> PoolConnectionProxy:
        got = await acquire(connections, seats)
        got.terminate()
        return got

    with monkeypatch.context() as patch, pytest.raises(asyncpg.InterfaceError) as raised:
        patch.setattr(pool, "acquire", acquired_and_lost)
        async with transaction():
            pass

    assert passes_by_itself(raised.value)
    async with transaction() as db:
        await rows(db, "INSERT INTO test_note DEFAULT VALUES")
    assert await notes(connection()) == 1
    assert await all_idle(pair)


async def test_a_dry_pool_refuses_in_time_and_recovers(pair: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = asyncio.Event()

    async def hold(held: asyncio.Event) -> None:
        async with transaction():
            held.set()
            await let_go.wait()

    both = [asyncio.Event(), asyncio.Event()]
    holders = [asyncio.create_task(hold(held)) for held in both]
    for held in both:
        await held.wait()

    with monkeypatch.context() as patch, pytest.raises(DatabaseBusy):
        patch.setattr(pool, "ACQUIRE_SECONDS", 0.1)
        await value(pair, "SELECT 1")
    let_go.set()
    await asyncio.gather(*holders)
    assert await all_idle(pair)


async def test_every_connection_has_its_time_limits(pair: Db) -> None:
    limits = dict(await rows(pair, "SELECT name, setting FROM pg_settings"))

    assert limits["statement_timeout"] == "1500"
    assert limits["lock_timeout"] == "4000"
    assert limits["idle_in_transaction_session_timeout"] == "15000"
    assert limits["TimeZone"] == "UTC"
    assert limits["application_name"] == "mipoints"
    with pytest.raises(asyncpg.QueryCanceledError):
        await rows(pair, "SELECT pg_sleep(5)")


async def test_json_comes_and_goes_as_values_in_raw_rows_and_in_the_orm(pair: Db) -> None:
    bodies: list[object] = [{"points": 50, "on": "2026-01-01"}, [1, "two", None], 7, True, None]
    for body in bodies:
        written = await Note.create(body=body)
        assert (await Note.get(id=written.id)).body == body
        assert await value(pair, "SELECT body FROM test_note WHERE id = $1", written.id) == body

    quoted = await value(pair, "INSERT INTO test_note (body) VALUES ('\"12\"') RETURNING id")
    assert (await Note.get(id=quoted)).body == "12"
    stored = await value(pair, "SELECT $1::jsonb", {"points": 50})
    assert stored == {"points": 50}
    assert await Note.filter(body__contains={"points": 50}).count() == 1


async def test_without_a_statement_cache_it_works_as_well(cluster: EmbeddedPostgres, database_url: str) -> None:
    await open_database(database_url, pool_size=1, statement_cache_size=0)
    try:
        async with transaction() as db:
            assert await value(db, "SELECT $1::int", 3) == 3
        assert await value(connection(), "SELECT name FROM pg_prepared_statements") is None
    finally:
        await close_database()


@pytest.mark.parametrize("limit_ms", [5_000, 0])
async def test_a_pooler_that_drops_the_settings_of_sessions_is_refused_with_what_to_do(
    database_url: str, limit_ms: int
) -> None:
    async def drop(connected: asyncpg.Connection) -> None:
        await connected.execute("SET lock_timeout = 0")

    with pytest.raises(DatabaseUnusable) as refusal:
        await open_database(database_url, statement_timeout_ms=limit_ms, on_connect=drop)

    advice = "connect_query='SET statement_timeout = ''5000''; SET lock_timeout = ''4000''; "
    assert (advice if limit_ms else "set MIPOINTS_DIRECT_DATABASE_URL") in str(refusal.value)
