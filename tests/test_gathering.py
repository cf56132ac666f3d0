"""Do reads that go together stay apart: each asker gets their own answer, their own failure, and nothing older?"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import Any

import asyncpg
import pytest

from app import gathering, pool
from app.database import Db, ask, close_database, connection, open_database, rows, transaction, value
from app.pool import DatabaseBusy
from app.reads import Read, Rows
from tests.conftest import note_statements
from tests.gathered import CUT_OFF, DOUBLE, KINDS, NOTE, SHARE, SLEEP, SLEEPING, SQUARE, SUM, UP_TO
from tests.telling import LONG, eventually

Counted = Callable[[], AbstractContextManager[list[str]]]


async def noted(db: Db) -> None:
    await rows(db, "CREATE TABLE note (id bigint, value bigint)")
    await rows(db, "INSERT INTO note VALUES (1, 1)")


async def nobody_sleeps(db: Db) -> None:
    async def holds() -> bool:
        return bool(await value(db, SLEEPING) == 0)

    await eventually(holds)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "PATIENCE_S", 0.001)


@pytest.fixture
async def endless(database_url: str) -> AsyncIterator[Db]:
    """A database whose statements have no time limit: what ends one is its cancellation."""
    await open_database(database_url, statement_timeout_ms=0)
    try:
        yield connection()
    finally:
        await close_database()


async def ask_at_random(chance: random.Random, times: int) -> None:
    """One request's asks, in waves as a document's levels make them, with what must come out."""
    for _ in range(times):
        numbers = [chance.randrange(1, 40) for _ in range(chance.randrange(1, 6))]
        asked = [(chance.choice(KINDS), number) for number in numbers]
        answers = await asyncio.gather(
            *(ask(read, number) for (read, _), number in asked), *(ask(SUM, (number, times)) for number in numbers)
        )
        expected = [right(number) for (_, right), number in asked]
        assert list(answers) == [*expected, *(number + times for number in numbers)]


@pytest.mark.parametrize("shapes", [40, 0])
async def test_two_hundred_askers_at_one_time_get_each_their_own(
    db: Db, counted: Counted, monkeypatch: pytest.MonkeyPatch, shapes: int
) -> None:
    monkeypatch.setattr(gathering, "MOST_SHAPES", shapes)
    with counted() as statements:
        await asyncio.gather(*(ask_at_random(random.Random(seed), 10) for seed in range(200)))

    assert len(statements) < 200 * 10 / 5


async def test_without_kept_statements_the_answers_are_the_same(database_url: str) -> None:
    await open_database(database_url, statement_cache_size=0)
    try:
        await asyncio.gather(*(ask_at_random(random.Random(seed), 3) for seed in range(20)))
    finally:
        await close_database()


async def test_what_is_asked_at_one_time_is_one_statement(db: Db, counted: Counted) -> None:
    with counted() as statements:
        answers = await asyncio.gather(ask(DOUBLE, 4), ask(SQUARE, 3), ask(DOUBLE, 1), ask(UP_TO, 2), ask(UP_TO, 0))

    assert list(answers) == [[8], [9], [2], [1, 2], []]
    assert len(statements) == 1


async def test_the_order_of_asking_makes_no_other_statement(db: Db, counted: Counted) -> None:
    with counted() as statements:
        await asyncio.gather(ask(DOUBLE, 4), ask(SQUARE, 3))
        await asyncio.gather(ask(SQUARE, 3), ask(DOUBLE, 4))

    assert len(statements) == 2
    assert len(set(statements)) == 1


async def test_a_statement_holds_a_bounded_number_of_asks(
    db: Db, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_ASKS", 10)
    monkeypatch.setattr(gathering, "ENOUGH_ASKS", 10)

    with counted() as statements:
        answers = await asyncio.gather(*(ask(DOUBLE, number) for number in range(95)))

    assert answers == [[2 * number] for number in range(95)]
    assert len(statements) == 10


async def test_where_none_is_under_way_enough_asks_go_ahead_of_the_rest(db: Db, counted: Counted) -> None:
    for asks, sent in ((gathering.ENOUGH_ASKS, 1), (3 * gathering.ENOUGH_ASKS, 2)):
        with counted() as statements:
            answers = await asyncio.gather(*(ask(DOUBLE, number) for number in range(asks)))
        assert (answers, len(statements)) == ([[2 * number] for number in range(asks)], sent)


async def test_two_who_ask_the_same_share_nothing(db: Db) -> None:
    one, other = await asyncio.gather(ask(UP_TO, 3), ask(UP_TO, 3))
    one.append(4)

    assert other == [1, 2, 3]


async def test_what_nobody_can_change_is_made_once_for_all_who_ask(db: Db) -> None:
    made: list[int] = []

    def note(key: int, found: Rows) -> tuple[int, ...]:
        made.append(key)
        return tuple(line[1] for line in found)

    fixed: Read[int, tuple[int, ...]] = Read(UP_TO.sql, UP_TO.columns, note, fixed=True)

    one, other, another = await asyncio.gather(ask(fixed, 2), ask(fixed, 2), ask(fixed, 1))

    assert (one, other, another) == ((1, 2), (1, 2), (1,))
    assert sorted(made) == [1, 2]


async def test_what_fails_for_one_fails_for_no_other(db: Db) -> None:
    bad: list[Any] = ["text", 2**70]

    answers = await asyncio.gather(
        *(ask(SHARE, key) for key in (1, 0, 2, 0)),
        *(ask(DOUBLE, key) for key in (5, *bad)),
        return_exceptions=True,
    )

    assert (answers[0], answers[2], answers[4]) == ([60], [30], [10])
    assert [type(answers[place]) for place in (1, 3)] == [asyncpg.DivisionByZeroError] * 2
    assert [type(answers[place]) for place in (5, 6)] == [asyncpg.DataError] * 2


async def test_rows_that_cannot_be_understood_fail_for_who_asked_alone(db: Db) -> None:
    odd: Read[int, int] = Read(DOUBLE.sql, DOUBLE.columns, lambda key, found: found[key][1])

    answers = await asyncio.gather(ask(odd, 0), ask(odd, 7), ask(DOUBLE, 7), return_exceptions=True)

    assert list(answers[::2]) == [0, [14]]
    assert isinstance(answers[1], IndexError)


async def test_a_read_sees_whatever_was_committed_before_it_was_asked_for(db: Db, impatient: None) -> None:
    await noted(db)
    for number in range(2, 40):
        earlier = [ask(SLEEP, 5), ask(NOTE, 1)]
        await rows(db, "UPDATE note SET value = $1", number)

        assert await ask(NOTE, 1) == [number]
        await asyncio.gather(*earlier)


async def test_in_a_transaction_it_reads_what_that_has_written(db: Db) -> None:
    await noted(db)

    async with transaction() as inside:
        await rows(inside, "UPDATE note SET value = 5")
        assert await ask(NOTE, 1) == [5]
        assert list(await asyncio.gather(ask(NOTE, 1), ask(DOUBLE, 1))) == [[5], [2]]
        assert await asyncio.create_task(value(inside, "SELECT value FROM note")) == 5

    assert await ask(NOTE, 1) == [5]


async def test_one_who_goes_away_disturbs_nobody(db: Db) -> None:
    staying, going = asyncio.ensure_future(ask(SLEEP, 500)), asyncio.ensure_future(ask(SLEEP, 501))

    async def they_run() -> bool:
        return bool(await value(db, SLEEPING) == 1)

    await eventually(they_run)
    going.cancel()

    assert await staying == [500]
    assert going.cancelled()


async def test_when_all_have_gone_away_their_statement_is_cancelled(endless: Db) -> None:
    askers = [asyncio.create_task(wait_for(ask(SLEEP, 60_000 + number))) for number in range(3)]

    async def it_runs() -> bool:
        return bool(await value(endless, SLEEPING) == 1)

    await eventually(it_runs)
    for asker in askers[:2]:
        asker.cancel()
    assert await it_runs()
    askers[2].cancel()

    await nobody_sleeps(endless)
    assert await ask(DOUBLE, 1) == [2]


async def wait_for(asked: asyncio.Future[list[int]]) -> list[int]:
    return await asked


async def test_who_has_gone_before_it_was_sent_is_not_read_for(db: Db, counted: Counted) -> None:
    with counted() as statements:
        ask(DOUBLE, 1).cancel()
        await asyncio.sleep(0.05)

    assert statements == []


async def test_slow_statements_hold_others_up_for_a_moment_only(endless: Db) -> None:
    slow = []
    for number in range(gathering.MOST_UNDER_WAY):
        slow.append(ask(SLEEP, 60_000 + number))
        await asyncio.sleep(0.01)

    async with asyncio.timeout(LONG):
        assert await ask(DOUBLE, 1) == [2]
    assert not any(one.done() for one in slow)
    for one in slow:
        one.cancel()
    await nobody_sleeps(endless)


async def test_a_lost_connection_reaches_everybody_who_waits_on_it(db: Db) -> None:
    waiting = [asyncio.ensure_future(ask(SLEEP, 30_000)), asyncio.ensure_future(ask(SLEEP, 30_001))]

    async def ended() -> bool:
        await value(db, CUT_OFF)
        return all(one.done() for one in waiting)

    await eventually(ended)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(answer, pool.LOST) for answer in answers), answers
    assert await ask(DOUBLE, 1) == [2]


async def test_where_no_connection_comes_free_everybody_is_told(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 0.2)
    await open_database(database_url, pool_size=1, on_connect=note_statements)
    try:
        async with connection().acquire_connection():
            answers = await asyncio.gather(ask(DOUBLE, 1), ask(SQUARE, 1), return_exceptions=True)
        assert [type(answer) for answer in answers] == [DatabaseBusy, DatabaseBusy]
        assert await ask(DOUBLE, 1) == [2]
    finally:
        await close_database()


async def test_the_end_of_the_database_is_the_end_of_what_waits(database_url: str) -> None:
    await open_database(database_url)
    under_way = asyncio.ensure_future(ask(SLEEP, 60_000))
    await asyncio.sleep(0.05)
    waiting = asyncio.ensure_future(ask(DOUBLE, 1))

    async with asyncio.timeout(LONG):
        await close_database()
        answers = await asyncio.gather(under_way, waiting, return_exceptions=True)

    assert [type(answer) for answer in answers] == [asyncpg.InterfaceError] * 2
