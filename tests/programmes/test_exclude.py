"""Do excluded products neither earn nor take a discount, by the time of the activity, and is a fault in that seen?"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

import pytest

from app.database import Db, connection, rows, value
from app.ledger.check import check_ledger
from app.orders import purchase, swift_purchase
from app.programmes import exclude
from app.programmes.exclusions import EXCLUDED, exclusions_at
from app.rules.orders import Exclusions
from app.rules.revision import Revision
from tests.api.asking import read
from tests.ledger.faults import Seed, at_once, nothing_swift, replaced
from tests.ledger.makers import (
    START,
    clock_at,
    code_of,
    enrolled,
    order_of,
    ordered,
    present,
    redeemed,
    reviewed,
    shared,
)
from tests.programmes.makers import DAY, FIRST_OF_AN_ORDER, earned, excluded, included, number

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


async def many_at_once_leave_a_product_out_once() -> None:
    # A race needs its database connections open before it starts.
    await asyncio.gather(*(value(connection(), "SELECT pg_sleep(0.1)") for _ in range(10)))

    await asyncio.gather(*(excluded() for _ in range(10)))

    assert await number() == 1


async def the_time_of_the_activity_decides() -> None:
    person = await enrolled()
    before = await present()
    await clock_at(START + 2 * DAY)
    await excluded()
    await clock_at(START + 4 * DAY)
    await included()

    await ordered(person, order_of("1.00"), before)
    await ordered(person, order_of("20.00"), START + 3 * DAY)
    await ordered(person, order_of("300.00"))

    assert await earned(person) == 301


async def test_the_time_of_the_activity_decides_not_that_of_its_arrival() -> None:
    await the_time_of_the_activity_decides()


async def test_many_at_once_leave_a_product_out_once() -> None:
    await many_at_once_leave_a_product_out_once()


async def arrival_decides(db: Db, revision: Revision, at: datetime) -> Exclusions:
    return await exclusions_at(db, revision, await present())


async def nothing_is_excluded(db: Db, revision: Revision, at: datetime) -> Exclusions:
    return Exclusions()


def nothing_among(declared: object, revision: Revision) -> Exclusions:
    return Exclusions()


IN_FORCE = EXCLUDED.format(market="account.market_id", at="{at}.at")
ARRIVED_SWIFTLY = swift_purchase._READ.replace(IN_FORCE.format(at="happened"), IN_FORCE.format(at="moment"))


@pytest.mark.parametrize(
    ("seed", "probe"),
    [
        (
            replaced(exclude, _LOCK="SELECT code FROM market WHERE code = $1"),
            many_at_once_leave_a_product_out_once,
        ),
        (replaced(swift_purchase, _READ=ARRIVED_SWIFTLY), the_time_of_the_activity_decides),
        (replaced(swift_purchase, exclusions_among=nothing_among), the_time_of_the_activity_decides),
        (
            at_once(nothing_swift, replaced(purchase, exclusions_at=arrival_decides)),
            the_time_of_the_activity_decides,
        ),
        (
            at_once(nothing_swift, replaced(purchase, exclusions_at=nothing_is_excluded)),
            the_time_of_the_activity_decides,
        ),
    ],
    ids=[
        "the market is not locked",
        "the arrival decides",
        "an order asks nobody",
        "the arrival decides under a lock",
        "an order asks nobody under a lock",
    ],
)
async def test_it_is_found_when(
    monkeypatch: pytest.MonkeyPatch, seed: Seed, probe: Callable[[], Awaitable[None]]
) -> None:
    seed(monkeypatch)

    with pytest.raises(AssertionError):
        await probe()


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
