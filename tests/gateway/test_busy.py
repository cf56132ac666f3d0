"""What is a client told when more is asked for than the database's connections can take?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app import database, pool
from app.database import close_database, connection, open_database, rows, transaction
from app.gateway.answers import body_of
from tests.api.asking import make_context, schema
from tests.client import fresh
from tests.demo.makers import with_programme
from tests.journeys.makers import ADULT, TERMS
from tests.ledger.makers import queued

ENROL = """mutation ($input: EnrolMemberInput!) { enrolMember(input: $input) { member { id } userErrors { code } } }"""
ADJUST = """mutation ($input: AdjustPointsInput!) { adjustPoints(input: $input) {
  activity { points } userErrors { code } } }"""
PROGRAMME = "{ programme(market: ES) { revision } }"


NEWCOMER = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": "mi-1"}


class Anybody:
    """A token that may do what the shop and staff may."""

    subject = "operator"
    roles = frozenset({"service", "staff"})


async def answer_to(document: str, **variables: Any) -> dict[str, Any]:
    """As a client reads it."""
    context = await make_context(principal=Anybody(), accept_language=None)
    result = await schema().execute(document, variable_values=variables, context_value=context)
    return body_of(result, suggestions=False)


@asynccontextmanager
async def holding(statement: str) -> AsyncIterator[None]:
    """A transaction, open for as long as the block, that has run a statement."""
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction() as db:
            await rows(db, statement)
            held.set()
            await let_go.wait()

    task = asyncio.create_task(hold())
    await held.wait()
    yield
    let_go.set()
    await task


def is_told_to_come_again(answer: dict[str, Any]) -> bool:
    """Is it the one error that says so, and no more?"""
    [error] = answer["errors"]
    assert "again" in error["message"]
    assert "lock" not in error["message"]
    return bool(error["extensions"]["code"] == "UNAVAILABLE")


@pytest.mark.parametrize("document", [ENROL, PROGRAMME])
async def test_whoever_gets_no_connection_may_come_again_and_is_told_so(
    database_url: str, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    given = {**NEWCOMER, "idempotencyKey": fresh("key")}
    await open_database(database_url, pool_size=1)
    try:
        await with_programme()
        async with holding("SELECT 1"):
            monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 0.1)
            refused = await answer_to(document, input=given)
        monkeypatch.undo()
        again = await answer_to(document, input=given)
    finally:
        await close_database()

    assert is_told_to_come_again(refused)
    assert "errors" not in again


async def test_whoever_waits_in_vain_for_a_member_may_come_again_and_is_told_so(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT_MS", 100)
    given = {"miAccountId": NEWCOMER["miAccountId"], "idempotencyKey": fresh("key"), "points": 5, "reason": "A test"}
    await open_database(database_url)
    try:
        await with_programme()
        await answer_to(ENROL, input={**NEWCOMER, "idempotencyKey": fresh("key")})
        async with holding("SELECT 1 FROM account FOR UPDATE"):
            refused = await answer_to(ADJUST, input=given)
        again = await answer_to(ADJUST, input=given)
    finally:
        await close_database()

    assert is_told_to_come_again(refused)
    assert again["data"]["adjustPoints"] == {"activity": {"points": 5}, "userErrors": []}


async def test_reads_go_on_however_many_wait_for_a_member(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT_MS", 30_000)
    monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 30.0)
    given = {"miAccountId": NEWCOMER["miAccountId"], "points": 5, "reason": "A test"}
    await open_database(database_url, pool_size=4, statement_timeout_ms=30_000)
    try:
        await with_programme()
        await answer_to(ENROL, input={**NEWCOMER, "idempotencyKey": fresh("key")})
        async with holding("SELECT 1 FROM account FOR UPDATE"):
            waiting = [
                asyncio.create_task(answer_to(ADJUST, input={**given, "idempotencyKey": fresh("key")}))
                for _ in range(5)
            ]
            await queued(connection(), 2)
            answered = await answer_to(PROGRAMME)
            assert not any(one.done() for one in waiting)
        done = await asyncio.gather(*waiting)
    finally:
        await close_database()

    assert "errors" not in answered
    assert [one["data"]["adjustPoints"]["userErrors"] for one in done] == [[]] * 5
