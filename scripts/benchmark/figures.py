"""By how much is one thing faster than another, and how sure is that? Medians, paired ratios and their spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Ratio:
    """The ratio of two medians, and the least and greatest ratio of what was measured in the same round."""

    value: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{_short(self.value)} ({_short(self.least)} to {_short(self.most)})"


def ratio(these: Sequence[float], those: Sequence[float]) -> Ratio:
    """How many times `those` are `these`, measured round by round. Raises ValueError unless both have each round."""
    if not these or len(these) != len(those):
        raise ValueError("a ratio needs both sides of each round")
    paired = [this / that for this, that in zip(these, those, strict=True)]
    return Ratio(median(these) / median(those), min(paired), max(paired))


def inverse(these: Sequence[float], those: Sequence[float]) -> Ratio:
    """The ratio of what is better when it is less: CPU, latency."""
    return ratio(those, these)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    ruled = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ruled, *lines))


def difference(one: object, other: object, path: str = "data") -> str | None:
    """The first place where two JSON values differ, and how; None when they are the same."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.keys() != other.keys():
            return f"{path}: the fields {sorted(one)} and {sorted(other)}"
        inside = ((each, one[each], other[each]) for each in one)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return f"{path}: {len(one)} and {len(other)} of them"
        inside = ((place, *pair) for place, pair in enumerate(zip(one, other, strict=True)))
    else:
        same = type(one) is type(other) and one == other
        return None if same else f"{path}: {one!r} and {other!r}"
    found = (difference(left, right, f"{path}.{place}") for place, left, right in inside)
    return next((each for each in found if each is not None), None)


def _short(number: float) -> str:
    return f"{number:.2f}" if number < 10 else f"{number:.1f}"
