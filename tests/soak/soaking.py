"""How is a gateway soaked, and what is wrong with it afterwards?"""

import asyncio
import contextlib
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import numpy as np
import orjson

from tests.served import Served
from tests.soak.crowd import Crowd
from tests.soak.driving import UNEXPECTED, UNTIMED, Record, drive, warm_up
from tests.soak.verdicts import Course, Verdict, ends, judge
from tests.soak.watching import Watch

WARM = 0.2  # of the time, which is not judged
HEXADECIMAL = re.compile(r"\b[0-9a-f-]{36}\b|\d+")
WINDOWS, LEAST_WINDOW_S = 60, 1.0
OFTEN = 20  # requests of a kind, of which one at least must have been done
DRIVER, LATE_MS = "the driver, p99", 500.0
NEVER = ("masked errors", "answers of 5xx", "looks in vain", "processes that ended")


@dataclass(frozen=True)
class Plan:
    """For how many seconds, how many requests a second, with which chance, watched every so many seconds.

    `documents`: new ones that are sent before, so that what the gateway remembers of them is full already.
    """

    seconds: float
    rate: float
    seed: int = 1
    every: float = 1.0
    documents: int = 0


@dataclass(frozen=True)
class Soaked:
    """What was seen: every request, every course of figures, and how often which error is in the gateway's log."""

    plan: Plan
    records: Sequence[Record]
    courses: Mapping[tuple[str, str], Course]
    log: Mapping[str, int]

    @property
    def verdicts(self) -> list[Verdict]:
        """On each course without its warm-up."""
        since = WARM * self.plan.seconds
        return [judge(course.since(since)) for course in self.courses.values()]

    def troubles(self) -> list[str]:
        """What went wrong, but for what creeps: a sentence each."""
        unexpected = Counter(
            f"{record.kind}: {record.outcome}" for record in self.records if record.outcome.startswith(UNEXPECTED)
        )
        sent = Counter(record.kind for record in self.records)
        fine = {record.kind for record in self.records if not record.outcome.startswith((UNEXPECTED, "refused"))}
        found = [f"{number} times {what}" for what, number in unexpected.most_common(20)]
        found += [f"{kind} was never done" for kind, number in sent.items() if number >= OFTEN and kind not in fine]
        for (kind, _), course in self.courses.items():
            if kind in NEVER and course.values and course.values[-1] > 0:
                found.append(f"{course.values[-1]:g} {kind}")
        return found + [f"{number} times in the log: {error}" for error, number in self.log.items()]

    def doubts(self) -> list[str]:
        """Why nothing can be said of times, where that is so."""
        late = ends(self.courses["late", DRIVER].values)[1] if ("late", DRIVER) in self.courses else 0.0
        return [f"the driver itself was {late:,.0f} ms late: too much for this machine"] if late > LATE_MS else []

    def leaks(self) -> list[str]:
        """What creeps: a sentence each."""
        return [
            f"{verdict.name} {verdict.judged.value.lower()}: {verdict.first:.1f} to {verdict.last:.1f} {verdict.unit}"
            for verdict in self.verdicts
            if not verdict.is_sound
        ]


async def soak(served: Served, database_url: str, plan: Plan, beside: Sequence[int] = ()) -> Soaked:
    """Drives the mixed load of a plan against a gateway whose database has members, and watches it meanwhile."""
    chance = random.Random(plan.seed)
    async with contextlib.AsyncExitStack() as stack:
        ours, watching = [await opened(stack, database_url) for _ in range(2)]
        crowd = Crowd(served, ours, random.Random(chance.random()))
        await crowd.gather()
        await warm_up(crowd, plan.documents)
        watch = Watch(served, watching, beside)
        seeing = asyncio.create_task(watch.run(plan.every))
        try:
            records = await drive(crowd, rate=plan.rate, seconds=plan.seconds, chance=chance)
        finally:
            seeing.cancel()
            await asyncio.wait({seeing})
        if not seeing.cancelled():
            seeing.result()  # whoever could not look on has not watched
    return Soaked(plan, records, {**watch.courses, **latencies(records, plan.seconds)}, complaints(served.said))


async def opened(stack: contextlib.AsyncExitStack, database_url: str) -> Any:
    """A connection of our own."""
    connection = await asyncpg.connect(database_url, server_settings={"application_name": "soak"})
    stack.push_async_callback(connection.close, timeout=5)
    return connection


def complaints(said: str) -> Counter[str]:
    """The errors in a log, each by what was logged and the last line of what led to it."""
    found: Counter[str] = Counter()
    for line in said.splitlines():
        if line.startswith("{") and (told := orjson.loads(line))["level"] in ("ERROR", "CRITICAL"):
            error = (told.get("error") or "").rstrip().rpartition("\n")[2]
            found[f"{HEXADECIMAL.sub('', told['message'])}: {error}"] += 1
    return found


def latencies(records: Sequence[Record], seconds: float) -> dict[tuple[str, str], Course]:
    """The percentiles of what was waited, in ms, by windows of time; and how late the driver itself was."""
    window = max(LEAST_WINDOW_S, seconds / WINDOWS)
    timed = [record for record in records if record.kind not in UNTIMED and record.kind != "any"]
    courses = {name: Course(name, "all requests") for name in ("p50", "p95", "p99")}
    late = Course("late", DRIVER)
    for number in range(int(seconds / window)):
        within = [record for record in timed if number * window <= record.due < (number + 1) * window]
        if within:
            taken = [1_000 * record.taken for record in within]
            for name, course in courses.items():
                course.note((number + 0.5) * window, float(np.percentile(taken, int(name[1:]))))
            late.note((number + 0.5) * window, 1_000 * float(np.percentile([record.late for record in within], 99)))
    return {(course.kind, course.of): course for course in (*courses.values(), late)}
