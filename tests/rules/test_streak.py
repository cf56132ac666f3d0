"""Does Fuel count days in a row as PROGRAMME 3 says, whatever comes late?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.streak import Recount, Tap, place_tap, running_day
from tests.rules.makers import day

FIRST = date(2026, 1, 27)


class Card:
    """A member's taps as they are stored, with every bonus ever given, in the order of giving."""

    def __init__(self, every_days: int = 7) -> None:
        self.every_days = every_days
        self.taps: dict[date, Tap] = {}
        self.bonuses: list[date] = []

    def tap(self, on: date) -> Recount:
        around = [tap for tap in self.taps.values() if tap.local_date >= on - timedelta(days=self.every_days)]
        recount = place_tap(on, around, self.every_days)
        self.taps |= {tap.local_date: tap for tap in (Tap(on, recount.day), *recount.moved)}
        self.bonuses += recount.bonuses
        return recount

    def tap_all(self, days: list[date]) -> "Card":
        for on in days:
            self.tap(on)
        return self

    def days(self) -> list[int]:
        return [self.taps[on].day for on in sorted(self.taps)]


def dates(*numbers: int) -> list[date]:
    return [FIRST + timedelta(days=number - 1) for number in numbers]


def test_seven_days_in_a_row_earn_the_bonus_on_the_seventh_and_the_count_restarts() -> None:
    card = Card().tap_all(dates(1, 2, 3, 4, 5, 6, 7, 8))

    assert card.days() == [1, 2, 3, 4, 5, 6, 7, 1]
    assert card.bonuses == [day("2026-02-02")]


def test_fourteen_days_in_a_row_earn_two() -> None:
    card = Card().tap_all(dates(*range(1, 15)))

    assert card.bonuses == dates(7, 14)


def test_a_missed_day_restarts_at_one() -> None:
    card = Card().tap_all(dates(1, 2, 4, 5))

    assert card.days() == [1, 2, 1, 2]


def test_a_late_tap_joins_what_it_was_missing_from_and_gives_the_bonus_to_the_seventh_day() -> None:
    card = Card().tap_all(dates(1, 2, 3, 4, 5, 7))

    recount = card.tap(*dates(6))

    assert recount == Recount(day=6, moved=(Tap(dates(7)[0], day=7),), bonuses=tuple(dates(7)))
    assert card.days() == [1, 2, 3, 4, 5, 6, 7]


def test_a_late_tap_can_itself_be_the_seventh_and_the_next_day_is_the_first_again() -> None:
    card = Card().tap_all(dates(1, 2, 3, 4, 5, 6, 8, 9))

    recount = card.tap(*dates(7))

    assert recount == Recount(day=7, moved=(), bonuses=tuple(dates(7)))
    assert card.days() == [1, 2, 3, 4, 5, 6, 7, 1, 2]


def test_a_late_tap_before_a_completed_seven_takes_nothing_back_and_counts_no_tap_twice() -> None:
    card = Card().tap_all(dates(2, 3, 4, 5, 6, 7, 8, 9))

    recount = card.tap(*dates(1))

    assert recount == Recount(day=1, moved=(), bonuses=())
    assert card.bonuses == dates(8)


def test_the_same_date_twice_is_the_callers_to_notice() -> None:
    with pytest.raises(ValueError, match="already tapped"):
        place_tap(FIRST, [Tap(FIRST, 1)], 7)


@pytest.mark.parametrize(
    ("tapped", "today", "expected"),
    [
        ([], 1, 0),
        ([1], 1, 1),
        ([1], 2, 1),  # yesterday: the streak still runs
        ([1], 3, 0),
        ([1, 2, 3], 3, 3),
        ([1, 2, 3, 4, 5, 6], 7, 6),
        ([1, 2, 3, 4, 5, 6, 7], 7, 0),  # completed: the count restarts at 0
        ([1, 2, 3, 4, 5, 6, 7], 8, 0),
        ([1, 2, 3, 4, 5, 6, 7, 8], 8, 1),
    ],
)
def test_the_count_now(tapped: list[int], today: int, expected: int) -> None:
    card = Card().tap_all(dates(*tapped))

    assert running_day(list(card.taps.values()), dates(today)[0], 7) == expected


@st.composite
def late_taps(draw: st.DrawFn, most_days_late: int) -> list[date]:
    """Taps of different days in the order of their arrival, each at most so many days after its own date."""
    numbers = draw(st.sets(st.integers(1, 40), min_size=1))
    arrivals = [(number + draw(st.integers(0, most_days_late)), draw(st.integers(0, 9)), number) for number in numbers]
    return dates(*(number for _, _, number in sorted(arrivals)))


@given(late_taps(most_days_late=3))  # 48 hours can reach over a day of 23
def test_taps_up_to_48_hours_late_end_as_if_they_had_come_in_order(arrivals: list[date]) -> None:
    late, in_order = Card().tap_all(arrivals), Card().tap_all(sorted(arrivals))

    assert late.taps == in_order.taps
    assert sorted(late.bonuses) == in_order.bonuses


@given(late_taps(most_days_late=40), st.integers(2, 9))
def test_however_late_a_bonus_stays_and_stands_on_seven_days_of_its_own(arrivals: list[date], every_days: int) -> None:
    card = Card(every_days).tap_all(arrivals)

    in_order = Card(every_days).tap_all(sorted(arrivals))
    assert len(set(card.bonuses)) == len(card.bonuses) <= len(in_order.bonuses)
    assert sorted(card.bonuses) == [on for on in sorted(card.taps) if card.taps[on].day == every_days]
    for bonus in card.bonuses:
        made_of = [card.taps[bonus - timedelta(days=back)].day for back in range(every_days)]
        assert made_of == list(range(every_days, 0, -1))
