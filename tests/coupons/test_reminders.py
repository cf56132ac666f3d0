"""Is a member told that a coupon is about to end, 30 and 7 days before, once each? (PROGRAMME 7, 11)"""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.coupons.back import give_back
from app.coupons.cancel import cancel_coupon
from app.database import Db, rows, transaction
from app.ledger.check import check_ledger
from app.ledger.hold import hold, settle_member
from app.orders.store import lock_order
from app.worker import sweep
from tests.client import fresh
from tests.coupons.makers import issued, purchased, reserved, row_of, used
from tests.ledger.makers import START, Person, call, clock_at, done, enrolled, notices, utc

LAST_DAY = "2026-08-28"  # 180 days after 1 March; it ends at 22:00 UTC
END = utc("2026-08-28T22:00:00")


async def told(person: Person) -> list[datetime]:
    """When the member was told of the end of a coupon."""
    return [notice["at"] for notice in await notices(person, "COUPON_EXPIRING")]


async def test_a_member_is_told_30_and_7_days_before_however_often_the_clock_is_asked(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person)

    for days in (1, 149, 150, 151, 172, 173, 174, 200):
        await clock_at(END + timedelta(days=days - 180))
        await asyncio.gather(*(settle_member(person.id) for _ in range(3)))

    assert await told(person) == [END - timedelta(days=30), END - timedelta(days=7)]
    [first, _] = await notices(person, "COUPON_EXPIRING")
    assert (first["coupon_id"], first["points"]) == (coupon.id, None)
    assert first["facts"] == {"value_minor": 500, "currency": "EUR", "last_usable_on": LAST_DAY}
    assert (await row_of(coupon.id))["notify_at"] is None


async def test_it_is_told_at_the_instant_itself(db: Db) -> None:
    person = await enrolled()
    await issued(person)

    await clock_at(END - timedelta(days=30, seconds=2))
    await settle_member(person.id)
    assert await told(person) == []
    await clock_at(END - timedelta(days=30))
    await settle_member(person.id)

    assert await told(person) == [END - timedelta(days=30)]


async def test_a_worker_tells_who_asks_for_nothing(db: Db) -> None:
    person = await enrolled()
    await issued(person)
    await clock_at(END - timedelta(days=29))

    while await sweep():
        pass

    assert await told(person) == [END - timedelta(days=30)]


async def test_after_a_long_absence_only_the_last_reminder_is_told(db: Db) -> None:
    person = await enrolled()
    await issued(person)
    await clock_at(END - timedelta(days=2))

    await settle_member(person.id)

    assert await told(person) == [END - timedelta(days=7)]


@pytest.mark.parametrize(
    ("valid_days", "days_before"), [(31, [30, 7]), (30, [30, 7]), (29, [7]), (7, [7]), (6, []), (1, [])]
)
async def test_what_is_valid_for_a_short_time_is_told_of_after_its_issue_alone(
    db: Db, valid_days: int, days_before: list[int]
) -> None:
    person = await enrolled()
    coupon = await issued(person, valid_days=valid_days)
    end = (await row_of(coupon.id))["expires_at"]

    for days in (30, 7, 1):
        await clock_at(max(START, end - timedelta(days=days)))
        await settle_member(person.id)

    assert await told(person) == [end - timedelta(days=days) for days in days_before]


async def test_a_coupon_that_is_used_or_cancelled_or_over_is_not_told_of(db: Db) -> None:
    person = await enrolled()
    by_order, by_purchase, by_staff = [await issued(person) for _ in range(3)]
    await used(by_order.code, fresh("basket"))
    await purchased(person, by_purchase.code)
    done(await cancel_coupon(call("cancelCoupon"), "ben", person.id, by_staff.id, "A mistake"))
    await issued(person, valid_days=20)

    await clock_at(START + timedelta(days=21, hours=14))
    await settle_member(person.id)

    assert await told(person) == []


async def test_a_coupon_that_a_checkout_holds_is_told_of(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person)
    await clock_at(END - timedelta(days=30, minutes=5))
    await reserved(coupon.code, fresh("basket"))
    await clock_at(END - timedelta(days=30))

    await settle_member(person.id)

    assert await told(person) == [END - timedelta(days=30)]


async def test_a_coupon_that_comes_back_is_told_of_again(db: Db) -> None:
    person = await enrolled()
    coupon, order_id = await issued(person), fresh("basket")
    await used(coupon.code, order_id)
    await clock_at(END - timedelta(days=20))
    await settle_member(person.id)

    async with transaction() as db_:
        order = await lock_order(db_, "mi.com", order_id)
        held = await hold(db_, person.id)
        await give_back(db_, order["id"], held.at)
    await clock_at(END - timedelta(days=7))
    await settle_member(person.id)

    assert await told(person) == [END - timedelta(days=7)]
    assert (await row_of(coupon.id))["notify_at"] is None


async def test_the_check_sees_an_account_that_would_miss_a_reminder(db: Db) -> None:
    person = await enrolled()
    await issued(person, valid_days=40)
    soon = START + timedelta(days=1)
    forgotten = "UPDATE account SET next_change_at = next_change_at + $2::interval WHERE member_id = $1"

    assert (await check_ledger()).problems == ()
    await rows(db, "UPDATE coupon SET notify_at = $2 WHERE member_id = $1", person.id, soon)
    missed = (await check_ledger()).problems
    await rows(db, "UPDATE account SET next_change_at = $2 WHERE member_id = $1", person.id, soon)
    assert (await check_ledger()).problems == ()
    await rows(db, forgotten, person.id, timedelta(seconds=1))

    assert [problem.partition(":")[0] for problem in missed] == ["account would miss what the clock changes"]
    assert len((await check_ledger()).problems) == 1
    await rows(db, "UPDATE account SET next_change_at = $2 WHERE member_id = $1", person.id, soon)
