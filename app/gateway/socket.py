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
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from app.gateway.answers import answer_fault, fault_body, surprise_body
from app.gateway.asked import Asked, asked_of, parsed
from app.gateway.documents import InvalidDocument
from app.gateway.faults import Fault
from app.gateway.identity import InvalidToken, Principal, authenticate, bearer_of, principal_of
from app.gateway.keys import Keys
from app.gateway.media import JSON
from app.gateway.observed import Observed, UnderWay, request_id_of
from app.gateway.operations import Body, Operations
from app.gateway.origins import Origins
from app.gateway.streams import MOST_STREAMS_OF_ONE, Seats, life_of, tell_all, within
from app.gateway.visitors import Visitor, network_of

PROTOCOL = "graphql-transport-ws"
INIT_S = 10.0
ID_CHARACTERS = 128
REASON_BYTES = 123

# Of the protocol; clients come again by themselves after FORBIDDEN, where a new token may help, and TRY_AGAIN.
BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN, NO_PROTOCOL, NO_INIT, ID_TAKEN, TOO_MANY, SURPRISE = (
    *(4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500),
)
TRY_AGAIN = 1013


class Breach(Exception):
    """The connection ends, with this close code and this reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:REASON_BYTES].decode(errors="ignore")


class GraphQLSocket:
    """The ASGI application behind `WebSocketRoute("/graphql")`."""

    def __init__(self, operations: Operations, origins: Origins, seats: Seats, *, timeout_s: float) -> None:
        self.operations = operations
        self.seats = seats
        self.timeout_s = timeout_s
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection to its end; who may not have one is refused over HTTP."""
        websocket = WebSocket(scope, receive, send)
        address = network_of(websocket.client.host if websocket.client else "")
        try:
            self._origins.require(websocket.headers)
            with self.seats.connection(address):
                await self._serve(websocket, address)
        except Fault as fault:
            await websocket.send_denial_response(answer_fault(fault, JSON))

    async def _serve(self, websocket: WebSocket, address: str) -> None:
        if PROTOCOL not in websocket.scope["subprotocols"]:
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
        self._running: dict[str, asyncio.Task[None]] = {}  # by the id of the operation
        self._tasks: set[asyncio.Task[None]] = set()  # those that were completed and have not ended yet as well
        self._sending = asyncio.Lock()  # one message at a time waits for a slow reader

    async def serve(self) -> None:
        """Obeys messages until the client leaves, breaks the protocol, or its token expires; then stops everything."""
        try:
            await self._read()
        except WebSocketDisconnect:
            return
        except Breach as breach:
            await self._close(breach)
        except Exception as error:  # the edge: whatever failed, a client sees an id and nothing else
            masked = surprise_body(error)["errors"][0]
            await self._close(Breach(SURPRISE, f"{masked['message']} {masked['extensions']['id']}"))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self) -> None:
        async with within(INIT_S, Breach(NO_INIT, "Connection initialisation timeout")):
            while self._visitor is None:
                await self._obey(await self._message())
        async with within(life_of(self._visitor), Breach(FORBIDDEN, "The token has expired")):
            while True:
                await self._obey(await self._message())

    async def _message(self) -> dict[str, Any]:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received["code"])
        try:
            message = parsed(received["text"], "A message")
        except KeyError:
            raise Breach(BAD_MESSAGE, "A message is a text of JSON") from None
        except Fault as fault:
            raise Breach(BAD_MESSAGE, fault.message) from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Breach(BAD_MESSAGE, "A message is a JSON object with a type")
        return message

    async def _obey(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "connection_init":
                await self._begin(object_in(message))
            case "ping":
                given = object_in(message)
                await self._send({"type": "pong", **({"payload": given} if given else {})})
            case "pong":
                object_in(message)
            case "subscribe":
                await self._subscribe(operation_id(message), message)
            case "complete":
                running = self._running.pop(operation_id(message), None)
                if running is not None:
                    running.cancel()
            case _:
                raise Breach(BAD_MESSAGE, "This type of message is not known")

    async def _begin(self, given: Mapping[str, Any]) -> None:
        if self._visitor is not None:
            raise Breach(TOO_MANY, "Too many initialisation requests")
        operations = self._socket.operations
        observed = Observed(request_id_of(None), transport="websocket")

        async def principal(keys: Keys) -> Principal | None:
            token = token_in(given)
            if token is None:
                return await authenticate(self._websocket.headers.getlist("authorization"), keys)
            return await principal_of(token, keys, at=datetime.now(UTC))

        has_token = any(name.lower() == "authorization" for name in (*given, *self._websocket.headers))
        try:
            self._visitor = await operations.visitor(principal, self._address, observed, has_token=has_token)
        except Fault as fault:
            operations.observe(observed, fault_body(fault))
            raise Breach(FORBIDDEN if fault.status == 401 else TRY_AGAIN, fault.message) from None
        self._principal = observed.principal
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, key: str, message: Mapping[str, Any]) -> None:
        if self._visitor is None:
            raise Breach(UNAUTHORIZED, "Unauthorized")
        if key in self._running:
            raise Breach(ID_TAKEN, f"Subscriber for {key} already exists")
        try:
            asked = asked_of(object_in(message))
        except Fault as fault:
            raise Breach(BAD_MESSAGE, fault.message) from None
        while len(self._tasks) >= 2 * MOST_STREAMS_OF_ONE:  # who has no seat comes to an end
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._run(key, asked, self._visitor))
        self._running[key] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, key: str, asked: Asked, visitor: Visitor) -> None:
        """One operation from `subscribe` to `complete` or `error`."""
        operations = self._socket.operations
        observed = Observed(request_id_of(None), transport="websocket", principal=self._principal)
        with UnderWay(observed), operations.traced(observed, self._websocket.headers):
            try:
                last = await self._answered(key, asked, visitor, observed)
                del self._running[key]  # the client may use the id again when it has read this
                await self._send({"id": key, **last})
            except WebSocketDisconnect:
                return  # nobody is there any more
            finally:
                observed.seconds = time.perf_counter() - observed.started
                operations.observe(observed, None)

    async def _answered(self, key: str, asked: Asked, visitor: Visitor, observed: Observed) -> Mapping[str, Any]:
        """Sends every answer; the message that comes last, without its id."""

        async def tell(body: Body) -> None:
            observed.answered(body)
            await self._send({"id": key, "type": "next", "payload": body})

        operations, language = self._socket.operations, self._websocket.headers.get("accept-language")
        try:
            prepared = await operations.prepare(asked, visitor, language, observed)
            with self._socket.seats.stream(visitor):
                await tell_all(operations, prepared, tell, timeout_s=self._socket.timeout_s)
            return {"type": "complete"}
        except WebSocketDisconnect:
            raise
        except (Fault, InvalidDocument) as refused:
            body = operations.refusal(refused, observed)
        except Exception as error:  # the edge: whatever failed, a client sees an id and nothing else
            body = surprise_body(error)
        observed.answered(body)
        return {"type": "error", "payload": body["errors"]}

    async def _send(self, message: Mapping[str, Any]) -> None:
        text = orjson.dumps(message).decode()
        async with self._sending:
            if self._websocket.application_state is not WebSocketState.CONNECTED:
                raise WebSocketDisconnect
            await self._websocket.send_text(text)

    async def _close(self, breach: Breach) -> None:
        async with self._sending:
            if self._websocket.application_state is WebSocketState.CONNECTED:
                await self._websocket.close(breach.code, breach.reason)


def operation_id(message: Mapping[str, Any]) -> str:
    """The id of the operation that a message is about; raises Breach for none."""
    key = message.get("id")
    if not isinstance(key, str) or not 1 <= len(key) <= ID_CHARACTERS:
        raise Breach(BAD_MESSAGE, f"An id is a string of 1 to {ID_CHARACTERS} characters")
    return key


def object_in(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The payload of a message, empty without one; raises Breach for one that is no object."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Breach(BAD_MESSAGE, "A payload is a JSON object")
    return payload or {}


def token_in(payload: Mapping[str, Any]) -> str | None:
    """The bearer token of a connection_init, under the name that HTTP has for it; None without one."""
    given = [value for name, value in payload.items() if name.lower() == "authorization" and value is not None]
    if not given:
        return None
    if len(given) > 1 or not isinstance(given[0], str):
        raise InvalidToken("not one bearer token")
    return bearer_of(given[0])
