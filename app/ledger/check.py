"""Does the ledger agree with itself, and every row with what the schema has promised?"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.database import Db, one, rows, transaction, value
from app.ledger.agreements import agreements
from app.ledger.repeated import Statement, repeated
from app.promises import broken, promised, said

MOST_LINES = 200  # of a report

STATEMENTS = (*agreements(), *repeated(promised()))

# Tables are read from end to end: an index that lacks a row must not hide it, and no policy may either.
# Nor are there nested loops, which a plan may fall into as nobody analyses entries and their archive together.
# Each node of a plan holds so much and writes what is more to PostgreSQL's disk; JIT would cost more than it saves.
CALM = """
SELECT set_config('enable_seqscan', 'on', true), set_config('enable_sort', 'on', true),
  set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true),
  set_config('enable_bitmapscan', 'off', true), set_config('enable_nestloop', 'off', true),
  set_config('row_security', 'off', true),
  set_config('work_mem', '32MB', true),
  set_config('hash_mem_multiplier', '1', true), set_config('max_parallel_workers_per_gather', '0', true),
  set_config('idle_in_transaction_session_timeout', '0', true)
"""
_READ = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

Note = Callable[[str, float, int], None]


@dataclass(frozen=True)
class Report:
    """How much was read, and the first rows of each kind that disagree."""

    members: int
    entries: int
    problems: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return not self.problems

    def lines(self) -> list[str]:
        """The report for people, a line each."""
        read = f"{self.members} accounts, {self.entries} entries"
        return [f"{read}: the ledger agrees with itself"] if self.agrees else [f"{read}:", *self.problems]


async def check_ledger(*, at_once: int = 1, note: Note | None = None) -> Report:
    """Compare the ledger with itself, in one snapshot: writers go on meanwhile and do not disturb it.

    So many statements run `at_once`, each on a connection of its own that reads the same snapshot. `note` is told of
    each statement: what it was about, its seconds, and the rows that were fetched. Raises asyncpg's errors.
    """
    reading = _Reading(at_once, note or (lambda about, seconds, fetched: None))
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(at_once):
                group.create_task(reading.part(first=number == 0))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None  # what ended the others with it
    return Report(reading.members, reading.entries, bounded(reading.problems))


class _Reading:
    """One check under way: what is left to look for, and what was found, in the order of the statements."""

    def __init__(self, at_once: int, note: Note) -> None:
        self.members = self.entries = 0
        self._guards: list[str] = []
        self._left = deque(enumerate(STATEMENTS))
        self._found: dict[int, list[str]] = {}
        self._snapshot: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._all_there = asyncio.Barrier(at_once)
        self._note = note

    @property
    def problems(self) -> list[str]:
        return self._guards + [line for number in sorted(self._found) for line in self._found[number]]

    async def part(self, *, first: bool) -> None:
        """Takes statement after statement until none is left."""
        async with transaction() as db:
            await rows(db, _READ)
            if first:
                await self._begin(db)
            else:
                await rows(db, f"SET TRANSACTION SNAPSHOT '{await self._snapshot}'")
            await rows(db, CALM)
            await self._all_there.wait()
            while self._left:
                number, statement = self._left.popleft()
                began = time.perf_counter()
                self._found[number] = found = await lines_of(db, statement)
                self._note(statement.about, time.perf_counter() - began, len(found))

    async def _begin(self, db: Db) -> None:
        self._guards, readable = await guards_of(db)
        if readable:
            self.members, self.entries = await one(
                db, "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM entry)"
            )
        else:
            self._left.clear()
        self._snapshot.set_result(await value(db, "SELECT pg_export_snapshot()"))


async def disagreements(db: Db, statements: Iterable[Statement] = STATEMENTS) -> tuple[str, ...]:
    """What disagrees as this transaction sees the ledger: the kind, then the row; at most `FIRST` of each kind."""
    await rows(db, CALM)
    return tuple([line for statement in statements for line in await lines_of(db, statement)])


async def lines_of(db: Db, statement: Statement) -> list[str]:
    return [line for (line,) in await rows(db, statement.sql)]


async def guards_of(db: Db) -> tuple[list[str], bool]:
    """What this database no longer promises, or promises otherwise; and are all tables there to be read?"""
    changed = broken(promised(), await said(db))
    lines = [
        f"schema is not as it was published: {promise.called} "
        + ("is missing" if now is None else f"says {now}")
        + f", published is {promise.definition}"
        for promise, now in changed
    ]
    return lines, not any(promise.kind in ("table", "column") for promise, _ in changed)


def bounded(problems: list[str]) -> tuple[str, ...]:
    """The first of them, and how many more there are."""
    more = len(problems) - MOST_LINES
    return tuple(problems) if more <= 0 else (*problems[:MOST_LINES], f"and {more} lines more")
