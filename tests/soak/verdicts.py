"""Does a course of figures stay where it is, or does it creep?

Pure. What is judged is the floor: the least figure of each of some equal spans of time, so that neither the sawtooth of
garbage collection nor what is in flight at an instant counts, while what is never given back does. A slope is
Theil-Sen's, the median of those between all pairs of floors. A step is no leak, a leak goes on: it is judged by the
slope that two thirds of the pairs exceed, over the whole time and again over its last half, where one may have begun.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

FLOORS = 12
PAIRS_BELOW = 1 / 3
FEWEST = 6  # figures, below which nothing is told of them
TEN_MINUTES_S = 600.0
CREEP, CREEP_MS = 1.5, 5.0  # so many times the first third, and so much more, the last third may take


@dataclass
class Course:
    """The figures of one kind of one thing (`RSS` of `gateway`) over the time, in seconds from the start of a load."""

    kind: str
    of: str
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def note(self, at: float, value: float) -> None:
        """One more figure, later than those before."""
        self.times.append(at)
        self.values.append(value)

    def since(self, at: float) -> "Course":
        """What it was from an instant on."""
        kept = [(time, value) for time, value in zip(self.times, self.values, strict=True) if time >= at]
        return Course(self.kind, self.of, [time for time, _ in kept], [value for _, value in kept])


@dataclass(frozen=True)
class Limit:
    """How far the floor of a kind may rise over the time that is judged: `rise`, and a `share` of it per 10 minutes.

    Of less than `least_s` seconds nothing is said.
    """

    unit: str
    rise: float
    share: float = 0.0
    least_s: float = 0.0


class Judged(Enum):
    """What may be said of a course."""

    FLAT = "flat"
    GROWS = "GROWS"
    CREEPS = "CREEPS"
    SHORT = "too short to say"
    TOLD = "told only"


# Memory: a heap that is used up to its margins gains and loses some megabytes by chance. The rest may have one or two
# more of what is opened late and stays: a connection of the pool, a thread for names of hosts.
LIMITS = {
    "RSS": Limit("MB", 6.0, 0.01),
    "USS": Limit("MB", 6.0, 0.01),
    "private memory": Limit("MB", 6.0, 0.01, least_s=240),  # each backend learns statements and tables for a while
    "handles": Limit("", 3.0),
    "threads": Limit("", 2.0),
    "connections": Limit("", 3.0),
    "busy connections": Limit("", 2.0),
    "open streams": Limit("", 4.0),
    "messages waiting": Limit("rows", 60.0),
    "requests past their time": Limit("rows", 300.0),
    "rate buckets": Limit("rows", 100.0),
    "coupon guesses": Limit("rows", 300.0),
}
UNITS = {"late": "ms", "PSS": "MB", "p50": "ms", "p95": "ms", "p99": "ms", "health": "ms", "rows": "rows"}
CREEPING = frozenset({"p99"})


@dataclass(frozen=True)
class Verdict:
    """What became of a course; `per_hour` is its slope, `limit` what it may have risen by (p99: come to)."""

    name: str
    unit: str
    first: float
    last: float
    per_hour: float
    limit: float | None
    judged: Judged

    @property
    def is_sound(self) -> bool:
        """Is there nothing to be afraid of?"""
        return self.judged not in (Judged.GROWS, Judged.CREEPS)


def judge(course: Course) -> Verdict:
    """The verdict on a course from which the warm-up has been left out; one that has no limit is told only."""
    name = f"{course.kind} of {course.of}"
    limit = LIMITS.get(course.kind)
    unit = limit.unit if limit else UNITS.get(course.kind, "")
    if len(course.values) < FEWEST or (limit and course.times[-1] - course.times[0] < limit.least_s):
        return Verdict(name, unit, *ends(course.values), 0.0, None, Judged.SHORT)
    slope = 3_600 * float(np.median(slopes(*floors(course))))
    first, last = ends(course.values)
    if course.kind in CREEPING:
        most = CREEP * first + CREEP_MS
        return Verdict(name, unit, first, last, slope, most, Judged.CREEPS if last > most else Judged.FLAT)
    if limit is None:
        return Verdict(name, unit, first, last, slope, None, Judged.TOLD)
    halves = (course, course.since((course.times[0] + course.times[-1]) / 2))
    grows = any(rise(part) > most_of(limit, part) for part in halves if len(part.values) >= FEWEST)
    return Verdict(name, unit, first, last, slope, most_of(limit, course), Judged.GROWS if grows else Judged.FLAT)


def ends(values: Sequence[float]) -> tuple[float, float]:
    """The medians of the first and of the last third."""
    if not values:
        return float("nan"), float("nan")
    third = max(1, len(values) // 3)
    return float(np.median(values[:third])), float(np.median(values[-third:]))


def rise(course: Course) -> float:
    """By how much the floor has surely risen from the first to the last figure."""
    surely = float(np.quantile(slopes(*floors(course)), PAIRS_BELOW))
    return surely * (course.times[-1] - course.times[0])


def most_of(limit: Limit, course: Course) -> float:
    """By how much the floor of this course may rise."""
    long = (course.times[-1] - course.times[0]) / TEN_MINUTES_S
    return limit.rise + limit.share * ends(course.values)[0] * long


def floors(course: Course) -> tuple[Any, Any]:
    """The least figure of each of FLOORS equal spans, and when it was; all figures where they are few."""
    times, values = np.asarray(course.times, float), np.asarray(course.values, float)
    if len(values) <= 2 * FLOORS:
        return times, values
    edges = np.linspace(times[0], times[-1], FLOORS + 1)[1:-1]
    spans = np.searchsorted(edges, times, side="right")
    least = [int(at[np.argmin(values[at])]) for at in (np.flatnonzero(spans == span) for span in set(spans.tolist()))]
    kept = sorted(least)
    return times[kept], values[kept]


def slopes(times: Any, values: Any) -> Any:
    """The slopes between all pairs, a second."""
    first, second = np.triu_indices(len(times), 1)
    return (values[second] - values[first]) / (times[second] - times[first])
