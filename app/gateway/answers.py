"""What may a client see of a result, and under which HTTP status?"""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from uuid import uuid4

import orjson
from graphql import GraphQLError, VariableDefinitionNode
from starlette.responses import Response

from app.gateway.caching import NEVER
from app.gateway.documents import InvalidDocument
from app.gateway.faults import Fault
from app.gateway.media import GRAPHQL_RESPONSE
from app.pool import passes_by_itself
from app.requests.once import TooBusy

log = logging.getLogger("mipoints.gateway")

BAD_USER_INPUT = "BAD_USER_INPUT"
INTERNAL = "INTERNAL"
UNAVAILABLE = "UNAVAILABLE"
FAILURES = frozenset((INTERNAL, UNAVAILABLE))  # codes of what no client did wrong
AGAIN = "This cannot be done for the moment; send the same again, a mutation with the same idempotency key"
MESSAGE_CHARACTERS = 1_000
FOREIGN = re.compile(r", but encountered error .*", re.DOTALL)  # an exception's own words, which may tell of our inside
SUGGESTION = re.compile(r" Did you mean .*", re.DOTALL)
HEADERS = (
    (b"cache-control", NEVER.encode()),
    (b"vary", b"Accept, Accept-Language, Authorization"),
    (b"x-content-type-options", b"nosniff"),
)


class Result(Protocol):
    """What the schema's `execute` answers, as far as an answer needs it."""

    @property
    def data(self) -> dict[str, Any] | None:
        """The resolved fields; None when nothing was run or a required field failed."""

    @property
    def errors(self) -> list[GraphQLError] | None:
        """What went wrong, each with its path when a field was the place."""

    @property
    def extensions(self) -> dict[str, Any] | None:
        """What the schema adds to the answer."""


def body_of(result: Result, *, suggestions: bool) -> dict[str, Any]:
    """The answer to an executed operation as clients read it; without `data` when nothing was run (bad variables)."""
    errors = [describe(error, suggestions=suggestions) for error in result.errors or ()]
    body: dict[str, Any] = {"errors": errors} if errors else {}
    if result.data is not None or any("path" in error for error in errors):
        body["data"] = result.data
    return {**body, "extensions": result.extensions} if result.extensions else body


def invalid_body(invalid: InvalidDocument) -> dict[str, Any]:
    """The answer to a document that cannot be run: no `data`, each error with its place."""
    return {
        "errors": [_described(error, {**(error.extensions or {}), "code": invalid.code}) for error in invalid.errors]
    }


def status_of(body: Mapping[str, Any], media: str) -> int:
    """The HTTP status of a body (GraphQL over HTTP, 6.4).

    With `data`, field errors or not: 200. Without: 400 as application/graphql-response+json and 200 as
    application/json, but 500 for an unexpected failure before the first field, and 503 for one that passes.
    """
    if "data" in body:
        return 200
    codes = {error["extensions"]["code"] for error in body["errors"]}
    if FAILURES & codes:
        return 500 if INTERNAL in codes else 503
    return 400 if media == GRAPHQL_RESPONSE else 200


def fault_body(fault: Fault) -> dict[str, Any]:
    """The answer to a request that was refused at the door, as a GraphQL error."""
    return {"errors": [{"message": fault.message, "extensions": {"code": fault.code}}]}


def surprise_body(error: Exception) -> dict[str, Any]:
    """The answer to a failure outside of any field: only an id, which stands in the log as well."""
    return {"errors": [_masked(error)]}


def answer_surprise(body: Mapping[str, Any], media: str) -> Response:
    """The same by HTTP: 503 where it passes by itself, else 500."""
    passes = body["errors"][0]["extensions"]["code"] == UNAVAILABLE
    return respond(body, media, status=503 if passes else 500, headers={"Retry-After": "1"} if passes else None)


def answer_fault(fault: Fault, media: str) -> Response:
    """The answer to a request that was refused at the door, with the fault's own status."""
    return respond(fault_body(fault), media, status=fault.status, headers=fault.headers)


def respond(
    body: Mapping[str, Any], media: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer in the given media type; it belongs to one reader and is kept by no cache."""
    try:
        content = orjson.dumps(body)
    except TypeError as error:
        status, content = 500, orjson.dumps({"errors": [_masked(error)]})
    response = Response(content, status)
    told = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()] if headers else ()
    response.raw_headers[:0] = [*HEADERS, *told, (b"content-type", b"%b; charset=utf-8" % media.encode())]
    return response


def describe(error: GraphQLError, *, suggestions: bool) -> dict[str, Any]:
    """One error as a client may read it, always with `extensions.code`.

    Our own errors (`public` is True, `code` a string) speak for themselves; what graphql-core says about the
    document or the variables is BAD_USER_INPUT; everything else is masked behind an id: UNAVAILABLE where the database
    was away or overtaxed, so that clients know that they may ask again, else INTERNAL.
    """
    for candidate in _chain(error):
        code = getattr(candidate, "code", None)
        if getattr(candidate, "public", None) is True and isinstance(code, str):
            return _described(error, {**(getattr(candidate, "extensions", None) or {}), "code": code})
    if not _about_request(error):
        return _masked(error)
    described = _described(error, {**(error.extensions or {}), "code": BAD_USER_INPUT})
    if not suggestions:
        described["message"] = SUGGESTION.sub("", described["message"])
    return described


def _chain(error: Exception) -> Iterable[Exception]:
    current: Exception | None = error
    while current is not None:
        yield current
        current = current.original_error if isinstance(current, GraphQLError) else None


def _about_request(error: GraphQLError) -> bool:
    """Is it about the variables, a place in the document, or the request as a whole?

    A value that a resolver answered has no such place.
    """
    if error.path is None and isinstance(next(iter(error.nodes or ()), None), VariableDefinitionNode):
        return True
    *_, origin = _chain(error)
    return isinstance(origin, GraphQLError) and (bool(origin.nodes) or error.path is None)


def _described(error: GraphQLError, extensions: Mapping[str, Any]) -> dict[str, Any]:
    message = FOREIGN.sub("", error.message)[:MESSAGE_CHARACTERS]
    described: dict[str, Any] = {"message": message, "extensions": dict(extensions)}
    if error.locations:
        described["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        described["path"] = list(error.path)
    return described


def _masked(error: Exception) -> dict[str, Any]:
    *_, origin = _chain(error)
    error_id = str(uuid4())
    log.error("internal error %s", error_id, exc_info=origin)
    passes = isinstance(origin, TooBusy) or passes_by_itself(origin)
    message, code = (AGAIN, UNAVAILABLE) if passes else ("Internal error", INTERNAL)
    masked: dict[str, Any] = {"message": message, "extensions": {"code": code, "id": error_id}}
    if isinstance(error, GraphQLError):
        described = _described(error, {})
        masked |= {part: described[part] for part in ("locations", "path") if part in described}
    return masked
