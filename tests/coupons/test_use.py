"""How does a coupon live in the database: held, used, let go, timed out, ended? (PROGRAMME 7)"""

from datetime import timedelta
from typing import Any

import pytest

from app.coupons.back import give_back
from app.database import Db, connection, rows, transaction
from app.ledger.hold import hold
from app.orders.store import lock_order
from tests.client import fresh
from tests.coupons.makers import (
    Issued,
    issued,
    purchased,
    reasons,
    released,
    reserved,
    row_of,
    stands,
    used,
    validated,
)
from tests.ledger.makers import START, Person, clock_at, enrolled, utc

HALF_AN_HOUR = timedelta(minutes=30)  # revision.reservation_minutes of SEED-2020


async def stand(person: Person, status: str) -> None:
    await rows(connection(), "UPDATE account SET status = $2 WHERE member_id = $1", person.id, status)


async def excluded(sku: str) -> None:
    """From now on this product is left out in Spain."""
    sql = "INSERT INTO exclusion (market_id, sku, from_at) VALUES ('ES', $1, programme_now())"
    await rows(connection(), sql, sku)


async def cancelled(order_id: str, person: Person) -> int | None:
    """The coupon that a cancelled order gives back."""
    async with transaction() as db:
        order = await lock_order(db, "mi.com", order_id)
        held = await hold(db, person.id)
        await rows(db, "UPDATE shop_order SET cancelled_at = $2 WHERE id = $1", order["id"], held.at)
        return await give_back(db, order["id"], held.at)


async def test_a_checkout_holds_a_coupon_for_half_an_hour_and_no_longer(db: Db) -> None:
    coupon = await issued(await enrolled())
    ours, another = fresh("basket"), fresh("basket")

    held = await reserved(coupon.code, ours)
    until = (await row_of(coupon.id))["reserved_until"]

    assert held.figures == {"discount_minor": 500}
    assert timedelta(0) <= until - (START + HALF_AN_HOUR) < timedelta(minutes=1)
    assert await stands(coupon) == "RESERVED"
    assert reasons(await reserved(coupon.code, another)) == ["COUPON_NOT_USABLE"]
    await clock_at(until + timedelta(seconds=1))
    assert await stands(coupon) == "ISSUED"
    assert reasons(await reserved(coupon.code, another)) == []
    assert reasons(await reserved(coupon.code, ours)) == ["COUPON_NOT_USABLE"]


async def test_held_again_for_the_same_order_it_is_the_same_reservation(db: Db) -> None:
    coupon = await issued(await enrolled())
    order_id = fresh("basket")
    await reserved(coupon.code, order_id)
    first = await row_of(coupon.id)
    await clock_at(START + timedelta(minutes=20))

    again = await reserved(coupon.code, order_id, "3.00")

    assert again.figures == {"discount_minor": 300}
    assert await row_of(coupon.id) == first


@pytest.mark.parametrize("held_first", [True, False])
async def test_a_coupon_is_used_once_for_one_order(db: Db, held_first: bool) -> None:
    coupon = await issued(await enrolled())
    ours, another = fresh("basket"), fresh("basket")
    if held_first:
        await reserved(coupon.code, ours)

    assert reasons(await used(coupon.code, ours)) == []
    first = await row_of(coupon.id)
    assert reasons(await used(coupon.code, ours)) == []
    assert reasons(await reserved(coupon.code, ours)) == []

    assert (await row_of(coupon.id)) == first
    assert (first["status"], first["notify_at"], first["reserved_until"]) == ("USED", None, None)
    assert reasons(await used(coupon.code, another)) == ["COUPON_NOT_USABLE"]
    assert reasons(await reserved(coupon.code, another)) == ["COUPON_NOT_USABLE"]
    assert reasons(await released(coupon.code, ours)) == ["COUPON_NOT_USABLE"]


async def test_what_is_let_go_is_free_for_another_order(db: Db) -> None:
    coupon = await issued(await enrolled())
    ours, another = fresh("basket"), fresh("basket")
    await reserved(coupon.code, ours)

    assert reasons(await released(coupon.code, another)) == ["COUPON_NOT_USABLE"]
    assert await stands(coupon) == "RESERVED"
    for _ in range(2):
        assert reasons(await released(coupon.code, ours)) == []
        assert await stands(coupon) == "ISSUED"
    assert reasons(await used(coupon.code, another)) == []


