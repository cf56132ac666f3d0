"""Where in the Fuel streak does a tap stand, and which days newly earn the bonus? PROGRAMME 3.

A streak is recounted in date order; a late tap may add a bonus, it never takes one back, and no tap counts for two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Tap:
    """A tap on its own local date; `day` is its place in the running streak, 1..every_days: the last has the bonus."""

    local_date: date
    day: int


@dataclass(frozen=True)
class Recount:
    """What a tap changes: its own `day`, later taps whose `day` changes, and the dates that newly earn the bonus."""

    day: int
    moved: tuple[Tap, ...]
    bonuses: tuple[date, ...]


def place_tap(new: date, around: Sequence[Tap], every_days: int) -> Recount:
    """Places a tap of the local date `new` among those `around` it (all from `new` - `every_days` on, in any order).

    A day that already holds a bonus keeps it, with the days that made it, and the count restarts after it. Raises
    ValueError when `new` is already tapped: that is the same tap.
    """
    days = {tap.local_date: tap.day for tap in around}
    if new in days:
        raise ValueError(f"{new} is already tapped")
    day = _after(days.get(new - ONE_DAY, 0), every_days)
    moved = _recount_after(new, day, days, every_days)
    bonuses = tuple(tap.local_date for tap in (Tap(new, day), *moved) if tap.day == every_days)
    return Recount(day, moved, bonuses)


def running_day(taps: Sequence[Tap], today: date, every_days: int) -> int:
    """The count now, 0..every_days - 1: 0 when neither today nor yesterday is tapped, and after a completed streak."""
    days = {tap.local_date: tap.day for tap in taps}
    return days.get(today, days.get(today - ONE_DAY, 0)) % every_days


def _after(day: int, every_days: int) -> int:
    return day % every_days + 1


def _recount_after(new: date, day: int, days: dict[date, int], every_days: int) -> tuple[Tap, ...]:
    settled_from = _first_settled(new, days, every_days)
    moved: list[Tap] = []
    running, on = day, new + ONE_DAY
    while on in days and on != settled_from:
        running = _after(running, every_days)
        if running == days[on]:  # from here on nothing changes
            break
        moved.append(Tap(on, running))
        on += ONE_DAY
    return tuple(moved)


def _first_settled(new: date, days: dict[date, int], every_days: int) -> date | None:
    """The first of the days that made the next bonus in the run after `new`: they are never counted anew."""
    on = new + ONE_DAY
    while on in days:
        if days[on] == every_days:
            return on - (every_days - 1) * ONE_DAY
        on += ONE_DAY
    return None
