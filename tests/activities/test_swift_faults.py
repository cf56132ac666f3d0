"""Would we see a fault in what is recorded without a lock? Each, put into the running program, is caught."""

import asyncio
from datetime import timedelta

import pytest

from app.activities import fuel
from app.activities.fuel import tap_fuel
from app.database import Db, rows, transaction
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from app.ledger.hold import hold
from app.orders import swift_purchase
from app.orders.purchase import Purchase, record_purchase
from app.requests.outcome import Outcome
from tests.client import fresh
from tests.faults.fault import Checker, Fault, at_once, changed, each_checker_of, each_of, replaced
from tests.ledger.faults import UNTOUCHED, VERSION, stored_elsewhere
from tests.ledger.makers import (
    CODES,
    START,
    Person,
    balances,
    behind_a_holder,
    bought,
    call,
    clawed_back,
    clock_at,
    done,
    enrolled,
    lot_of,
    order_of,
    queued,
    redeemed,
)

pytestmark = pytest.mark.fault

FOUR = 4


async def tap(person: Person) -> Outcome:
    return await tap_fuel(call("tapFuel"), person.name, None)


async def purchase(person: Person, order_id: str) -> Outcome:
    given = Purchase("mi.com", order_id, order_of("9.99"))
    return await record_purchase(call("recordPurchase"), person.name, given, CODES)


async def four_taps_of_a_day_are_one(db: Db) -> None:
    person = await enrolled()

    taps = await behind_a_holder(db, person, *(tap(person) for _ in range(FOUR)))

    assert len({done(one).activity_id for one in taps}) == 1
    assert await balances(person) == Balances(available=60)
    assert (await check_ledger()).problems == ()


async def an_order_belongs_to_one_member(db: Db) -> None:
    person, other, order_id = await enrolled(), await enrolled(), fresh("swift-order")

    first, second = await behind_a_holder(db, person, purchase(person, order_id), purchase(other, order_id))
    again = await asyncio.gather(*(purchase(person, order_id) for _ in range(FOUR)))

    assert {done(one).activity_id for one in again} == {done(first).activity_id}
    assert [error.code for error in second.errors] == ["INVALID_INPUT"]
    assert await balances(other) == Balances(available=50)
    assert (await check_ledger()).problems == ()


async def four_orders_at_once_are_all_counted(db: Db) -> None:
    person = await enrolled()

    orders = await behind_a_holder(db, person, *(purchase(person, fresh("swift-order")) for _ in range(FOUR)))

    assert len({done(one).activity_id for one in orders}) == FOUR
    assert await balances(person) == Balances(available=50, pending=9 * FOUR)
    assert (await check_ledger()).problems == ()


async def who_was_suspended_meanwhile_earns_nothing(db: Db) -> None:
    person = await enrolled()
    held, let_go = asyncio.Event(), asyncio.Event()

    async def suspending() -> None:
        async with transaction() as writing:
            await hold(writing, person.id)
            await rows(writing, "UPDATE account SET status = 'SUSPENDED' WHERE member_id = $1", person.id)
            held.set()
            await let_go.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(suspending())
        await held.wait()
        tapped, ordered = group.create_task(tap(person)), group.create_task(purchase(person, fresh("swift-order")))
        await queued(db, 2)
        let_go.set()

    assert [error.code for error in tapped.result().errors] == ["ACCOUNT_SUSPENDED"]
    assert done(ordered.result()).activity_id is not None
    assert await balances(person) == Balances(available=50)


async def what_was_done_is_done_once_a_key(db: Db) -> None:
    for days in range(3):  # a try that loses its race takes the lock, which stores every key
        await clock_at(START + timedelta(days=2 * days))
        person, other = await enrolled(), await enrolled()
        order, given = call("recordPurchase"), Purchase("mi.com", fresh("swift-order"), order_of("9.99"))
        key = call("tapFuel")

        first = [await tap_fuel(key, person.name, None), await record_purchase(order, person.name, given, CODES)]
        await clock_at(START + timedelta(days=2 * days + 1))
        again = [await tap_fuel(key, person.name, None), await record_purchase(order, person.name, given, CODES)]

        assert again == first
        assert done(await tap(other)).activity_id != first[0].activity_id
        assert await balances(person) == Balances(available=60, pending=9)


async def a_debt_is_repaid_by_a_tap(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 100, delivered=True)
    await redeemed(person, 150)
    await clawed_back(person, await lot_of(award), 100)

    done(await tap(person))

    assert await balances(person) == Balances(debt=90)
    assert (await check_ledger()).problems == ()


async def a_streak_goes_on_and_its_bonus_is_given(db: Db) -> None:
    person = await enrolled()
    for day in range(8):
        await clock_at(START + timedelta(days=day))
        done(await tap(person))

    assert await balances(person) == Balances(available=50 + 80 + 100)
    assert (await check_ledger()).problems == ()


FAULTS = (
    Fault(
        "a tap does not compare what was read",
        at_once(changed(fuel, "_WRITE", VERSION, ""), changed(fuel, "_WRITE", UNTOUCHED, "")),
        four_taps_of_a_day_are_one,
    ),
    Fault(
        "a tap does not compare who was last at the account",
        changed(fuel, "_WRITE", UNTOUCHED, ""),
        who_was_suspended_meanwhile_earns_nothing,
    ),
    Fault("the key of a tap is not stored", replaced(fuel, claim=stored_elsewhere), what_was_done_is_done_once_a_key),
    Fault(
        "a new lot is full though it repaid a debt",
        changed(fuel, "_WRITE", "points + coalesce(d.remaining, 0)", "points"),
        a_debt_is_repaid_by_a_tap,
    ),
    Fault(
        "yesterday's tap is not looked at",
        changed(fuel, "_READ", f"local_date >= today - {fuel.LONGEST_STREAK + 1}", "local_date >= today"),
        a_streak_goes_on_and_its_bonus_is_given,
    ),
    Fault(
        "an order that is no longer as it was read is written in part",
        changed(swift_purchase, "_WRITE", "only_if(", "true OR ("),
        four_orders_at_once_are_all_counted,
    ),
    Fault(
        "an order does not compare who was last at the account",
        changed(swift_purchase, "_WRITE", UNTOUCHED, ""),
        who_was_suspended_meanwhile_earns_nothing,
    ),
    Fault(
        "an order known already is recorded again",
        changed(
            swift_purchase, "_WRITE", "(source, order_id) DO NOTHING", "(source, order_id) DO UPDATE SET points = 1"
        ),
        an_order_belongs_to_one_member,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
