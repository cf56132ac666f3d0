"""What does a checkout spend of the points that it holds, and how often? (PROGRAMME 8)"""

import asyncio
from datetime import timedelta

import pytest

from app.database import Db, rows
from app.ledger.account import Balances
from app.orders.purchase import Purchase, record_purchase
from tests.checkout.makers import (
    buyer,
    capture,
    held,
    order_id_of,
    problem,
    reasons,
    release,
    stand,
    stands,
)
from tests.client import fresh
from tests.ledger.makers import (
    CODES,
    START,
    Person,
    balances,
    bought,
    call,
    clock_at,
    done,
    enrolled,
    lot_of,
    lots,
    order_of,
    redeemed,
    statement,
)

LATE = START + timedelta(minutes=31)


async def spent_by_lot(person: Person) -> dict[int, int]:
    return {lot["id"]: lot["consumed"] for lot in await lots(person)}


async def test_all_that_is_held_is_spent_unless_a_part_is_named(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)

    done(await capture(reservation))

    assert await stands(reservation) == ("CAPTURED", 700)
    assert await balances(ana) == Balances(available=500)
    assert (await statement(ana))[-2:] == [("RESERVE", 700), ("CAPTURE", 700)]


@pytest.mark.parametrize("part", [1, 350, 699])
async def test_any_part_is_spent_and_the_rest_is_free_again(db: Db, part: int) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)

    done(await capture(reservation, part))

    assert await stands(reservation) == ("CAPTURED", part)
    assert await balances(ana) == Balances(available=1_200 - part)
    assert (await statement(ana))[-2:] == [("CAPTURE", part), ("RELEASE", 700 - part)]


async def test_a_part_spends_those_that_expire_soonest(db: Db) -> None:
    ana = await enrolled()
    sooner = await lot_of(await bought(ana, 600, START - timedelta(days=9), delivered=True))
    later = await lot_of(await bought(ana, 900, delivered=True))
    reservation = await held(ana, 1_200)

    done(await capture(reservation, 640))

    spent = await spent_by_lot(ana)
    assert (spent[sooner], spent[later]) == (600, 0)
    assert sum(spent.values()) == 640


@pytest.mark.parametrize("points", [0, -1, 701])
async def test_no_more_than_is_held_and_at_least_a_point_is_spent(db: Db, points: int) -> None:
    reservation = await held(await buyer(1_200), 700)

    assert problem(await capture(reservation, points)) == ("OUT_OF_RANGE", ("points",))
    assert await stands(reservation) == ("HELD", 0)


async def test_the_threshold_is_not_judged_again(db: Db) -> None:
    ana = await buyer(1_000)
    reservation = await held(ana, 100)
    await redeemed(ana, 900)

    assert reasons(await capture(reservation)) == []


async def test_captured_again_with_the_same_points_it_is_the_same_and_with_others_refused(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)

    first, again = await capture(reservation, 300), await capture(reservation, 300)

    assert first == again
    assert [reasons(await capture(reservation, points)) for points in (299, 301, None)] == 3 * [
        ["RESERVATION_NOT_HELD"]
    ]
    assert await stands(reservation) == ("CAPTURED", 300)
    assert await balances(ana) == Balances(available=900)


async def test_twenty_captures_at_once_spend_the_points_once(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)

    outcomes = await asyncio.gather(*(capture(reservation, 300 + number % 2) for number in range(20)))

    captured = (await stands(reservation))[1]
    assert {tuple(reasons(outcome)) for outcome in outcomes} == {(), ("RESERVATION_NOT_HELD",)}
    assert await balances(ana) == Balances(available=1_200 - captured)


async def test_a_capture_and_a_release_at_once_leave_one_of_both(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)

    one, other = await asyncio.gather(capture(reservation), release(reservation))

    assert sorted([reasons(one), reasons(other)]) == [[], ["RESERVATION_NOT_HELD"]]
    assert await balances(ana) == Balances(available=1_200 if one.errors else 500)


async def test_what_was_let_go_or_never_was_cannot_be_captured(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)
    done(await release(reservation))

    assert reasons(await capture(reservation)) == ["RESERVATION_NOT_HELD"]
    assert reasons(await capture(4711)) == ["NOT_FOUND"]
    assert await balances(ana) == Balances(available=1_200)


