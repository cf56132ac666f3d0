"""How does a soak look? Pictures for people: one a question, over the minutes of the load."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib

from tests.soak.soaking import WARM, Soaked
from tests.soak.verdicts import Course

matplotlib.use("Agg")

from matplotlib import pyplot as plt

SIZE, DPI = (11, 5.5), 110
MOST_KINDS = 14
MEMORY = frozenset({"RSS", "USS", "PSS", "private memory"})
QUEUES = frozenset({"messages waiting", "requests past their time", "rate buckets", "coupon guesses"})


def draw(soaked: Soaked, folder: Path) -> list[Path]:
    """The pictures, as PNG files in a folder."""
    chosen: list[tuple[str, str, str, Callable[[Course], bool]]] = [
        ("memory", "Memory", "MB", lambda course: course.kind in MEMORY),
        ("connections", "Database connections and streams", "open", is_connection),
        ("handles", "File handles and threads", "open", lambda course: course.kind in ("handles", "threads")),
        ("queues", "What must not pile up", "rows", lambda course: course.kind in QUEUES),
        ("latency", "Time to an answer, from when it was due", "ms", is_latency),
    ]
    drawn = [
        lines(folder / f"{name}.png", title, unit, [each for each in soaked.courses.values() if wanted(each)], soaked)
        for name, title, unit, wanted in chosen
    ]
    return [*drawn, throughput(folder / "throughput.png", soaked)]


def is_connection(course: Course) -> bool:
    """Belongs it to the picture of connections?"""
    return ("connections" in course.kind and not course.kind.endswith("idle")) or course.kind == "open streams"


def is_latency(course: Course) -> bool:
    """Belongs it to the picture of times?"""
    return (course.kind.startswith("p") and course.kind[1:3].isdigit()) or course.kind in ("health", "late")


def lines(path: Path, title: str, unit: str, courses: Sequence[Course], soaked: Soaked) -> Path:
    """A line for each course; times on a logarithmic scale, all else from zero."""
    figure, axes = framed(title, unit, soaked)
    for course in courses:
        axes.plot([at / 60 for at in course.times], course.values, label=f"{course.kind} of {course.of}", linewidth=1.3)
    if unit == "ms":
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    else:
        axes.set_ylim(bottom=0)
    return saved(figure, axes, path)


def throughput(path: Path, soaked: Soaked) -> Path:
    """Answers a second, by kind; the rare ones together."""
    figure, axes = framed("Requests a second, by kind", "requests / s", soaked)
    often = [kind for kind, _ in Counter(record.kind for record in soaked.records).most_common(MOST_KINDS)]
    window = max(1.0, soaked.plan.seconds / 60)
    windows = int(soaked.plan.seconds / window)
    counted = {kind: [0.0] * windows for kind in [*often, "all others"]}
    for record in soaked.records:
        at = min(windows - 1, int(record.due / window))
        counted[record.kind if record.kind in often else "all others"][at] += 1 / window
    minutes = [(number + 0.5) * window / 60 for number in range(windows)]
    colours = plt.get_cmap("tab20")(range(len(counted)))
    axes.stackplot(minutes, list(counted.values()), labels=[kind.replace("_", " ") for kind in counted], colors=colours)
    return saved(figure, axes, path)


def framed(title: str, unit: str, soaked: Soaked) -> tuple[Any, Any]:
    """An empty picture, with the warm-up in grey."""
    figure, axes = plt.subplots(figsize=SIZE, dpi=DPI)
    axes.set_title(title)
    axes.set_xlabel("minutes of load")
    axes.set_ylabel(unit)
    axes.grid(alpha=0.3)
    axes.set_xlim(0, soaked.plan.seconds / 60)
    axes.axvspan(0, WARM * soaked.plan.seconds / 60, color="grey", alpha=0.12, linewidth=0, label="warm-up, not judged")
    return figure, axes


def saved(figure: Any, axes: Any, path: Path) -> Path:
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize="small", frameon=False)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)
    return path
