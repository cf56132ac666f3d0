"""What does a tap on a Fuel button earn, and where in the streak does it stand? PROGRAMME 3: Fuel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.model.oracle.books import Activity, Books, Refused
from tests.model.oracle.coupons import barred
from tests.model.oracle.days import DAY, end_of, local_day
from tests.model.oracle.earning import record
from tests.model.oracle.points import own


@dataclass
class Tap:
    """A tap on its local day [starts_at, ends_at): `count` is its place in the streak."""

    count: int
    starts_at: datetime
    ends_at: datetime
    activity: Activity


def tap(books: Books, name: str, told: datetime | None) -> Activity:
    """A tap on a Fuel button, today's or one made off line at most 48 hours ago, counted on its own date."""
    member = own(books, name)
    barred(member)
    when = told or books.now
    numbers = books.numbers(member.market, when)
    if when > books.now + timedelta(minutes=5):
        raise Refused("INVALID_INPUT")
    if books.now - when > timedelta(hours=numbers.late_tap_hours):
        raise Refused("TAP_TOO_OLD")
    when = min(when, books.now)
    day = local_day(when, member.zone)
    same = [one for on, one in sorted(member.taps.items()) if on == day or one.starts_at <= when < one.ends_at]
    if same:
        return same[0].activity
    counts = _recounted(member.taps, day, numbers.streak_days)
    completed = [on for on, count in sorted(counts.items()) if count == numbers.streak_days]
    owners = [on if on == day else member.taps[on].activity for on in completed]
    activity = record(books, member, "FUEL", when, streaks=owners)
    member.taps[day] = Tap(counts.pop(day), end_of(day - DAY, member.zone), end_of(day, member.zone), activity)
    for on, count in counts.items():
        member.taps[on].count = count
    return activity


def _recounted(taps: Mapping[date, Tap], day: date, streak: int) -> dict[date, int]:
    """The places that a tap on `day` gives, in date order: its own, and those of the days that follow it.

    A day that holds a bonus keeps it with the days that made it: nothing from the first of them on is counted anew.
    """
    counts = {day: taps[day - DAY].count % streak + 1 if day - DAY in taps else 1}
    on = day + DAY
    while on in taps and not _keeps(taps, on, streak):
        counts[on] = counts[on - DAY] % streak + 1
        on += DAY
    return {each: count for each, count in counts.items() if each == day or count != taps[each].count}


def _keeps(taps: Mapping[date, Tap], day: date, streak: int) -> bool:
    """Is this day one of those that made a bonus?"""
    ahead = [day + number * DAY for number in range(streak)]
    return any(one in taps and taps[one].count == streak for one in ahead)
