"""Do excluded products neither earn nor take a discount, by the time of the activity?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from app.database import Db, rows
from app.ledger.check import check_ledger
from tests.api.asking import read
from tests.ledger.makers import (
    code_of,
    enrolled,
    order_of,
    ordered,
    redeemed,
    reviewed,
    shared,
)
from tests.programmes.makers import FIRST_OF_AN_ORDER, earned, excluded

pytestmark = pytest.mark.usefixtures("programme")


async def test_an_excluded_product_earns_nothing_and_the_others_of_the_order_do() -> None:
    person = await enrolled()
    await excluded()

    await ordered(person, order_of("10.00", "7.00"))

    assert await earned(person) == 7
    assert (await check_ledger()).problems == ()


async def test_a_share_and_a_review_of_an_excluded_product_earn_nothing_and_say_why(programme: Db) -> None:
    person = await enrolled()
    await excluded()

    await shared(person, "SKU-0")
    await reviewed(person, "SKU-0")

    assert await earned(person) == 0
    reasons = await rows(programme, "SELECT DISTINCT reason FROM activity WHERE kind IN ('SHARE', 'REVIEW')")
    assert [found["reason"] for found in reasons] == ["EXCLUDED"]


async def test_a_coupon_takes_nothing_off_an_excluded_product(programme: Db) -> None:
    person = await enrolled()
    coupon = await redeemed(person, 10)
    await excluded()

    await ordered(person, order_of("10.00", "7.00", coupon_code=await code_of(coupon.coupon_id)))

    lines = await rows(programme, "SELECT sku, coupon_minor FROM order_line ORDER BY sku")
    assert [tuple(line) for line in lines] == [("SKU-0", 0), ("SKU-1", 100)]
    assert await earned(person) == 6


async def test_what_was_earned_before_stays_earned() -> None:
    person = await enrolled()
    await ordered(person, order_of("10.00"))

    await excluded()

    assert await earned(person) == 10


async def test_the_list_takes_one_statement_beside_that_of_the_moment(
    counted: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    await excluded(replace(FIRST_OF_AN_ORDER, skus=tuple(f"A-{number}" for number in range(50))))
    document = "{ programme(market: ES) { exclusions(first: 100) { edges { node { sku } } } } }"
    await read(document)

    with counted() as statements:
        edges = (await read(document))["programme"]["exclusions"]["edges"]

    assert len(edges) == 50
    assert len(statements) == 2
