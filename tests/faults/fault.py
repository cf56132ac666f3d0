"""What is a fault of money that is seeded on purpose, and when is it caught?

It is put into the running program of one test, and into no file. Its checker passes without it and fails with it; where
a guard of the ledger or of the database refuses what the fault does, the checker has failed by it.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import cache
from typing import Any

import asyncpg
import pytest

from app.database import Db, connection, rows
from app.ledger.check import check_ledger
from app.ledger.posting import LedgerConflict

Checker = Callable[[Db], Awaitable[None]]
Seed = Callable[[pytest.MonkeyPatch], None]

# A checker's own, the guards of the database and of the ledger, and what the programme cannot go on with.
CAUGHT = (AssertionError, asyncpg.IntegrityConstraintViolationError, LedgerConflict, LookupError, ValueError)


@dataclass(frozen=True)
class Fault:
    """A fault in a sentence, how to put it in, and the checker that must catch it.

    `in_database`: a statement that puts it, or a part of it, into the test's own database.
    """

    says: str
    seed: Seed
    caught_by: Checker
    in_database: str | None = None

    @property
    def checker(self) -> str:
        """The checker's name in words."""
        return name_of(self.caught_by)

    async def is_caught(self, db: Db, patch: pytest.MonkeyPatch) -> None:
        """Puts the fault in; raises unless its checker fails."""
        self.seed(patch)
        if self.in_database is not None:
            await rows(db, self.in_database)
        with pytest.raises(CAUGHT) as caught:
            await self.caught_by(db)
        assert not isinstance(caught.value, KeyError | IndexError), "the fault itself is broken"


def name_of(checker: Checker) -> str:
    """A checker's name in words."""
    name: str = checker.__name__
    return name.removeprefix("test_").replace("_", " ")


def each_of(faults: Sequence[Fault]) -> pytest.MarkDecorator:
    """Runs a test for each `fault`."""
    return pytest.mark.parametrize("fault", faults, ids=lambda fault: fault.says)


def each_checker_of(faults: Sequence[Fault]) -> pytest.MarkDecorator:
    """Runs a test for each `checker` of these faults: what passes where nothing is wrong, before anything is."""
    checkers = tuple(dict.fromkeys(fault.caught_by for fault in faults))
    return pytest.mark.parametrize("checker", checkers, ids=name_of)


@cache
def the_check_sees(disagreement: str, story: Callable[[], Awaitable[None]]) -> Checker:
    """The checker of what no member would notice for long: after the story, `mipoints check` says what is wrong.

    It needs a database of its own, which the fault leaves in disagreement.
    """

    async def checker(_: Db) -> None:
        await story()
        assert disagreement not in {problem.partition(": ")[0] for problem in (await check_ledger()).problems}

    checker.__name__ = f"check: {disagreement}"
    return checker


def changed(module: Any, name: str, old: str, new: str) -> Seed:
    """A statement or text of a module that says something else."""

    def seed(patch: pytest.MonkeyPatch) -> None:
        text: str = getattr(module, name)
        assert old in text, f"{old!r} is no longer in {name}"
        patch.setattr(module, name, text.replace(old, new))

    return seed


def replaced(module: Any, **replacements: object) -> Seed:
    """Other values or functions under names of a module."""

    def seed(patch: pytest.MonkeyPatch) -> None:
        for name, replacement in replacements.items():
            patch.setattr(module, name, replacement)

    return seed


def at_once(*seeds: Seed) -> Seed:
    """The same fault wherever the program could have it."""

    def seed(patch: pytest.MonkeyPatch) -> None:
        for one in seeds:
            one(patch)

    return seed


def aside() -> Db:
    """The pool, also where a transaction is under way: what is written by it is not a part of that."""
    return Context().run(connection)


async def nothing(*_: object, **__: object) -> None:
    """A step that is left out."""


async def none_found(*_: object, **__: object) -> list[Any]:
    """A look that finds nothing."""
    return []
