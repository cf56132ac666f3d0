"""Does the check read archived lines as it reads the others, and see what is wrong with an archive?"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from app.database import Db, transaction, value
from app.ledger.archive import archive
from app.ledger.check import check_ledger, disagreements
from tests.ledger.archiving import ALL
from tests.ledger.damages import DAMAGES
from tests.ledger.test_check import Undone, hurt

OF_LINES = [(check, hurting) for check, all_ in DAMAGES.items() for hurting in all_ if "entry" in hurting]
CHAIN = "entry does not follow from the one before it"
OF_THE_ARCHIVE = (
    (CHAIN, "DELETE FROM archived_entry WHERE version = 1"),
    (CHAIN, "DELETE FROM archived_entry WHERE version = 2"),
    (CHAIN, "UPDATE archived_entry SET reason = 'REVIEW_REJECTED' WHERE version = 2"),
    (CHAIN, "INSERT INTO entry SELECT * FROM archived_entry WHERE version = 2"),
    ("account does not stand where its last entry left it", "DELETE FROM ONLY entry"),
    ("entry is not covered by its moves", "DELETE FROM archived_move"),
    ("entry is not covered by its moves", "INSERT INTO move SELECT * FROM archived_move"),
)


@pytest.fixture(scope="module")
async def lived(copied: Callable[[], AbstractAsyncContextManager[Db]]) -> AsyncIterator[Db]:
    """A history of which all lines are archived that may be, damaged in transactions which are all undone."""
    async with copied() as db:
        await archive(ALL)
        yield db


@pytest.mark.parametrize(("check", "damage"), [*OF_LINES, *OF_THE_ARCHIVE])
async def test_the_check_finds_in_an_archive(lived: Db, check: str, damage: str) -> None:
    with pytest.raises(Undone):
        async with transaction() as db:
            await hurt(db, damage)
            found = await disagreements(db)
            raise Undone

    assert check in {problem.partition(": ")[0] for problem in found}


async def test_a_ledger_agrees_with_its_archive(lived: Db) -> None:
    assert (await check_ledger()).problems == ()
    assert await value(lived, "SELECT count(*) FROM ONLY entry") == 4