async def test_what_is_held_is_the_orders_also_once_the_account_is_suspended(db: Db) -> None:
    ana = await buyer(1_200)
    held_now, late = await held(ana, 300), await held(ana, 200)
    await stand(ana, "SUSPENDED")

    assert reasons(await capture(held_now)) == []
    await clock_at(LATE)
    assert reasons(await capture(late)) == ["ACCOUNT_SUSPENDED"]


async def test_a_late_capture_takes_the_points_again(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)
    await clock_at(LATE)
    assert await balances(ana) == Balances(available=1_200)

    first, again = await capture(reservation, 600), await capture(reservation, 600)

    assert done(first) == again
    assert await stands(reservation) == ("CAPTURED", 600)
    assert await balances(ana) == Balances(available=600)
    assert (await statement(ana))[-2:] == [("RELEASE", 700), ("CAPTURE", 600)]


async def test_a_late_capture_of_points_that_are_gone_says_how_many_are_missing(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)
    await clock_at(LATE)
    await redeemed(ana, 800)

    [refusal] = (await capture(reservation)).errors

    assert (refusal.code, refusal.facts) == ("CAPTURE_SHORTFALL", {"missing": 300})
    assert await stands(reservation) == ("EXPIRED", 0)
    assert await balances(ana) == Balances(available=400)
    assert reasons(await capture(reservation, 400)) == []


async def test_an_order_whose_points_are_held_anew_cannot_be_paid_by_the_old_hold(db: Db) -> None:
    ana, order_id = await buyer(1_200), fresh("basket")
    old = await held(ana, 100, order_id=order_id)
    await clock_at(LATE)
    new = await held(ana, 200, order_id=order_id)

    assert reasons(await capture(old)) == ["RESERVATION_NOT_HELD"]
    done(await capture(new))
    assert reasons(await capture(old)) == ["RESERVATION_NOT_HELD"]
    assert await balances(ana) == Balances(available=1_000)


async def test_what_another_member_held_for_the_order_and_let_time_out_is_in_nobodys_way(db: Db) -> None:
    ana, ben = await buyer(1_200), await buyer(1_200)
    first = await held(ana, 700)
    await clock_at(LATE)
    await held(ben, 600, order_id=await order_id_of(first))

    while_held = await capture(first)
    await clock_at(LATE + timedelta(minutes=31))
    afterwards = await capture(first)  # nothing has written down that Ben's time is over

    assert reasons(while_held) == ["RESERVATION_NOT_HELD"]
    assert afterwards.errors == ()
    assert await stands(first) == ("CAPTURED", 700)


async def test_an_order_for_which_another_member_gives_points_is_not_recorded_as_ones_own(db: Db) -> None:
    ana, ben = await buyer(1_200), await enrolled()
    reservation = await held(ana, 700)
    order_id = await order_id_of(reservation)
    purchase = Purchase("mi.com", order_id, order_of("50"))

    while_held = await record_purchase(call(), ben.name, purchase, CODES)
    done(await capture(reservation))
    once_paid = await record_purchase(call(), ben.name, purchase, CODES)

    assert problem(while_held) == problem(once_paid) == ("OTHER_MEMBER", ("orderId",))
    assert (await record_purchase(call(), ana.name, purchase, CODES)).errors == ()


async def test_points_whose_time_is_over_are_not_taken_anew_for_an_order_that_has_become_anothers(db: Db) -> None:
    ana, ben = await buyer(1_200), await enrolled()
    reservation = await held(ana, 700)
    await clock_at(LATE)

    done(
        await record_purchase(
            call(), ben.name, Purchase("mi.com", await order_id_of(reservation), order_of("50")), CODES
        )
    )

    assert reasons(await capture(reservation)) == ["RESERVATION_NOT_HELD"]


async def test_a_cancelled_order_is_not_paid_late(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 100)
    await clock_at(LATE)
    cancelled = "UPDATE shop_order SET cancelled_at = programme_now() WHERE order_id = $1"
    await rows(db, cancelled, await order_id_of(reservation))

    assert reasons(await capture(reservation)) == ["RESERVATION_NOT_HELD"]
