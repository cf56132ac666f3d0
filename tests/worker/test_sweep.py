"""Does a sweep write what the clock has changed, once, whoever else sweeps, and nothing by halves?"""

import asyncio
from datetime import timedelta

import pytest

from app.database import Db, rows, transaction, value
from app.ledger.check import check_ledger
from app.worker import sweep
from tests.ledger.makers import START, Person, bought, clock_at, enrolled, entries, logged_in, notices, statement, utc
from tests.worker.makers import WRITTEN, buyers, swept


async def test_a_sweep_settles_those_who_are_due_and_nobody_else(db: Db) -> None:
    due, *_ = await buyers(1)
    later = await enrolled()
    await clock_at(START + timedelta(days=17))
    await bought(later, 5)

    assert await swept() == 1

    assert await value(db, WRITTEN, due.id) == 79
    assert (await entries(due))[-1]["at"] == utc("2026-03-17T23:00:00")
    assert await statement(later) == [("EARN", 50), ("EARN", 5)]
    assert await sweep() == 0


async def test_a_sweep_takes_a_batch_at_a_time_the_longest_due_first(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.worker._BATCH", 2)
    monkeypatch.setattr("app.worker.MOST_HELD_SECONDS", 60)
    people = []
    for days in range(3):
        await clock_at(START + timedelta(days=days))
        people += await buyers(1)
    await clock_at(START + timedelta(days=30))

    first = await sweep()
    left = [person for person in people if await value(db, WRITTEN, person.id) == 50]

    assert first == 2
    assert left == people[2:]
    assert await sweep() == 1
    assert await sweep() == 0


async def test_several_workers_at_once_settle_everybody_once(db: Db) -> None:
    people = await buyers(30)
    await clock_at(START + timedelta(days=20))

    settled = await asyncio.gather(*(swept() for _ in range(4)))

    assert sum(settled) == 30
    for person in people:
        assert await statement(person) == [("EARN", 50), ("EARN", 29), ("POST", 29)]
        assert len(await notices(person, "POSTED")) == 1


async def test_a_sweep_does_not_wait_for_a_member_who_is_being_served(db: Db) -> None:
    served, other = await buyers(2)
    await clock_at(START + timedelta(days=20))
    locked, done = asyncio.Event(), asyncio.Event()

    async def serve() -> None:
        async with transaction() as serving:
            await rows(serving, "UPDATE account SET version = version WHERE member_id = $1", served.id)
            locked.set()
            await done.wait()

    serving = asyncio.create_task(serve())
    await locked.wait()
    async with asyncio.timeout(2):
        assert await swept() == 1
    done.set()
    await serving

    assert await value(db, WRITTEN, other.id) == 79
    assert await swept() == 1
    assert await value(db, WRITTEN, served.id) == 79


async def test_a_batch_ends_when_its_members_have_been_held_long_enough(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.MOST_HELD_SECONDS", 0)
    people = await buyers(4)
    await clock_at(START + timedelta(days=20))
    troubled: set[int] = set()

    assert [await sweep(troubled) for _ in range(5)] == [1, 1, 1, 1, 0]

    assert troubled == set()
    assert [await value(db, WRITTEN, person.id) for person in people] == [79] * 4


async def test_a_sweep_that_is_cancelled_anywhere_leaves_nothing_by_halves(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.MOST_HELD_SECONDS", 60)  # all of them in one batch
    await buyers(20)
    await clock_at(START + timedelta(days=20))
    posted = "SELECT count(*) FROM entry WHERE kind = 'POST' AND at > $1"
    before = await value(db, posted, START)

    for milliseconds in (1, 3, 9, 20, 40, 60):
        task = asyncio.create_task(sweep())
        await asyncio.sleep(milliseconds / 1000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await value(db, posted, START) - before in (0, 20)

    await swept()
    assert await value(db, posted, START) - before == 20
    assert (await check_ledger()).problems == ()


async def test_a_member_is_told_of_an_end_by_the_sweep_at_its_instant(db: Db) -> None:
    person = await enrolled()
    await logged_in(person)

    for days in (340, 341, 360):
        await clock_at(START + timedelta(days=days))
        await swept()

    told = await notices(person, "EXPIRING")
    assert [(notice["points"], notice["at"]) for notice in told] == [
        (80, utc("2027-01-30T23:00:00")),
        (80, utc("2027-02-22T23:00:00")),
    ]


async def test_what_expires_in_a_sweep_is_gone_and_told(db: Db) -> None:
    person = await enrolled()
    await clock_at(utc("2027-03-01T23:00:00"))

    await swept()

    assert await value(db, WRITTEN, person.id) == 0
    (told,) = await notices(person, "EXPIRED")
    assert (told["points"], told["at"]) == (50, utc("2027-03-01T23:00:00"))


async def test_a_closed_or_suspended_member_is_swept_like_any_other(db: Db) -> None:
    people = await buyers(2)
    for person, status in zip(people, ("SUSPENDED", "CLOSED"), strict=True):
        await rows(db, "UPDATE account SET status = $2 WHERE member_id = $1", person.id, status)
    await clock_at(START + timedelta(days=20))

    assert await swept() == 2

    assert [await value(db, WRITTEN, person.id) for person in people] == [79, 79]


async def test_a_member_who_cannot_be_settled_is_named_and_left_and_the_others_do_not_suffer(
    db: Db, caplog: pytest.LogCaptureFixture
) -> None:
    sound, bad, also_sound = await buyers(3)
    await drift(db, bad, pending=0)
    await clock_at(START + timedelta(days=20))

    assert await swept() == 2

    assert [await value(db, WRITTEN, person.id) for person in (sound, bad, also_sound)] == [79, 50, 79]
    assert f"member {bad.id} cannot be settled" in caplog.text
    assert await statement(bad) == [("EARN", 50), ("EARN", 29)]
    await drift(db, bad, pending=29)
    assert await swept() == 1


async def drift(db: Db, person: Person, *, pending: int) -> None:
    await rows(db, "ALTER TABLE account DISABLE TRIGGER account_follows_entries")
    await rows(db, "UPDATE account SET pending = $2 WHERE member_id = $1", person.id, pending)
    await rows(db, "ALTER TABLE account ENABLE TRIGGER account_follows_entries")
