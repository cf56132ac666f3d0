"""What are staff told of a ledger that takes longer to check than a request may last, and does that hold others up?"""

import asyncio
from contextvars import copy_context
from typing import Any

import asyncpg
import pytest

from app.api import staff
from app.database import Db, row, rows, transaction, value
from app.ledger.check import Report, check_ledger
from tests.api.asking import ask, read
from tests.client import STAFF
from tests.ledger.makers import queued, waiting

CHECK = "ledgerCheck { ok }"
UNDER_WAY = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND backend_type = 'client backend' AND xact_start IS NOT NULL
"""


def errors_of(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["extensions"]["code"], error["message"]) for error in answer["errors"]]


async def test_checks_that_take_too_long_end_by_a_sentence_and_hold_one_connection(
    programme: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff, "LONGEST_CHECK_S", 4)
    outside = copy_context()
    async with transaction() as holder:
        await rows(holder, "LOCK TABLE entry IN ACCESS EXCLUSIVE MODE")
        asked = asyncio.create_task(ask(f"{{ a: {CHECK} b: {CHECK} c: {CHECK} }}", as_=STAFF), context=outside)
        await queued(programme)
        at_once = await waiting(programme)
        answer = await asked

    assert at_once == 1
    assert errors_of(answer) == [("TIMEOUT", staff.TOO_LARGE)] * 3
    assert answer["data"] == {"a": None, "b": None, "c": None}
    assert await value(programme, UNDER_WAY) == 0
    assert await read(f"{{ {CHECK} }}", as_=STAFF) == {"ledgerCheck": {"ok": True}}


async def test_a_statement_that_takes_too_long_is_told_by_the_same_sentence(
    programme: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleeps() -> Report:
        async with transaction() as db:
            await rows(db, "SET LOCAL statement_timeout = 20")
            await row(db, "SELECT pg_sleep(60)")
        return await check_ledger()

    with pytest.raises(asyncpg.QueryCanceledError):
        await sleeps()
    monkeypatch.setattr(staff, "check_ledger", sleeps)

    assert errors_of(await ask(f"{{ {CHECK} }}", as_=STAFF)) == [("TIMEOUT", staff.TOO_LARGE)]
