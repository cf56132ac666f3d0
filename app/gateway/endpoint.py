"""How does one HTTP request to /graphql become one answer?"""

import time
from collections.abc import Callable

from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.gateway.answers import answer_fault, answer_surprise, respond, status_of, surprise_body
from app.gateway.asked import read_request
from app.gateway.caching import let_keep
from app.gateway.documents import InvalidDocument
from app.gateway.event_stream import EventStream, events_of
from app.gateway.faults import Fault, bad_operation, method_not_allowed
from app.gateway.identity import authenticate
from app.gateway.incoming import Incoming
from app.gateway.media import EVENT_STREAM, GRAPHQL_RESPONSE, HTML, JSON, preferred
from app.gateway.observed import Observed, UnderWay, request_id_of
from app.gateway.operations import Body, Operations, Prepared
from app.gateway.origins import Origins
from app.gateway.patience import Patience
from app.gateway.streams import Seats
from app.gateway.visitors import network_of

OFFERED = (JSON, GRAPHQL_RESPONSE, EVENT_STREAM)
Page = Callable[[Request], Response]


class GraphQLEndpoint:
    """The ASGI application behind `Route("/graphql")`; it answers every method itself.

    `page`: what a browser is shown; None shows none. A request has `timeout_s` seconds from its first byte to its
    answer, or to the beginning of its stream.
    """

    def __init__(
        self, operations: Operations, origins: Origins, seats: Seats, *, timeout_s: float, page: Page | None = None
    ) -> None:
        self._operations = operations
        self._origins = origins
        self._seats = seats
        self._timeout_s = timeout_s
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; a client that left before its body was read gets nothing."""
        request = Incoming(scope, receive)
        observed = Observed(request_id_of(request.headers.get("x-request-id")))
        with UnderWay(observed), self._operations.traced(observed, request.headers, request.method):
            try:
                response = await self._answer(request, observed)
            except ClientDisconnect:
                return
            response.raw_headers.append((b"x-request-id", observed.request_id.encode()))
            await response(scope, receive, send)

    async def _answer(self, request: Incoming, observed: Observed) -> Response:
        accept = request.headers.every("accept")
        if self._page is not None and _is_browser(request, accept):
            return self._page(Request(request.scope))
        media = preferred(accept, OFFERED)
        try:
            if media is None:
                raise Fault(406, "NOT_ACCEPTABLE", f"An answer is {GRAPHQL_RESPONSE}, {JSON} or {EVENT_STREAM}")
            return await self._in_time(request, media, observed)
        except ClientDisconnect:
            raise
        except InvalidDocument as invalid:
            body = self._operations.refusal(invalid, observed)
            if media == EVENT_STREAM:
                return self._observed(observed, events_of(body), body)
            spoken = media or JSON
            return self._observed(observed, respond(body, spoken, status=status_of(body, spoken)), body)
        except Fault as fault:
            response = answer_fault(fault, JSON if media in (None, EVENT_STREAM) else media or JSON)
            return self._observed(observed, response, self._operations.refusal(fault, observed))
        except Exception as error:  # the edge: whatever failed, a client sees an id and nothing else
            body = surprise_body(error)
            return self._observed(observed, answer_surprise(body, JSON), body)

    async def _in_time(self, request: Incoming, media: str, observed: Observed) -> Response:
        with Patience(self._timeout_s) as patience:
            prepared = await self._prepared(request, patience, observed)
            if media == EVENT_STREAM:
                return EventStream(self._operations, prepared, self._seats, observed, timeout_s=self._timeout_s)
            return await self._run(request, prepared, media, observed)

    async def _prepared(self, request: Incoming, patience: Patience, observed: Observed) -> Prepared:
        headers = request.headers
        self._origins.require(headers)
        visitor = await self._operations.visitor(
            lambda keys: authenticate(headers.every("authorization"), keys),
            network_of(request.host),
            observed,
            has_token="authorization" in headers,
        )
        patience.wait_for_body()
        asked = await read_request(request)
        patience.body_is_here()
        prepared = await self._operations.prepare(asked, visitor, headers.get("accept-language"), observed)
        if prepared.kind is OperationType.MUTATION and request.method != "POST":
            raise method_not_allowed("A mutation is sent by POST", allow="POST")
        return prepared

    async def _run(self, request: Incoming, prepared: Prepared, media: str, observed: Observed) -> Response:
        if prepared.kind is OperationType.SUBSCRIPTION:
            raise bad_operation(f"A subscription needs a connection that stays open: {EVENT_STREAM} or a WebSocket")
        body = await self._operations.run(prepared)
        response = respond(body, media, status=status_of(body, media))
        if request.method == "GET" and response.status_code == 200 and "errors" not in body:
            response = let_keep(response, request.headers, prepared.public_s)
        return self._observed(observed, response, body)

    def _observed(self, observed: Observed, response: Response, body: Body) -> Response:
        observed.status = response.status_code
        observed.seconds = time.perf_counter() - observed.started
        self._operations.observe(observed, body)
        return response


def _is_browser(request: Incoming, accept: list[str]) -> bool:
    if request.method != "GET" or request.query:
        return False
    return preferred(accept, (JSON, GRAPHQL_RESPONSE, HTML)) == HTML
