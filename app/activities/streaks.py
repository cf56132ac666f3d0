"""How does a member's Fuel streak stand now? Pure. (PROGRAMME 3: Fuel)"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.rules.calendar import day_end, day_start, local_date
from app.rules.revision import Revision
from app.rules.streak import Tap, running_day

_WEEK = 7


@dataclass(frozen=True)
class TapSeen:
    """A tap on its local day [day_starts_at, day_ends_at), its place in the streak, and what it earned in points."""

    local_date: date
    day: int
    day_starts_at: datetime
    day_ends_at: datetime
    points: int


@dataclass(frozen=True)
class FuelDay:
    """A local day of the last seven, whether it was tapped, and the points it earned."""

    date: date
    tapped: bool
    points: int


@dataclass(frozen=True)
class FuelView:
    """`day`: the running count; the next tap earns `next_tap_points` within [opens_at, closes_at)."""

    day: int
    tapped_today: bool
    next_tap_points: int
    opens_at: datetime
    closes_at: datetime
    week: tuple[FuelDay, ...]


def fuel_view(taps: Sequence[TapSeen], revision: Revision, zone: str, at: datetime) -> FuelView:
    """The streak of a member of this zone at `at`, from their taps of the last nine days."""
    today = local_date(at, zone)
    tap_rule = next((rule for rule in revision.rules_for("FUEL", None) if rule.every_days is None), None)
    streak = revision.streak_rule()
    every_days = (streak.every_days if streak else None) or 32_000
    day = running_day([Tap(tap.local_date, tap.day) for tap in taps], today, every_days)
    current = next((tap for tap in taps if tap.local_date == today or tap.day_starts_at <= at < tap.day_ends_at), None)
    next_day = local_date(current.day_ends_at, zone) if current else today
    bonus = streak.points if streak and (day + 1) == every_days else 0
    tapped = {tap.local_date: tap.points for tap in taps}
    return FuelView(
        day=day,
        tapped_today=current is not None,
        next_tap_points=(tap_rule.points if tap_rule else 0) + bonus,
        opens_at=max(day_start(next_day, zone), current.day_ends_at) if current else day_start(today, zone),
        closes_at=day_end(next_day, zone),
        week=tuple(
            FuelDay(on, on in tapped, tapped.get(on, 0))
            for on in (today - timedelta(days=back) for back in reversed(range(_WEEK)))
        ),
    )
