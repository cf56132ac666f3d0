"""What does leaving take with it, and what does coming back find? PROGRAMME 2."""

import asyncio
from datetime import timedelta

import pytest

from app.activities.login import record_login
from app.coupons.redeem import redeem
from app.database import Db, rows, value
from app.ledger.account import Balances
from app.members.close import close_account
from app.requests.outcome import Refusal
from tests.ledger.makers import (
    CODES,
    START,
    Person,
    balances,
    bought,
    call,
    clawed_back,
    clock_at,
    done,
    enrolled,
    lot_of,
    offered,
    redeemed,
    statement,
    tapped,
)
from tests.staff.makers import (
    account_of,
    activity_of,
    adjusted,
    agrees,
    enrols,
    fresh_name,
    holds,
    joined,
    left,
    suspended,
)


async def test_available_and_pending_points_are_given_up(db: Db) -> None:
    person = await enrolled()
    pending = await bought(person, 40)

    await left(person)

    assert await balances(person) == Balances()
    assert await account_of(person) == "CLOSED"
    assert (await statement(person))[-2:] == [("FORFEIT", 40), ("FORFEIT", 50)]
    assert (await activity_of(pending))["status"] == "WITHDRAWN"
    assert await agrees()


async def test_pending_points_that_were_given_up_never_post(db: Db) -> None:
    person = await enrolled()
    await bought(person, 40)
    await left(person)
    lines = await statement(person)

    await clock_at(START + timedelta(days=400))

    assert await balances(person) == Balances()
    assert await statement(person) == lines
    assert await agrees()


@pytest.mark.parametrize("confirmed", [0, 89, 91])
async def test_another_number_than_what_is_lost_closes_nothing(db: Db, confirmed: int) -> None:
    person = await enrolled()
    await bought(person, 40)

    outcome = await close_account(call(), person.name, confirmed)

    [refusal] = outcome.errors
    assert (refusal.code, refusal.path) == ("FORFEIT_MISMATCH", ("forfeitPoints",))
    assert refusal.facts == {"points": 90, "value_minor": 90, "currency": "EUR"}
    assert await account_of(person) == "ACTIVE"
    assert await balances(person) == Balances(available=50, pending=40)


async def test_a_debt_is_written_off(db: Db) -> None:
    person = await enrolled()
    award = await lot_of(await bought(person, 100, delivered=True))
    await redeemed(person, 150)
    await clawed_back(person, award, 100)
    await bought(person, 7)
    assert await balances(person) == Balances(pending=7, debt=100)

    await left(person)

    assert await balances(person) == Balances()
    assert (await statement(person))[-2:] == [("FORFEIT", 7), ("FORFEIT", 100)]
    assert await agrees()


async def test_what_is_held_for_a_checkout_is_let_go_and_given_up(db: Db) -> None:
    person = await enrolled()
    reservation = await holds(person, 30)

    done(await close_account(call(), person.name, 50))

    assert await balances(person) == Balances()
    assert (await statement(person))[-2:] == [("RELEASE", 30), ("FORFEIT", 50)]
    assert await value(db, "SELECT status FROM reservation WHERE id = $1", reservation) == "RELEASED"
    assert await agrees()


async def test_held_points_past_their_end_are_lost_all_the_same(db: Db) -> None:
    person = await enrolled()
    await clock_at(START + timedelta(days=365))
    await adjusted(person, 7)
    await holds(person, 50, minutes=60 * 24 * 3)
    await clock_at(START + timedelta(days=367))

    done(await close_account(call(), person.name, 57))

    assert (await statement(person))[-3:] == [("RELEASE", 50), ("EXPIRE", 50), ("FORFEIT", 7)]
    assert await agrees()


async def test_unused_coupons_end_with_the_account_and_used_or_expired_ones_stay_what_they_are(db: Db) -> None:
    person = await enrolled()
    old = await redeemed(person, 10)
    await clock_at(START + timedelta(days=200))
    new = await redeemed(person, 10)

    await left(person)

    coupons = await rows(db, "SELECT id, status FROM coupon WHERE member_id = $1 ORDER BY id", person.id)
    assert [tuple(coupon) for coupon in coupons] == [(old.coupon_id, "ISSUED"), (new.coupon_id, "CANCELLED")]
    assert await agrees()


async def test_who_has_nothing_leaves_with_no_line(db: Db) -> None:
    person = await enrolled()
    await redeemed(person, 50)
    lines = await statement(person)

    await left(person)

    assert await statement(person) == lines
    assert await agrees()


