"""Is everybody told which members a process has touched, after the commit, and without costing it?"""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from app import changes
from app.changes import Announcer
from app.commits import note_member
from app.database import Db, close_database, open_database, transaction, value
from tests.ledger.makers import START, bought, clock_at, enrolled, launched, tapped
from tests.served import MIPOINTS
from tests.telling import LONG, NEVER, eventually, heard, ids_of

Counted = Callable[[], AbstractContextManager[list[str]]]
Payloads = asyncio.Queue[str]


@pytest.fixture
async def programme(db: Db) -> Db:
    """A database of its own with the programme loaded."""
    await launched()
    return db


@pytest.fixture
async def payloads(programme: Db, database_url: str) -> AsyncIterator[Payloads]:
    """What any process announces."""
    async with heard(database_url) as heard_here:
        yield heard_here


async def commit(member_id: int) -> None:
    async with transaction() as db:
        note_member(member_id)
        await value(db, "SELECT 1")


async def test_no_announcement_is_sent_inside_a_transaction(database_url: str) -> None:
    sent: list[tuple[int, str]] = []

    async def note(connected: asyncpg.Connection) -> None:
        connected.add_query_logger(lambda one: sent.append((id(connected), one.query)))

    await open_database(database_url, on_connect=note)
    try:
        await launched()
        async with Announcer():
            people = [await enrolled() for _ in range(5)]
            await asyncio.gather(*(tapped(person) for person in people), *(bought(person, 9) for person in people))
    finally:
        await close_database()

    assert sum("pg_notify" in query for _, query in sent) >= 2
    inside: set[int] = set()
    for connected, query in sent:
        if query == "BEGIN;":
            inside.add(connected)
        if query in ("COMMIT;", "ROLLBACK;"):
            inside.remove(connected)
        assert "pg_notify" not in query or connected not in inside


async def test_a_burst_of_commits_makes_one_announcement_a_pause(
    programme: Db, payloads: Payloads, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PAUSE_SECONDS", 0.5)
    begun = time.monotonic()
    with counted() as statements:
        async with Announcer():
            for member_id in range(1, 201):
                await commit(member_id)
        pauses = (time.monotonic() - begun) / changes.PAUSE_SECONDS

    assert statements.count("COMMIT;") == 200
    assert 1 <= sum("pg_notify" in query for query in statements) <= pauses + 2
    assert sorted(await ids_of(payloads, 200)) == list(range(1, 201))


async def test_many_members_are_announced_in_one_statement_of_short_payloads(
    programme: Db, payloads: Payloads, counted: Counted
) -> None:
    members = range(2**63 - 1_000, 2**63)

    with counted() as statements:
        await changes.notify(members)

    assert len(statements) == 1
    assert sorted(await ids_of(payloads, 1_000)) == list(members)


async def test_the_end_of_an_announcer_sends_what_is_still_to_be_told(
    programme: Db, payloads: Payloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PAUSE_SECONDS", NEVER)

    async with Announcer():
        await commit(1)
        assert await ids_of(payloads, 1) == [1]
        await commit(2)

    assert await ids_of(payloads, 1) == [2]


async def test_without_an_announcer_nothing_is_sent_and_nothing_kept(programme: Db, counted: Counted) -> None:
    async with Announcer() as announcer:
        await commit(1)

    with counted() as statements:
        await commit(2)

    assert statements == ["BEGIN;", "SELECT 1", "COMMIT;"]
    assert announcer._touched == set()


async def test_an_announcement_that_fails_is_logged_and_the_next_one_is_sent(
    programme: Db, payloads: Payloads, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def logged() -> bool:
        return "1 changed members were not announced" in caplog.text

    async with Announcer():
        with monkeypatch.context() as broken:
            broken.setattr(changes, "_NOTIFY", "SELECT 1 / 0 FROM unnest($1::text[])")
            await commit(1)
            await eventually(logged)
        await commit(2)

        assert await ids_of(payloads, 1) == [2]


async def test_an_announcement_that_hangs_is_given_up_and_the_next_one_is_sent(
    programme: Db, payloads: Payloads, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(changes, "SEND_SECONDS", 0.1)

    async def logged() -> bool:
        return "1 changed members were not announced" in caplog.text

    async with Announcer():
        with monkeypatch.context() as broken:
            broken.setattr(changes, "_NOTIFY", "SELECT pg_sleep(60) FROM unnest($1::text[])")
            await commit(1)
            await eventually(logged)
            assert isinstance((caplog.records[-1].exc_info or (None, None))[1], TimeoutError)
        monkeypatch.setattr(changes, "SEND_SECONDS", LONG)
        await commit(2)

        assert await ids_of(payloads, 1) == [2]


async def test_what_an_announcer_keeps_is_bounded(programme: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST_TOUCHED", 10)
    monkeypatch.setattr(changes, "PAUSE_SECONDS", NEVER)

    async with Announcer() as announcer:
        for member_id in range(50):
            await commit(member_id)

        assert len(announcer._touched) <= 10


async def test_a_worker_in_another_process_announces_whom_it_settles(
    programme: Db, payloads: Payloads, database_url: str, roomy: Path
) -> None:
    person = await enrolled()
    await bought(person, 29)
    await clock_at(START + timedelta(days=20))
    environment = {**os.environ, "DATABASE_URL": database_url}
    worker = await asyncio.to_thread(
        lambda: subprocess.Popen([MIPOINTS, "worker", "--data", roomy / "announcing"], env=environment)
    )
    try:
        assert await ids_of(payloads, 1) == [person.id]
    finally:
        worker.terminate()
        await asyncio.to_thread(worker.wait, LONG)
