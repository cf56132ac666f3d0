"""What becomes of an order that was paid with points? (PROGRAMME 3, 8)"""

import asyncio
from datetime import timedelta

from app.database import Db, rows, value
from app.ledger.account import Balances
from tests.checkout.makers import (
    buyer,
    capture,
    held,
    problem,
    purchase,
    reasons,
    release,
    stands,
    with_points,
)
from tests.client import fresh
from tests.coupons.makers import issued
from tests.ledger.makers import START, balances, clock_at, done, order_of, redeemed

LATE = START + timedelta(minutes=31)


async def lines_of(db: Db, order_id: str) -> list[tuple[int, int, int]]:
    """Coupon, points and net of each line of an order, in minor units."""
    sql = """SELECT coupon_minor, points_minor, net_minor FROM order_line JOIN shop_order ON shop_order.id =
             order_line.order_id WHERE shop_order.order_id = $1 ORDER BY line_id"""
    return [tuple(line) for line in await rows(db, sql, order_id)]


async def test_an_order_is_recorded_with_the_points_that_it_holds(db: Db) -> None:
    ana, order_id = await buyer(1_200), fresh("basket")
    reservation = await held(ana, 1_000, order_of("10.00", "20.00"), order_id=order_id)

    outcome = done(await purchase(ana, order_of("10.00", "20.00"), order_id=order_id, reservation_id=reservation))

    assert await stands(reservation) == ("CAPTURED", 1_000)
    assert outcome.reservation_id == reservation
    assert await lines_of(db, order_id) == [(0, 333, 667), (0, 667, 1_333)]
    assert await value(db, "SELECT points FROM shop_order WHERE order_id = $1", order_id) == 1_000
    assert await balances(ana) == Balances(available=200, pending=20)


async def test_a_coupon_counts_before_the_points(db: Db) -> None:
    ana, order_id = await buyer(1_200), fresh("basket")
    order = order_of("10.00", "20.00", coupon_code=(await issued(ana)).code)
    reservation = await held(ana, 1_000, order, order_id=order_id)

    done(await purchase(ana, order, order_id=order_id, reservation_id=reservation))

    assert await lines_of(db, order_id) == [(167, 333, 500), (333, 667, 1_000)]
    assert (await balances(ana)).pending == 15


async def test_the_order_names_as_many_points_as_are_held_or_none(db: Db) -> None:
    ana, order_id = await buyer(1_200), fresh("basket")
    order = order_of("30.00")
    reservation = await held(ana, 1_000, order, order_id=order_id)

    other = await purchase(ana, with_points(order, 999), order_id=order_id, reservation_id=reservation)
    same = await purchase(ana, with_points(order, 1_000), order_id=order_id, reservation_id=reservation)

    assert problem(other) == ("OTHER_POINTS", ("order", "points"))
    assert reasons(same) == []
    assert await lines_of(db, order_id) == [(0, 1_000, 2_000)]


async def test_recorded_again_it_is_the_same_and_spends_nothing_more(db: Db) -> None:
    ana, order_id = await buyer(1_200), fresh("basket")
    reservation = await held(ana, 700, order_id=order_id)

    outcomes = await asyncio.gather(
        *(purchase(ana, order_of("100.00"), order_id=order_id, reservation_id=reservation) for _ in range(8))
    )

    assert len({done(outcome).activity_id for outcome in outcomes}) == 1
    assert await balances(ana) == Balances(available=500, pending=93)


async def test_what_was_captured_before_pays_for_the_order_and_is_not_spent_twice(db: Db) -> None:
    ana, order_id = await buyer(1_200), fresh("basket")
    reservation = await held(ana, 700, order_id=order_id)
    done(await capture(reservation, 300))

    done(await purchase(ana, order_of("100.00"), order_id=order_id, reservation_id=reservation))

    assert await lines_of(db, order_id) == [(0, 300, 9_700)]
    assert await balances(ana) == Balances(available=900, pending=97)


async def test_a_late_order_takes_the_points_again_or_is_refused(db: Db) -> None:
    ana, here, gone = await buyer(1_200), fresh("basket"), fresh("basket")
    first, second = await held(ana, 500, order_id=here), await held(ana, 500, order_id=gone)
    await clock_at(LATE)

    done(await purchase(ana, order_of("100.00"), order_id=here, reservation_id=first))
    await redeemed(ana, 400)
    refused = await purchase(ana, order_of("100.00"), order_id=gone, reservation_id=second)

    assert [(one.code, one.facts) for one in refused.errors] == [("CAPTURE_SHORTFALL", {"missing": 200})]
    assert await value(db, "SELECT count(*) FROM shop_order WHERE order_id = $1 AND activity_id IS NULL", gone) == 1
    assert await balances(ana) == Balances(available=300, pending=95)


async def test_another_orders_or_members_reservation_pays_for_nothing(db: Db) -> None:
    ana, bruno, order_id = await buyer(), await buyer(), fresh("basket")
    mine, gone = await held(ana, 700), await held(ana, 100, order_id=order_id)
    done(await release(gone))

    for person, reservation in ((ana, mine), (bruno, mine), (ana, gone), (ana, 0)):
        outcome = await purchase(person, order_of("100.00"), order_id=order_id, reservation_id=reservation)
        assert reasons(outcome) == ["RESERVATION_NOT_HELD"]

    assert await balances(ana) == Balances(available=500, reserved=700)


async def test_points_that_an_order_only_names_are_information_and_debit_nothing(db: Db) -> None:
    ana, order_id = await buyer(), fresh("basket")

    done(await purchase(ana, with_points(order_of("100.00"), 4_000), order_id=order_id))

    assert await lines_of(db, order_id) == [(0, 4_000, 6_000)]
    assert await balances(ana) == Balances(available=1_200, pending=60)