async def test_who_has_left_does_nothing_more(db: Db) -> None:
    person = await enrolled()
    await left(person)

    refusals = [
        await close_account(call(), person.name, 0),
        await record_login(call(), person.name, "a phone"),
        await redeem(call(), person.name, await offered(5), None, CODES),
    ]

    assert [error.code for outcome in refusals for error in outcome.errors if error.code != "INSUFFICIENT_POINTS"] == [
        "ACCOUNT_CLOSED"
    ] * 3


async def test_leaving_and_spending_at_the_same_instant_never_lose_what_was_not_confirmed(db: Db) -> None:
    person = await enrolled()
    offer = await offered(10)

    spending = [redeem(call(), person.name, offer, None, CODES) for _ in range(3)]
    *spent, closing = await asyncio.gather(*spending, close_account(call(), person.name, 50))

    codes = {error.code for outcome in (*spent, closing) for error in outcome.errors}
    if closing.errors:
        assert codes == {"FORFEIT_MISMATCH"}
        assert await balances(person) == Balances(available=20)
    else:
        assert codes <= {"ACCOUNT_CLOSED", "INSUFFICIENT_POINTS"}
        assert await balances(person) == Balances()
    assert await agrees()


async def test_a_suspended_member_may_leave(db: Db) -> None:
    person = await enrolled()
    await suspended(person)

    await left(person)

    assert await account_of(person) == "CLOSED"


async def test_what_was_given_up_is_not_taken_back_as_well(db: Db) -> None:
    person = await enrolled()
    posted = await lot_of(await bought(person, 100, delivered=True))
    pending = await lot_of(await bought(person, 40))
    await redeemed(person, 60)
    await left(person)

    taken = [(await clawed_back(person, lot, points)).points for lot, points in ((posted, 100), (pending, 40))]

    assert taken == [10, 0]
    assert await balances(person) == Balances(debt=10)
    assert await agrees()


async def test_coming_back_reopens_the_account_and_gives_no_second_50_and_30(db: Db) -> None:
    person = await joined(fresh_name())
    done(await record_login(call(), person.name, "a phone"))
    await left(person)

    again = done(await enrols(person.name))
    login = done(await record_login(call(), person.name, "a phone"))
    await tapped(person)

    assert again.member_id == person.id
    assert await account_of(person) == "ACTIVE"
    for outcome in (again, login):
        shown = await activity_of(outcome)
        assert (shown["points"], shown["status"], shown["reason"]) == (0, "NONE", "LIMIT_REACHED")
    assert await balances(person) == Balances(available=10)
    assert await agrees()


async def test_one_may_leave_and_come_back_any_number_of_times(db: Db) -> None:
    person = await joined(fresh_name())
    for _ in range(3):
        await adjusted(person, 5)
        await left(person)
        done(await enrols(person.name))

    assert await balances(person) == Balances()
    assert await account_of(person) == "ACTIVE"
    assert await agrees()


async def test_coming_back_does_not_end_a_suspension(db: Db) -> None:
    person = await joined(fresh_name())
    await suspended(person)
    await left(person)

    again = done(await enrols(person.name))

    assert await account_of(person) == "SUSPENDED"
    assert (await activity_of(again))["reason"] == "ACCOUNT_SUSPENDED"


async def test_one_comes_back_to_the_market_that_one_left(db: Db) -> None:
    person = await joined(fresh_name())
    await left(person)

    refused = await enrols(person.name, "FR")

    assert refused.errors == (Refusal("INVALID_INPUT", {"problem": "OTHER_MARKET"}, ("market",)),)
    assert await account_of(person) == "CLOSED"


async def test_who_has_not_left_cannot_come_back(db: Db) -> None:
    person = await joined(fresh_name())

    assert [error.code for error in (await enrols(person.name)).errors] == ["ALREADY_ENROLLED"]


async def test_coming_back_takes_nobody_elses_person_key(db: Db) -> None:
    key = fresh_name()
    person = await joined(fresh_name())
    await joined(fresh_name(), person_key=key)
    await left(person)

    refused = await enrols(person.name, person_key=key)

    assert [error.code for error in refused.errors] == ["PERSON_ALREADY_ENROLLED"]


async def test_nobody_leaves_who_never_came(db: Db) -> None:
    assert [error.code for error in (await close_account(call(), Person(0, "nobody").name, 0)).errors] == [
        "NOT_ENROLLED"
    ]
