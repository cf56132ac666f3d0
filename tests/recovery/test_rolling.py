"""Does a running gateway go on while a migration is applied beside it, and do two versions serve at once?"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app import schema
from app.database import DatabaseUnusable
from app.schema import migrate
from tests.client import STAFF, Client, client_of
from tests.recovery import next_migration
from tests.recovery.customers import WAIT_S, customers_of
from tests.served import Served, serving

TOMORROW = "mipoints_of_tomorrow"
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'mipoints migrate' AND wait_event_type = 'Lock' AND datname = current_database()
"""


@pytest.fixture
def tomorrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The migrations of the next version: ours, and one more."""
    package = tmp_path / TOMORROW
    package.mkdir()
    (package / "__init__.py").write_text("from app import migrations\n\n__path__ += migrations.__path__\n")
    shutil.copy(next_migration.__file__, package / "tomorrow.py")
    monkeypatch.syspath_prepend(tmp_path)
    return TOMORROW


@pytest.fixture
async def old(roomy: Path, database_url: str) -> AsyncIterator[Served]:
    """A gateway of today's version, on a fresh database."""
    async with serving(roomy, "--empty", database_url=database_url) as served:
        yield served


@pytest.fixture
async def client(old: Served, database_url: str) -> AsyncIterator[Client]:
    async with client_of(old, database_url) as speaking:
        yield speaking


@contextlib.asynccontextmanager
async def somebody_reads(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A long transaction that has looked at the accounts and goes on."""
    reader = await asyncpg.connect(database_url)
    try:
        await reader.execute("BEGIN; SELECT count(*) FROM account")
        yield reader
    finally:
        await reader.close()


async def migrated(database_url: str, migrations: str) -> list[str]:
    """`migrate` as a process of its own runs it: beside the customers, who are not to wait for its computing."""
    return await asyncio.to_thread(lambda: asyncio.run(migrate(database_url, migrations=migrations)))


async def until_it_waits(client: Client) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await client.database.fetchval(WAITING):
            await asyncio.sleep(0.005)


async def only_the_schema_is_another(client: Client) -> bool:
    """Does the auditor, which knows its own version's schema, have nothing else to say?"""
    check = (await client.read(STAFF, "{ ledgerCheck { problems } }"))["ledgerCheck"]
    return all(problem.startswith("schema is not as it was published: ") for problem in check["problems"])


async def test_the_old_version_goes_on_during_a_migration_and_the_new_one_takes_over_beside_it(
    client: Client, old: Served, database_url: str, roomy: Path, tomorrow: str
) -> None:
    async with customers_of(client) as customers:
        assert await customers.go_on(), customers.trouble

        assert await migrated(database_url, tomorrow) == ["tomorrow"]

        assert await customers.go_on(), customers.trouble
        async with serving(roomy, "--empty", database_url=database_url) as new, client_of(new, database_url) as beside:
            customers.gateways.append(beside)
            assert await customers.go_on(), customers.trouble
            customers.gateways.remove(client)
            assert await customers.go_on(), customers.trouble
            assert await old.stop() == 0
            assert await customers.go_on(), customers.trouble
            customers.enough.set()
            assert await only_the_schema_is_another(beside)
    assert customers.trouble == []
    orders = await client.database.fetch("SELECT order_id FROM shop_order WHERE order_id = ANY ($1)", customers.bought)
    assert sorted(found["order_id"] for found in orders) == sorted(customers.bought)
    assert await client.database.fetchval("SELECT count(*) FROM account WHERE said = 'nothing'") == 4


async def test_a_migration_that_waits_for_a_long_transaction_holds_nobody_up(
    client: Client, database_url: str, tomorrow: str
) -> None:
    async with customers_of(client) as customers, asyncio.TaskGroup() as working:
        async with somebody_reads(database_url):
            migrating = working.create_task(migrated(database_url, tomorrow))
            await until_it_waits(client)

            assert await customers.go_on(), customers.trouble
            assert not migrating.done()

        assert await migrating == ["tomorrow"]
        assert await customers.go_on(), customers.trouble


async def test_a_migration_that_waited_without_a_limit_would_be_seen_to_hold_everybody_up(
    client: Client, database_url: str, tomorrow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_MS", 0)

    async with customers_of(client) as customers, asyncio.TaskGroup() as working:
        async with somebody_reads(database_url):
            migrating = working.create_task(migrated(database_url, tomorrow))
            await until_it_waits(client)

            assert not await customers.go_on(1_000_000)

        await migrating
    assert customers.trouble


async def test_a_migration_gives_up_with_a_sentence_and_leaves_nothing(
    database_url: str, tomorrow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_MS", 20)
    monkeypatch.setattr(schema, "LOCK_TRIES", 2)
    monkeypatch.setattr(schema, "BETWEEN_TRIES_S", 0.01)

    async with somebody_reads(database_url) as reader:
        with pytest.raises(DatabaseUnusable, match=r"End the long transaction that `pg_stat_activity` shows"):
            await migrate(database_url, migrations=tomorrow)

        assert not await reader.fetchval("SELECT count(*) FROM tortoise_migrations WHERE name = 'tomorrow'")
    assert await migrate(database_url, migrations=tomorrow) == ["tomorrow"]
