"""Would we see a fault in how coupons are used? Each, put into the running program, is found by its probe."""

import asyncio
from datetime import timedelta

import pytest

from app.coupons import cancel, checkout, lifecycle, redemption, reserve, search, store, use
from app.database import Db, value
from app.ledger import hold, reminders
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from app.ledger.restore import Restored
from tests.client import fresh
from tests.coupons.makers import issued, purchased, reasons, released, reserved, row_of, stands, used, validated
from tests.faults.fault import Checker, Fault, changed, each_checker_of, each_of, none_found, replaced
from tests.ledger.faults import no_lock, without_an_end
from tests.ledger.makers import START, Person, balances, call, clock_at, done, enrolled, notices

pytestmark = pytest.mark.fault


async def twenty_orders_use_one_coupon_once(db: Db) -> None:
    coupon = await issued(await enrolled())
    # Twenty connections are there before the race begins: else the first order has won while others still connect.
    await asyncio.gather(*(value(db, "SELECT pg_sleep(0.1)") for _ in range(20)))

    outcomes = await asyncio.gather(*(used(coupon.code, fresh("basket")) for _ in range(20)))

    assert [reasons(one) for one in outcomes].count([]) == 1


async def what_one_checkout_holds_no_other_has_until_its_time_is_over(db: Db) -> None:
    coupon = await issued(await enrolled())
    done(await reserved(coupon.code, fresh("basket")))

    assert reasons(await used(coupon.code, fresh("basket"))) == ["COUPON_NOT_USABLE"]
    await clock_at(START + timedelta(minutes=31))
    assert await stands(coupon) == "ISSUED"
    done(await used(coupon.code, fresh("basket")))


async def what_is_let_go_is_free(db: Db) -> None:
    coupon, order_id = await issued(await enrolled()), fresh("basket")
    done(await reserved(coupon.code, order_id))

    done(await released(coupon.code, order_id))

    assert (await row_of(coupon.id))["order_id"] is None
    assert await stands(coupon) == "ISSUED"


async def a_cancelled_coupon_gives_its_points_back_once(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person, price_points=40)

    for _ in range(2):
        done(await cancel.cancel_coupon(call("cancelCoupon"), "ben", person.id, coupon.id, "A mistake"))

    assert await balances(person) == Balances(available=50)
    assert await stands(coupon) == "CANCELLED"


async def who_guesses_is_told_nothing_after_ten(db: Db) -> None:
    person = await enrolled()
    coupon, principal = await issued(person), f"member:{person.name}"

    for _ in range(10):
        await validated("0000", principal=principal, owner=person)

    assert (await validated(coupon.code, principal=principal, owner=person)).coupon_id is None


async def an_order_uses_one_coupon(db: Db) -> None:
    person, order_id = await enrolled(), fresh("basket")
    done(await used((await issued(person)).code, order_id))

    assert reasons(await used((await issued(person)).code, order_id)) == ["COUPON_NOT_USABLE"]


async def a_coupon_is_its_members_own(db: Db) -> None:
    coupon = await issued(await enrolled())

    assert reasons(await purchased(await enrolled(), coupon.code)) == ["COUPON_NOT_FOUND"]
    assert await stands(coupon) == "ISSUED"


async def told(person: Person) -> int:
    return len(await notices(person, "COUPON_EXPIRING"))


async def a_member_is_told_of_the_end_once(db: Db) -> None:
    person = await enrolled()
    await issued(person, valid_days=40)
    assert not [problem for problem in (await check_ledger()).problems if f": member {person.id}:" in problem]

    await clock_at(START + timedelta(days=20))
    for _ in range(2):
        await balances(person)

    assert await told(person) == 1


async def nothing_restored(db: Db, held: hold.Held, points: int | None, **_: object) -> Restored:
    return Restored(0, held.account)


def nothing_said(*_: object) -> None:
    return None


def neither_account_nor_coupon_is_locked(patch: pytest.MonkeyPatch) -> None:
    state = store.coupon_state

    async def unlocked(db: Db, coupon_id: int, *, lock: bool = False) -> lifecycle.CouponState:
        return await state(db, coupon_id)

    no_lock(patch)
    patch.setattr(checkout, "coupon_state", unlocked)


FAULTS = (
    Fault(
        "neither an account nor a coupon is locked",
        neither_account_nor_coupon_is_locked,
        twenty_orders_use_one_coupon_once,
    ),
    Fault(
        "it is not judged whether a coupon can be had",
        replaced(use, why_not=nothing_said),
        twenty_orders_use_one_coupon_once,
    ),
    Fault(
        "an order may use several coupons",
        changed(use, "_OTHER", "order_id = $1 AND", "order_id = 0 * $1::bigint AND"),
        an_order_uses_one_coupon,
    ),
    Fault(
        "whoever knows its code may use a coupon",
        changed(search, "_FIND", "OR member_id = $4", "OR member_id <> $4"),
        a_coupon_is_its_members_own,
    ),
    Fault(
        "nobody notes who holds it",
        changed(reserve, "_RESERVE", "SET status = 'RESERVED', ", "SET "),
        what_one_checkout_holds_no_other_has_until_its_time_is_over,
    ),
    Fault(
        "a reservation lasts for ever",
        changed(reserve, "_RESERVE", "reserved_until = $3", "reserved_until = $3::timestamptz + interval '1 day'"),
        what_one_checkout_holds_no_other_has_until_its_time_is_over,
    ),
    Fault(
        "what is let go stays with its order",
        changed(reserve, "_RELEASE", "order_id = NULL, ", ""),
        what_is_let_go_is_free,
    ),
    Fault(
        "no points come back", replaced(cancel, restore=nothing_restored), a_cancelled_coupon_gives_its_points_back_once
    ),
    Fault(
        "a cancelled coupon stays good",
        changed(cancel, "_CANCEL", "SET status = 'CANCELLED', ", "SET "),
        a_cancelled_coupon_gives_its_points_back_once,
    ),
    Fault(
        "wrong codes do not count",
        changed(search, "_NOTE", "< $1", "< $1 - 1000"),
        who_guesses_is_told_nothing_after_ten,
    ),
    Fault("those who guess are told", replaced(search, WRONG_CODES=11), who_guesses_is_told_nothing_after_ten),
    Fault("nobody is told of the end", replaced(hold, reminders=none_found), a_member_is_told_of_the_end_once),
    Fault(
        "the account does not know of the end",
        replaced(redemption, posting=without_an_end),
        a_member_is_told_of_the_end_once,
    ),
    Fault(
        "a reminder is not noted as told",
        changed(reminders, "_REMIND", "WHERE told > $2", "WHERE told <= $2"),
        a_member_is_told_of_the_end_once,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
