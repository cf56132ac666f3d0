"""How do staff give points and take them? PROGRAMME 11, a test for each thing it says."""

import asyncio
from datetime import date, timedelta

import pytest

from app.database import Db, one, value
from app.ledger.account import Balances
from app.ledger.balances import schedule_of
from app.requests.once import find
from app.requests.outcome import Outcome
from app.staff.adjust import Wish, adjust_points
from tests.ledger.makers import (
    START,
    Person,
    balances,
    bought,
    call,
    clock_at,
    done,
    enrolled,
    entries,
    lots,
    notices,
    redeemed,
    reserved,
    statement,
)
from tests.staff.makers import (
    LIMIT,
    account_of,
    activity_of,
    adjusted,
    adjusts,
    agrees,
    approves,
    audited,
    left,
    suspended,
)


async def test_points_given_are_a_lot_with_the_revisions_expiry(db: Db) -> None:
    person = await enrolled()

    outcome = await adjusted(person, 200)

    assert await balances(person) == Balances(available=250)
    assert await statement(person) == [("EARN", 50), ("ADJUST", 200)]
    steps = await schedule_of(person.id)
    assert [(step.points, step.last_usable_day) for step in steps] == [(250, date(2027, 3, 1))]
    shown = await activity_of(outcome)
    assert (shown["kind"], shown["status"], shown["points"]) == ("ADJUSTMENT", "POSTED", 200)
    assert await agrees()


async def test_points_given_expire_as_others_do(db: Db) -> None:
    person = await enrolled()
    outcome = await adjusted(person, 200)

    await clock_at(START + timedelta(days=366))

    assert await balances(person) == Balances()
    assert (await activity_of(outcome))["status"] == "EXPIRED"
    assert await agrees()


async def test_points_taken_are_those_that_end_soonest_and_are_shown_as_less(db: Db) -> None:
    person = await enrolled()
    await clock_at(START + timedelta(days=40))
    await bought(person, 100, delivered=True)

    outcome = await adjusted(person, -120)

    assert await balances(person) == Balances(available=30)
    assert [lot["remaining"] for lot in await lots(person)] == [0, 30]
    shown = await activity_of(outcome)
    assert (shown["status"], shown["points"]) == ("POSTED", -120)
    assert await agrees()


async def test_reserved_points_are_never_taken_and_what_is_missing_is_owed(db: Db) -> None:
    person = await enrolled()
    await reserved(person, 20)

    await adjusted(person, -100)

    assert await balances(person) == Balances(reserved=20, debt=70)
    assert (await statement(person))[-2:] == [("ADJUST", 30), ("DEBT", 70)]
    assert await value(db, "SELECT sum(points) FROM notice WHERE member_id = $1", person.id) == -100


async def test_points_given_repay_a_debt_first(db: Db) -> None:
    person = await enrolled()
    await adjusted(person, -80)

    await adjusted(person, 50)

    assert await balances(person) == Balances(available=20)
    assert (await statement(person))[-2:] == [("ADJUST", 50), ("DEBT_REPAID", 30)]
    assert await agrees()


async def test_pending_points_are_not_touched(db: Db) -> None:
    person = await enrolled()
    await bought(person, 40)

    await adjusted(person, -60)

    assert await balances(person) == Balances(pending=40, debt=10)
    await clock_at(START + timedelta(days=17))
    assert await balances(person) == Balances(available=30)
    assert await agrees()


@pytest.mark.parametrize("points", [5, -5, -500])
async def test_the_member_is_told_why_and_the_line_names_who_did_it(db: Db, points: int) -> None:
    person = await enrolled()

    outcome = await adjusted(person, points)

    lines = [line for line in await entries(person) if line["activity_id"] == outcome.activity_id]
    assert {(line["reason"], line["facts"]["note"]) for line in lines} == {("ADJUSTED", "A late delivery")}
    actors = {await value(db, "SELECT actor FROM operation WHERE id = $1", line["operation_id"]) for line in lines}
    assert actors == {"ana"}
    assert (await activity_of(outcome))["reason"] == "ADJUSTED"
    assert [notice["points"] for notice in await notices(person, "ADJUSTED")] == [points]


@pytest.mark.parametrize("points", [LIMIT, -LIMIT])
async def test_up_to_the_limit_one_person_is_enough(db: Db, points: int) -> None:
    outcome = await adjusted(await enrolled(), points)

    assert not outcome.deferred
    assert (await activity_of(outcome))["points"] == points


