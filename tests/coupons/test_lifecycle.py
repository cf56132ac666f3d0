"""How does a coupon stand at each instant, and which order may have it? (PROGRAMME 7)"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.coupons.lifecycle import CouponState, standing, why_not
from app.rules.orders import CouponTerms

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
END = NOON + timedelta(days=1)
OURS, ANOTHER = 7, 8
COUPON = CouponState(1, 1, "ISSUED", END, None, None, CouponTerms(500))


def held_by(order_id: int, until: datetime) -> CouponState:
    return replace(COUPON, status="RESERVED", order_id=order_id, reserved_until=until)


@pytest.mark.parametrize(
    ("status", "reserved_until", "at", "stands"),
    [
        ("ISSUED", None, NOON, "ISSUED"),
        ("ISSUED", None, END - MOMENT, "ISSUED"),
        ("ISSUED", None, END, "EXPIRED"),
        ("RESERVED", NOON + timedelta(minutes=30), NOON, "RESERVED"),
        ("RESERVED", NOON + timedelta(minutes=30), NOON + timedelta(minutes=30) - MOMENT, "RESERVED"),
        ("RESERVED", NOON + timedelta(minutes=30), NOON + timedelta(minutes=30), "ISSUED"),
        ("RESERVED", END + timedelta(minutes=9), END, "RESERVED"),
        ("RESERVED", END + timedelta(minutes=9), END + timedelta(minutes=9), "EXPIRED"),
        ("USED", None, END, "USED"),
        ("CANCELLED", None, END, "CANCELLED"),
    ],
)
def test_a_coupon_stands_as_the_clock_says(
    status: str, reserved_until: datetime | None, at: datetime, stands: str
) -> None:
    assert standing(status, END, reserved_until, at) == stands


@pytest.mark.parametrize(
    ("coupon", "at", "reason"),
    [
        (COUPON, NOON, None),
        (COUPON, END - MOMENT, None),
        (COUPON, END, "COUPON_EXPIRED"),
        (held_by(OURS, END + timedelta(minutes=9)), END, None),
        (held_by(OURS, END + timedelta(minutes=9)), END + timedelta(minutes=9), "COUPON_EXPIRED"),
        (held_by(OURS, NOON), NOON + timedelta(minutes=1), None),
        (held_by(ANOTHER, NOON + MOMENT), NOON, "COUPON_NOT_USABLE"),
        (held_by(ANOTHER, NOON), NOON, None),
        (held_by(ANOTHER, END + MOMENT), END + MOMENT, "COUPON_EXPIRED"),
        (replace(COUPON, status="USED", order_id=OURS), END, None),
        (replace(COUPON, status="USED", order_id=ANOTHER), NOON, "COUPON_NOT_USABLE"),
        (replace(COUPON, status="CANCELLED"), NOON, "COUPON_NOT_USABLE"),
    ],
)
def test_an_order_may_have_what_nobody_else_has(coupon: CouponState, at: datetime, reason: str | None) -> None:
    assert why_not(coupon, OURS, at, at) == reason


def test_an_order_told_later_has_what_it_could_have_when_it_was_placed() -> None:
    placed, told = END - timedelta(minutes=1), END + timedelta(hours=2)

    assert why_not(COUPON, OURS, placed, told) is None
    assert why_not(held_by(OURS, END + timedelta(minutes=9)), OURS, END + timedelta(minutes=8), told) is None
    assert why_not(held_by(ANOTHER, placed + timedelta(minutes=5)), OURS, placed, told) is None
    assert why_not(held_by(ANOTHER, told + MOMENT), OURS, placed, told) == "COUPON_NOT_USABLE"


def test_without_an_order_nothing_is_ones_own() -> None:
    assert why_not(COUPON, None, NOON, NOON) is None
    assert why_not(replace(COUPON, status="USED", order_id=None), None, NOON, NOON) == "COUPON_NOT_USABLE"
    assert why_not(held_by(OURS, END), None, NOON, NOON) == "COUPON_NOT_USABLE"
