"""Is a watch woken by every change of its member and by nobody else's, whatever is lost on the way?"""

import asyncio
import gc
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager, AsyncExitStack
from datetime import timedelta

import pytest

from app import changes
from app.changes import Announcer, Listener, Watch
from app.database import Db, value
from app.worker import sweep
from tests.ledger.makers import START, bought, clock_at, enrolled, launched, logged_in
from tests.telling import NEVER, at_rest, cut_off, eventually, is_awake, listeners, watched, woken

Counted = Callable[[], AbstractContextManager[list[str]]]
NOWHERE = "postgresql://127.0.0.1:1/nowhere"
VERSION = "SELECT version FROM account WHERE member_id = $1"


@pytest.fixture
async def programme(db: Db) -> Db:
    """A database of its own with the programme loaded."""
    await launched()
    return db


@pytest.fixture
def no_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener looks once and never again."""
    monkeypatch.setattr(changes, "POLL_SECONDS", NEVER)


@pytest.mark.usefixtures("no_polling")
async def test_an_announcement_wakes_who_watches_the_member(programme: Db, database_url: str) -> None:
    person = await enrolled()

    async with Announcer(), Listener(database_url) as listener, listener.watch(person.id) as watch:
        await eventually(lambda: listeners(programme))
        await at_rest(watch)
        await logged_in(person)
        await woken(watch)


async def test_a_change_that_nobody_announced_is_found_by_polling(programme: Db, database_url: str) -> None:
    person = await enrolled()

    async with Listener(database_url) as listener, listener.watch(person.id) as watch:
        await eventually(lambda: listeners(programme))
        await at_rest(watch)
        await logged_in(person)
        await woken(watch)
        await at_rest(watch)
        await logged_in(person)  # without points: the account stays as it is
        await woken(watch)


async def test_what_the_clock_alone_changes_is_found_by_polling(programme: Db, database_url: str) -> None:
    person = await enrolled()
    await bought(person, 29)

    async with Listener(database_url) as listener, listener.watch(person.id) as watch:
        await at_rest(watch)
        await clock_at(START + timedelta(days=20))
        await woken(watch)
        await woken(watch)  # again and again, until somebody settles it
        assert await sweep() == 1
        await at_rest(watch)


@pytest.mark.usefixtures("no_polling")
async def test_where_the_connection_was_lost_another_one_listens(programme: Db, database_url: str) -> None:
    person = await enrolled()

    async with Announcer(), Listener(database_url) as listener, listener.watch(person.id) as watch:
        await eventually(lambda: listeners(programme))
        lost = await listeners(programme)
        await cut_off(programme)
        await eventually(lambda: another_than(programme, lost))
        await at_rest(watch)
        await logged_in(person)
        await woken(watch)


async def another_than(db: Db, lost: list[int]) -> bool:
    return bool(set(await listeners(db)) - set(lost))


async def test_what_changed_while_nobody_listened_is_found_by_polling(
    programme: Db, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "FIRST_BACK_OFF_SECONDS", NEVER)
    person = await enrolled()

    async with Announcer(), Listener(database_url) as listener, listener.watch(person.id) as watch:
        await eventually(lambda: listeners(programme))
        await at_rest(watch)
        await cut_off(programme)
        await logged_in(person)
        await woken(watch)
        assert await listeners(programme) == []


async def test_where_nobody_can_listen_polling_finds_the_change(
    programme: Db, caplog: pytest.LogCaptureFixture
) -> None:
    person = await enrolled()

    async with Announcer(), Listener(NOWHERE) as listener, listener.watch(person.id) as watch:
        await at_rest(watch)
        await logged_in(person)
        await woken(watch)

    assert "changes are not heard of, only polled for" in caplog.text


async def test_polling_goes_on_after_a_failure(
    programme: Db, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    person = await enrolled()

    async def logged() -> bool:
        return "changes cannot be polled for" in caplog.text

    async with Listener(NOWHERE) as listener, listener.watch(person.id) as watch:
        await at_rest(watch)
        with monkeypatch.context() as broken:
            broken.setattr(changes, "_STATES", "SELECT 1 / 0")
            await eventually(logged)
        await logged_in(person)
        await woken(watch)


async def test_who_is_woken_reads_what_was_committed(programme: Db, database_url: str) -> None:
    person = await enrolled()
    seen: list[int] = []

    async def read(watch: Watch) -> None:
        while not seen or seen[-1] < 21:
            await woken(watch)
            seen.append(await value(programme, VERSION, person.id))

    async with Announcer(), Listener(database_url) as listener, listener.watch(person.id) as watch:
        reading = asyncio.create_task(read(watch))
        for _ in range(20):
            await bought(person, 1)
        await reading

    assert seen == sorted(seen)


async def test_another_members_change_wakes_nobody_else(programme: Db, database_url: str) -> None:
    mine, theirs = await enrolled(), await enrolled()

    async with (
        Announcer(),
        Listener(database_url) as listener,
        listener.watch(mine.id) as watch,
        listener.watch(theirs.id) as other,
    ):
        await eventually(lambda: listeners(programme))
        await at_rest(watch, other)
        await logged_in(theirs)
        await woken(other)
        await at_rest(other)

        assert not is_awake(watch)


async def test_all_who_watch_a_member_are_woken_and_many_changes_are_one(programme: Db, database_url: str) -> None:
    person = await enrolled()

    async with (
        Announcer(),
        Listener(database_url) as listener,
        listener.watch(person.id) as first,
        listener.watch(person.id) as second,
    ):
        await at_rest(first, second)
        for _ in range(5):
            await bought(person, 1)
        for watch in (first, second):
            await woken(watch)
            assert not is_awake(watch)


async def test_one_statement_looks_after_all_who_are_watched(programme: Db, counted: Counted) -> None:
    listener = Listener(NOWHERE)
    async with AsyncExitStack() as stack:
        watches = [await stack.enter_async_context(listener.watch((await enrolled()).id)) for _ in range(5)]
        await at_rest(*watches)

        with counted() as statements:
            await listener._look()

        assert len(statements) == 1
        assert all(map(is_awake, watches))


async def test_nobody_watched_costs_nothing(
    programme: Db, database_url: str, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "POLL_SECONDS", 0.01)
    person = await enrolled()

    async with Listener(database_url) as listener:
        await asyncio.sleep(0.1)
        connections = await listeners(programme)
        async with listener.watch(person.id) as watch:
            await at_rest(watch)
        await asyncio.sleep(0.1)
        with counted() as statements:
            await asyncio.sleep(0.1)

    assert connections == []
    assert statements == []


async def test_a_thousand_watches_leave_nothing_behind(programme: Db, database_url: str) -> None:
    people = [await enrolled() for _ in range(5)]
    tasks = asyncio.all_tasks()
    left: list[weakref.ref[Watch]] = []
    gc.disable()  # what is gone without it is held by nothing, not even in a circle
    try:
        async with Listener(database_url) as listener:
            for number in range(1_000):
                async with listener.watch(people[number % 5].id) as watch:
                    left.append(weakref.ref(watch))
                    await watch.changed()
                    await asyncio.sleep(0)
            del watch
            await eventually(lambda: listeners(programme))

            assert watched(listener) == [] == list(listener._seen)
            assert [each for each in left if each() is not None] == []
            assert len(await listeners(programme)) == 1
    finally:
        gc.enable()

    async def nobody_listens() -> bool:
        return await listeners(programme) == []

    await eventually(nobody_listens)
    assert asyncio.all_tasks() == tasks
