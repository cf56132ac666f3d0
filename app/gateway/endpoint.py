"""How does one HTTP request to /graphql become one answer?"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Protocol

from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry import Schema

from app.gateway.answers import answer_fault, answer_invalid, answer_result, answer_surprise
from app.gateway.asked import read_request
from app.gateway.documents import PREPARED, Documents, InvalidDocument, PreparedDocument, operation_of
from app.gateway.explorer import explorer
from app.gateway.faults import Fault, bad_operation, method_not_allowed, timed_out, unauthenticated, unavailable
from app.gateway.identity import InvalidToken, Principal, authenticate
from app.gateway.keys import Keys, KeysUnavailable
from app.gateway.media import GRAPHQL_RESPONSE, HTML, JSON, preferred
from app.settings import Settings

# Strawberry logs every field error, refusals too, and without an id; the gateway logs what it masks.
logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL)


class MakeContext(Protocol):
    """Builds the context of one request: who asks, and in which languages they read."""

    def __call__(self, *, principal: Principal | None, accept_language: str | None) -> Awaitable[object]:
        """Called once a request, before its operation runs."""


def graphql_endpoint(schema: Schema, make_context: MakeContext, keys: Keys, settings: Settings) -> ASGIApp:
    """The ASGI application behind `Route("/graphql")`; it answers every method itself.

    In `production` it knows no introspection, no suggestions and no page for browsers. A request has
    `settings.request_timeout_s` seconds from its first byte to its answer.
    """
    return GraphQLEndpoint(schema, make_context, keys, settings)


class GraphQLEndpoint:
    """One schema, served over HTTP."""

    def __init__(self, schema: Schema, make_context: MakeContext, keys: Keys, settings: Settings) -> None:
        if PreparedDocument not in schema.extensions:
            schema.extensions = (*schema.extensions, PreparedDocument)
        self._schema = schema
        self._make_context = make_context
        self._keys = keys
        self._open = settings.profile != "production"
        self._timeout_s = settings.request_timeout_s
        self._documents = Documents(schema._schema, introspection=self._open, suggestions=self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; a client that left before its body was read gets nothing."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        accept = request.headers.getlist("accept")
        if self._open and _is_browser(request, accept):
            return explorer()
        media = preferred(accept, (JSON, GRAPHQL_RESPONSE))
        try:
            if media is None:
                raise Fault(406, "NOT_ACCEPTABLE", f"An answer is {GRAPHQL_RESPONSE} or {JSON}")
            return await self._in_time(request, media)
        except Fault as fault:
            return answer_fault(fault, media or JSON)
        except ClientDisconnect:
            raise
        except Exception as error:  # the edge: whatever failed, a client sees an id and nothing else
            return answer_surprise(error, media or JSON)

    async def _in_time(self, request: Request, media: str) -> Response:
        try:
            async with asyncio.timeout(self._timeout_s) as limit:
                return await self._run(request, media)
        except TimeoutError:
            if limit.expired():
                raise timed_out(self._timeout_s) from None
            raise

    async def _run(self, request: Request, media: str) -> Response:
        principal = await self._who(request)
        asked = await read_request(request)
        try:
            document = self._documents.find(asked.text)
        except InvalidDocument as invalid:
            return answer_invalid(invalid, media)
        operation = operation_of(document, asked.operation_name)
        _require_allowed(operation.operation, request.method)
        context = await self._make_context(principal=principal, accept_language=request.headers.get("accept-language"))
        result = await self._schema.execute(
            asked.text,
            variable_values=asked.variables,
            context_value=context,
            operation_name=operation.name.value if operation.name else None,
            operation_extensions={PREPARED: document},
        )
        return answer_result(result, media, suggestions=self._open)

    async def _who(self, request: Request) -> Principal | None:
        try:
            return await authenticate(request.headers, self._keys)
        except InvalidToken as error:
            raise unauthenticated("The token is not valid") from error
        except KeysUnavailable as error:
            raise unavailable("Tokens cannot be checked for the moment") from error


def _is_browser(request: Request, accept: list[str]) -> bool:
    if request.method != "GET" or "query" in request.query_params:
        return False
    return preferred(accept, (JSON, GRAPHQL_RESPONSE, HTML)) == HTML


def _require_allowed(operation: OperationType, method: str) -> None:
    if operation is OperationType.SUBSCRIPTION:
        raise bad_operation("A subscription needs a connection that stays open")
    if operation is OperationType.MUTATION and method != "POST":
        raise method_not_allowed("A mutation is sent by POST", allow="POST")
