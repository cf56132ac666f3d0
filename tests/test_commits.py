"""Is what a transaction did told after its commit, all of it, and never without one?"""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from app.commits import Committed, note_member, note_points, on_commit
from app.database import Db, rows, transaction, value
from app.requests.once import once
from app.requests.outcome import Outcome, refused
from tests.ledger.makers import bought, call, enrolled, launched, logged_in, redeemed

# A commit that takes a fifth of a second.
SLOW_COMMIT = """
CREATE TABLE slow (id int);
CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION slow_down();
"""


@pytest.fixture
def told() -> Iterator[list[Committed]]:
    """What this process is told of commits."""
    commits: list[Committed] = []
    end = on_commit(commits.append)
    yield commits
    end()


def of(*members: int, **points: int) -> Committed:
    return Committed(frozenset(members), points)


async def test_members_points_and_the_catalogue_are_told_once_they_are_committed(db: Db, told: list[Committed]) -> None:
    await launched()
    person = await enrolled()
    await bought(person, 29, delivered=True)
    await redeemed(person, 60)
    await logged_in(person)
    await logged_in(person)

    assert told == [
        Committed(frozenset(), {}, catalogue=True),
        of(person.id, EARN=50),
        of(person.id, EARN=29),
        of(person.id, POST=29),
        of(person.id, REDEEM=60),
        of(person.id, EARN=30),
        of(person.id),
    ]


async def test_nothing_is_told_before_the_outermost_transaction_has_committed(db: Db, told: list[Committed]) -> None:
    seen: list[int] = []
    await rows(db, "CREATE TABLE mark (id int)")

    async with transaction() as outer:
        async with transaction() as inner:
            note_member(1)
            await rows(inner, "INSERT INTO mark VALUES (1)")
        note_member(2)
        note_points("EARN", 5)
        await rows(outer, "INSERT INTO mark VALUES (2)")
        seen.append(len(told))

    assert seen == [0]
    assert told == [of(1, 2, EARN=5)]


async def test_nothing_is_told_of_what_was_rolled_back(db: Db, told: list[Committed]) -> None:
    async def refusing(within: Db, request_id: int) -> Outcome:
        note_member(1)
        note_points("EARN", 5)
        return refused("NOT_FOUND")

    with pytest.raises(ZeroDivisionError):
        async with transaction():
            note_member(1)
            raise ZeroDivisionError
    await once(call(), refusing)

    assert told == []


async def test_nothing_is_told_of_a_commit_that_the_database_refuses(db: Db, told: list[Committed]) -> None:
    await launched()
    person = await enrolled()
    told.clear()

    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction() as within:
            note_member(person.id)
            await rows(within, "UPDATE account SET version = version + 1 WHERE member_id = $1", person.id)

    assert told == []


async def test_a_savepoint_that_is_rolled_back_takes_its_notes_with_it(db: Db, told: list[Committed]) -> None:
    async with transaction():
        note_member(1)
        with pytest.raises(ZeroDivisionError):
            async with transaction():
                note_member(2)
                async with transaction():
                    note_member(3)
                    note_points("EARN", 5)
                raise ZeroDivisionError
        async with transaction():
            note_member(4)
            note_points("EARN", 7)

    assert told == [of(1, 4, EARN=7)]


async def test_a_commit_is_told_though_its_caller_was_cancelled_meanwhile(db: Db, told: list[Committed]) -> None:
    async with db.acquire_connection() as connected:
        await connected.execute(SLOW_COMMIT)

    async def write() -> None:
        async with transaction() as within:
            note_member(1)
            await rows(within, "INSERT INTO slow VALUES (1)")

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.1)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing

    assert await value(db, "SELECT count(*) FROM slow") == 1
    assert told == [of(1)]


async def test_transactions_at_the_same_time_each_tell_their_own(db: Db, told: list[Committed]) -> None:
    async def write(member_id: int) -> None:
        async with transaction() as within:
            note_member(member_id)
            await value(within, "SELECT pg_sleep(0.01)")
            note_points("EARN", member_id)

    await asyncio.gather(*(write(member_id) for member_id in (1, 2, 3)))

    assert sorted(told, key=lambda commit: min(commit.members)) == [of(1, EARN=1), of(2, EARN=2), of(3, EARN=3)]


async def test_nothing_is_noted_outside_a_transaction_and_nothing_told_of_one_that_noted_nothing(
    db: Db, told: list[Committed]
) -> None:
    note_member(1)
    note_points("EARN", 5)
    async with transaction() as within:
        await value(within, "SELECT 1")

    assert told == []


async def test_who_listens_no_more_is_told_no_more(db: Db) -> None:
    commits: list[Committed] = []
    end = on_commit(commits.append)
    end()

    async with transaction():
        note_member(1)

    assert commits == []
