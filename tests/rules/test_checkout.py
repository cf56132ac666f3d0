"""How much may points pay, and which way to pay comes first? (PROGRAMME 7, 8)"""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.checkout import (
    MAXIMUM_WAYS,
    Basket,
    CouponAtHand,
    Ending,
    Purse,
    Way,
    maximum_points,
    points_blocks,
    usable_points,
    ways_to_pay,
)
from app.rules.orders import CouponTerms, Exclusions, Line, OrderRefusal, PricedOrder
from tests.rules.makers import revision, utc


def basket(*prices: int, purse: Purse | None = None, shipping: int = 0, **given: Any) -> Basket:
    """An order of a line for each price in cents, by a member with 5,000 points unless told otherwise."""
    lines = tuple(Line(str(number), f"SKU-{number}", 1, price) for number, price in enumerate(prices, start=1))
    exclusions = given.pop("exclusions", Exclusions())
    ending = given.pop("ending", None)
    return Basket(revision(**given), lines, exclusions, shipping, purse or Purse(5_000, 5_000), ending)


def priced(chosen: Basket, coupon: CouponTerms | None = None) -> PricedOrder:
    order = chosen.priced(coupon)
    assert isinstance(order, PricedOrder)
    return order


def codes(chosen: Basket, points: int) -> list[str]:
    """Why so many points cannot pay for it."""
    return [one.code for one in points_blocks(chosen.revision, chosen.purse, priced(chosen), points)]


def held(number: int, value_minor: int = 500, *, ends: str = "2026-09-01", **given: Any) -> CouponAtHand:
    return CouponAtHand(
        CouponTerms(value_minor, **given),
        coupon_id=number,
        last_usable_on=date.fromisoformat(ends),
        ends_at=datetime.fromisoformat(f"{ends}T22:00:00+00:00"),
    )


def offer(number: int, price: int, value_minor: int, *blocked_by: OrderRefusal, **given: Any) -> CouponAtHand:
    return CouponAtHand(
        CouponTerms(value_minor, **given), offer_id=number, price_points=price, blocked_by=tuple(blocked_by)
    )


def said(ways: list[Way]) -> list[tuple[str, int, int]]:
    """Kind, points and what is left to pay of those that can be used."""
    return [(way.kind, way.points, way.to_pay_minor) for way in ways if not way.blocked_by]


def blocked(ways: list[Way]) -> list[tuple[str, list[str]]]:
    return [(way.kind, [one.code for one in way.blocked_by]) for way in ways if way.blocked_by]


@pytest.mark.parametrize(
    ("share_bp", "value_minor", "most"),
    [(10_000, 1, 1_999), (500, 1, 99), (501, 1, 100), (0, 1, 0), (10_000, 2, 999), (10_000, 2_000, 0)],
)
def test_the_share_is_floored_to_the_cent_and_points_are_used_whole(share_bp: int, value_minor: int, most: int) -> None:
    chosen = basket(1_999, maximum_share_bp=share_bp, point_value_minor=value_minor)

    assert maximum_points(chosen.revision, priced(chosen)) == most


def test_the_share_is_of_what_is_eligible_after_the_coupon() -> None:
    chosen = basket(1_000, 2_000, maximum_share_bp=5_000, exclusions=Exclusions(frozenset({"SKU-1"})))

    assert maximum_points(chosen.revision, priced(chosen, CouponTerms(500))) == 750


@pytest.mark.parametrize(
    ("purse", "points", "reasons"),
    [
        (Purse(999, 999), 10, ["BELOW_MINIMUM"]),
        (Purse(999, 5), 10, ["BELOW_MINIMUM"]),
        (Purse(1_000, 1_000), 1_000, []),
        (Purse(1_000, 10), 11, ["INSUFFICIENT_POINTS"]),
        (Purse(9_000, 9_000), 3_000, []),
        (Purse(9_000, 9_000), 3_001, ["ABOVE_MAXIMUM_SHARE"]),
        (Purse(1_000, 10), 3_001, ["ABOVE_MAXIMUM_SHARE", "INSUFFICIENT_POINTS"]),
        (Purse(9_000, 9_000, OrderRefusal("ACCOUNT_SUSPENDED")), 10, ["ACCOUNT_SUSPENDED"]),
    ],
)
def test_why_points_cannot_pay(purse: Purse, points: int, reasons: list[str]) -> None:
    assert codes(basket(3_000, purse=purse), points) == reasons


def test_an_order_of_excluded_products_takes_no_points() -> None:
    assert codes(basket(3_000, exclusions=Exclusions(frozenset({"SKU-1"}))), 10) == ["NO_ELIGIBLE_LINES"]


@pytest.mark.parametrize(
    ("purse", "points"), [(Purse(999, 999), 0), (Purse(1_000, 400), 400), (Purse(9_000, 9_000), 3_000)]
)
def test_the_most_points_that_can_be_used_now(purse: Purse, points: int) -> None:
    chosen = basket(3_000, purse=purse)

    assert usable_points(chosen.revision, purse, priced(chosen)) == points


