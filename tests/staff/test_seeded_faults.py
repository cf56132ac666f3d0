"""Would we see it? Each fault of staff's acts, put into the running program, is caught by its checker."""

from datetime import timedelta

import pytest

from app.activities import record, store
from app.activities.login import record_login
from app.database import Db, value
from app.ledger import forfeit, hold, liability
from app.ledger.account import AccountState, Balances, Bucket
from app.ledger.hold import Held
from app.members import close, erase
from app.members.tombstones import Tombstones
from app.orders import swift_purchase
from app.orders.purchase import Purchase, record_purchase
from app.staff import adjust
from tests.faults.fault import Checker, Fault, changed, each_checker_of, each_of, nothing, replaced
from tests.ledger.faults import none_granted
from tests.ledger.makers import (
    CODES,
    START,
    balances,
    behind_a_holder,
    bought,
    call,
    clock_at,
    done,
    enrolled,
    left_and_came_back,
    order_of,
    present,
    redeemed,
)
from tests.staff.makers import ALWAYS, LIMIT, adjusted, approves, erased, fresh_name, holds, joined, left
from tests.staff.test_erase import lived, mentions

pytestmark = pytest.mark.fault


async def beyond_the_limit_nothing_moves(db: Db) -> None:
    person = await enrolled()
    await adjusted(person, LIMIT + 1)
    assert await balances(person) == Balances(available=50)


async def who_asked_does_not_approve(db: Db) -> None:
    person = await enrolled()
    refused = await approves(await adjusted(person, LIMIT + 1), by="ana")
    assert [error.code for error in refused.errors] == ["NEEDS_APPROVAL"]


async def a_debt_written_off_is_counted(db: Db) -> None:
    person = await enrolled()
    before = (await liability.liability(ALWAYS, await present()))["ES"]
    await adjusted(person, -70)
    await left(person)
    after = (await liability.liability(ALWAYS, await present()))["ES"]
    assert after.forfeited - before.forfeited == -20


async def nothing_is_left_behind(db: Db) -> None:
    person = await enrolled()
    await bought(person, 40)
    await left(person)
    await clock_at(START + timedelta(days=20))
    assert await balances(person) == Balances()


async def no_coupon_is_left_behind(db: Db) -> None:
    person = await enrolled()
    coupon = await redeemed(person, 10)
    await left(person)
    assert await value(db, "SELECT status FROM coupon WHERE id = $1", coupon.coupon_id) == "CANCELLED"


async def the_erased_earn_nothing_twice(db: Db) -> None:
    person = await joined(fresh_name())
    done(await record_login(call(), person.name, "a phone"))
    await erased(person)
    again = await joined(person.name)
    done(await record_login(call(), person.name, "a phone"))
    assert await balances(again) == Balances()


async def the_erased_are_named_nowhere(db: Db) -> None:
    person = await lived()
    await erased(person)
    assert await mentions(db, person.name) == set()


async def what_is_owed_is_true_by_the_clock(db: Db) -> None:
    await enrolled("GB")
    await clock_at(START + timedelta(days=400))
    assert (await liability.liability(ALWAYS, await present(), "GB"))["GB"].closing == 0


async def an_adjustment_is_applied_once(db: Db) -> None:
    person = await enrolled()
    asked = await adjusted(person, LIMIT + 1)
    for approver in ("ben", "eva"):
        done(await approves(asked, by=approver))
    assert await balances(person) == Balances(available=50 + LIMIT + 1)


async def two_who_approve_at_once_apply_once(db: Db) -> None:
    person = await enrolled()
    asked = await adjusted(person, LIMIT + 1)
    for outcome in await behind_a_holder(db, person, *(approves(asked, by=who) for who in ("ben", "eva"))):
        done(outcome)
    assert await balances(person) == Balances(available=50 + LIMIT + 1)


async def who_comes_back_is_not_welcomed_twice(db: Db) -> None:
    person = await enrolled()
    await left_and_came_back(person)
    assert await balances(person) == Balances()


