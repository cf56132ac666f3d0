"""Does holding an account wait, read what the wait was for, and bring the account up to the clock?"""

import asyncio
from datetime import timedelta

import pytest

from app.clock import now
from app.database import Db, rows, transaction, value
from app.ledger.account import Balances
from app.ledger.hold import hold, hold_own, settle_member, take
from tests.ledger.makers import (
    START,
    Person,
    balances,
    bought,
    clock_at,
    enrolled,
    entries,
    lot_of,
    lots,
    notices,
    queued,
    redeemed,
    statement,
    utc,
)


async def test_who_waits_for_an_account_reads_the_balance_that_the_holder_left(db: Db) -> None:
    person = await enrolled()
    holding, released = asyncio.Event(), asyncio.Event()
    offer = "UPDATE account SET status = 'SUSPENDED' WHERE member_id = $1"

    async def holder() -> None:
        async with transaction() as first:
            await hold(first, person.id)
            await rows(first, offer, person.id)
            holding.set()
            await released.wait()

    async def waiter() -> tuple[str, Balances]:
        async with transaction() as second:
            held = await hold_own(second, person.name)
            assert held is not None
            return held.account.status, held.account.balances

    async with asyncio.TaskGroup() as group:
        group.create_task(holder())
        await holding.wait()
        waited = group.create_task(waiter())
        await queued(db)
        released.set()

    assert waited.result() == ("SUSPENDED", Balances(available=50))


async def test_redemptions_at_once_of_one_member_queue_and_each_sees_the_one_before(db: Db) -> None:
    person = await enrolled()
    await bought(person, 150, delivered=True)

    await asyncio.gather(*(redeemed(person, 40) for _ in range(5)))

    assert await balances(person) == Balances()
    assert [line["available_after"] for line in await entries(person)][-5:] == [160, 120, 80, 40, 0]


async def test_a_writers_instant_is_not_older_than_its_lock(db: Db) -> None:
    person = await enrolled()
    holding, released = asyncio.Event(), asyncio.Event()

    async def holder() -> None:
        async with transaction() as first:
            await hold(first, person.id)
            holding.set()
            await released.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(holder())
        await holding.wait()
        waited = group.create_task(redeemed(person, 10))
        await queued(db)
        let_go = await now(db)
        released.set()

    assert waited.result().errors == ()
    assert (await entries(person))[-1]["at"] > let_go


async def test_an_instant_is_never_before_the_accounts_last_line(db: Db) -> None:
    person = await enrolled()
    last = (await entries(person))[-1]["at"]
    await clock_at(START - timedelta(hours=1))

    async with transaction() as writing:
        held = await hold(writing, person.id)

    assert held.at == last


async def test_who_has_no_account_is_not_held(db: Db) -> None:
    with pytest.raises(LookupError):
        await settle_member(4711)
    async with transaction() as writing:
        assert await hold_own(writing, "nobody") is None


async def spendable(person: Person, points: int) -> list[int]:
    """How much of each lot, in the order of their making, `take` would choose."""
    async with transaction() as db:
        await hold(db, person.id)
        chosen = dict(await take(db, person.id, points))
    return [chosen.get(lot["id"], 0) for lot in await lots(person)]


async def test_the_points_that_end_soonest_are_taken_first(db: Db) -> None:
    person = await enrolled()
    await bought(person, 20, START - timedelta(days=5), delivered=True)
    await bought(person, 7, START - timedelta(days=9), delivered=True)

    assert await spendable(person, 7) == [0, 0, 7]
    assert await spendable(person, 28) == [1, 20, 7]


async def test_of_points_that_end_together_those_posted_first_are_taken_then_the_older_lot(db: Db) -> None:
    person = await enrolled()
    first, second, third = [await bought(person, 10, delivered=True) for _ in range(3)]
    posted = "UPDATE lot SET posted_at = $2 FROM award WHERE award_id = award.id AND activity_id = $1"

    await rows(db, posted, third.activity_id, START - timedelta(minutes=1))
    for one_of_two in (first, second):
        await rows(db, posted, one_of_two.activity_id, START)

    assert await spendable(person, 15) == [0, 5, 0, 10]
    assert await spendable(person, 25) == [0, 10, 5, 10]


