"""Would we see it? Faults of archiving and of reading what is archived, put into the running program."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from app.database import Db
from app.keyset import Keyset
from app.ledger import archive, balances, liability, lines, reinstate, restore
from app.ledger.models import Entry
from app.members import export
from app.rows import pages_of
from tests.ledger.archiving import Life, archived, nothing_is_told_otherwise, what_is_left
from tests.ledger.faults import Seed, at_once, changed, replaced
from tests.ledger.makers import bought, enrolled

Probe = Callable[[], Awaitable[None]]
SPENDING = (("buy", 12), ("spend", 40), ("review", 2), ("unreview", 0))
UNDOING = (("undo_spending", 0), ("reinstate", 0), ("give_back", 0), ("call_off", 0))


async def archiving_changes_nothing() -> None:
    person = await enrolled()
    for euros in (20, 30):
        await bought(person, euros, delivered=True)

    await nothing_is_told_otherwise(person, but=2)


async def archiving_changes_nothing_that_follows() -> None:
    left = []
    for archives in (True, False):
        life = Life(await enrolled())
        for what, size in SPENDING:
            await life.step(what, size)
        if archives:
            await archived(life.person)
        for what, size in UNDOING:
            await life.step(what, size)
        left.append(await what_is_left(life.person))

    assert left[0] == left[1]


def statements(*changes: tuple[int, str]) -> Seed:
    """Other statements of those that follow the copying of lines."""
    moving = list(archive._MOVE)
    for place, statement in changes:
        moving[place] = statement
    return replaced(archive, _MOVE=tuple(moving))


def page_of(select: str) -> Seed:
    """The statement's lines are read otherwise."""
    pages = pages_of(Entry, Keyset((("version", "int"),)), f"SELECT * FROM ({select}) e WHERE member_id = asked.id {{page}}")
    return at_once(replaced(lines, ENTRIES=pages), replaced(archiving_module(), ENTRIES=pages))


def living(module: object, *names: str) -> Seed:
    """Statements of a module that read the living lines alone."""
    return at_once(*(changed(module, name, "entry", "entry") for name in names))


COPY = "SELECT old.* FROM"
NOTHING = "SELECT $1::bigint[]"
