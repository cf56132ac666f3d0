"""What is taken back when lines of an order come back, in any number of steps? (PROGRAMME 4)"""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.database import Db
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from app.orders.lines import OrderGiven
from app.orders.returns import ReturnLine
from app.requests.outcome import Outcome
from tests.ledger.makers import (
    START,
    balances,
    clock_at,
    code_of,
    done,
    enrolled,
    entries,
    left_and_came_back,
    logged_in,
    notices,
    redeemed,
    statement,
)
from tests.orders.makers import (
    activity,
    bought,
    buys,
    delivers,
    figures,
    kept,
    line,
    lot_parts,
    new_order,
    paid_with,
    returns,
    returns_recorded,
)

NINE = [line("9.99", sku=f"NINE-{number}") for number in (1, 2, 3)]


def refusals(outcome: Outcome) -> list[tuple[object, ...]]:
    """The codes of a refusal with their problems and paths."""
    return [(error.code, error.facts.get("problem"), error.path) for error in outcome.errors]


async def test_the_grant_less_the_floor_of_what_is_kept_comes_back_in_every_step_and_sums_to_the_grant(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, *NINE, delivered=True)

    steps = [figures(done(await returns(order.order_id, (one.sku, 1)))) for one in NINE]

    assert steps == [(10, 0, 0, 999), (10, 0, 0, 999), (9, 0, 0, 999)]
    assert await balances(person) == Balances(available=50)
    assert tuple(await activity(order.activity_id)) == (0, "WITHDRAWN", "RETURNED")


async def test_a_pending_award_shrinks_and_the_rest_posts(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, *NINE)

    await returns(order.order_id, ("NINE-1", 1))
    assert await balances(person) == Balances(pending=19, available=50)
    await delivers(order.order_id)

    assert await balances(person) == Balances(available=69)
    assert await statement(person) == [("EARN", 50), ("EARN", 29), ("CLAWBACK", 10), ("POST", 19)]
    assert (await lot_parts(person))[-1] == (29, 19, 0, 0, 10, 10)


async def test_a_line_is_returned_in_parts_of_its_quantity(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("3.34", 3, "THREE", discount=Decimal(2)), delivered=True)

    steps = [figures(done(await returns(order.order_id, ("THREE", 1)))) for _ in range(3)]

    assert [step[3] for step in steps] == [267, 267, 268]
    assert [step[0] for step in steps] == [3, 3, 2]
    assert await kept(order.order_id) == {"THREE": 0}


async def test_the_coupons_discount_stays_where_it_was_allocated(db: Db) -> None:
    person = await enrolled()
    await bought(person, line("30"), delivered=True)
    code = await code_of((await redeemed(person, 60)).coupon_id)  # a coupon of 1.00
    order = await bought(person, line("10", sku="A"), line("30", sku="B"), coupon=code, delivered=True)

    first = figures(done(await returns(order.order_id, ("A", 1))))
    second = figures(done(await returns(order.order_id, ("B", 1))))

    assert [first, second] == [(10, 0, 0, 975), (29, 0, 0, 2925)]


async def test_excluded_products_take_nothing_back_with_them(db: Db) -> None:
    person = await enrolled()
    await db.execute_query("INSERT INTO exclusion (market_id, sku) VALUES ('ES', 'GIFT-CARD')")
    order = await bought(person, line("10", sku="A"), line("25", sku="GIFT-CARD"), delivered=True)

    assert figures(done(await returns(order.order_id, ("GIFT-CARD", 1)))) == (0, 0, 0, 2500)
    assert figures(done(await returns(order.order_id, ("A", 1)))) == (10, 0, 0, 1000)


async def test_what_was_spent_becomes_debt_that_new_points_repay_first(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("100", sku="A"), delivered=True)
    await redeemed(person, 120)

    returned = done(await returns(order.order_id, ("A", 1)))
    await logged_in(person)

    assert figures(returned) == (100, 0, 70, 10000)
    assert await balances(person) == Balances(debt=40)
    assert (await statement(person))[-4:] == [("CLAWBACK", 30), ("DEBT", 70), ("EARN", 30), ("DEBT_REPAID", 30)]


@pytest.mark.parametrize(("half", "whole"), [((0, 0, 0, 5000), (30, 0, 30, 5000))])
async def test_a_refund_after_expiry_takes_what_was_spent_and_nothing_twice(
    db: Db, half: tuple[int, ...], whole: tuple[int, ...]
) -> None:
    await clock_at(START)
    person = await enrolled()
    order = await bought(person, line("50", 2, "A"), delivered=True)
    await redeemed(person, 80)  # 50 of the registration, 30 of the purchase
    await clock_at(START + timedelta(days=370))

    first = figures(done(await returns(order.order_id, ("A", 1))))
    second = figures(done(await returns(order.order_id, ("A", 1))))

    assert (first, second) == (half, whole)  # as it would have been had the halves come back before the end


async def test_the_member_is_told_in_activity_line_and_notice(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("40", sku="A"), delivered=True)

    await returns(order.order_id, ("A", 1))

    last = (await entries(person))[-1]
    (told,) = await notices(person, "CLAWED_BACK")
    assert (last["reason"], last["activity_id"]) == ("RETURNED", order.activity_id)
    assert (told["points"], told["activity_id"]) == (40, order.activity_id)
    assert (await activity(order.activity_id))["reason"] == "RETURNED"


