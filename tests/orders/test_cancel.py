"""What comes back when an order is cancelled, and only once? (PROGRAMME 4, 7, 8)"""

from datetime import timedelta

from app.database import Db, value
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from app.orders.lines import OrderGiven
from tests.ledger.makers import (
    START,
    balances,
    clock_at,
    code_of,
    done,
    enrolled,
    logged_in,
    redeemed,
    reviewed,
    statement,
)
from tests.ledger.makers import (
    bought as bought_for,
)
from tests.orders.makers import (
    activity,
    bought,
    buys,
    cancels,
    coupon_row,
    figures,
    holds,
    kept,
    line,
    lot_parts,
    new_order,
    paid_with,
    returns,
)


async def test_all_that_is_kept_comes_back_as_one_return(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("9.99", 2, "A"), line("9.99", sku="B"), delivered=True)
    await returns(order.order_id, ("B", 1))

    cancelled = done(await cancels(order.order_id))

    assert figures(cancelled) == (19, 0, 0, 1998)
    assert await kept(order.order_id) == {"A": 0, "B": 0}
    assert tuple(await activity(order.activity_id)) == (0, "WITHDRAWN", "ORDER_CANCELLED")
    assert await balances(person) == Balances(available=50)


async def test_a_second_cancellation_is_answered_with_the_first(db: Db) -> None:
    person = await enrolled()
    await bought_for(person, 20, delivered=True)
    coupon = await redeemed(person, 60)
    order = await bought(person, line("40"), coupon=await code_of(coupon.coupon_id), delivered=True)
    await redeemed(person, 49)

    first = done(await cancels(order.order_id))
    await logged_in(person)
    second = done(await cancels(order.order_id))

    assert figures(first) == (39, 0, 39, 3900)
    assert (first.coupon_id, second) == (coupon.coupon_id, first)
    assert await balances(person) == Balances(debt=9)


async def test_nothing_can_come_back_of_a_cancelled_order(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("40", sku="A"))
    await cancels(order.order_id)

    refused = await returns(order.order_id, ("A", 1))

    assert [error.code for error in refused.errors] == ["RETURN_EXCEEDS_ORDER"]


async def test_what_was_returned_as_a_whole_can_still_be_cancelled_for_its_coupon(db: Db) -> None:
    person = await enrolled()
    await bought_for(person, 20, delivered=True)
    coupon = await redeemed(person, 60)
    order = await bought(person, line("40", sku="A"), coupon=await code_of(coupon.coupon_id), delivered=True)
    await returns(order.order_id, ("A", 1))
    assert (await coupon_row(coupon.coupon_id) or {})["status"] == "USED"

    cancelled = done(await cancels(order.order_id))

    assert figures(cancelled) == (0, 0, 0, 0)
    assert (await coupon_row(coupon.coupon_id) or {})["status"] == "ISSUED"


async def test_the_coupon_comes_back_with_its_own_code_and_end_and_can_be_used_again(db: Db) -> None:
    person = await enrolled()
    await bought_for(person, 20, delivered=True)
    coupon = await redeemed(person, 60)
    code, before = await code_of(coupon.coupon_id), await coupon_row(coupon.coupon_id)
    order = await bought(person, line("40"), coupon=code)
    await clock_at(START + timedelta(days=3))

    done(await cancels(order.order_id))

    assert await coupon_row(coupon.coupon_id) == before
    again = await bought(person, line("10"), coupon=code)
    assert (await activity(again.activity_id))["points"] == 9


async def test_points_that_paid_come_back_and_repay_what_the_cancellation_owes(db: Db) -> None:
    person = await enrolled()
    order_id = new_order()
    await bought_for(person, 1000, delivered=True)
    await paid_with(person, order_id, 50)
    done(await buys(person, order_id, OrderGiven("EUR", (line("40.50"),), points=50)))
    await clock_at(START + timedelta(days=20))
    await redeemed(person, 1040)

    cancelled = done(await cancels(order_id))

    assert figures(cancelled) == (40, 50, 0, 4000)
    assert await balances(person) == Balances(available=10)
    assert (await lot_parts(person))[0] == (50, 10, 0, 40, 0, 0)


async def test_points_that_ended_meanwhile_come_back_and_expire_at_once(db: Db) -> None:
    person = await enrolled()
    order_id = new_order()
    await paid_with(person, order_id, 50)
    done(await buys(person, order_id, OrderGiven("EUR", (line("40.50"),), points=50)))
    await clock_at(START + timedelta(days=400))

    cancelled = done(await cancels(order_id))

    assert figures(cancelled)[1] == 50
    assert (await statement(person))[-2:] == [("RESTORE", 50), ("EXPIRE", 50)]
    assert (await balances(person)).available == 0


async def test_points_still_held_for_the_order_are_let_go_first(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("40"), delivered=True)
    reservation_id = await holds(person, order.order_id, 90)

    cancelled = done(await cancels(order.order_id))

    assert (figures(cancelled), cancelled.reservation_id) == ((40, 0, 0, 4000), reservation_id)
    assert await value(db, "SELECT status FROM reservation WHERE id = $1", reservation_id) == "RELEASED"
    assert await balances(person) == Balances(available=50)


async def test_other_pending_and_other_lots_pay_before_a_debt_is_made(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("40"), delivered=True)
    await redeemed(person, 60)
    await reviewed(person, "SKU-1", "approveReview")

    cancelled = done(await cancels(order.order_id))

    assert figures(cancelled) == (40, 0, 0, 4000)
    assert await balances(person) == Balances(available=10)


async def test_the_ledger_agrees_after_all_that(db: Db) -> None:
    assert (await check_ledger()).problems == ()
