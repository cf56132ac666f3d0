"""What may a suspended member still do? PROGRAMME 2: earn nothing, spend nothing, read everything."""

from app.activities.fuel import tap_fuel
from app.coupons.redeem import redeem
from app.database import Db
from app.ledger.account import Balances
from app.ledger.balances import past_balances
from app.members.suspend import suspend_member
from app.requests.outcome import Refusal
from tests.ledger.makers import (
    CODES,
    Person,
    balances,
    bought,
    call,
    enrolled,
    offered,
    present,
    statement,
    tapped,
)
from tests.staff.makers import account_of, activity_of, agrees, audited, holds, left, suspended


async def test_a_suspended_member_earns_nothing_and_spends_nothing(db: Db) -> None:
    person = await enrolled()
    await suspended(person)

    refusals = [
        await tap_fuel(call(), person.name, None),
        await redeem(call(), person.name, await offered(5), None, CODES),
    ]
    order = await bought(person, 40)

    assert [error.code for outcome in refusals for error in outcome.errors] == ["ACCOUNT_SUSPENDED"] * 2
    shown = await activity_of(order)
    assert (shown["points"], shown["reason"]) == (0, "ACCOUNT_SUSPENDED")
    assert await balances(person) == Balances(available=50)


async def test_the_history_of_a_suspended_member_stays_readable(db: Db) -> None:
    person = await enrolled()
    at = await present()
    await suspended(person)

    assert await statement(person) == [("EARN", 50)]
    assert [past.balances for past in await past_balances([(person.id, at)])] == [Balances(available=50)]


async def test_what_is_held_for_a_checkout_stays_held(db: Db) -> None:
    person = await enrolled()
    await holds(person, 20)

    await suspended(person)

    assert await balances(person) == Balances(available=30, reserved=20)


async def test_the_end_of_a_suspension_lets_a_member_earn_again(db: Db) -> None:
    person = await enrolled()
    await suspended(person)

    await suspended(person, False)
    await tapped(person)

    assert await balances(person) == Balances(available=60)
    assert await agrees()


async def test_each_decision_is_in_the_audit_log_with_what_was_before(db: Db) -> None:
    person = await enrolled()

    await suspended(person)
    await suspended(person, False)

    assert await audited(person) == [
        ("ana", "suspendMember", {"status": "ACTIVE"}, {"status": "SUSPENDED", "reason": "Many accounts"}),
        ("ana", "suspendMember", {"status": "SUSPENDED"}, {"status": "ACTIVE", "reason": "Many accounts"}),
    ]


async def test_who_has_left_is_not_suspended_and_not_brought_back(db: Db) -> None:
    person = await enrolled()
    await left(person)

    for so in (True, False):
        outcome = await suspend_member(call(), "ana", person.name, so, "Many accounts")
        assert [error.code for error in outcome.errors] == ["ACCOUNT_CLOSED"]
    assert await account_of(person) == "CLOSED"


async def test_nobody_is_suspended_who_is_no_member_and_no_reason_is_none(db: Db) -> None:
    person = await enrolled()

    nobody = await suspend_member(call(), "ana", Person(0, "nobody").name, True, "Many accounts")
    no_reason = await suspend_member(call(), "ana", person.name, True, "  ")

    assert nobody.errors == (Refusal("NOT_FOUND", {"what": "MEMBER"}, ("miAccountId",)),)
    assert no_reason.errors == (Refusal("INVALID_INPUT", {"problem": "EMPTY"}, ("reason",)),)
    assert await account_of(person) == "ACTIVE"
