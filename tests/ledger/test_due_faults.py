"""Would we see it if nobody knew when points end that come to an account of which nothing was due? By the check."""

from datetime import timedelta

import pytest

from app.coupons.cancel import cancel_coupon
from app.database import Db, connection, value
from app.ledger import adjust, reinstate, restore
from tests.activities.makers import approves, deletes, named, reinstates, writes
from tests.coupons.makers import issued
from tests.faults.fault import Checker, Fault, each_checker_of, each_of, replaced, the_check_sees
from tests.ledger.faults import posted_without_an_end
from tests.ledger.makers import START, Person, balances, call, clock_at, done, enrolled, redeemed
from tests.staff.makers import adjusted

pytestmark = pytest.mark.fault

MISSED = "account would miss what the clock changes"


async def nothing_is_due(person: Person) -> None:
    """Nearly a year later all points are spent, and their member was told of the end of every coupon."""
    await clock_at(START + timedelta(days=345))
    await balances(person)
    due = "SELECT next_change_at FROM account WHERE member_id = $1"
    assert await value(connection(), due, person.id) is None


async def points_come_back_from_a_coupon() -> None:
    await clock_at(START)
    person = await enrolled()
    coupon = await issued(person, price_points=50, valid_days=350)
    await nothing_is_due(person)

    done(await cancel_coupon(call("cancelCoupon"), "ben", person.id, coupon.id, "A mistake"))


async def points_come_back_to_a_review() -> None:
    await clock_at(START)
    person = await enrolled()
    await redeemed(person, 50)
    review_id = named("review")
    review = done(await writes(person, review_id))
    done(await approves(review_id))
    done(await deletes(review_id))
    await nothing_is_due(person)

    await reinstates(person, review.activity_id)


async def points_come_from_staff() -> None:
    await clock_at(START)
    person = await enrolled()
    await redeemed(person, 50)
    await nothing_is_due(person)

    await adjusted(person, 40)


FAULTS = (
    Fault(
        "nobody knows when points end that come back from a coupon",
        replaced(restore, post=posted_without_an_end),
        the_check_sees(MISSED, points_come_back_from_a_coupon),
    ),
    Fault(
        "nobody knows when points end that were reinstated",
        replaced(reinstate, post=posted_without_an_end),
        the_check_sees(MISSED, points_come_back_to_a_review),
    ),
    Fault(
        "nobody knows when points end that staff have given",
        replaced(adjust, post=posted_without_an_end),
        the_check_sees(MISSED, points_come_from_staff),
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(own: Db, checker: Checker) -> None:
    await checker(own)


@each_of(FAULTS)
async def test_it_is_caught_that(own: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(own, monkeypatch)
