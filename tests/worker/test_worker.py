"""Does a worker go on by itself, survive failures and its own death, and forget what may be forgotten?"""

import asyncio
import os
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from app.database import Db, rows, value
from app.ledger.check import check_ledger
from app.requests.once import once
from app.requests.outcome import Outcome
from app.requests.parked import park
from app.settings import read_settings
from app.worker import Worker, forget
from tests.ledger.makers import START, call, clock_at, enrolled, statement, tapped
from tests.served import MIPOINTS
from tests.telling import LONG
from tests.worker.makers import WRITTEN, buyers, swept

DUE = "SELECT count(*) FROM account WHERE next_change_at <= programme_now()"
OPEN_ELSEWHERE = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"""


async def test_a_worker_sweeps_by_itself_and_goes_on_after_a_failure(
    db: Db, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.worker.IDLE_SECONDS", 0.01)
    (person,) = await buyers(1)
    await clock_at(START + timedelta(days=20))
    await rows(db, "ALTER TABLE account RENAME TO mislaid")

    async with Worker(read_settings()):
        async with asyncio.timeout(LONG):
            while "a sweep failed" not in caplog.text:
                await asyncio.sleep(0.01)
        await rows(db, "ALTER TABLE mislaid RENAME TO account")
        async with asyncio.timeout(LONG):
            while await value(db, WRITTEN, person.id) != 79:
                await asyncio.sleep(0.01)

    assert await value(db, DUE) == 0


async def test_a_worker_killed_in_the_middle_leaves_nothing_by_halves(db: Db, shared_url: str, roomy: Path) -> None:
    people = await buyers(60, euros=7)
    await clock_at(START + timedelta(days=20))
    posted = "SELECT count(*) FROM entry WHERE kind = 'POST' AND points = 7"

    worker = await started_worker(shared_url, roomy)
    async with asyncio.timeout(3 * LONG):
        while not await value(db, posted):
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    worker.kill()
    worker.wait()

    assert worker.returncode == -signal.SIGKILL
    assert 0 < await value(db, posted) <= 60
    await until_alone(db)
    await swept()
    assert [await statement(person) for person in people] == [[("EARN", 50), ("EARN", 7), ("POST", 7)]] * 60
    assert (await check_ledger()).problems == ()


async def started_worker(url: str, roomy: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DATABASE_URL": url}
    return await asyncio.to_thread(
        lambda: subprocess.Popen([MIPOINTS, "worker", "--data", roomy / "worker"], env=environment)
    )


async def until_alone(db: Db) -> None:
    """Until the database has noticed that the worker is dead, and has undone what it had open."""
    async with asyncio.timeout(LONG):
        while await value(db, OPEN_ELSEWHERE):
            await asyncio.sleep(0.01)


async def answered(key: str, *, parked: bool = False) -> None:
    async def act(db: Db, request_id: int) -> Outcome:
        if parked:
            return await park(db, "order", 1, "confirmDelivery", occurred_at=START, request_id=request_id, facts={})
        return Outcome()

    await once(call(key=key), act)


async def kept(db: Db) -> list[str]:
    return [found["key"] for found in await rows(db, "SELECT key FROM request WHERE key LIKE 'kept-%' ORDER BY key")]


async def test_answers_are_forgotten_after_90_days_and_what_waits_is_not(db: Db) -> None:
    await answered("kept-1")
    await answered("kept-2", parked=True)
    await clock_at(START + timedelta(hours=2))
    await answered("kept-3")

    await clock_at(START + timedelta(days=90, hours=-1))
    await forget()
    assert await kept(db) == ["kept-1", "kept-2", "kept-3"]
    await clock_at(START + timedelta(days=90, hours=1))
    assert await forget() > 0

    assert await kept(db) == ["kept-2", "kept-3"]
    assert await forget() == 0
    await rows(db, "DELETE FROM parked_event")


async def test_a_tap_whose_request_is_forgotten_is_still_the_same_tap(db: Db) -> None:
    person = await enrolled()
    await tapped(person)
    await clock_at(START + timedelta(days=100))
    while await forget():
        pass
    await clock_at(START)

    await tapped(person)

    assert await statement(person) == [("EARN", 50), ("EARN", 10)]
