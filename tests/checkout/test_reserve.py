"""Which points may a checkout hold, and what comes of them? (PROGRAMME 8)"""

import asyncio
from datetime import timedelta

import pytest

from app.database import Db, rows, value
from app.ledger.account import Balances
from tests.checkout.makers import (
    HALF_AN_HOUR,
    buyer,
    held,
    order_id_of,
    problem,
    purchase,
    reasons,
    release,
    reserve,
    row_of,
    stand,
    stands,
    with_points,
)
from tests.client import fresh
from tests.coupons.makers import issued
from tests.ledger.makers import (
    START,
    Person,
    balances,
    bought,
    clawed_back,
    clock_at,
    done,
    enrolled,
    lot_of,
    lots,
    order_of,
    redeemed,
    statement,
)


async def test_points_are_held_for_half_an_hour(db: Db) -> None:
    ana = await buyer(1_200)

    reservation = await held(ana, 700)

    found = await row_of(reservation)
    assert (found["status"], found["points"], found["captured"]) == ("HELD", 700, 0)
    assert found["held_until"] - found["created_at"] == HALF_AN_HOUR
    assert await balances(ana) == Balances(available=500, reserved=700)
    assert (await statement(ana))[-1] == ("RESERVE", 700)


async def test_those_that_expire_soonest_are_held_first(db: Db) -> None:
    ana = await enrolled()
    sooner = await lot_of(await bought(ana, 600, START - timedelta(days=9), delivered=True))
    later = await lot_of(await bought(ana, 900, delivered=True))

    await held(ana, 700)

    pinned = {lot["id"]: lot["reserved"] for lot in await lots(ana)}
    assert (pinned[sooner], pinned[later]) == (600, 50)
    assert sum(pinned.values()) == 700


@pytest.mark.parametrize(("points", "refusals"), [(999, ["BELOW_MINIMUM"]), (1_000, []), (1_001, [])])
async def test_one_must_possess_a_thousand_points_to_use_any(db: Db, points: int, refusals: list[str]) -> None:
    outcome = await reserve(await buyer(points), 1)

    assert reasons(outcome) == refusals
    if refusals:
        assert outcome.errors[0].facts == {"posted": points, "minimum": 1_000}


async def test_what_is_held_already_counts_as_possessed(db: Db) -> None:
    ana = await buyer(1_000)
    await held(ana, 900)

    assert reasons(await reserve(ana, 100)) == []


async def test_what_is_owed_does_not_count_as_possessed(db: Db) -> None:
    ana = await buyer(950)
    award = await bought(ana, 100, delivered=True)
    await held(ana, 1_050)
    await clawed_back(ana, await lot_of(award), 100)

    [refusal] = (await reserve(ana, 1)).errors

    assert await balances(ana) == Balances(reserved=1_050, debt=100)
    assert (refusal.code, refusal.facts) == ("BELOW_MINIMUM", {"posted": 950, "minimum": 1_000})


async def test_pending_points_are_not_possessed(db: Db) -> None:
    ana = await buyer(500)
    await bought(ana, 5_000)

    assert reasons(await reserve(ana, 1)) == ["BELOW_MINIMUM"]


async def test_all_available_points_may_be_used_and_not_one_more(db: Db) -> None:
    ana = await buyer(1_200)

    [refusal] = (await reserve(ana, 1_201)).errors

    assert (refusal.code, refusal.path) == ("INSUFFICIENT_POINTS", ("points",))
    assert refusal.facts == {"available": 1_200, "required": 1_201, "missing": 1}
    assert reasons(await reserve(ana, 1_200)) == []


async def test_points_pay_for_the_whole_order_and_no_more(db: Db) -> None:
    ana = await buyer(5_000)

    [refusal] = (await reserve(ana, 3_000, order_of("9.99", "19.99"))).errors

    assert (refusal.code, refusal.facts["maximum"]) == ("ABOVE_MAXIMUM_SHARE", 2_998)
    assert reasons(await reserve(ana, 2_998, order_of("9.99", "19.99"))) == []


async def test_the_coupon_of_the_order_counts_first(db: Db) -> None:
    ana = await buyer(5_000)
    coupon = await issued(ana)
    order = order_of("20.00", coupon_code=coupon.code)

    assert reasons(await reserve(ana, 1_501, order)) == ["ABOVE_MAXIMUM_SHARE"]
    assert reasons(await reserve(ana, 1_500, order)) == []
    assert reasons(await reserve(ana, 10, order_of("20.00", coupon_code="0000-0000-0000-0000"))) == ["COUPON_NOT_FOUND"]


async def test_excluded_products_take_no_points(db: Db) -> None:
    ana = await buyer(5_000)
    sku = fresh("sku")
    await rows(db, "INSERT INTO exclusion (market_id, sku) VALUES ('ES', $1)", sku)
    order = order_of("20.00", "30.00")
    some = order.lines[0].__class__(sku, order.lines[0].unit_price)

    partly = order.__class__("EUR", (some, order.lines[1]))
    wholly = order.__class__("EUR", (some,))

    assert reasons(await reserve(ana, 3_001, partly)) == ["ABOVE_MAXIMUM_SHARE"]
    assert reasons(await reserve(ana, 3_000, partly)) == []
    assert reasons(await reserve(ana, 1, wholly)) == ["NO_ELIGIBLE_LINES"]


