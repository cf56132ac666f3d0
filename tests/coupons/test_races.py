"""What happens when many checkouts want the same coupon at the same instant?"""

import asyncio
from collections.abc import Awaitable

from app.database import Db, value
from app.ledger.check import check_ledger
from app.requests.outcome import Outcome
from tests.client import fresh
from tests.coupons.makers import (
    issued,
    purchased,
    reasons,
    released,
    reserved,
    row_of,
    stands,
    used,
)
from tests.ledger.makers import enrolled

TWENTY = 20


async def together(*asked: Awaitable[Outcome]) -> list[Outcome]:
    return list(await asyncio.gather(*asked))


def won(outcomes: list[Outcome]) -> int:
    """How many were not refused; the others were, for one reason."""
    assert {code for outcome in outcomes for code in reasons(outcome)} <= {"COUPON_NOT_USABLE"}
    return sum(not outcome.errors for outcome in outcomes)


async def test_of_20_orders_that_use_one_coupon_one_does(db: Db) -> None:
    coupon = await issued(await enrolled())

    assert won(await together(*(used(coupon.code, fresh("basket")) for _ in range(TWENTY)))) == 1

    assert await stands(coupon) == "USED"


async def test_of_20_orders_that_name_one_coupon_one_is_recorded(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person)
    orders = [fresh("basket") for _ in range(TWENTY)]

    assert won(await together(*(purchased(person, coupon.code, order_id) for order_id in orders))) == 1

    known = "SELECT count(*) FROM shop_order WHERE order_id = ANY ($1::text[]) AND activity_id IS NOT NULL"
    assert await value(db, known, orders) == 1
    assert (await check_ledger()).problems == ()


async def test_of_20_checkouts_one_holds_the_coupon(db: Db) -> None:
    coupon = await issued(await enrolled())

    assert won(await together(*(reserved(coupon.code, fresh("basket")) for _ in range(TWENTY)))) == 1

    assert await stands(coupon) == "RESERVED"


async def test_one_order_that_uses_its_coupon_20_times_uses_it_once(db: Db) -> None:
    person = await enrolled()
    coupon, order_id = await issued(person), fresh("basket")

    mixed = [used(coupon.code, order_id) for _ in range(TWENTY // 2)]
    mixed += [purchased(person, coupon.code, order_id) for _ in range(TWENTY // 2)]

    assert won(await together(*mixed)) == TWENTY
    assert (await row_of(coupon.id))["status"] == "USED"


async def test_two_coupons_of_one_order_are_not_both_used(db: Db) -> None:
    person = await enrolled()
    coupons = [await issued(person) for _ in range(4)]
    order_id = fresh("basket")

    assert won(await together(*(used(coupon.code, order_id) for coupon in coupons))) == 1

    assert sorted([await stands(coupon) for coupon in coupons]) == ["ISSUED"] * 3 + ["USED"]


async def test_who_lets_go_and_who_uses_never_leave_a_coupon_in_between(db: Db) -> None:
    person = await enrolled()
    for _ in range(5):
        coupon, ours, another = await issued(person), fresh("basket"), fresh("basket")
        await reserved(coupon.code, ours)

        let_go, ours_used, anothers = await together(
            released(coupon.code, ours), used(coupon.code, ours), reserved(coupon.code, another)
        )

        found = await row_of(coupon.id)
        if not ours_used.errors:
            assert (found["status"], found["reserved_until"]) == ("USED", None)
            assert anothers.errors
        elif not anothers.errors:
            assert (found["status"], let_go.errors) == ("RESERVED", ())
        assert (found["status"] == "ISSUED") == (found["order_id"] is None)