@pytest.mark.parametrize("points", [LIMIT + 1, -LIMIT - 1])
async def test_beyond_the_limit_nothing_moves_until_another_person_approves(db: Db, points: int) -> None:
    person = await enrolled()
    key = f"beyond/{points}"

    asked = done(await adjusts(person, points, key=key))

    assert asked.deferred
    shown = await activity_of(asked)
    assert (shown["status"], shown["points"], shown["reason"]) == ("NONE", 0, "NEEDS_APPROVAL")
    assert await balances(person) == Balances(available=50)
    parked = await find("tests", key)
    assert parked is not None
    assert parked.state == "PARKED"

    done(await approves(asked))

    assert (await balances(person)).posted == 50 + points
    assert (await activity_of(asked))["points"] == points
    assert (await activity_of(asked))["reason"] == "ADJUSTED"
    completed = await find("tests", key)
    assert completed is not None
    assert (completed.state, completed.outcome.deferred) == ("DONE", False)
    assert await agrees()


async def test_who_asked_cannot_approve(db: Db) -> None:
    person = await enrolled()
    asked = await adjusted(person, LIMIT + 1)

    refused = await approves(asked, by="ana")

    assert [(error.code, error.path) for error in refused.errors] == [("NEEDS_APPROVAL", ("activityId",))]
    assert await balances(person) == Balances(available=50)


async def test_approving_twice_is_approving_once_whoever_does_it(db: Db) -> None:
    person = await enrolled()
    asked = await adjusted(person, LIMIT + 1)

    answers = await asyncio.gather(*(approves(asked, by=who) for who in ("ben", "carla", "ben", "dora")))
    by_who_asked = await approves(asked, by="ana")

    assert {(answer.errors, answer.activity_id) for answer in (*answers, by_who_asked)} == {((), asked.activity_id)}
    assert await balances(person) == Balances(available=50 + LIMIT + 1)
    assert len(await notices(person, "ADJUSTED")) == 1
    assert await agrees()


async def test_what_is_no_adjustment_cannot_be_approved(db: Db) -> None:
    person = await enrolled()
    purchase = await bought(person, 40)

    for activity in (purchase, Outcome(activity_id=4711), Outcome()):
        refused = await approves(activity)
        assert [(error.code, dict(error.facts)) for error in refused.errors] == [("NOT_FOUND", {"what": "ACTIVITY"})]


async def test_nothing_is_approved_for_who_has_left_meanwhile(db: Db) -> None:
    person = await enrolled()
    asked = await adjusted(person, LIMIT + 1)
    await left(person)

    assert [error.code for error in (await approves(asked)).errors] == ["ACCOUNT_CLOSED"]
    assert [error.code for error in (await adjusts(person, 5)).errors] == ["ACCOUNT_CLOSED"]
    assert await balances(person) == Balances()
    assert await agrees()


async def test_staff_may_correct_a_suspended_account(db: Db) -> None:
    person = await enrolled()
    await suspended(person)

    await adjusted(person, -50)

    assert await balances(person) == Balances()
    assert await account_of(person) == "SUSPENDED"


@pytest.mark.parametrize(("points", "note"), [(0, "why"), (10_000_001, "why"), (-10_000_001, "why"), (5, " ")])
async def test_an_adjustment_of_nothing_of_too_much_or_without_a_reason_is_refused(
    db: Db, points: int, note: str
) -> None:
    person = await enrolled()

    outcome = await adjust_points(call(), "ana", Wish(person.name, points, note), limit=LIMIT)

    assert [error.code for error in outcome.errors] == ["INVALID_INPUT"]
    assert await audited(person) == []


async def test_nobody_is_adjusted_who_is_no_member(db: Db) -> None:
    outcome = await adjusts(Person(0, "nobody"), 5)

    assert [(error.code, error.path) for error in outcome.errors] == [("NOT_FOUND", ("miAccountId",))]


async def test_the_audit_log_says_who_asked_and_who_approved(db: Db) -> None:
    person = await enrolled()

    asked = await adjusted(person, LIMIT + 1)
    done(await approves(asked))

    facts = {"points": LIMIT + 1, "activity": asked.activity_id}
    assert await audited(person) == [
        ("ana", "adjustPoints", None, {**facts, "reason": "A late delivery", "applied": False}),
        (
            "ben",
            "approveAdjustment",
            {**facts, "askedBy": "ana", "applied": False},
            {**facts, "askedBy": "ana", "applied": True},
        ),
    ]
    row = await one(db, "SELECT asked_by, approved_by FROM adjustment WHERE activity_id = $1", asked.activity_id)
    assert tuple(row) == ("ana", "ben")


async def test_points_given_are_spent_as_any_others(db: Db) -> None:
    person = await enrolled()
    await adjusted(person, 500)

    await redeemed(person, 520)

    assert await balances(person) == Balances(available=30)
    assert await agrees()
