"""What is one example: a fresh database, a clock that stands still, and deeds done on both sides and compared?

`run_model` runs many, chosen by a seed, and stops at the first disagreement; `machine.py` lets Hypothesis choose.
"""

import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import asyncpg

from app.database import close_database, open_database, transaction
from app.ledger.outlets import tell_endpoints
from app.postgres import EmbeddedPostgres
from app.programmes import store
from app.programmes.load import load_shipped
from app.requests.outcome import Outcome
from tests.model.app_side import AppSide, call_of
from tests.model.auditing import bring_auditor
from tests.model.choosing import Choose
from tests.model.compare import Disagreement, compare, compare_answer
from tests.model.deeds import Deed, Enrol, TapDays
from tests.model.oracle.books import Books, Refused
from tests.model.oracle.coupons import Offer
from tests.model.oracle.orders import Early, Item
from tests.model.owing import Owing
from tests.model.proposals import KINDS, PEOPLE
from tests.model.shop_deeds import Buy, Deliver, Quote, Reserve
from tests.model.staff_deeds import Sweep, Wait
from tests.model.states import deep_states

START = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
TEMPLATE = "template_model"
ENDPOINT = "https://shop.example/points"  # that every notice is meant for; nothing is sent
OFFERS = [
    Offer(0, "ES", 60, 500, 5),
    Offer(1, "ES", 200, 1_000, 40, minimum_minor=5_000, limit=2, excluded_categories=frozenset({"PHONE"})),
    Offer(2, "ES", 30, 300, 1, stock_left=3, excluded=frozenset({"BAND"})),
    Offer(3, "GB", 50, 500, 5, excluded_categories=frozenset({"OTHER"})),
    Offer(4, "GB", 20, 700, 400, limit=3),
    Offer(5, "ES", 500, 2_000, 180),
]
RETRIES = {"retry": 6, "twice": 6, "another input": 1}
WEIGHTS: dict[str, int] = {name: kind.weight for name, kind in KINDS.items()} | RETRIES
OPENING: list[Deed] = [  # one who is rich enough for the checkout and at it, one who is not
    Enrol("ana", PEOPLE["ana"], date(1990, 5, 17)),
    Enrol("ben", PEOPLE["ben"], date(2000, 2, 29)),
    Buy("ana", "o-ana-0", (Item("LAMP", 2, 70_000),), "EUR"),
    Deliver("o-ana-0"),
    Reserve("ana", "o-ana-1", 400, (Item("LAMP", 1, 90_000),), "EUR"),
]
_numbers = itertools.count(1)


@dataclass
class Asked:
    """A request that was answered: what the oracle expected of it is true of it for ever."""

    key: str
    deed: Deed
    expected: object
    outcome: Outcome


