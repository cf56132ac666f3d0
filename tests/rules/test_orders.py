"""Are an order's discounts shared out over its lines as PROGRAMME 3, 7 and 8 say?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.orders import CouponTerms, Exclusions, Line, OrderRefusal, PricedOrder, price_order

NOTHING = Exclusions()


def line(line_id: str, price: int, *, quantity: int = 1, discount: int = 0, categories: tuple[str, ...] = ()) -> Line:
    return Line(line_id, f"SKU-{line_id}", quantity, price, discount, frozenset(categories))


def price(
    *lines: Line, coupon: CouponTerms | None = None, points: int = 0, exclusions: Exclusions = NOTHING
) -> PricedOrder:
    order = price_order(lines, coupon=coupon, points_minor=points, exclusions=exclusions)
    assert isinstance(order, PricedOrder), order
    return order


def refusal(
    *lines: Line, coupon: CouponTerms | None = None, points: int = 0, exclusions: Exclusions = NOTHING
) -> OrderRefusal:
    order = price_order(lines, coupon=coupon, points_minor=points, exclusions=exclusions)
    assert isinstance(order, OrderRefusal), order
    return order


def test_three_at_nine_ninety_nine_net_twenty_nine_ninety_seven() -> None:
    order = price(line("1", 999, quantity=3))

    assert (order.net_minor, order.earning_net_minor, order.excluded_minor) == (2997, 2997, 0)


def test_the_shops_own_discount_is_of_the_whole_line() -> None:
    assert price(line("1", 999, quantity=3, discount=297)).net_minor == 2700


def test_a_coupon_is_shared_by_largest_remainder_and_then_the_points_over_what_is_left() -> None:
    order = price(line("1", 999), line("2", 999), line("3", 999), coupon=CouponTerms(500), points=100)

    assert [priced.coupon_minor for priced in order.lines] == [167, 167, 166]
    assert [priced.points_minor for priced in order.lines] == [33, 33, 34]
    assert [priced.net_minor for priced in order.lines] == [799, 799, 799]
    assert (order.coupon_minor, order.points_minor, order.net_minor) == (500, 100, 2397)


def test_a_coupon_takes_no_more_than_the_eligible_lines_cost() -> None:
    order = price(line("1", 300), coupon=CouponTerms(500))

    assert (order.coupon_minor, order.net_minor) == (300, 0)


def test_products_that_the_coupon_excludes_take_no_discount_but_earn() -> None:
    coupon = CouponTerms(500, excluded_skus=frozenset({"SKU-1"}), excluded_categories=frozenset({"gift-cards"}))

    order = price(line("1", 1000), line("2", 1000, categories=("gift-cards", "cards")), line("3", 1000), coupon=coupon)

    assert [priced.coupon_minor for priced in order.lines] == [0, 0, 500]
    assert order.earning_net_minor == 2500


def test_products_that_the_programme_excludes_neither_earn_nor_take_points_nor_coupon() -> None:
    exclusions = Exclusions(frozenset({"SKU-1"}), frozenset({"phones"}))

    order = price(
        line("1", 1000),
        line("2", 1000, categories=("phones",)),
        line("3", 1000),
        coupon=CouponTerms(500),
        points=200,
        exclusions=exclusions,
    )

    assert [priced.net_minor for priced in order.lines] == [1000, 1000, 300]
    assert [priced.earns for priced in order.lines] == [False, False, True]
    assert (order.net_minor, order.earning_net_minor, order.excluded_minor) == (2300, 300, 2000)


def test_points_may_take_lines_that_only_the_coupon_excludes() -> None:
    coupon = CouponTerms(500, excluded_skus=frozenset({"SKU-1"}))

    order = price(line("1", 1000), line("2", 500), coupon=coupon, points=1000)

    assert [priced.points_minor for priced in order.lines] == [1000, 0]


def test_the_minimum_order_is_of_eligible_products_alone() -> None:
    coupon = CouponTerms(500, minimum_order_minor=2000, excluded_skus=frozenset({"SKU-1"}))

    refused = refusal(line("1", 9000), line("2", 1999), coupon=coupon)

    assert refused == OrderRefusal("BELOW_MINIMUM_ORDER", {"minimum_minor": 2000, "eligible_minor": 1999})
    assert price(line("1", 9000), line("2", 2000), coupon=coupon).coupon_minor == 500


def test_without_an_eligible_line_neither_coupon_nor_points_are_taken() -> None:
    exclusions = Exclusions(skus=frozenset({"SKU-1"}))

    assert refusal(line("1", 1000), coupon=CouponTerms(500), exclusions=exclusions).code == "NO_ELIGIBLE_LINES"
    assert refusal(line("1", 1000), points=1, exclusions=exclusions).code == "NO_ELIGIBLE_LINES"
    assert refusal(line("1", 1000, discount=1000), coupon=CouponTerms(500)).code == "NO_ELIGIBLE_LINES"


def test_points_beyond_what_is_left_after_the_coupon_are_refused() -> None:
    refused = refusal(line("1", 1000), coupon=CouponTerms(500), points=501)

    assert refused == OrderRefusal("ABOVE_MAXIMUM_SHARE", {"maximum_minor": 500})


@pytest.mark.parametrize(
    "impossible",
    [
        line("1", 1000, quantity=0),
        line("1", -1),
        line("1", 1000, discount=-1),
        line("1", 1000, discount=1001),
        line("1", 10**12, quantity=2),
    ],
)
def test_an_impossible_line_is_refused(impossible: Line) -> None:
    refused = refusal(impossible)

    assert (refused.code, refused.facts["problem"]) == ("INVALID_INPUT", "OUT_OF_RANGE")


def test_negative_points_and_a_line_named_twice_are_refused() -> None:
    assert refusal(line("1", 1000), points=-1).facts == {"problem": "OUT_OF_RANGE"}
    assert refusal(line("1", 1000), line("1", 1000)).facts == {"problem": "DUPLICATE_LINE"}


@st.composite
def baskets(draw: st.DrawFn) -> list[Line]:
    prices = draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
    return [line(str(number), price, quantity=draw(st.integers(1, 9))) for number, price in enumerate(prices)]


@given(baskets(), st.integers(1, 10**7), st.sets(st.integers(0, 11)), st.data())
def test_discounts_are_shared_exactly_and_no_line_goes_below_zero(
    lines: list[Line], value_minor: int, excluded: set[int], data: st.DataObject
) -> None:
    exclusions = Exclusions(skus=frozenset(f"SKU-{number}" for number in excluded))
    eligible = sum(each.gross_minor for each in lines if not exclusions.hold(each))
    coupon = CouponTerms(value_minor) if eligible > 0 else None
    coupon_minor = min(value_minor, eligible)
    points = data.draw(st.integers(0, eligible - coupon_minor))

    order = price(*lines, coupon=coupon, points=points, exclusions=exclusions)

    assert sum(priced.coupon_minor for priced in order.lines) == order.coupon_minor == coupon_minor
    assert sum(priced.points_minor for priced in order.lines) == order.points_minor == points
    assert order.earning_net_minor == eligible - coupon_minor - points
    for priced in order.lines:
        assert priced.net_minor == priced.gross_minor - priced.coupon_minor - priced.points_minor >= 0
        assert priced.earns or priced.net_minor == priced.gross_minor
