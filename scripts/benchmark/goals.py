"""Which goals were set, and which of them were reached?"""

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.benchmark.figures import Ratio, table
from scripts.benchmark.sections import BY_CPU, Section


@dataclass(frozen=True)
class Goal:
    """A ratio that should be at least, or (`at_most`) at most, `bound`; `ratio` names it among a section's ratios."""

    text: str
    section: str
    ratio: str
    bound: float
    at_most: bool = False

    def met(self, found: Ratio) -> bool:
        """Was it reached, by the medians?"""
        return found.value <= self.bound if self.at_most else found.value >= self.bound

    @property
    def bounded(self) -> str:
        """The bound in writing."""
        return f"{'<=' if self.at_most else '>='} {self.bound:.2f}"


GOALS = (
    Goal("home / Mercurius with JIT and loaders", "Home", "mercurius", 2.0),
    Goal("home without catalogue cache / Mercurius with JIT and loaders", "Home", "uncached/mercurius", 1.6),
    Goal("home / Mercurius with one statement a root field", "Home", "tuned", 1.0),
    Goal("home / PostGraphile 5", "Home", "postgraphile", 2.5),
    Goal("home / Starlette + asyncpg + orjson by hand", "Home", "limit", 0.8),
    Goal("home, plain document / persisted", "Home", "plain/gateway", 0.9),
    Goal("home / Strawberry + Tortoise + aiodataloader as documented", "Home", "vanilla", 30.0),
    Goal("redeem in process / pgbench of the same statements", "Redeem", "redeem/pgbench", 0.6),
    Goal("redeem over HTTP / pgbench of the same statements", "Redeem over HTTP", "http/pgbench", 0.4),
    Goal("redeem of one member / Mercurius calling the same SQL", "Hot member", "hot/mercurius", 1.2),
    Goal("home at 32 connections, p99 / p50", "Latency", "p99/p50 gateway", 4.0, at_most=True),
    Goal("CPU a request, two web processes / one", "CPU", "two/one", 1.1, at_most=True),
    Goal("home at 500,000 activities / at 50", "Length of history", "long/ordinary", 1.2, at_most=True),
)


def judged(goals: Sequence[Goal], sections: Sequence[Section]) -> str:
    """A table of the goals whose figures were measured."""
    found = {(section.title, name): each for section in sections for name, each in section.ratios.items()}
    lines = [
        [
            goal.text,
            goal.bounded,
            str(each),
            "yes" if goal.met(each) else "no",
            str(found.get((goal.section, f"{goal.ratio}{BY_CPU}"), "")),
        ]
        for goal in goals
        if (each := found.get((goal.section, goal.ratio))) is not None
    ]
    return f"**Goals**\n\n{table(['', 'goal', 'measured', 'reached', 'by CPU of the server'], lines)}\n"