@dataclass
class Run:
    """One example, on a database that is open."""

    books: Books = field(default_factory=lambda: Books(START))
    app: AppSide = field(default_factory=AppSide)
    owing: Owing = field(default_factory=Owing)
    asked: list[Asked] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    states: set[str] = field(default_factory=set)

    async def begin(self) -> None:
        await self.app.clock(START)
        for offer in OFFERS:
            await self.app.offer(self.books, replace(offer))
        await self.follow("opening", OPENING)

    async def follow(self, kind: str, deeds: Sequence[Deed]) -> None:
        """Do these deeds, and compare everything after each."""
        for deed in deeds:
            await self._do(kind, deed)

    def possible(self) -> list[str]:
        """The kinds of deeds that there can be now."""
        return [kind for kind in WEIGHTS if kind in RETRIES or KINDS[kind].needs(self.books)]

    async def step(self, choose: Choose) -> None:
        """Do a deed of a kind that is possible, and compare everything."""
        kind = choose.one([kind for kind in self.possible() for _ in range(WEIGHTS[kind])])
        if kind in RETRIES:
            await self._again(kind, choose)
        else:
            await self._do(kind, KINDS[kind].propose(self.books, choose))

    async def _do(self, kind: str, deed: Deed) -> None:
        key = f"key-{len(self.story)}"
        self.story.append(f"{kind}: {deed}")
        try:
            expected: object = deed.told(self.books)
        except Refused as refusal:
            expected = refusal
        outcome = await deed.done(self.app, call_of(key, deed))
        self.tally[kind, _word(expected)] += 1
        compare_answer(expected, outcome, self.app)
        if not isinstance(deed, Wait | Sweep | TapDays | Quote):
            self.asked.append(Asked(key, deed, expected, outcome))
        await self._compare()

    async def _again(self, kind: str, choose: Choose) -> None:
        """The same key again, the same deed by another key, or the same key with another input."""
        before = self.asked[-choose.number(1, min(len(self.asked), 12))]
        if kind == "twice":
            await self._do(kind, before.deed)
            return
        self.story.append(f"{kind}: {before.key} {before.deed}")
        call = call_of(before.key, before.deed)
        expected = before.expected
        if isinstance(expected, Early) and expected.answer is not None:
            expected = expected.answer
        if kind == "another input":
            call, expected = replace(call, fingerprint=b"another"), Refused("IDEMPOTENCY_KEY_REUSED")
        outcome = await before.deed.done(self.app, call)
        self.tally[kind, _word(expected)] += 1
        compare_answer(expected, outcome, self.app)
        if expected is before.expected and outcome != before.outcome and not before.outcome.deferred:
            raise Disagreement(f"first {before.outcome}, then {outcome}")
        await self._compare()

    async def _compare(self) -> None:
        await compare(self.books, self.app, self.owing)
        self.states.update(deep_states(self.books))

    def told(self) -> str:
        return "\n".join(f"{number:3} {line}" for number, line in enumerate(self.story, 1))


@dataclass
class Report:
    """What was run; `disagreement`: the first one, with the deeds that led to it."""

    examples: int = 0
    steps: int = 0
    seconds: float = 0.0
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)  # by how many examples each was reached
    disagreement: str | None = None


async def run_model(cluster: EmbeddedPostgres, *, examples: int, steps: int, seed: int) -> Report:
    """Run so many examples, of which the n-th is chosen by `seed` + n; stops at the first disagreement."""
    report, began = Report(), time.monotonic()
    for number in range(examples):
        choose = Choose(seed + number)
        async with example(cluster) as run:
            try:
                for _ in range(steps):
                    await run.step(choose)
                    report.steps += 1
            except Exception as failure:  # whatever it is, the deeds that led to it are what helps
                report.disagreement = f"seed {seed + number}: {type(failure).__name__}: {failure}\n{run.told()}"
        report.examples += 1
        report.tally.update(run.tally)
        report.states.update(run.states)
        if report.disagreement:
            break
    report.seconds = time.monotonic() - began
    return report


@asynccontextmanager
async def example(cluster: EmbeddedPostgres) -> AsyncIterator[Run]:
    """An example on a database of its own, which is open meanwhile."""
    name = f"model_{next(_numbers)}"
    server = await asyncpg.connect(cluster.url("postgres"))
    try:
        await server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        store._book = store.Book(0, {})  # what this process remembers is of another database
        await open_database(cluster.url(name), pool_size=3)
        tell_endpoints([ENDPOINT])
        try:
            run = Run()
            await run.begin()
            yield run
        finally:
            tell_endpoints([])
            await close_database()
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await server.close()


async def prepare(cluster: EmbeddedPostgres, migrated: str) -> None:
    """Make the template of examples out of a migrated one: with the programme in force, and nobody in it."""
    server = await asyncpg.connect(cluster.url("postgres"))
    try:
        if await server.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", TEMPLATE):
            return
        await server.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated}")
    finally:
        await server.close()
    await open_database(cluster.url(TEMPLATE), pool_size=2)
    try:
        async with transaction() as db:
            await load_shipped(db)
            await bring_auditor(db)
    finally:
        await close_database()


def _word(expected: object) -> str:
    """What came of a deed, in a word or two."""
    if isinstance(expected, Refused):
        return " ".join(expected.codes)
    return "waits" if isinstance(expected, Early) else "done"
