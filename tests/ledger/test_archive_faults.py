"""Would we see it? Faults of archiving and of reading what is archived, put into the running program."""

import re
from collections.abc import Awaitable, Callable
from types import ModuleType

import asyncpg
import pytest

from app.activities import withdraw
from app.database import Db
from app.keyset import Keyset
from app.ledger import archive, balances, clawback, hold, liability, lines, reinstate, restore
from app.ledger.models import Entry
from app.members import export
from app.orders import kept
from app.rows import pages_of
from tests.ledger.archiving import Life, archived, nothing_is_told_otherwise, what_is_left
from tests.ledger.faults import Seed, changed, replaced
from tests.ledger.makers import bought, enrolled, left_and_came_back

Probe = Callable[[], Awaitable[None]]
Steps = tuple[tuple[str, int], ...]


async def nothing_is_told_otherwise_of_a_buyer() -> None:
    person = await enrolled()
    for euros in (20, 30):
        await bought(person, euros, delivered=True)

    await nothing_is_told_otherwise(person, but=2)


async def all_lines_at_once() -> None:
    """As many as there are, had they not to be older than the last."""
    person = await enrolled()
    await bought(person, 20, delivered=True)

    await nothing_is_told_otherwise(person, but=-1)


def the_same_follows(first: Steps, then: Steps, *, leaves: bool = False) -> Probe:
    """What happens to two members, of whom the one is archived in between, comes to the same."""

    async def the_same() -> None:
        left = []
        for archives in (True, False):
            life = Life(await enrolled())
            await bought(life.person, 1_200, delivered=True)
            for what, size in first:
                await life.step(what, size)
            if leaves:
                await left_and_came_back(life.person)
            await bought(life.person, 1, delivered=True)  # the last line stays
            if archives:
                await archived(life.person)
            for what, size in then:
                await life.step(what, size)
            left.append(await what_is_left(life.person))
        assert left[0] == left[1]

    return the_same


def statements(*changes: tuple[int, str]) -> Seed:
    """Other statements of those that follow the copying of lines."""
    moving = list(archive._MOVE)
    for place, statement in changes:
        moving[place] = statement
    return replaced(archive, _MOVE=tuple(moving))


def statement_of(select: str) -> Seed:
    """A statement of other lines."""
    pages = f"SELECT * FROM ({select}) e WHERE member_id = asked.id {{page}}"
    return replaced(lines, ENTRIES=pages_of(Entry, Keyset((("version", "int"),)), pages))


def alone(text: str) -> str:
    """A statement that reads the living lines alone."""
    found = re.sub(r"(FROM|JOIN) (entry|move)\b", r"\1 ONLY \2", text)
    assert found != text
    return found


def living(module: ModuleType, name: str) -> Seed:
    return replaced(module, **{name: alone(getattr(module, name))})


def exported(part: str) -> Seed:
    return replaced(export, PARTS={**export.PARTS, part: export.PARTS[part].replace("FROM entry", "FROM ONLY entry")})


COPIES, MOVES, LEAVE = archive._MOVE
ANOTHER = """
SELECT (jsonb_populate_record(NULL::entry, to_jsonb(old) || '{"reason": "REVIEW_REJECTED"}')).* FROM
"""
NOTHING = "SELECT $1::bigint[]"
TWICE = "SELECT * FROM entry UNION ALL SELECT * FROM archived_entry"
FIRST_LIVING = "(SELECT min(version) FROM ONLY entry living WHERE living.member_id = entry.member_id)"

buyer = nothing_is_told_otherwise_of_a_buyer
OF_ARCHIVING: tuple[tuple[str, Seed, Probe], ...] = (
    ("a line more leaves", statements((2, f"{LEAVE} OR version = 4")), buyer),
    ("a line is copied otherwise", changed(archive, "_COPY_LINES", "SELECT old.* FROM", ANOTHER), buyer),
    ("lines stay as well", statements((1, NOTHING), (2, NOTHING)), buyer),
    ("a line is left out", changed(archive, "_COPY_LINES", "AND at <", "AND version <> 2 AND at <"), buyer),
    ("the last line goes", changed(archive, "_COPY_LINES", "AND version < account.version", ""), all_lines_at_once),
    ("moves are lost", statements((0, NOTHING)), buyer),
    ("moves stay", statements((0, NOTHING), (1, NOTHING)), buyer),
    ("a move of a line is left out", statements((0, f"{COPIES} AND ordinal > 1")), buyer),
    ("a move is copied otherwise", statements((0, COPIES.replace("*", "id, entry_id, lot_id, 1, ordinal"))), buyer),
    ("the account is touched", replaced(archive, _ALONE="UPDATE account SET version = version"), buyer),
)
OF_READING: tuple[tuple[str, Seed, Probe], ...] = (
    ("the statement ends at the seam", statement_of("SELECT * FROM ONLY entry"), buyer),
    ("the statement repeats a line", statement_of(TWICE), buyer),
    ("the statement skips a line", statement_of(f"SELECT * FROM entry WHERE version <> {FIRST_LIVING}"), buyer),
    ("balances of the past", living(balances, "_PAST"), buyer),
    ("schedules of the past", living(balances, "_PAST_SCHEDULE"), buyer),
    ("liability", living(liability, "_WRITTEN"), buyer),
    ("the export's statement", exported("statement"), buyer),
    ("the export's moves", exported("moves"), buyer),
    ("the export's operations", exported("operations"), buyer),
    ("what a coupon took", living(restore, "_SPENT"), the_same_follows((("spend", 40),), (("undo_spending", 0),))),
    (
        "what was taken of a review",
        living(reinstate, "_TAKEN"),
        the_same_follows((("review", 2), ("unreview", 0)), (("reinstate", 0),)),
    ),
    (
        "how often it came back",
        living(withdraw, "_REINSTATED"),
        the_same_follows((("review", 2), ("unreview", 0), ("reinstate", 0)), (("unreview", 0),)),
    ),
    ("what is held", living(hold, "_HOLDS"), the_same_follows((("hold", 40),), (("let_go", 0),))),
    (
        "what was given up",
        living(clawback, "_LOT"),
        the_same_follows((("review", 2),), (("unreview", 0),), leaves=True),
    ),
    (
        "what was given up of an order",
        living(kept, "_AWARDS"),
        the_same_follows((("buy", 2), ("spend", 1_300)), (("give_back", 0),), leaves=True),
    ),
    (
        "what came back of an order",
        living(kept, "_CAPTURED"),
        the_same_follows((("buy", 6), ("give_back", 0)), (("give_back", 0),)),
    ),
)
FAULTS = (*OF_ARCHIVING, *OF_READING)


@pytest.mark.parametrize("probe", {probe: None for _, _, probe in FAULTS})
async def test_a_sound_archive_passes(db: Db, probe: Probe) -> None:
    await probe()


@pytest.mark.parametrize(("says", "seed", "probe"), FAULTS, ids=[says for says, _, _ in FAULTS])
async def test_it_is_found_when(db: Db, monkeypatch: pytest.MonkeyPatch, says: str, seed: Seed, probe: Probe) -> None:
    seed(monkeypatch)

    with pytest.raises((AssertionError, asyncpg.IntegrityConstraintViolationError, ValueError)):
        await probe()
