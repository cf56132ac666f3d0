"""How is an operation answered as server-sent events?

The distinct connections mode of the graphql-sse protocol: one request, one stream of `next` events, and `complete`.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import orjson
from graphql import OperationType
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.gateway.answers import fault_body, respond, surprise_body
from app.gateway.caching import NEVER
from app.gateway.connections import ENDLESS
from app.gateway.faults import Fault, unauthenticated
from app.gateway.media import EVENT_STREAM, JSON
from app.gateway.observed import Observed
from app.gateway.operations import Body, Operations, Prepared
from app.gateway.streams import Seats, life_of, tell_all, within

HEARTBEAT_S = 15.0  # proxies close what is silent
HEADERS = {"Cache-Control": NEVER, "X-Accel-Buffering": "no", "Vary": "Accept"}
COMPLETE = b"event: complete\ndata:\n\n"  # without data a browser tells nobody of it
NOTHING = b":\n\n"


def events_of(body: Body) -> Response:
    """A whole stream that tells of this one body: that of a document that cannot be run (graphql-sse asks for it)."""
    return Response(event_of(body) + COMPLETE, headers=HEADERS, media_type=EVENT_STREAM)


def event_of(body: Body) -> bytes:
    """The `next` event of an answer."""
    return b"event: next\ndata: " + orjson.dumps(body) + b"\n\n"


class EventStream(Response):
    """A response that goes on until its operation completes, its reader leaves, or its token expires."""

    media_type = EVENT_STREAM

    def __init__(
        self, operations: Operations, prepared: Prepared, seats: Seats, observed: Observed, *, timeout_s: float
    ) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._operations = operations
        self._prepared = prepared
        self._seats = seats
        self._observed = observed
        self._timeout_s = timeout_s
        self._send: Send

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Streams; every way out closes the operation."""
        self._send = send
        self._observed.transport, self._observed.status = "sse", 200
        if self._prepared.kind is OperationType.SUBSCRIPTION:
            scope.setdefault("extensions", {})[ENDLESS] = {}
        try:
            with self._seats.stream(self._prepared.visitor):
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await self._event(NOTHING)  # some browsers wait for it
                await self._until_one_ends(self._tell(), self._beat(), _left(receive))
        except Fault as fault:
            self._observed.status = fault.status
            self._observed.answered(fault_body(fault))
            headers = {**fault.headers, "X-Request-Id": self._observed.request_id}
            await respond(fault_body(fault), JSON, status=fault.status, headers=headers)(scope, receive, send)
        finally:
            self._observed.seconds = time.perf_counter() - self._observed.started
            self._operations.observe(self._observed, None)

    async def _until_one_ends(self, *works: Coroutine[Any, Any, None]) -> None:
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self) -> None:
        """Every answer as an event, and the end."""
        life_s = life_of(self._prepared.visitor)
        try:
            async with within(life_s, unauthenticated("The token has expired")):
                await tell_all(self._operations, self._prepared, self._next, timeout_s=self._timeout_s)
        except Fault as fault:
            await self._next(fault_body(fault))
        except Exception as error:  # the edge: whatever failed, a client sees an id and nothing else
            await self._next(surprise_body(error))
        await self._event(COMPLETE)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await self._event(NOTHING)

    async def _next(self, body: Body) -> None:
        event = event_of(body)
        self._observed.answered(body)
        await self._event(event)

    async def _event(self, event: bytes) -> None:
        await self._send({"type": "http.response.body", "body": event, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