def test_the_least_to_pay_comes_first_and_then_the_fewest_points() -> None:
    ways = ways_to_pay(basket(3_000, shipping=400, purse=Purse(1_200, 1_200)), [held(1), offer(7, 450, 500)])

    assert said(ways) == [
        ("COUPON_AND_POINTS", 1_200, 1_700),
        ("POINTS", 1_200, 2_200),
        ("COUPON", 0, 2_900),
        ("COUPON", 450, 2_900),
        ("NONE", 0, 3_400),
    ]
    assert blocked(ways) == [("COUPON_AND_POINTS", ["BELOW_MINIMUM"])]  # 750 would be left after the offer


def test_of_equals_the_one_that_ends_soonest_comes_first() -> None:
    ways = ways_to_pay(basket(3_000, purse=Purse(0, 0)), [held(1, ends="2026-09-01"), held(2, ends="2026-05-01")])

    assert [way.coupon_id for way in ways if way.kind == "COUPON"] == [2, 1]


def test_fewer_points_win_where_as_much_is_left_to_pay() -> None:
    best = ways_to_pay(basket(300), [offer(7, 450, 500)])[0]

    assert (best.kind, best.points, best.to_pay_minor) == ("POINTS", 300, 0)


def test_an_offers_price_is_among_its_points() -> None:
    ways = ways_to_pay(basket(3_000, purse=Purse(2_000, 2_000)), [offer(7, 400, 500)])
    both = next(way for way in ways if way.kind == "COUPON_AND_POINTS")

    assert (both.points, both.coupon_points, both.discount_minor) == (2_000, 400, 2_100)
    assert both.explanation.code == "OFFER_AND_POINTS"


def test_what_cannot_be_used_now_comes_last_with_every_reason() -> None:
    purse = Purse(400, 400)
    short = OrderRefusal("INSUFFICIENT_POINTS", {"available": 400, "required": 500, "missing": 100})

    ways = ways_to_pay(
        basket(3_000, purse=purse), [held(1, minimum_order_minor=5_000), offer(7, 500, 500, short), held(2)]
    )

    assert said(ways) == [("COUPON", 0, 2_500), ("NONE", 0, 3_000)]
    assert sorted(blocked(ways)) == [
        ("COUPON", ["BELOW_MINIMUM_ORDER"]),
        ("COUPON", ["INSUFFICIENT_POINTS"]),
        ("COUPON_AND_POINTS", ["BELOW_MINIMUM"]),
        ("POINTS", ["BELOW_MINIMUM"]),
    ]


def test_who_may_spend_nothing_pays_with_money() -> None:
    suspended = Purse(5_000, 5_000, OrderRefusal("ACCOUNT_SUSPENDED"))

    ways = ways_to_pay(basket(3_000, purse=suspended), [held(1)])

    assert said(ways) == [("NONE", 0, 3_000)]
    assert {tuple(reasons) for _, reasons in blocked(ways)} == {("ACCOUNT_SUSPENDED",)}


def test_there_are_never_more_than_twenty_and_the_usable_ones_are_kept() -> None:
    none_left = OrderRefusal("LIMIT_REACHED")

    ways = ways_to_pay(basket(99_000), [*(offer(number, 1, 900, none_left) for number in range(1, 40)), held(99, 50)])

    assert len(ways) == MAXIMUM_WAYS
    assert len(said(ways)) == 4


def test_what_is_about_to_expire_is_said_with_every_way() -> None:
    ending = Ending(120, date(2026, 3, 31), utc("2026-03-31T22:00"))

    ways = ways_to_pay(basket(3_000, ending=ending), [held(1)])

    assert {(way.explanation.facts["expiring"], way.explanation.facts["expires_on"]) for way in ways} == {
        (120, "2026-03-31")
    }
    assert {way.ends_at for way in ways if way.points} == {ending.ends_at}


coupons = st.lists(
    st.builds(held, st.integers(1, 9), st.integers(1, 4_000), minimum_order_minor=st.none() | st.integers(1, 4_000))
    | st.builds(offer, st.integers(1, 9), st.integers(1, 4_000), st.integers(1, 4_000)),
    max_size=5,
)


@given(
    st.lists(st.integers(0, 5_000), min_size=1, max_size=4),
    st.integers(0, 900),
    st.integers(0, 4_000),
    st.integers(0, 4_000),
    st.integers(0, 10_000),
    coupons,
)
def test_ways_are_ranked_add_up_and_spend_no_more_than_there_is(
    prices: list[int], shipping: int, available: int, reserved: int, share_bp: int, at_hand: list[CouponAtHand]
) -> None:
    purse = Purse(available + reserved, available)
    chosen = basket(*prices, shipping=shipping, purse=purse, maximum_share_bp=share_bp)
    affordable = [one for one in at_hand if one.price_points <= available]

    ways = ways_to_pay(chosen, affordable)

    ranks = [(bool(way.blocked_by), way.to_pay_minor, way.points) for way in ways]
    assert ranks == sorted(ranks)
    assert ("NONE", 0, sum(prices) + shipping) in said(ways)
    for way in ways:
        assert way.discount_minor + way.to_pay_minor == sum(prices) + shipping
        assert min(way.points, way.discount_minor, way.to_pay_minor - shipping) >= 0
        if not way.blocked_by:
            assert way.points <= available
