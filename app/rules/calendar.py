"""On which local day did it happen, when does that day begin and end, and when do points post and expire?

A day is a date of the member's zone, never 24 hours: one of 23 or 25 hours is one day (PROGRAMME 3, 6).
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Posting:
    """When a pending award posts: `posting_date` is the local date that counts, `posts_at` (UTC) the midnight after."""

    posting_date: date
    posts_at: datetime


@dataclass(frozen=True)
class Expiry:
    """Through which local day points are usable, and the first instant (UTC) at which they are gone."""

    last_usable_day: date
    expires_at: datetime


def local_date(at: datetime, zone: str) -> date:
    """The date in `zone` at the aware instant `at`: 31 March 22:30 UTC is 1 April in Madrid (PROGRAMME 3)."""
    return at.astimezone(_zone(zone)).date()


def local_instant(wall: datetime, zone: str) -> datetime:
    """The first instant (UTC) at which the clocks of `zone` show `wall` (naive) or later.

    A wall time that happens twice is its first; one that is skipped is the instant of the jump.
    """
    first = wall.replace(tzinfo=_zone(zone), fold=0)
    second = first.replace(fold=1)
    if _offset(first) < _offset(second):
        return _jump_over(wall, earliest=second.astimezone(UTC), latest=first.astimezone(UTC), zone=zone)
    return first.astimezone(UTC)


def day_start(day: date, zone: str) -> datetime:
    """The first instant of the local `day`, in UTC; usually midnight, later where the clocks jump over midnight."""
    return local_instant(datetime.combine(day, time.min), zone)


def day_end(day: date, zone: str) -> datetime:
    """The first instant after the local `day`, in UTC: the midnight that ends it."""
    return day_start(day + ONE_DAY, zone)


def month_start(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return add_months(month_start(day), 1)


def add_months(day: date, months: int) -> date:
    """`months` calendar months later (or earlier when negative); a day that does not exist becomes the month's last."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last_day))


def posting_deadline(day: date, days: int, zone: str) -> Posting:
    """When an award of the local `day` posts at the latest: at the midnight that ends `day` + `days` (PROGRAMME 3)."""
    posting_date = day + timedelta(days=days)
    return Posting(posting_date, posts_at=day_end(posting_date, zone))


def expiry(posting_date: date, months: int, zone: str) -> Expiry:
    """`months` calendar months from the local posting date, usable through the end of that day (PROGRAMME 6)."""
    last_usable_day = add_months(posting_date, months)
    return Expiry(last_usable_day, expires_at=day_end(last_usable_day, zone))


def of_age(birth_date: date, on: date, years: int) -> bool:
    """Is who was born on `birth_date` at least `years` old on the local date `on`?

    Who was born on 29 February has the birthday on 1 March in a common year (PROGRAMME 2).
    """
    birthday = (birth_date.month, birth_date.day)
    had_birthday = (on.month, on.day) >= birthday  # 28 February is before (2, 29), 1 March is not
    return on.year - birth_date.year - (0 if had_birthday else 1) >= years


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Is `name` an IANA time zone, as spelt there ("Europe/Madrid")?"""
    return name in _zone_names()


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta(0)


def _jump_over(wall: datetime, *, earliest: datetime, latest: datetime, zone: str) -> datetime:
    """The instant in (earliest, latest] at which the clocks jump past `wall`; clocks jump on whole seconds."""
    before = earliest.replace(microsecond=0)
    low, high = (
        0,
        (latest - earliest) // ONE_SECOND,
    )  # after `low` seconds the clock shows less than `wall`, after `high` not
    while high - low > 1:
        middle = (low + high) // 2
        shown = (before + middle * ONE_SECOND).astimezone(_zone(zone)).replace(tzinfo=None)
        low, high = (low, middle) if shown >= wall else (middle, high)
    return before + high * ONE_SECOND
