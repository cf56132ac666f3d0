"""How is a return split, what does the rest still earn, and do the parts sum to the whole? (PROGRAMME 4)"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.clawback import (
    BoughtLine,
    GrantedAward,
    all_kept,
    delta,
    entitled,
    kept_earning_minor,
    kept_net_minor,
    points_back,
    returned,
    share,
)
from app.rules.terms import EarningRule, Kind, Posts

PURCHASE = EarningRule("PURCHASE", Kind.PURCHASE, None, 1, True, None, None, Posts.PENDING)
FIRST_ORDER = replace(PURCHASE, rule="FIRST_ORDER", points=40, per_unit=False)


def line(number: int, net_minor: int, quantity: int = 1, **given: int | bool) -> BoughtLine:
    plain = BoughtLine(number, f"L{number}", f"SKU-{number}", quantity, 0, net_minor, 0, 0, True)
    return replace(plain, **given)  # type: ignore[arg-type]


def came_back(lines: tuple[BoughtLine, ...], pieces: dict[int, int]) -> tuple[BoughtLine, ...]:
    after = returned(lines, pieces)
    assert after is not None
    return after


@pytest.mark.parametrize(
    ("total", "pieces", "quantity", "part"),
    [(2997, 1, 3, 999), (1000, 1, 3, 333), (1000, 2, 3, 666), (1000, 3, 3, 1000), (1, 1, 2, 0), (0, 2, 3, 0)],
)
def test_the_first_pieces_of_a_line_have_their_share_and_part_units_stay_with_the_rest(
    total: int, pieces: int, quantity: int, part: int
) -> None:
    assert share(total, pieces, quantity) == part


@given(st.integers(0, 10**9), st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_however_a_line_is_returned_its_parts_sum_to_the_line(net_minor: int, steps: list[int]) -> None:
    lines: tuple[BoughtLine, ...] = (line(1, net_minor, sum(steps)),)
    refunds = []

    for pieces in steps:
        before, lines = lines, came_back(lines, {1: pieces})
        refunds.append(kept_net_minor(before) - kept_net_minor(lines))

    assert sum(refunds) == net_minor
    assert min(refunds) >= 0
    assert kept_net_minor(lines) == 0


def test_no_more_comes_back_than_is_kept() -> None:
    lines = came_back((line(1, 1000, 3), line(2, 500)), {1: 2})

    assert returned(lines, {1: 1, 2: 1}) is not None
    assert returned(lines, {1: 2}) is None
    assert all_kept(lines) == {1: 1, 2: 1}
    assert all_kept(came_back(lines, {1: 1})) == {2: 1}


def test_excluded_products_are_given_back_but_never_earned() -> None:
    lines = (line(1, 1000), line(2, 3000, earns=False))

    assert (kept_net_minor(lines), kept_earning_minor(lines)) == (4000, 1000)
    assert entitled(PURCHASE, GrantedAward(10, 0, 0), lines, "EUR") == 10


@pytest.mark.parametrize(
    ("net", "back", "earned"),
    [
        ((999, 999, 999), {}, 29),
        ((999, 999, 999), {1: 1}, 19),
        ((999, 999, 999), {1: 1, 2: 1}, 9),
        ((999, 999, 999), {1: 1, 2: 1, 3: 1}, 0),
        ((1050, 50), {1: 1}, 0),
        ((1050, 50), {2: 1}, 10),
    ],
)
def test_what_is_kept_is_floored_once_over_the_order(net: tuple[int, ...], back: dict[int, int], earned: int) -> None:
    lines = tuple(line(number, each) for number, each in enumerate(net, start=1))

    granted = GrantedAward(sum(net) // 100, 0, 0)

    assert entitled(PURCHASE, granted, came_back(lines, back), "EUR") == earned


def test_points_that_do_not_count_units_stay_while_anything_is_kept() -> None:
    lines, granted = (line(1, 1000), line(2, 500)), GrantedAward(40, 0, 0)

    assert entitled(FIRST_ORDER, granted, came_back(lines, {1: 1}), "EUR") == 40
    assert entitled(FIRST_ORDER, granted, came_back(lines, {1: 1, 2: 1}), "EUR") == 0


@pytest.mark.parametrize(
    ("award", "still", "taken"),
    [
        (GrantedAward(100, 0, 0), 60, 40),
        (GrantedAward(100, 40, 0), 60, 0),
        (GrantedAward(100, 40, 0), 0, 60),
        (GrantedAward(100, 0, 70), 50, 0),  # 50 are not earned any more, and more than that expired
        (GrantedAward(100, 0, 70), 0, 30),
        (GrantedAward(100, 50, 50), 0, 0),
        (GrantedAward(100, 100, 20), 0, 0),
    ],
)
def test_what_came_back_or_expired_already_is_not_taken_again(award: GrantedAward, still: int, taken: int) -> None:
    assert delta(award, still) == taken


@given(st.integers(1, 500), st.lists(st.integers(0, 500), min_size=1, max_size=6), st.integers(0, 500))
def test_over_all_steps_the_sum_is_the_grant_whenever_the_rest_expires(
    points: int, entitlements: list[int], expired: int
) -> None:
    steps = sorted((min(points, each) for each in entitlements), reverse=True)
    award = GrantedAward(points, 0, 0)

    for still in (*steps, 0):
        taken = delta(award, still)
        award = replace(award, reclaimed=award.reclaimed + taken)

    assert award.reclaimed == points
    late = GrantedAward(points, 0, min(points, expired))
    assert delta(late, 0) == points - late.gone


@given(
    st.integers(0, 5000),
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3000), st.integers(0, 400)), min_size=1, max_size=5),
    st.data(),
)
def test_points_that_paid_come_back_by_the_lines_share_and_all_with_the_last(
    paid: int, bought: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    lines = tuple(
        line(number, net, quantity, points_minor=points)
        for number, (quantity, net, points) in enumerate(bought, start=1)
    )
    back = 0

    while kept := all_kept(lines):
        number = data.draw(st.sampled_from(sorted(kept)))
        lines = came_back(lines, {number: data.draw(st.integers(1, kept[number]))})
        assert back <= points_back(paid, lines) <= paid
        back = points_back(paid, lines)

    assert back == paid


def test_a_line_gives_back_the_points_that_were_its_discount() -> None:
    lines = (line(1, 700, points_minor=300), line(2, 1400, 2, points_minor=601))

    assert points_back(901, lines) == 0
    assert points_back(901, came_back(lines, {1: 1})) == 300
    assert points_back(901, came_back(lines, {2: 1})) == 300
    assert points_back(901, came_back(lines, {2: 2})) == 601


def test_points_that_discounted_no_line_come_back_by_net() -> None:
    lines = (line(1, 3000), line(2, 1000))

    assert points_back(100, came_back(lines, {1: 1})) == 75