async def test_the_same_return_again_is_answered_with_its_first_result_under_any_key(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("10", 3, "A"), delivered=True)
    await redeemed(person, 75)

    first = done(await returns(order.order_id, ("A", 1), return_id="same"))
    await logged_in(person)
    again = done(await returns(order.order_id, ("A", 2), return_id="same"))

    assert figures(first) == (10, 0, 5, 1000)
    assert again == first
    assert await kept(order.order_id) == {"A": 2}
    assert await returns_recorded(order.order_id) == 1


async def test_a_return_of_another_order_may_have_the_same_id(db: Db) -> None:
    person = await enrolled()
    orders = [await bought(person, line("10", sku="A"), delivered=True) for _ in range(2)]

    both = [figures(done(await returns(order.order_id, ("A", 1), return_id="one"))) for order in orders]

    assert both == [(10, 0, 0, 1000)] * 2


async def test_more_than_is_kept_is_refused_and_changes_nothing(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("10", 2, "A"), line("5", sku="B"), delivered=True)
    done(await returns(order.order_id, ("A", 1)))

    for given in ([("A", 2)], [("A", 1), ("A", 1)], [("B", 1), ("A", 2)]):
        assert refusals(await returns(order.order_id, *given)) == [("RETURN_EXCEEDS_ORDER", None, ("lines",))]

    assert await kept(order.order_id) == {"A": 1, "B": 1}
    assert await balances(person) == Balances(available=65)


@pytest.mark.parametrize(
    ("given", "problem", "path"),
    [
        ([("C", 1)], "UNKNOWN_ID", ("lines", "0", "sku")),
        ([ReturnLine("A", 1, "other")], "UNKNOWN_ID", ("lines", "0", "lineId")),
        ([ReturnLine("B", 1, "first")], "UNKNOWN_ID", ("lines", "0", "lineId")),
        ([("B", 1), ("A", 1)], "DUPLICATE_LINE", ("lines", "1", "sku")),
        ([], "EMPTY", ("lines",)),
        ([("B", 0)], "OUT_OF_RANGE", ("lines", "0", "quantity")),
        ([("B", 10_001)], "OUT_OF_RANGE", ("lines", "0", "quantity")),
        ([("", 1)], "EMPTY", ("lines", "0", "sku")),
        ([("B", 1)] * 201, "TOO_MANY", ("lines",)),
    ],
)
async def test_a_line_that_the_order_does_not_have_is_refused(
    db: Db, given: list[tuple[str, int]], problem: str, path: tuple[str, ...]
) -> None:
    person = await enrolled()
    order = await bought(
        person, line("10", sku="A", line_id="first"), line("20", sku="A", line_id="second"), line("5", sku="B")
    )

    assert refusals(await returns(order.order_id, *given)) == [("INVALID_INPUT", problem, path)]


async def test_a_sku_that_stands_twice_is_told_apart_by_its_line(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("10", sku="A", line_id="first"), line("20", sku="A", line_id="second"))

    assert figures(done(await returns(order.order_id, ReturnLine("A", 1, "second")))) == (20, 0, 0, 2000)


async def test_points_that_paid_come_back_to_their_own_lots_last_taken_first(db: Db) -> None:
    person = await enrolled()
    await bought(person, line("1000"), delivered=True)
    order_id = new_order()
    await paid_with(person, order_id, 60)  # 50 of the registration and then 10 of the purchase
    order = OrderGiven("EUR", (line("30", sku="A"), line("10", sku="B")), points=60)
    done(await buys(person, order_id, order))

    first = figures(done(await returns(order_id, ("B", 1))))
    parts = await lot_parts(person)
    second = figures(done(await returns(order_id, ("A", 1))))

    assert first == (10, 15, 0, 985)
    assert [part[3] for part in parts] == [45, 0, 0]
    assert second == (29, 45, 0, 2955)
    assert await balances(person) == Balances(available=1050)


async def test_points_that_the_shop_told_of_come_back_through_the_shop_alone(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("30", sku="A"), points=100)

    assert figures(done(await returns(order.order_id, ("A", 1)))) == (29, 0, 0, 2900)


async def test_a_closed_account_has_given_its_points_up(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("30", sku="A"), delivered=True)
    await db.execute_query("UPDATE account SET status = 'CLOSED' WHERE member_id = $1", [person.id])

    returned = done(await returns(order.order_id, ("A", 1)))

    assert figures(returned) == (0, 0, 0, 3000)
    assert await balances(person) == Balances(available=80)


@pytest.mark.parametrize(("half", "whole"), [((0, 0, 0, 5000), (30, 0, 30, 5000))])
async def test_who_left_and_came_back_owes_what_was_spent_and_not_what_was_given_up(
    db: Db, half: tuple[int, ...], whole: tuple[int, ...]
) -> None:
    person = await enrolled()
    order = await bought(person, line("50", 2, "A"), delivered=True)
    await redeemed(person, 80)  # 50 of the registration, 30 of the purchase
    await left_and_came_back(person)

    first = figures(done(await returns(order.order_id, ("A", 1))))
    second = figures(done(await returns(order.order_id, ("A", 1))))

    assert (first, second) == (half, whole)


async def test_a_suspended_member_may_give_back_what_they_bought(db: Db) -> None:
    person = await enrolled()
    order = await bought(person, line("30", sku="A"), delivered=True)
    await db.execute_query("UPDATE account SET status = 'SUSPENDED' WHERE member_id = $1", [person.id])

    assert figures(done(await returns(order.order_id, ("A", 1)))) == (30, 0, 0, 3000)


async def test_the_ledger_agrees_after_all_that(db: Db) -> None:
    assert (await check_ledger()).problems == ()
