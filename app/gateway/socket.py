"""How is one WebSocket served?

The graphql-transport-ws protocol of graphql-ws. Every breach of it ends the connection with the code that the protocol
gives it; what is wrong with one operation ends that operation alone.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.gateway.answers import fault_body, surprise_body
from app.gateway.asked import BODY_BYTES, asked_of, parsed
from app.gateway.documents import InvalidDocument
from app.gateway.faults import Fault, timed_out
from app.gateway.identity import InvalidToken, Principal, bearer_of, principal_of
from app.gateway.keys import Keys
from app.gateway.observed import Observed, request_id_of
from app.gateway.operations import Body, Operations, Prepared
from app.gateway.origins import Origins
from app.gateway.streams import Seats, SlowReader, TokenExpired, in_time, life_of, relay
from app.gateway.visitors import Visitor, network_of

PROTOCOL = "graphql-transport-ws"
INIT_S = 10.0
MOST_OPERATIONS = 50  # at once on one connection
ID_CHARACTERS = 128

BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN, NO_INIT, ID_TAKEN, TOO_MANY = 4400, 4401, 4403, 4408, 4409, 4429
NO_PROTOCOL, SLOW, SURPRISE = 4406, 1013, 1011


class Breach(Exception):
    """The connection ends, with this close code and this reason (at most 123 bytes)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class GraphQLSocket:
    """The ASGI application behind `WebSocketRoute("/graphql")`."""

    def __init__(self, operations: Operations, origins: Origins, seats: Seats, *, timeout_s: float) -> None:
        self.operations = operations
        self.seats = seats
        self.timeout_s = timeout_s
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection to its end."""
        websocket = WebSocket(scope, receive, send)
        address = network_of(websocket.client.host if websocket.client else "")
        try:
            self._origins.require(websocket.headers)
            with self.seats.connection(address):
                await self._serve(websocket, address)
        except Fault:
            await websocket.close(FORBIDDEN)  # before it is accepted: HTTP 403

    async def _serve(self, websocket: WebSocket, address: str) -> None:
        if PROTOCOL not in websocket.scope.get("subprotocols", ()):
            await websocket.accept()
            await websocket.close(NO_PROTOCOL, f"Speak {PROTOCOL}")
            return
        await websocket.accept(PROTOCOL)
        await Connection(self, websocket, address).serve()


class Connection:
    """One connection: who it is, and the operations that it runs."""

    def __init__(self, socket: GraphQLSocket, websocket: WebSocket, address: str) -> None:
        self._socket = socket
        self._websocket = websocket
        self._address = address
        self._principal: str | None = None
        self._visitor: Visitor | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._ended: asyncio.Future[Breach] = asyncio.get_running_loop().create_future()

    async def serve(self) -> None:
        """Reads messages until the client leaves, breaks the protocol, or its token expires; then stops everything."""
        reading = asyncio.create_task(self._read())
        try:
            waiting: set[asyncio.Future[Any]] = {reading, self._ended}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            breach = self._ended.result() if self._ended.done() else reading.result()
            if breach is not None:
                await in_time(self._websocket.close(breach.code, breach.reason))
        except (SlowReader, WebSocketDisconnect, RuntimeError):
            return  # nobody is there any more
        finally:
            tasks = [reading, *self._running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> Breach | None:
        try:
            try:
                async with asyncio.timeout(INIT_S):
                    await self._init(await self._message())
            except TimeoutError:
                raise Breach(NO_INIT, "Connection initialisation timeout") from None
            assert self._visitor is not None
            async with asyncio.timeout(life_of(self._visitor)):
                while True:
                    await self._obey(await self._message())
        except TimeoutError:
            return Breach(UNAUTHORIZED, "The token has expired")
        except Breach as breach:
            return breach
        except WebSocketDisconnect:
            return None

    async def _message(self) -> dict[str, Any]:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        text = received.get("text")
        if text is None or len(text) > BODY_BYTES:
            raise Breach(BAD_MESSAGE, "A message is a text of JSON")
        try:
            message = parsed(text, "A message")
        except Fault as fault:
            raise Breach(BAD_MESSAGE, fault.message) from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Breach(BAD_MESSAGE, "A message is a JSON object with a type")
        return message

    async def _init(self, message: dict[str, Any]) -> None:
        if message["type"] != "connection_init":
            raise Breach(UNAUTHORIZED, "Unauthorized")
        payload = message.get("payload") or {}
        if not isinstance(payload, dict):
            raise Breach(BAD_MESSAGE, "The payload of connection_init is a JSON object")
        operations = self._socket.operations
        observed = Observed(request_id_of(None), transport="websocket")

        async def authenticate(keys: Keys) -> Principal | None:
            token = token_in(payload)
            return await principal_of(token, keys, at=datetime.now(UTC)) if token is not None else None

        try:
            self._visitor = await operations.visitor(authenticate, self._address, observed)
        except Fault as fault:
            operations.observe(observed, fault_body(fault))
            raise Breach(UNAUTHORIZED if fault.status == 401 else TOO_MANY, fault.message) from None
        if life_of(self._visitor) == 0:
            raise Breach(UNAUTHORIZED, "The token has expired")
        self._principal = observed.principal
        await self._send({"type": "connection_ack"})

    async def _obey(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                return
            case "subscribe":
                self._subscribe(operation_id(message), message.get("payload"))
            case "complete":
                running = self._running.pop(operation_id(message), None)
                if running is not None:
                    running.cancel()
            case "connection_init":
                raise Breach(TOO_MANY, "Too many initialisation requests")
            case _:
                raise Breach(BAD_MESSAGE, "This type of message is not known")

    def _subscribe(self, key: str, payload: object) -> None:
        if key in self._running:
            raise Breach(ID_TAKEN, f"Subscriber for {key[:40]} already exists")
        if len(self._running) >= MOST_OPERATIONS:
            raise Breach(TOO_MANY, "Too many operations at once")
        if not isinstance(payload, dict):
            raise Breach(BAD_MESSAGE, "The payload of subscribe is a JSON object")
        task = asyncio.create_task(self._run(key, payload))
        self._running[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))

    def _forget(self, key: str, done: asyncio.Task[None]) -> None:
        if self._running.get(key) is done:
            del self._running[key]
        if not done.cancelled() and done.exception() is not None and not self._ended.done():
            error = done.exception()
            self._ended.set_result(error if isinstance(error, Breach) else Breach(SURPRISE, "Internal error"))

    async def _run(self, key: str, payload: Mapping[str, Any]) -> None:
        """One operation from `subscribe` to `complete` or `error`."""
        assert self._visitor is not None
        observed = Observed(request_id_of(None), transport="websocket", principal=self._principal)
        operations = self._socket.operations
        try:
            prepared = await operations.prepare(asked_of(payload), self._visitor, self._language(), observed)
            await self._tell(key, prepared, observed)
            await self._send({"type": "complete", "id": key})
        except (Fault, InvalidDocument) as refused:
            body = operations.refusal(refused, observed)
            observed.answered(body)
            await self._send({"type": "error", "id": key, "payload": body["errors"]})
        except SlowReader:
            raise Breach(SLOW, "The connection is too slow") from None
        except (WebSocketDisconnect, RuntimeError, TokenExpired):
            return  # the connection is at its end already
        except Exception as error:  # the edge: whatever failed, a client sees an id and nothing else
            await self._send({"type": "error", "id": key, "payload": surprise_body(error)["errors"]})
        finally:
            observed.seconds = time.perf_counter() - observed.started
            operations.observe(observed, None)

    async def _tell(self, key: str, prepared: Prepared, observed: Observed) -> None:
        async def tell(body: Body) -> None:
            observed.answered(body)
            await self._send({"type": "next", "id": key, "payload": body})

        operations = self._socket.operations
        if prepared.kind is OperationType.SUBSCRIPTION:
            with self._socket.seats.stream(prepared.visitor):
                await relay(operations.bodies(prepared), tell, prepared.visitor)
            return
        try:
            async with asyncio.timeout(self._socket.timeout_s) as limit:
                body = await operations.run(prepared)
        except TimeoutError:
            if limit.expired():
                raise timed_out(self._socket.timeout_s) from None
            raise
        await tell(body)

    def _language(self) -> str | None:
        return self._websocket.headers.get("accept-language")

    async def _send(self, message: Mapping[str, Any]) -> None:
        await in_time(self._websocket.send_text(orjson.dumps(message).decode()))


def operation_id(message: Mapping[str, Any]) -> str:
    """The id of the operation that a message is about; raises Breach for none."""
    key = message.get("id")
    if not isinstance(key, str) or not 1 <= len(key) <= ID_CHARACTERS:
        raise Breach(BAD_MESSAGE, f"An id is a string of 1 to {ID_CHARACTERS} characters")
    return key


def token_in(payload: Mapping[str, Any]) -> str | None:
    """The bearer token of a connection_init, under the name that HTTP has for it; None without one."""
    given = [value for name, value in payload.items() if name.lower() == "authorization" and value is not None]
    if not given:
        return None
    if len(given) > 1 or not isinstance(given[0], str):
        raise InvalidToken("not one bearer token")
    return bearer_of(given[0])
