"""How does a test ask the GraphQL face, without HTTP in between?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLError

from app.api.context import Gateway, context_maker
from app.api.schema import build_schema
from app.coupons.codes import CouponCodes
from app.gateway.documents import PREPARED, Documents, InvalidDocument, PreparedDocument
from tests.client import STAFF, Who, fresh

CODES = CouponCodes(b"a coupon key of the tests")
make_context = context_maker(Gateway(CODES))


@dataclass(frozen=True)
class Principal:
    """Who asks, as a token says it."""

    subject: str
    roles: frozenset[str]


@cache
def schema() -> strawberry.Schema:
    """The development schema, built once for all tests; it runs prepared documents, as the gateway has it do."""
    built = build_schema("development")
    built.extensions = (*built.extensions, PreparedDocument)
    return built


@cache
def documents() -> Documents:
    """The documents asked so far: parsing and validating takes longer than most answers."""
    return Documents(schema()._schema, introspection=True, suggestions=True)


async def ask(
    document: str,
    variables: Mapping[str, Any] | None = None,
    *,
    as_: Who | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """The whole answer to a document; an error that is not meant for clients fails the test."""
    principal = Principal(as_.subject, frozenset({as_.role})) if as_ else None
    context = await make_context(principal=principal, accept_language=language)
    try:
        prepared = documents().find(document)
    except InvalidDocument as invalid:
        return {"data": None, "errors": [error.formatted for error in invalid.errors]}
    result = await schema().execute(
        document,
        variable_values=dict(variables or {}),
        context_value=context,
        operation_extensions={PREPARED: prepared.ast},
    )
    assert not isinstance(result, list)
    for error in getattr(result, "errors", None) or []:
        if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
            raise AssertionError(f"{error.path}: {error.message}") from error.original_error
    answer: dict[str, Any] = {"data": getattr(result, "data", None)}
    if errors := getattr(result, "errors", None):
        answer["errors"] = [error.formatted for error in errors]
    return answer


async def read(document: str, *, as_: Who | None = None, language: str | None = None, **variables: Any) -> Any:
    """The data of a document that meets no error."""
    answer = await ask(document, variables, as_=as_, language=language)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def do(
    who: Who, mutation: str, selection: str = "", /, *, language: str | None = None, **given: Any
) -> dict[str, Any]:
    """A mutation's payload, refused or not; without an `idempotencyKey` it gets one of its own."""
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    selected = f"{selection} userErrors {{ code field message }}"
    document = f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ {selected} }} }}"
    variables = {"input": {"idempotencyKey": fresh("key"), **given}}
    payload: dict[str, Any] = (await read(document, as_=who, language=language, **variables))[mutation]
    return payload


async def done(who: Who, mutation: str, selection: str = "", /, **given: Any) -> dict[str, Any]:
    """The payload of a mutation that is not refused."""
    payload = await do(who, mutation, selection, **given)
    assert payload["userErrors"] == [], payload
    return payload


async def advance(*, to: str | None = None, by: str | None = None) -> None:
    """Moves the programme's clock."""
    await done(STAFF, "advanceClock", "now", to=to, by=by)


def codes_of(answer: Mapping[str, Any]) -> list[str | None]:
    """The codes of an answer's top-level errors; None for one without."""
    return [error.get("extensions", {}).get("code") for error in answer.get("errors", [])]
