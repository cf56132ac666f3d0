"""Does one of several web workers wait for the database, and only where waiting helps?"""

from collections.abc import Awaitable, Callable

import pytest

from app.database import DatabaseUnusable
from app.schema import SchemaNotCurrent
from app.web_worker import when_it_answers


def opening(*fails: Exception) -> tuple[Callable[[], Awaitable[None]], list[Exception]]:
    """What opens the database after failing so, and how it has yet to fail."""
    left = list(fails)

    async def open_() -> None:
        if left:
            raise left.pop(0)

    return open_, left


def not_answering() -> DatabaseUnusable:
    unusable = DatabaseUnusable("The database does not answer")
    unusable.__cause__ = ConnectionRefusedError()
    return unusable


async def test_a_database_that_is_away_is_waited_for() -> None:
    open_, left = opening(not_answering(), ConnectionResetError())

    await when_it_answers(open_)

    assert left == []


@pytest.mark.parametrize(
    "stays", [SchemaNotCurrent(["check lot.lot_parts"]), DatabaseUnusable("PostgreSQL 12"), ValueError()]
)
async def test_what_waiting_does_not_mend_is_raised_at_once(stays: Exception) -> None:
    open_, left = opening(stays, not_answering())

    with pytest.raises(type(stays)):
        await when_it_answers(open_)

    assert len(left) == 1


async def test_patience_has_an_end() -> None:
    open_, _ = opening(not_answering())

    with pytest.raises(DatabaseUnusable):
        await when_it_answers(open_, patience_s=-1)
