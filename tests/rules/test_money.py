"""Is money exact: minor units, one floor, and discounts shared out to the last cent? PROGRAMME 3."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.money import GREATEST_MINOR, MoneyError, allocate, minor_units, to_amount, to_minor, whole_units

WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(lambda weights: sum(weights) > 0)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("19.99", "EUR", 1999),
        ("19.9", "GBP", 1990),
        ("0", "EUR", 0),
        ("-0.01", "EUR", -1),
        ("1.000", "EUR", 100),
        ("1E+2", "EUR", 10000),
        ("0E+999999", "EUR", 0),
        ("1500", "ISK", 1500),
        ("10000000000.00", "EUR", 10**12),
        ("0.10" + "0" * 5000, "EUR", 10),
    ],
)
def test_an_amount_in_minor_units(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("0.001", "EUR", "TOO_MANY_DECIMALS"),
        ("0.5", "ISK", "TOO_MANY_DECIMALS"),
        ("1E-999999", "EUR", "TOO_MANY_DECIMALS"),
        ("0.01" + "0" * 60 + "1", "EUR", "TOO_MANY_DECIMALS"),
        ("NaN", "EUR", "NOT_MONEY"),
        ("sNaN", "EUR", "NOT_MONEY"),
        ("-Infinity", "EUR", "NOT_MONEY"),
        ("10000000000.01", "EUR", "OUT_OF_RANGE"),
        ("-10000000000.01", "EUR", "OUT_OF_RANGE"),
        ("1E+999999", "EUR", "OUT_OF_RANGE"),
        ("1", "EUX", "UNKNOWN_CURRENCY"),
        ("1", "eur", "UNKNOWN_CURRENCY"),
    ],
)
def test_what_is_no_exact_amount_is_refused_and_never_rounded(amount: str, currency: str, code: str) -> None:
    with pytest.raises(MoneyError) as refused:
        to_minor(Decimal(amount), currency)

    assert refused.value.code == code


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("GBP", 2), ("ISK", 0), ("SEK", 2)])
def test_a_currency_has_its_decimals(currency: str, digits: int) -> None:
    assert minor_units(currency) == digits


def test_an_amount_shows_all_decimals_of_its_currency() -> None:
    assert str(to_amount(500, "EUR")) == "5.00"
    assert str(to_amount(1500, "ISK")) == "1500"


@given(st.integers(-GREATEST_MINOR, GREATEST_MINOR), st.sampled_from(["EUR", "GBP", "ISK"]))
def test_minor_units_and_amounts_are_the_same_money(minor: int, currency: str) -> None:
    assert to_minor(to_amount(minor, currency), currency) == minor


@pytest.mark.parametrize(("net_minor", "units"), [(2997, 29), (99, 0), (100, 1), (0, 0), (1075, 10)])
def test_part_units_earn_nothing(net_minor: int, units: int) -> None:
    assert whole_units(net_minor, "EUR") == units


def test_a_currency_without_minor_units_is_all_whole_units() -> None:
    assert whole_units(1500, "ISK") == 1500


@given(st.integers(0, GREATEST_MINOR))
def test_whole_units_are_one_floor(net_minor: int) -> None:
    units = whole_units(net_minor, "EUR")

    assert units * 100 <= net_minor < (units + 1) * 100


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (500, [999, 999, 999], [167, 167, 166]),  # ties go to the first
        (100, [1, 1, 1], [34, 33, 33]),
        (5, [10, 20, 70], [1, 1, 3]),  # 0.5, 1.0, 3.5: the tie goes to the first
        (0, [5, 7], [0, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
        (7, [0, 7, 0], [0, 7, 0]),
        (12, [5, 7], [5, 7]),
    ],
)
def test_the_largest_remainder_takes_the_odd_cent(total: int, weights: list[int], shares: list[int]) -> None:
    assert allocate(total, weights) == shares


@given(WEIGHTS, st.data())
def test_shares_sum_exactly_and_none_exceeds_its_weight(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))

    shares = allocate(total, weights)

    assert sum(shares) == total
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))
    exact = [(total * weight // sum(weights)) for weight in weights]
    assert all(share - floor in (0, 1) for share, floor in zip(shares, exact, strict=True))


@pytest.mark.parametrize(("total", "weights"), [(1, []), (1, [0]), (-1, [1]), (1, [2, -1])])
def test_nothing_can_be_shared_over_nothing(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="cannot share"):
        allocate(total, weights)
