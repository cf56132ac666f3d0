"""Is an entry that somebody changed behind our back found in the ledger, in a statement, and beside an earlier one?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.database import Db, rows, transaction
from app.ledger.check import check_ledger
from app.ledger.proof import Unproven
from tests.ledger.makers import Person, enrolled, tapped
from tests.ledger.statements import downloaded, proven
from tests.staff.makers import adjusted

A_GIFT = "UPDATE entry SET reason = 'A_GIFT' WHERE member_id = $1 AND version = 1"


@asynccontextmanager
async def unguarded() -> AsyncIterator[Db]:
    """A transaction of somebody who may do anything."""
    async with transaction() as db:
        await rows(db, "SET LOCAL session_replication_role = replica")
        yield db


HASHED_ANEW = """
WITH RECURSIVE anew AS (
  SELECT e.id, e.version, sha256(convert_to(entry_text(e), 'UTF8')) AS hash
    FROM entry e WHERE member_id = $1 AND version = 1
  UNION ALL
  SELECT e.id, e.version, sha256(anew.hash || convert_to(entry_text(e), 'UTF8'))
    FROM anew JOIN entry e ON e.member_id = $1 AND e.version = anew.version + 1)
UPDATE entry SET hash = anew.hash FROM anew WHERE anew.id = entry.id
"""


async def who_tapped() -> Person:
    person = await enrolled()
    await tapped(person)
    return person


async def test_a_silent_edit_is_found_by_the_check_and_in_a_later_statement(own: Db) -> None:
    person = await who_tapped()

    async with unguarded() as db:
        await rows(db, A_GIFT, person.id)

    [problem] = (await check_ledger()).problems
    assert problem == f"entry does not follow from the one before it: member {person.id}: entry 1"
    with pytest.raises(Unproven, match="line 2: entry 1 is not what its hash says"):
        proven(await downloaded(person))


async def test_a_silent_edit_that_is_hashed_anew_is_found_beside_an_earlier_statement(own: Db) -> None:
    person = await who_tapped()
    earlier = proven(await downloaded(person))

    async with unguarded() as db:
        await rows(db, A_GIFT, person.id)
        await rows(db, HASHED_ANEW, person.id)
    later = proven(await downloaded(person), then=earlier.version)

    assert (await check_ledger()).agrees
    assert later.hash_then != earlier.hash


async def test_a_later_statement_continues_an_earlier_one(own: Db) -> None:
    person = await who_tapped()
    earlier = proven(await downloaded(person))
    await adjusted(person, 5)

    later = proven(await downloaded(person), then=earlier.version)

    assert later.version > earlier.version
    assert later.hash_then == earlier.hash
