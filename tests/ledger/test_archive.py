"""Are archived lines read, given back as if they stood where they were?"""

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import Db
from app.ledger.archive import archive, latest
from app.ledger.check import check_ledger
from tests.ledger.archiving import (
    ALL,
    Life,
    Steps,
    archived,
    by_pages,
    nothing_is_told_otherwise,
    seam,
    what_is_left,
)
from tests.ledger.makers import START, Person, bought, clock_at, enrolled, logged_in, redeemed, tapped
from tests.ledger.statements import downloaded, proven, to_whom_everything_happened
from tests.staff.makers import erased

ACTS = (
    *("wait", "buy", "give_back", "call_off", "spend", "undo_spending", "hold", "capture", "let_go"),
    *("review", "unreview", "reinstate", "archive", "archive"),
)
quick = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@quick
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 60)), min_size=4, max_size=14), st.integers(0, 3))
async def test_a_life_with_an_archive_comes_to_what_it_comes_to_without(db: Db, steps: Steps, but: int) -> None:
    people = [await enrolled(), await enrolled()]
    for person in people:
        await clock_at(START)
        await bought(person, 1_200, delivered=True)
        life = Life(person)
        for what, size in steps:
            if what != "archive":
                await life.step(what, size)
            elif person is people[0]:
                await archived(person, but=size % 4)

    await nothing_is_told_otherwise(people[0], but=but)

    assert await what_is_left(people[0]) == await what_is_left(people[1])
    assert True not in await seam(db, people[1])


async def test_what_archived_lines_took_comes_back_to_where_it_was(db: Db) -> None:
    life = Life(await enrolled())
    for what, size in [("buy", 12), ("spend", 40), ("review", 2), ("unreview", 0)]:
        await life.step(what, size)
    await archived(life.person)
    before = len(await by_pages(life.person))

    for what, size in [("undo_spending", 0), ("reinstate", 0), ("give_back", 0), ("call_off", 0)]:
        await life.step(what, size)

    kinds = [one.kind for one in (await by_pages(life.person))[:-before]]
    assert kinds.count("RESTORE") >= 3
    assert "CLAWBACK" in kinds


async def test_a_statement_with_its_proof_goes_over_the_seam_and_continues_an_earlier_one(db: Db) -> None:
    person = await to_whom_everything_happened()
    earlier = proven(await downloaded(person))

    await nothing_is_told_otherwise(person, but=4)
    later = proven(await downloaded(person), then=earlier.version)

    assert True in await seam(db, person)
    assert (later.version, later.hash, later.hash_then) == (earlier.version, earlier.hash, earlier.hash)


async def test_who_is_erased_keeps_archived_lines_and_who_is_archived_can_be_erased(db: Db) -> None:
    person = await enrolled()
    await bought(person, 100, delivered=True)
    await redeemed(person, 20)
    await archived(person)

    await erased(person)
    await nothing_is_told_otherwise(person)

    assert await seam(db, person) == [True] * 4 + [False]


async def test_the_old_lines_go_but_the_last_one_and_the_young_ones_stay(db: Db) -> None:
    asleep, awake = await enrolled(), await enrolled()
    for person in (asleep, awake):
        await logged_in(person)
    await clock_at(START + timedelta(days=100))
    await tapped(awake)

    moved = [await archive(START + timedelta(days=99), lines=3) for _ in range(2)]

    assert moved[0] >= 3
    assert moved[1] == 0
    assert await seam(db, asleep) == [True, False]
    assert await seam(db, awake) == [True, True, False]


async def test_members_are_served_while_two_archive(db: Db) -> None:
    people = [await enrolled() for _ in range(4)]
    for person in people:
        for euros in range(3, 9):
            await bought(person, euros, delivered=True)

    async def lives(person: Person) -> None:
        for points in range(1, 7):
            await redeemed(person, points)
            versions = [one.version for one in await by_pages(person)]
            assert versions == list(range(len(versions), 0, -1))

    async def archives() -> int:
        return sum([await archive(ALL, lines=2) for _ in range(3)])

    async with asyncio.TaskGroup() as group:
        archivers = [group.create_task(archives()) for _ in range(2)]
        for person in people:
            group.create_task(lives(person))

    assert all(one.result() for one in archivers)
    await archive(ALL)
    for person in people:
        assert await seam(db, person) == [True] * 18 + [False]


def test_the_lines_of_thirteen_months_stay() -> None:
    assert latest(datetime(2027, 3, 31, 15, tzinfo=UTC)) == datetime(2026, 2, 28, tzinfo=UTC)


async def test_after_all_that_these_tests_did_the_ledger_agrees(db: Db) -> None:
    assert (await check_ledger()).problems == ()
