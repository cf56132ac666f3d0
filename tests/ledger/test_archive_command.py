"""Does `mipoints archive` say what it did and will not do, and may it be killed anywhere?"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.database import Db, rows, transaction
from app.ledger.archive import archive, latest
from app.ledger.check import check_ledger
from tests.ledger.archiving import answers, seam
from tests.ledger.makers import START, Person, bought, clock_at, enrolled, present, waiting
from tests.served import MIPOINTS

PATIENCE_S = 120
LATER = START + timedelta(days=500)
# Whoever holds one of these lets a batch come as far as the statement that writes to that table.
TABLES = ("archived_move", "entry")


@contextlib.asynccontextmanager
async def archiving(url: str, *flags: str) -> AsyncIterator[Process]:
    clean = {name: given for name, given in os.environ.items() if not name.startswith(("MIPOINTS_", "DATABASE_"))}
    process = await asyncio.create_subprocess_exec(
        MIPOINTS, "archive", *flags, env=clean | {"DATABASE_URL": url}, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def said(url: str, *flags: str) -> tuple[int | None, str]:
    async with archiving(url, *flags) as process, asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
        return process.returncode, (out + err).decode()


async def old_member() -> Person:
    """A member with three lines that are old."""
    person = await enrolled()
    await bought(person, 20, delivered=True)
    await clock_at(LATER)
    return person


@pytest.mark.parametrize("table", TABLES)
async def test_killed_in_the_middle_it_has_changed_nothing_and_the_next_one_does_it(
    db: Db, shared_url: str, table: str
) -> None:
    person = await old_member()
    at = await present()
    before = await answers(person, at)

    async with archiving(shared_url) as process, asyncio.timeout(PATIENCE_S), transaction() as locking:
        await rows(locking, f"LOCK TABLE ONLY {table} IN SHARE MODE")
        while not await waiting(db):
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await answers(person, at) == before
    untouched = await seam(db, person)
    await archive(latest(at))

    assert True not in untouched
    assert await seam(db, person) == [True] * (len(untouched) - 1) + [False]
    assert await answers(person, at) == before


async def test_the_last_thirteen_months_are_refused_with_the_latest_day(db: Db, shared_url: str) -> None:
    await clock_at(LATER)

    refused = await said(shared_url, "--before", "2027-01-01")

    assert refused == (1, "Error: The lines of the last 13 months stay: the latest day is 2026-06-14.\n")


async def test_it_says_how_many_lines_older_than_the_day_it_archived(db: Db, shared_url: str) -> None:
    person = await old_member()

    told = [await said(shared_url, *flags) for flags in (("--before", START.date().isoformat()), ())]

    assert told[0] == (0, "Archived 0 lines from before 2026-03-01.\n")
    assert told[1] == (0, "Archived 2 lines from before 2026-06-14.\n")
    assert await seam(db, person) == [True, True, False]


async def test_after_all_that_these_tests_did_the_ledger_agrees(db: Db) -> None:
    assert (await check_ledger()).problems == ()