async def test_a_coupon_is_good_through_its_last_day_and_as_long_as_a_checkout_holds_it(db: Db) -> None:
    person = await enrolled()
    free, held, late = [await issued(person, valid_days=1) for _ in range(3)]
    order_id = fresh("basket")

    await clock_at(utc("2026-03-02T22:50:00"))  # 23:50 in Madrid, on the last day
    for coupon in (held, late):
        await reserved(coupon.code, order_id)
    await clock_at(utc("2026-03-02T23:00:00"))

    assert await stands(free) == "EXPIRED"
    assert reasons(await used(free.code, fresh("basket"))) == ["COUPON_EXPIRED"]
    assert reasons(await released(free.code, fresh("basket"))) == []
    assert await stands(held) == "RESERVED"
    assert reasons(await used(held.code, order_id)) == []
    await clock_at(utc("2026-03-02T23:21:00"))
    assert await stands(late) == "EXPIRED"
    assert reasons(await used(late.code, order_id)) == ["COUPON_EXPIRED"]


async def test_a_purchase_uses_what_its_order_holds_or_has_used(db: Db) -> None:
    person = await enrolled()
    for prepare in (reserved, used):
        coupon, order_id = await issued(person), fresh("basket")
        await prepare(coupon.code, order_id)
        when = (await row_of(coupon.id))["used_at"]

        outcome = await purchased(person, coupon.code, order_id)

        assert (reasons(outcome), outcome.coupon_id) == ([], coupon.id)
        assert (await row_of(coupon.id))["used_at"] == when or when is None
        assert await stands(coupon) == "USED"
        assert reasons(await purchased(person, coupon.code)) == ["COUPON_NOT_USABLE"]


async def test_a_purchase_told_late_uses_what_it_could_use_then(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person, valid_days=1)
    await clock_at(utc("2026-03-05T12:00:00"))

    assert reasons(await purchased(person, coupon.code, at=utc("2026-03-02T23:00:00"))) == ["COUPON_EXPIRED"]
    assert reasons(await purchased(person, coupon.code, at=utc("2026-03-02T22:59:59"))) == []


@pytest.mark.parametrize(
    ("prices", "discount", "reason"),
    [
        (("20.00",), 500, None),
        (("19.99",), None, "BELOW_MINIMUM_ORDER"),
        (("19.99", "100.00"), None, "BELOW_MINIMUM_ORDER"),  # the second is excluded by the coupon
        (("20.00", "100.00"), 500, None),
        (("10.00", "100.00", "10.00"), 500, None),
        (("20.00", "1.00", "1.00", "99.00"), 500, None),  # the fourth is excluded by its category
        (("0.00", "30.00"), None, "NO_ELIGIBLE_LINES"),
    ],
)
async def test_excluded_products_count_for_nothing(
    db: Db, prices: tuple[str, ...], discount: int | None, reason: str | None
) -> None:
    terms: dict[str, Any] = {"minimum_order_minor": 2_000, "excluded_skus": ["SKU-1"], "excluded_categories": ["CAT-3"]}
    coupon = await issued(await enrolled(), **terms)

    quote = await validated(coupon.code, *prices)
    held = await reserved(coupon.code, fresh("basket"), *prices)

    assert quote.discount_minor == held.figures.get("discount_minor") == discount
    assert [refusal.code for refusal in quote.refusals] == reasons(held) == ([reason] if reason else [])
    assert await stands(coupon) == ("ISSUED" if reason else "RESERVED")


async def test_what_the_programme_excludes_takes_no_discount_either(db: Db) -> None:
    coupon = await issued(await enrolled())
    await excluded("SKU-0")
    try:
        assert reasons(await reserved(coupon.code, fresh("basket"))) == ["NO_ELIGIBLE_LINES"]
        assert [one.code for one in (await validated(coupon.code)).refusals] == ["NO_ELIGIBLE_LINES"]
        assert (await reserved(coupon.code, fresh("basket"), "30.00", "2.00")).figures == {"discount_minor": 200}
    finally:
        await rows(connection(), "DELETE FROM exclusion")


async def test_every_reason_is_told_before_a_checkout(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person, minimum_order_minor=2_000, valid_days=1)
    await clock_at(START + timedelta(days=3))
    await stand(person, "SUSPENDED")

    quote = await validated(coupon.code, "19.99")

    assert (quote.coupon_id, quote.discount_minor) == (coupon.id, None)
    assert [one.code for one in quote.refusals] == ["COUPON_EXPIRED", "BELOW_MINIMUM_ORDER"]
    await clock_at(START)
    assert [one.code for one in (await validated(coupon.code)).refusals] == ["ACCOUNT_SUSPENDED"]


