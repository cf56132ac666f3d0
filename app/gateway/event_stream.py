"""How is an operation answered as server-sent events?

The distinct connections mode of the graphql-sse protocol: one request, one stream of `next` events, and `complete`.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.gateway.answers import fault_body, respond, surprise_body
from app.gateway.caching import NEVER
from app.gateway.faults import Fault, unauthenticated
from app.gateway.media import EVENT_STREAM, JSON
from app.gateway.observed import Observed
from app.gateway.operations import Body, Operations, Prepared
from app.gateway.streams import Seats, SlowReader, TokenExpired, in_time, relay

HEARTBEAT_S = 15.0  # proxies close what is silent


class EventStream(Response):
    """A response that goes on until its operation completes, its reader leaves or is too slow, or its token expires."""

    media_type = EVENT_STREAM

    def __init__(self, operations: Operations, prepared: Prepared, seats: Seats, observed: Observed) -> None:
        super().__init__(headers={"Cache-Control": NEVER, "X-Accel-Buffering": "no", "Vary": "Accept"})
        del self.headers["content-length"]
        self._operations = operations
        self._prepared = prepared
        self._seats = seats
        self._observed = observed
        self._send: Send

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Streams; every way out closes the operation."""
        self._send = send
        self._observed.transport, self._observed.status = "sse", 200
        try:
            with self._seats.stream(self._prepared.visitor):
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await self._until_one_ends(self._tell_all(), self._beat(), _left(receive))
        except Fault as fault:
            self._observed.status = fault.status
            self._observed.answered(fault_body(fault))
            await respond(fault_body(fault), JSON, status=fault.status, headers=fault.headers)(scope, receive, send)
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

    async def _tell_all(self) -> None:
        """Every body as an event, then the end; a reader that is too slow is left without one."""
        try:
            try:
                await relay(self._operations.bodies(self._prepared), self._next, self._prepared.visitor)
            except TokenExpired:
                await self._next(fault_body(unauthenticated("The token has expired")))
            except SlowReader:
                raise
            except Exception as error:  # the edge: whatever failed, a client sees an id and nothing else
                await self._next(surprise_body(error))
            await self._event(b"event: complete\ndata:\n\n")
            await in_time(self._send({"type": "http.response.body", "body": b"", "more_body": False}))
        except SlowReader:
            self._observed.codes.append("SLOW_READER")

    async def _next(self, body: Body) -> None:
        self._observed.answered(body)
        await self._event(b"event: next\ndata: " + orjson.dumps(body) + b"\n\n")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await self._event(b":\n\n")

    async def _event(self, event: bytes) -> None:
        await in_time(self._send({"type": "http.response.body", "body": event, "more_body": True}))


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
