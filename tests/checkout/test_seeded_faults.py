"""Would we see a fault in what pays for an order? Each, put into the running program, is caught by its checker."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.checkout import capture as capturing
from app.checkout import release as releasing
from app.checkout import reserve as reserving
from app.checkout.models import Reservation
from app.checkout.store import reservation_of
from app.database import Db, rows
from app.ledger import clawback, hold
from app.ledger.account import Balances
from app.ledger.end_hold import spend_anew
from app.ledger.hold import Held
from app.orders import purchase as purchasing
from app.orders.lines import LineGiven, OrderGiven
from app.requests.outcome import Outcome
from app.rules import orders
from tests.checkout.makers import (
    HALF_AN_HOUR,
    buyer,
    capture,
    held,
    order_id_of,
    problem,
    purchase,
    reasons,
    release,
    reserve,
    stand,
)
from tests.client import fresh
from tests.faults.fault import Checker, Fault, Seed, at_once, changed, each_checker_of, each_of, replaced
from tests.ledger.makers import (
    START,
    balances,
    bought,
    clawed_back,
    clock_at,
    code_of,
    done,
    enrolled,
    lot_of,
    order_of,
    ordered,
    redeemed,
)

pytestmark = pytest.mark.fault

DEAR = Decimal("50.00")
soundly_captured, known = capturing.capture, reserving._known


@pytest.fixture(autouse=True)
async def ledger_agrees() -> None:
    """A fault may well leave a ledger that does not."""


async def what_was_captured_stays_as_it_was(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 400)
    done(await capture(reservation, 300))

    assert reasons(await capture(reservation, 200)) == ["RESERVATION_NOT_HELD"]
    assert reasons(await release(reservation)) == ["RESERVATION_NOT_HELD"]
    assert await balances(ana) == Balances(available=900)


async def what_is_let_go_is_let_go_once(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 400)
    await held(ana, 300)

    for _ in range(2):
        done(await release(reservation))

    assert await balances(ana) == Balances(available=900, reserved=300)


async def a_late_capture_is_whole_or_refused(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)
    await clock_at(START + HALF_AN_HOUR + timedelta(minutes=1))
    await redeemed(ana, 800)

    late = await capture(reservation)

    assert [(error.code, error.facts) for error in late.errors] == [("CAPTURE_SHORTFALL", {"missing": 300})]
    assert await balances(ana) == Balances(available=400)


async def who_was_suspended_meanwhile_pays_nothing_anew(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 700)
    await clock_at(START + HALF_AN_HOUR + timedelta(minutes=1))
    await stand(ana, "SUSPENDED")

    assert reasons(await capture(reservation)) == ["ACCOUNT_SUSPENDED"]
    assert await balances(ana) == Balances(available=1_200)


async def what_is_held_is_never_taken_back(db: Db) -> None:
    ana = await enrolled()
    award = await bought(ana, 1_000, delivered=True)
    await held(ana, 1_000)

    await clawed_back(ana, await lot_of(award), 1_000)

    assert await balances(ana) == Balances(reserved=1_000, debt=950)


async def what_points_paid_for_earns_nothing(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 1_000)

    done(await purchase(ana, order_of("100.00"), order_id=await order_id_of(reservation), reservation_id=reservation))

    assert await balances(ana) == Balances(available=200, pending=90)


async def points_of_another_member_pay_nothing(db: Db) -> None:
    ana, ben = await buyer(1_200), await buyer(1_200)
    reservation = await held(ana, 1_000)
    order_id = await order_id_of(reservation)

    paid = await purchase(ben, order_of("100.00"), order_id=order_id, reservation_id=reservation)

    assert reasons(paid) == ["RESERVATION_NOT_HELD"]
    assert (await balances(ana)).reserved == 1_000


async def an_order_is_paid_once(db: Db) -> None:
    ana, order_id = await buyer(1_200), fresh("basket")
    done(await capture(await held(ana, 400, order_id=order_id)))

    assert problem(await reserve(ana, 400, order_id=order_id)) == ("ALREADY_RECORDED", ("orderId",))
    assert await balances(ana) == Balances(available=800)


async def no_more_than_the_order_is_worth_is_held(db: Db) -> None:
    ana = await buyer(1_200)

    assert reasons(await reserve(ana, 1_001, order_of("10.00"))) == ["ABOVE_MAXIMUM_SHARE"]
    assert reasons(await reserve(ana, 1_000, order_of("10.00"))) == []


async def a_discount_is_shared_out_to_the_cent(db: Db) -> None:
    ana = await buyer(1_200)
    coupon = await redeemed(ana, 100)  # 1.00 off

    order = await ordered(ana, order_of("9.99", "9.99", "9.99", coupon_code=await code_of(coupon.coupon_id)))

    lines = await rows(
        db,
        "SELECT coupon_minor, net_minor FROM order_line JOIN shop_order ON shop_order.id = order_line.order_id"
        " WHERE activity_id = $1",
        order.activity_id,
    )
    assert sum(line["coupon_minor"] for line in lines) == 100
    assert sum(line["net_minor"] for line in lines) == 2_897


async def shipping_and_discounts_of_the_shop_earn_nothing(db: Db) -> None:
    ana = await enrolled()

    await ordered(ana, OrderGiven("EUR", (LineGiven("ONE", DEAR, 2, discount=DEAR),), shipping=DEAR))

    assert await balances(ana) == Balances(available=50, pending=50)


def captured_again(patch: pytest.MonkeyPatch) -> None:
    async def capture_again(db: Db, account: Held, reservation: Reservation, points: int) -> Held | Outcome:
        if reservation.status == "CAPTURED":
            return await spend_anew(db, account, reservation.id, captured=points)
        return await soundly_captured(db, account, reservation, points)

    patch.setattr(capturing, "capture", capture_again)


def stands_as(status: str, instead_of: str) -> Seed:
    """A reservation is taken for one that stands otherwise."""

    async def mistaken(db: Db, reservation_id: int) -> Reservation | None:
        found = await reservation_of(db, reservation_id)
        if found is not None and found.status == instead_of:
            found.status = status
        return found

    return replaced(releasing, reservation_of=mistaken)


async def as_much_as_there_is(db: Db, account: Held, reservation: Reservation, points: int) -> Held | Outcome:
    if reservation.status == "EXPIRED":
        points = min(points, account.account.balances.available)
    return await soundly_captured(db, account, reservation, points)


async def paid_unseen(*given: Any) -> capturing.PaidWithPoints | Outcome:
    paid = await capturing.pay_order(*given)
    return paid if isinstance(paid, Outcome) else replace(paid, points=0)


def what_is_still_held(reservations: list[Reservation], account: Held, points: int) -> Outcome | None:
    return known([one for one in reservations if one.status == "HELD"], account, points)


def rounded_down(total: int, weights: list[int]) -> list[int]:
    return [total * weight // max(1, sum(weights)) for weight in weights]


async def anybodys(db: Db, account: Held, reservation_id: int, *_: object) -> capturing.PaidWithPoints | Outcome:
    reservation = await reservation_of(db, reservation_id)
    assert reservation is not None
    captured = await soundly_captured(db, account, reservation, reservation.points)
    return captured if isinstance(captured, Outcome) else capturing.PaidWithPoints(captured, reservation.points)


def before_discounts(line: orders.Line) -> int:
    return line.quantity * line.unit_price_minor


FAULTS = (
    Fault("a reservation is captured twice", captured_again, what_was_captured_stays_as_it_was),
    Fault(
        "a captured reservation is let go",
        at_once(stands_as("HELD", instead_of="CAPTURED"), changed(hold, "_HOLDS", "ELSE -move.points", "ELSE 0")),
        what_was_captured_stays_as_it_was,
    ),
    Fault(
        "a reservation is let go twice",
        at_once(stands_as("HELD", instead_of="RELEASED"), changed(hold, "_HOLDS", "ELSE -move.points", "ELSE 0")),
        what_is_let_go_is_let_go_once,
    ),
    Fault(
        "a late capture takes silently less",
        replaced(capturing, capture=as_much_as_there_is),
        a_late_capture_is_whole_or_refused,
    ),
    Fault(
        "a late capture asks nobody's leave",
        replaced(capturing, barred=lambda account: None),
        who_was_suspended_meanwhile_pays_nothing_anew,
    ),
    Fault(
        "what is held is taken back",
        changed(clawback, "_LOT", "remaining, posted_at", "remaining + lot.reserved AS remaining, posted_at"),
        what_is_held_is_never_taken_back,
    ),
    Fault(
        "what points paid for earns points",
        replaced(purchasing, pay_order=paid_unseen),
        what_points_paid_for_earns_nothing,
    ),
    Fault(
        "anybody's reservation pays",
        replaced(purchasing, pay_order=anybodys),
        points_of_another_member_pay_nothing,
    ),
    Fault(
        "points are held again for an order that is paid",
        replaced(reserving, _known=what_is_still_held),
        an_order_is_paid_once,
    ),
    Fault(
        "more is held than an order is worth",
        replaced(reserving, points_blocks=lambda *_: ()),
        no_more_than_the_order_is_worth_is_held,
    ),
    Fault(
        "a discount is rounded down line by line",
        replaced(orders, allocate=rounded_down),
        a_discount_is_shared_out_to_the_cent,
    ),
    Fault(
        "what the shop takes off earns points",
        replaced(orders.Line, gross_minor=property(before_discounts)),
        shipping_and_discounts_of_the_shop_earn_nothing,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