async def test_many_small_lots_pay_together(db: Db) -> None:
    person = await enrolled()
    outcome = await bought(person, 1, delivered=True)
    await rows(
        db,
        """
        WITH award AS (
          INSERT INTO award (member_id, activity_id, rule, points, revision_id, explanation, facts)
          SELECT member_id, activity_id, rule, points, revision_id, explanation, facts
          FROM award, generate_series(1, 249) WHERE activity_id = $1 RETURNING id)
        INSERT INTO lot (member_id, award_id, amount, remaining, reserved, consumed, expired, withdrawn, reclaimed,
                         awaits_approval, posting_date, posts_at, posted_at, last_usable_day, expires_at)
        SELECT member_id, award.id, 1, 1, 0, 0, 0, 0, 0, awaits_approval, posting_date, posts_at, posted_at,
               last_usable_day, expires_at FROM lot, award WHERE lot.id = $2
        """,
        outcome.activity_id,
        await lot_of(outcome),
    )

    assert sum(await spendable(person, 290)) == 290
    with pytest.raises(LookupError, match="lack 1 points"):
        await spendable(person, 301)


async def test_a_held_account_is_settled_to_its_instant(db: Db) -> None:
    person = await enrolled()
    await bought(person, 29)

    await clock_at(utc("2026-03-17T22:59:59"))
    assert await balances(person) == Balances(pending=29, available=50)
    await clock_at(utc("2026-03-17T23:00:00"))

    assert await balances(person) == Balances(available=79)
    assert (await entries(person))[-1]["at"] == utc("2026-03-17T23:00:00")
    (told,) = await notices(person, "POSTED")
    assert (told["points"], told["at"]) == (29, utc("2026-03-17T23:00:00"))


async def test_what_is_recorded_too_late_posts_and_ends_as_it_is_recorded(db: Db) -> None:
    person = await enrolled()

    outcome = await bought(person, 29, START - timedelta(days=400))

    assert (await statement(person))[1:] == [("EARN", 29), ("POST", 29), ("EXPIRE", 29)]
    assert await value(db, "SELECT status FROM activity WHERE id = $1", outcome.activity_id) == "EXPIRED"


async def test_each_notice_of_an_end_is_written_once_whoever_settles(db: Db) -> None:
    person = await enrolled()

    for days in (330, 336, 337, 340, 358, 359, 365):
        await clock_at(START + timedelta(days=days))
        await asyncio.gather(*(settle_member(person.id) for _ in range(3)))

    told = await notices(person, "EXPIRING")
    assert [(notice["points"], notice["facts"]["last_usable_on"]) for notice in told] == [(50, "2027-03-01")] * 2
    assert [notice["at"] for notice in told] == [utc("2027-01-30T23:00:00"), utc("2027-02-22T23:00:00")]


async def test_after_a_long_absence_every_line_stands_at_its_instant_however_many_there_are(db: Db) -> None:
    person = await enrolled()
    many = 1_100
    outcome = await bought(person, many)
    await split(db, await lot_of(outcome), many)
    await clock_at(START + timedelta(days=40))

    await settle_member(person.id)

    each = await lots(person)
    written = [(line["kind"], line["at"]) for line in await entries(person)]
    assert sorted(at for kind, at in written if kind == "POST") == sorted(lot["posts_at"] for lot in each[1:])
    assert sorted(at for kind, at in written if kind == "EXPIRE") == sorted(lot["expires_at"] for lot in each[1:])


async def split(db: Db, lot_id: int, many: int) -> None:
    """Make of a pending lot so many of one point each, a minute apart and usable for ten hours."""
    award = "SELECT award.* FROM award JOIN lot ON award_id = award.id WHERE lot.id = $1"
    await rows(
        db,
        f"""
        WITH more AS (
          INSERT INTO award (member_id, activity_id, rule, points, revision_id, explanation, facts)
          SELECT member_id, activity_id, rule, 1, revision_id, explanation, facts
          FROM ({award}) award, generate_series(2, $2) RETURNING id)
        INSERT INTO lot (member_id, award_id, amount, remaining, reserved, consumed, expired, withdrawn, reclaimed,
                         awaits_approval, posting_date, posts_at, last_usable_day, expires_at)
        SELECT member_id, more.id, 1, 1, 0, 0, 0, 0, 0, awaits_approval, posting_date,
               posts_at + row_number() OVER (ORDER BY more.id) * interval '1 minute', last_usable_day, expires_at
        FROM lot, more WHERE lot.id = $1
        """,
        lot_id,
        many,
    )
    await rows(
        db,
        """
        UPDATE lot SET amount = 1, remaining = 1, notify_at = NULL, expires_at = posts_at + interval '10 hours'
        WHERE posted_at IS NULL AND member_id = (SELECT member_id FROM lot WHERE id = $1)
        """,
        lot_id,
    )
