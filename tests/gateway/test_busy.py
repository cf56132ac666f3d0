"""What is a client told when more is asked for than the database's connections can take?"""

import asyncio
from typing import Any

import pytest

from app import pool
from app.database import close_database, open_database, rows, transaction
from app.gateway.answers import body_of
from tests.api.asking import make_context, schema
from tests.client import fresh
from tests.demo.makers import with_programme
from tests.journeys.makers import ADULT, TERMS

ENROL = """mutation ($input: EnrolMemberInput!) { enrolMember(input: $input) { member { id } userErrors { code } } }"""
MARKETS = "{ programme(market: ES) { revision } }"


class Shop:
    """A service's token."""

    subject = "shop"
    roles = frozenset({"service"})


async def answer_to(document: str, **variables: Any) -> dict[str, Any]:
    """As a client reads it."""
    context = await make_context(principal=Shop(), accept_language=None)
    result = await schema().execute(document, variable_values=variables, context_value=context)
    return body_of(result, suggestions=False)


@pytest.mark.parametrize("document", [ENROL, MARKETS])
async def test_whoever_gets_no_connection_may_come_again_and_is_told_so(
    database_url: str, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    given = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": "mi-1"}
    given["idempotencyKey"] = fresh("key")
    await open_database(database_url, pool_size=1)
    try:
        await with_programme()
        held, let_go = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with transaction() as db:
                await rows(db, "SELECT 1")
                held.set()
                await let_go.wait()

        holding = asyncio.create_task(hold())
        await held.wait()
        monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 0.1)
        refused = await answer_to(document, input=given)
        let_go.set()
        await holding
        monkeypatch.undo()
        again = await answer_to(document, input=given)
    finally:
        await close_database()

    [error] = refused["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert "again" in error["message"]
    assert "errors" not in again
