"""Does a standby answer reports, never with less than was acknowledged, and nothing else?"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app import replica
from app.database import Db, close_database, connection, open_database, rows, transaction, value
from app.ledger.liability import liability
from app.replica import snapshot
from app.schema import migrate
from tests.client import SHOP, STAFF, client_of
from tests.clusters import Replicated, asked, replicated
from tests.journeys.makers import ADULT, TERMS, bought
from tests.ledger.makers import START, enrolled, launched, present
from tests.served import serving


@pytest.fixture(scope="module")
async def pair(roomy: Path) -> AsyncIterator[Replicated]:
    """A primary with the programme loaded, and its standby."""
    folder = roomy / "reports"
    folder.mkdir(mode=0o711)
    async with replicated(folder) as both:
        await migrate(both.primary.url())
        await open_database(both.primary.url())
        try:
            await launched()
        finally:
            await close_database()
        yield both


@pytest.fixture
async def db(pair: Replicated) -> AsyncIterator[Db]:
    """The primary, opened with its standby to read from."""
    await open_database(pair.primary.url(), replica_url=pair.standby.url())
    try:
        yield connection()
    finally:
        await close_database()


@contextlib.asynccontextmanager
async def lagging(pair: Replicated) -> AsyncIterator[None]:
    """The standby replays nothing meanwhile."""
    await asked(pair.standby, "SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        await asked(pair.standby, "SELECT pg_wal_replay_resume()")


async def on_the_replica(db: Db) -> bool:
    """Where is this read?"""
    return bool(await value(db, "SELECT pg_is_in_recovery()"))


async def granted_by_now() -> int:
    """The points that all members of the Spanish market were granted, as a report says."""
    flows = await liability(START, await present())
    return flows["ES"].granted if "ES" in flows else 0


async def finds_what_was_acknowledged(times: int) -> None:
    """A report after each of so many enrolments counts them all."""
    for _ in range(times):
        before = await granted_by_now()
        await enrolled()
        assert await granted_by_now() == before + 50


async def test_a_report_is_read_from_the_replica(db: Db) -> None:
    assert await snapshot(on_the_replica)


async def test_a_report_counts_all_that_was_acknowledged_before(db: Db) -> None:
    await finds_what_was_acknowledged(10)


async def test_a_report_of_a_replica_that_lags_is_read_from_the_primary(db: Db, pair: Replicated) -> None:
    async with lagging(pair):
        await finds_what_was_acknowledged(1)

        assert not await snapshot(on_the_replica)


async def test_a_report_that_did_not_wait_for_the_replica_would_be_found(
    db: Db, pair: Replicated, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once() -> bool:
        return True

    monkeypatch.setattr(replica, "_has_caught_up", at_once)
    await pair.wait_until_caught_up()

    async with lagging(pair):
        with pytest.raises(AssertionError):
            await finds_what_was_acknowledged(1)


async def test_what_fails_on_the_replica_is_read_from_the_primary(
    db: Db, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "_warned_at", -replica.QUIET_S)

    async def cut_off(db: Db) -> bool:
        if await on_the_replica(db):
            await rows(db, "SELECT pg_terminate_backend(pg_backend_pid())")
        return await on_the_replica(db)

    assert not await snapshot(cut_off)
    assert not await snapshot(cut_off)

    told = [record.message for record in caplog.records if record.name == "app.replica"]
    assert len(told) == 1
    assert "the primary answers a report" in told[0]


async def test_our_own_fault_is_not_tried_again(db: Db) -> None:
    seen: list[bool] = []

    async def wrong(db: Db) -> None:
        seen.append(await on_the_replica(db))
        await rows(db, "SELECT nothing_of_the_kind")

    with pytest.raises(asyncpg.UndefinedColumnError):
        await snapshot(wrong)
    assert seen == [True]


async def test_no_report_writes(db: Db) -> None:
    async def write(db: Db) -> None:
        await rows(db, "CREATE TABLE written ()")

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await snapshot(write)


async def test_a_write_never_reads_there(db: Db) -> None:
    async with transaction():
        with pytest.raises(RuntimeError, match="never inside a write"):
            await snapshot(on_the_replica)


async def test_a_server_that_is_no_standby_of_this_database_is_passed_over(pair: Replicated, database_url: str) -> None:
    for other in (pair.primary.url(), database_url):
        await open_database(pair.primary.url(), replica_url=other)
        try:
            assert not await snapshot(on_the_replica)
        finally:
            await close_database()


async def test_members_and_the_shop_never_ask_the_replica(pair: Replicated, roomy: Path) -> None:
    variables = {"MIPOINTS_REPLICA_URL": pair.standby.url()}
    async with (
        serving(roomy, "--empty", database_url=pair.primary.url(), variables=variables) as served,
        client_of(served, pair.primary.url()) as client,
    ):
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mipoints'"
        person = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": "mi-reader"}
        await client.done(SHOP, "enrolMember", **person)
        await bought(client, "mi-reader", "9.00")
        await client.me("mi-reader", "balance { available pending } statement(first: 5) { edges { node { points } } }")
        members = await asked(pair.standby, sessions)

        report = await client.read(STAFF, "{ auditLog(first: 1) { edges { node { action } } } }")

        assert "auditLog" in report
        assert members == 0
        assert await asked(pair.standby, sessions) == 1


async def test_reports_go_on_without_the_replica(db: Db, pair: Replicated) -> None:
    """The last test of this module: the standby takes writes, and then is gone."""
    assert await snapshot(on_the_replica)

    await pair.promote()
    assert not await snapshot(on_the_replica)
    await finds_what_was_acknowledged(1)

    await asyncio.to_thread(pair.standby.stop)
    await finds_what_was_acknowledged(1)
