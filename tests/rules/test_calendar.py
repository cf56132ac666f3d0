"""Do local days, months, posting and expiry dates follow PROGRAMME 2, 3 and 6 in every zone?"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.calendar import (
    add_months,
    day_end,
    day_start,
    expiry,
    is_zone,
    local_date,
    local_instant,
    month_start,
    next_month,
    of_age,
    posting_deadline,
)
from tests.rules.makers import ZONES, day, utc

# Zones whose clocks jump over midnight, or twice show it, or that skipped a day; and the markets' own.
ODD_ZONES = (
    *ZONES,
    "Africa/Cairo",
    "America/Asuncion",
    "America/Havana",
    "America/Nuuk",
    "America/Sao_Paulo",
    "America/Toronto",
    "Asia/Beirut",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)

WALL_TIMES = st.datetimes(datetime.fromisoformat("2012-01-01T00:00"), datetime.fromisoformat("2040-01-01T00:00"))
DAYS = st.dates(date(2012, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Madrid", "2026-04-01"),
        ("Europe/Paris", "2026-04-01"),
        ("Europe/London", "2026-03-31"),
        ("UTC", "2026-03-31"),
    ],
)
def test_half_past_ten_in_the_evening_utc_is_tomorrow_in_madrid_and_today_in_london(zone: str, expected: str) -> None:
    assert local_date(utc("2026-03-31T22:30:00"), zone) == day(expected)


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        ("Europe/Madrid", "2026-03-29", 23),
        ("Europe/Madrid", "2026-10-25", 25),
        ("Europe/London", "2026-03-29", 23),
        ("Europe/London", "2026-10-25", 25),
        ("Europe/Rome", "2026-06-01", 24),
    ],
)
def test_a_day_of_23_or_25_hours_is_one_day(zone: str, on: str, hours: int) -> None:
    assert day_end(day(on), zone) - day_start(day(on), zone) == timedelta(hours=hours)


def test_a_day_starts_after_midnight_where_the_clocks_jump_over_it() -> None:
    assert day_start(day("2023-04-28"), "Africa/Cairo") == utc("2023-04-27T22:00:00")
    assert local_date(utc("2023-04-27T21:59:59"), "Africa/Cairo") == day("2023-04-27")


def test_a_day_starts_at_the_first_of_two_midnights() -> None:
    assert day_start(day("2026-11-01"), "America/Havana") == utc("2026-11-01T04:00:00")
    assert day_end(day("2026-11-01"), "America/Havana") == utc("2026-11-02T05:00:00")


def test_a_jump_that_begins_before_midnight_starts_the_day() -> None:
    assert day_start(day("1919-03-31"), "America/Toronto") == utc("1919-03-31T04:30:00")


def test_a_day_that_a_zone_skipped_is_empty() -> None:
    assert day_start(day("2011-12-30"), "Pacific/Apia") == day_end(day("2011-12-30"), "Pacific/Apia")


@pytest.mark.parametrize("zone", ODD_ZONES)
def test_every_day_of_four_years_starts_at_its_first_instant(zone: str) -> None:
    second = timedelta(seconds=1)
    for number in range(4 * 366):
        on = date(2023, 1, 1) + timedelta(days=number)
        start = day_start(on, zone)

        assert local_date(start, zone) == on
        assert local_date(start - second, zone) == on - timedelta(days=1)


@given(DAYS, st.sampled_from(ODD_ZONES), st.integers(0, 999_999))
def test_every_instant_of_a_day_is_of_that_date(on: date, zone: str, millionths: int) -> None:
    start, end = day_start(on, zone), day_end(on, zone)

    assert local_date(start + (end - start) * millionths // 1_000_000, zone) == on


@given(WALL_TIMES, st.sampled_from(ODD_ZONES))
def test_a_wall_clock_time_is_the_first_instant_at_which_the_clock_shows_it_or_more(wall: datetime, zone: str) -> None:
    at = local_instant(wall, zone)

    assert at.tzinfo is UTC
    assert at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) >= wall
    assert (at - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        ("2026-05-31T23:59", "Europe/Madrid", "2026-05-31T21:59"),
        ("2026-05-31T23:59", "Europe/London", "2026-05-31T22:59"),
        ("2026-03-29T02:30", "Europe/Madrid", "2026-03-29T01:00"),  # skipped: the instant of the jump
        ("2026-03-29T02:30:00.5", "Europe/Madrid", "2026-03-29T01:00"),
        ("2026-03-29T03:00", "Europe/Madrid", "2026-03-29T01:00"),
        ("2026-10-25T02:30", "Europe/Madrid", "2026-10-25T00:30"),  # twice: the first
    ],
)
def test_wall_clock_times_of_windows(wall: str, zone: str, expected: str) -> None:
    assert local_instant(datetime.fromisoformat(wall), zone) == utc(expected)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
    ],
)
def test_a_day_that_a_month_lacks_becomes_its_last(start: str, months: int, expected: str) -> None:
    assert add_months(day(start), months) == day(expected)


def test_a_month_starts_on_its_first_and_ends_with_the_next() -> None:
    assert month_start(day("2026-12-31")) == day("2026-12-01")
    assert next_month(day("2026-12-31")) == day("2027-01-01")


@pytest.mark.parametrize(
    ("zone", "on", "posting_date", "posts_at"),
    [
        ("Europe/Madrid", "2026-03-14", "2026-03-30", "2026-03-30T22:00"),  # across the clock change of 29 March
        ("Europe/London", "2026-03-14", "2026-03-30", "2026-03-30T23:00"),
        ("Europe/Madrid", "2026-10-10", "2026-10-26", "2026-10-26T23:00"),
        ("Europe/Madrid", "2026-12-20", "2027-01-05", "2027-01-05T23:00"),
        ("Europe/London", "2028-02-14", "2028-03-01", "2028-03-02T00:00"),
    ],
)
def test_a_pending_award_posts_at_the_midnight_that_ends_day_16(
    zone: str, on: str, posting_date: str, posts_at: str
) -> None:
    posting = posting_deadline(day(on), 16, zone)

    assert posting.posting_date == day(posting_date)
    assert posting.posts_at == utc(posts_at)


@pytest.mark.parametrize(
    ("zone", "posted", "last_day", "expires_at"),
    [
        ("Europe/Madrid", "2028-02-29", "2029-02-28", "2029-02-28T23:00"),
        ("Europe/London", "2028-02-29", "2029-02-28", "2029-03-01T00:00"),
        ("Europe/Madrid", "2027-02-28", "2028-02-28", "2028-02-28T23:00"),
        ("Europe/London", "2027-02-28", "2028-02-28", "2028-02-29T00:00"),
        ("Europe/Madrid", "2025-10-25", "2026-10-25", "2026-10-25T23:00"),  # the last day has 25 hours
        ("Europe/London", "2025-03-29", "2026-03-29", "2026-03-29T23:00"),  # the last day has 23 hours
    ],
)
def test_points_are_usable_through_the_same_day_twelve_months_later(
    zone: str, posted: str, last_day: str, expires_at: str
) -> None:
    end = expiry(day(posted), 12, zone)

    assert end.last_usable_day == day(last_day)
    assert end.expires_at == utc(expires_at)


@given(DAYS, st.integers(1, 60), st.sampled_from(ODD_ZONES))
def test_points_live_through_their_last_day_and_not_a_microsecond_longer(on: date, months: int, zone: str) -> None:
    end = expiry(on, months, zone)

    assert end.last_usable_day > on
    assert local_date(end.expires_at, zone) == end.last_usable_day + timedelta(days=1)
    assert local_date(end.expires_at - timedelta(microseconds=1), zone) == end.last_usable_day


@pytest.mark.parametrize(
    ("birth_date", "on", "expected"),
    [
        ("2008-03-14", "2026-03-13", False),
        ("2008-03-14", "2026-03-14", True),
        ("2008-02-29", "2026-02-28", False),
        ("2008-02-29", "2026-03-01", True),
        ("2008-02-28", "2026-02-28", True),
        ("1999-12-31", "2026-01-01", True),
        ("2026-03-14", "2026-03-14", False),
    ],
)
def test_eighteen_on_the_local_date(birth_date: str, on: str, expected: bool) -> None:
    assert of_age(day(birth_date), day(on), 18) is expected


def test_who_was_born_on_29_february_comes_of_age_on_it_in_a_leap_year() -> None:
    assert not of_age(day("2008-02-29"), day("2028-02-28"), 20)
    assert of_age(day("2008-02-29"), day("2028-02-29"), 20)


@pytest.mark.parametrize("name", ["Europe/Madrid", "America/Argentina/Ushuaia", "UTC"])
def test_zones_are_known_by_name(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize(
    "name", ["", "Europe", "europe/madrid", "Madrid", "../etc/passwd", "Europe/Madrid\x00", "CEST+2"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    assert not is_zone(name)