async def test_a_coupon_is_its_members_alone(db: Db) -> None:
    owner, other = await enrolled(), await enrolled()
    coupon, order_id = await issued(owner), fresh("basket")
    await purchased(other, None, order_id)

    assert reasons(await purchased(other, coupon.code)) == ["COUPON_NOT_FOUND"]
    assert [one.code for one in (await validated(coupon.code, owner=other)).refusals] == ["COUPON_NOT_FOUND"]
    assert (await validated(coupon.code, owner=owner)).discount_minor == 500
    for outcome in (await reserved(coupon.code, order_id), await used(coupon.code, order_id)):
        assert [(error.facts["problem"], error.path) for error in outcome.errors] == [("OTHER_MEMBER", ("orderId",))]
    assert await stands(coupon) == "ISSUED"


async def test_one_order_uses_one_coupon(db: Db) -> None:
    person = await enrolled()
    first, second = await issued(person), await issued(person)
    order_id = fresh("basket")
    await used(first.code, order_id)

    assert reasons(await used(second.code, order_id)) == ["COUPON_NOT_USABLE"]
    assert reasons(await reserved(second.code, order_id)) == ["COUPON_NOT_USABLE"]
    assert reasons(await purchased(person, second.code, order_id)) == ["COUPON_NOT_USABLE"]


@pytest.mark.parametrize(("status", "reason"), [("SUSPENDED", "ACCOUNT_SUSPENDED"), ("CLOSED", "ACCOUNT_CLOSED")])
async def test_a_barred_member_begins_nothing_but_ends_what_was_begun(db: Db, status: str, reason: str) -> None:
    person = await enrolled()
    begun, free = await issued(person), await issued(person)
    order_id = fresh("basket")
    await reserved(begun.code, order_id)
    await stand(person, status)

    assert reasons(await reserved(free.code, fresh("basket"))) == [reason]
    assert reasons(await used(free.code, fresh("basket"))) == [reason]
    assert reasons(await purchased(person, free.code)) == [reason]
    assert reasons(await used(begun.code, order_id)) == []


@pytest.mark.parametrize("begin", [reserved, used])
async def test_a_cancelled_order_gives_its_coupon_back_with_its_own_code_and_end(db: Db, begin: object) -> None:
    person = await enrolled()
    coupon, order_id = await issued(person), fresh("basket")
    before = await row_of(coupon.id)
    assert callable(begin)
    await begin(coupon.code, order_id)

    back = await cancelled(order_id, person)

    assert back == coupon.id
    assert await row_of(coupon.id) == before
    assert await cancelled(order_id, person) is None
    assert reasons(await used(coupon.code, order_id)) == ["COUPON_NOT_USABLE"]
    assert reasons(await released(coupon.code, order_id)) == []
    assert reasons(await purchased(person, coupon.code)) == []


async def test_a_coupon_that_comes_back_after_its_end_has_ended(db: Db) -> None:
    person = await enrolled()
    coupon, order_id = await issued(person, valid_days=1), fresh("basket")
    await used(coupon.code, order_id)
    await clock_at(START + timedelta(days=3))

    assert await cancelled(order_id, person) == coupon.id

    assert await stands(coupon) == "EXPIRED"
    assert (await row_of(coupon.id))["notify_at"] is None


async def test_an_order_without_a_coupon_gives_none_back(db: Db) -> None:
    assert await cancelled(fresh("basket"), await enrolled()) is None


async def test_a_checkout_says_which_order_in_words_that_can_be_stored(db: Db) -> None:
    coupon = await issued(await enrolled())

    for order_id in ("", " ", "x" * 129, "nul\0"):
        assert reasons(await used(coupon.code, order_id)) == ["INVALID_INPUT"]


async def test_an_order_that_is_none_holds_nothing(db: Db) -> None:
    coupon: Issued = await issued(await enrolled())

    outcome = await reserved(coupon.code, fresh("basket"), "-1.00")

    assert [(error.code, error.path) for error in outcome.errors] == [
        ("INVALID_INPUT", ("order", "lines", "0", "unitPrice"))
    ]
    assert await stands(coupon) == "ISSUED"