@pytest.mark.parametrize(("status", "code"), [("SUSPENDED", "ACCOUNT_SUSPENDED"), ("CLOSED", "ACCOUNT_CLOSED")])
async def test_who_may_spend_nothing_holds_nothing(db: Db, status: str, code: str) -> None:
    ana = await buyer()
    await stand(ana, status)

    assert reasons(await reserve(ana, 10)) == [code]


async def test_who_is_no_member_holds_nothing(db: Db) -> None:
    assert reasons(await reserve(Person(0, "nobody"), 10)) == ["NOT_ENROLLED"]


@pytest.mark.parametrize("points", [0, -1])
async def test_less_than_a_point_is_no_wish(db: Db, points: int) -> None:
    assert problem(await reserve(await buyer(), points)) == ("OUT_OF_RANGE", ("points",))


async def test_an_order_in_another_currency_is_refused(db: Db) -> None:
    order = order_of("100.00")

    assert reasons(await reserve(await buyer(), 10, order.__class__("GBP", order.lines))) == ["CURRENCY_NOT_OF_MARKET"]


async def test_the_same_order_and_points_are_the_same_reservation(db: Db) -> None:
    ana, order_id = await buyer(), fresh("basket")

    first = await held(ana, 700, order_id=order_id)
    again = await held(ana, 700, order_id=order_id)

    assert first == again
    assert await order_id_of(first) == order_id
    assert await balances(ana) == Balances(available=500, reserved=700)


async def test_the_same_order_with_other_points_is_refused_until_the_first_are_let_go(db: Db) -> None:
    ana, order_id = await buyer(), fresh("basket")
    first = await held(ana, 700, order_id=order_id)

    assert problem(await reserve(ana, 600, order_id=order_id)) == ("OTHER_POINTS", ("points",))
    done(await release(first))
    second = await held(ana, 600, order_id=order_id)

    assert second != first
    assert await balances(ana) == Balances(available=600, reserved=600)


async def test_after_its_time_the_same_order_holds_points_anew(db: Db) -> None:
    ana, order_id = await buyer(), fresh("basket")
    first = await held(ana, 700, order_id=order_id)

    await clock_at(START + timedelta(minutes=31))
    second = await held(ana, 600, order_id=order_id)

    assert await stands(first) == ("EXPIRED", 0)
    assert second != first
    assert await balances(ana) == Balances(available=600, reserved=600)


async def test_another_members_order_is_refused_while_they_hold_points_for_it(db: Db) -> None:
    ana, bruno, order_id = await buyer(), await buyer(), fresh("basket")
    await held(ana, 700, order_id=order_id)

    assert problem(await reserve(bruno, 700, order_id=order_id)) == ("OTHER_MEMBER", ("orderId",))
    await clock_at(START + timedelta(minutes=31))
    assert reasons(await reserve(bruno, 700, order_id=order_id)) == []


async def test_an_order_that_is_recorded_holds_nothing_more(db: Db) -> None:
    ana, bruno, order_id = await buyer(), await buyer(), fresh("basket")
    done(await purchase(ana, order_of("100.00"), order_id=order_id))

    assert problem(await reserve(ana, 100, order_id=order_id)) == ("ALREADY_RECORDED", ("orderId",))
    assert problem(await reserve(bruno, 100, order_id=order_id)) == ("OTHER_MEMBER", ("orderId",))


async def test_the_order_may_name_the_points_that_are_asked_for_and_no_others(db: Db) -> None:
    ana = await buyer()

    assert reasons(await reserve(ana, 700, with_points(order_of("100.00"), 700))) == []
    assert problem(await reserve(ana, 300, with_points(order_of("100.00"), 299))) == (
        "OTHER_POINTS",
        ("order", "points"),
    )


async def test_a_refusal_holds_nothing_and_leaves_no_order_behind(db: Db) -> None:
    ana, order_id = await buyer(), fresh("basket")

    await reserve(ana, 99_999, order_id=order_id)

    assert await balances(ana) == Balances(available=1_200)
    assert await value(db, "SELECT count(*) FROM shop_order WHERE order_id = $1", order_id) == 0


async def test_twenty_at_once_hold_what_is_there_and_no_point_twice(db: Db) -> None:
    ana = await buyer(1_200)

    outcomes = await asyncio.gather(*(reserve(ana, 500) for _ in range(20)))

    assert sum(not outcome.errors for outcome in outcomes) == 2
    refused = [outcome.errors[0] for outcome in outcomes if outcome.errors]
    assert {(one.code, one.facts["available"]) for one in refused} <= {("INSUFFICIENT_POINTS", 200)}
    assert await balances(ana) == Balances(available=200, reserved=1_000)


async def test_twenty_at_once_for_one_order_are_one_reservation(db: Db) -> None:
    ana, order_id = await buyer(1_200), fresh("basket")

    outcomes = await asyncio.gather(*(reserve(ana, 500, order_id=order_id) for _ in range(20)))

    assert len({done(outcome).reservation_id for outcome in outcomes}) == 1
    assert await balances(ana) == Balances(available=700, reserved=500)


async def test_a_coupon_and_a_checkout_at_once_spend_no_point_twice(db: Db) -> None:
    ana = await buyer(1_200)

    await asyncio.gather(reserve(ana, 1_000), redeemed(ana, 900), return_exceptions=True)

    after = await balances(ana)
    assert (after.available, after.reserved) in {(200, 1_000), (300, 0)}
