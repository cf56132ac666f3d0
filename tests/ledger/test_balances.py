"""Is a balance of the past what it was, and one of the future what it becomes when the clock gets there?"""

from dataclasses import astuple
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import Db, value
from app.ledger.account import AccountState, Balances
from app.ledger.balances import (
    ExpiryStep,
    PastBalance,
    live_lots,
    past_balances,
    past_schedules,
    project,
    schedule_of,
)
from app.ledger.check import check_ledger
from app.ledger.hold import settle_member
from tests.ledger.lots import account_of, day, pending_lot, posted_lot
from tests.ledger.makers import (
    START,
    Person,
    balances,
    bought,
    clawed_back,
    clock_at,
    enrolled,
    lot_of,
    present,
    redeemed,
    reserved,
    reviewed,
    tapped,
    utc,
)

Steps = list[tuple[str, int]]
histories = st.lists(
    st.tuples(
        st.sampled_from(["buy", "late", "deliver", "tap", "review", "spend", "back", "reserve"]), st.integers(1, 90)
    ),
    min_size=1,
    max_size=6,
)
quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


async def lived(person: Person, steps: Steps) -> datetime:
    """Does each thing some days after the one before it; the instant of the last."""
    at = START
    for number, (what, size) in enumerate(steps):
        at += timedelta(days=size % 9)
        await clock_at(max(at, (await present()) if number else at))
        available = (await balances(person)).available
        if what in ("buy", "deliver"):
            await bought(person, size, delivered=what == "deliver")
        elif what == "late":
            await bought(person, size, at - timedelta(days=4 * size))
        elif what == "tap":
            await tapped(person)
        elif what == "review":
            await reviewed(person, f"SKU-{size}")
        elif what == "back":
            await clawed_back(person, await lot_of(await bought(person, size, delivered=True)), size)
        elif what == "spend" and available:
            await redeemed(person, min(size, available))
        elif what == "reserve" and available:
            await reserved(person, min(size, available))
    return at


async def test_before_the_first_line_there_was_nothing(db: Db) -> None:
    person = await enrolled()

    (nothing,) = await past_balances([(person.id, START - timedelta(days=1))])

    assert nothing == PastBalance(Balances(), 0)
    assert await past_schedules([(person.id, 0)]) == [[]]


@quick
@given(histories)
async def test_a_past_balance_is_what_it_was(db: Db, steps: Steps) -> None:
    await clock_at(START)
    person, other = await enrolled(), await enrolled()
    was: list[tuple[datetime, AccountState, list[ExpiryStep]]] = []

    for number in range(len(steps) + 1):
        if number:
            await clock_at(START + timedelta(days=20 * number))
            await lived_one(person, steps[number - 1])
        account = await settle_member(person.id)
        was.append((await present(), account, await schedule_of(person.id)))

    found = await past_balances([(person.id, at) for at, _, _ in was] + [(other.id, START + timedelta(days=999))])
    assert [(one.balances, one.version) for one in found[:-1]] == [(one.balances, one.version) for _, one, _ in was]
    assert found[-1].balances == Balances(available=50)
    assert await past_schedules([(person.id, one.version) for _, one, _ in was]) == [schedule for _, _, schedule in was]


async def lived_one(person: Person, step: tuple[str, int]) -> None:
    what, size = step
    available = (await balances(person)).available
    if what == "back":
        await clawed_back(person, await lot_of(await bought(person, size, delivered=True)), size)
    elif what == "spend" and available:
        await redeemed(person, min(size, available))
    else:
        await bought(person, size, delivered=what == "deliver")


@quick
@given(histories, st.lists(st.integers(0, 420), min_size=1, max_size=4))
async def test_a_future_balance_is_what_it_becomes_when_nothing_else_happens(
    db: Db, steps: Steps, days: list[int]
) -> None:
    await clock_at(START)
    person = await enrolled()
    last = await lived(person, steps)
    account = await settle_member(person.id)
    lots = (await live_lots([person.id]))[person.id]
    instants = sorted(last.replace(hour=23) + timedelta(days=number) for number in days)
    foreseen = [project(account, lots, at) for at in instants]

    for at, (expected, schedule) in zip(instants, foreseen, strict=True):
        await clock_at(at)

        assert await balances(person) == expected
        assert await schedule_of(person.id) == schedule


async def test_what_expires_when_is_told_soonest_first_and_together_what_ends_together(db: Db) -> None:
    person = await enrolled()
    await tapped(person)
    await bought(person, 29, START - timedelta(days=3), delivered=True)
    await bought(person, 500)

    found = await schedule_of(person.id)

    assert [(step.points, step.last_usable_day.isoformat()) for step in found] == [
        (29, "2027-02-26"),
        (60, "2027-03-01"),
    ]
    assert found[1].expires_at == utc("2027-03-01T23:00:00")


def test_a_look_into_the_future_sees_what_will_post_and_when_that_ends() -> None:
    lots = [pending_lot(1, 20, posts=10, expires=100), posted_lot(2, 5, expires=50), posted_lot(3, 7, expires=100)]

    seen, schedule = project(account_of(lots), lots, day(10))
    later, ending = project(account_of(lots), lots, day(50))

    assert astuple(seen) == (0, 32, 0, 0)
    assert [(step.points, step.expires_at) for step in schedule] == [(5, day(50)), (27, day(100))]
    assert astuple(later) == (0, 27, 0, 0)
    assert [step.points for step in ending] == [27]


def test_a_look_into_the_future_pays_the_debt_from_what_will_post() -> None:
    lots = [pending_lot(1, 20, posts=10, expires=100)]

    seen, schedule = project(account_of(lots, debt=15), lots, day(10))

    assert astuple(seen) == (0, 5, 0, 0)
    assert [step.points for step in schedule] == [5]


async def test_looking_changes_nothing(db: Db) -> None:
    person = await enrolled()
    await bought(person, 29)
    version = "SELECT version FROM account WHERE member_id = $1"
    before = await value(db, version, person.id)
    await clock_at(START + timedelta(days=30))

    await past_balances([(person.id, START)])
    await live_lots([person.id])
    await schedule_of(person.id)

    assert await value(db, version, person.id) == before


async def test_after_all_that_these_tests_did_the_ledger_agrees(db: Db) -> None:
    assert (await check_ledger()).problems == ()