async def what_is_given_up_is_what_was_confirmed(db: Db) -> None:
    person = await enrolled()
    await bought(person, 40)
    refused = await close.close_account(call("closeAccount"), person.name, 50)
    assert [error.code for error in refused.errors] == ["FORFEIT_MISMATCH"]


async def what_staff_take_leaves_what_is_held(db: Db) -> None:
    person = await enrolled()
    await bought(person, 40, delivered=True)
    await holds(person, 30)
    await adjusted(person, -70)
    assert await balances(person) == Balances(reserved=30, debt=10)


async def who_has_left_earns_nothing(db: Db) -> None:
    person = await enrolled()
    await left(person)
    given = Purchase("mi.com", fresh_name(), order_of("29.00"))
    refused = await record_purchase(call(), person.name, given, CODES)
    assert [error.code for error in refused.errors] == ["ACCOUNT_CLOSED"]


async def forfeits_nothing(db: Db, held: Held, **_: object) -> AccountState:
    return held.account


FAULTS = (
    Fault(
        "an adjustment needs no approval",
        replaced(adjust, needs_approval=lambda points, limit: False),
        beyond_the_limit_nothing_moves,
    ),
    Fault(
        "who asked is not looked at",
        changed(adjust, "_LOCK", "adjustment.*", "adjustment.*, 'nobody' AS asked_by"),
        who_asked_does_not_approve,
    ),
    Fault(
        "a debt written off counts as granted",
        replaced(liability, _COMES={**liability._COMES, Bucket.FORFEITED: "granted"}),
        a_debt_written_off_is_counted,
    ),
    Fault("an account closes and forfeits nothing", replaced(close, forfeit=forfeits_nothing), nothing_is_left_behind),
    Fault(
        "an adjustment is applied at each approval",
        changed(adjust, "_LOCK", "adjustment.*", "adjustment.*, NULL::timestamptz AS applied_at"),
        an_adjustment_is_applied_once,
    ),
    Fault(
        "an adjustment is not locked to approve it",
        changed(adjust, "_LOCK", "FOR UPDATE OF adjustment", ""),
        two_who_approve_at_once_apply_once,
    ),
    Fault(
        "who comes back is welcomed again", replaced(record, granted=none_granted), who_comes_back_is_not_welcomed_twice
    ),
    Fault(
        "who has left goes on to earn",
        replaced(swift_purchase, closed=lambda account: None),
        who_has_left_earns_nothing,
    ),
    Fault(
        "pending points are given up unseen",
        replaced(close, lost=lambda balances: balances.available + balances.reserved),
        what_is_given_up_is_what_was_confirmed,
    ),
    Fault(
        "staff take what is held",
        changed(hold, "_USABLE", "SELECT id, remaining FROM", "SELECT id, remaining + reserved AS remaining FROM"),
        what_staff_take_leaves_what_is_held,
    ),
    Fault(
        "pending points are left behind",
        changed(forfeit, "_LEFT", "due_at IS NOT NULL", "due_at IS NOT NULL AND posted_at IS NOT NULL"),
        nothing_is_left_behind,
    ),
    Fault(
        "coupons are left behind",
        changed(close, "_CANCELLED", "'ISSUED', 'RESERVED'", "'RESERVED'"),
        no_coupon_is_left_behind,
    ),
    Fault("the erased are forgotten", replaced(Tombstones, find=nothing), the_erased_earn_nothing_twice),
    Fault(
        "what the erased had does not count",
        changed(store, "_GRANTS", "WHERE former_id IS NOT NULL", "WHERE false"),
        the_erased_earn_nothing_twice,
    ),
    Fault(
        "requests of the erased are kept",
        replaced(erase, principals_of=lambda mi_account_id: []),
        the_erased_are_named_nowhere,
    ),
    Fault("posts of the erased are kept", replaced(erase, _TRACES=()), the_erased_are_named_nowhere),
    Fault(
        "only what is written is owed",
        changed(liability, "_DUE", "next_change_at <= $1", "next_change_at <= $1 AND false"),
        what_is_owed_is_true_by_the_clock,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
