"""How does a test speak with the gateway over a WebSocket, well or badly?"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.gateway.socket import PROTOCOL
from tests.gateway.shop import Door

LONG_S = 60.0  # what must come comes much sooner; that it comes at all is what is tested
TICKS = "subscription ($to: Int!) { ticks(to: $to) }"
VISITS = "subscription { visits }"


class Talk:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, kind: str, **parts: object) -> None:
        """One message of the protocol."""
        await self.connection.send(json.dumps({"type": kind, **parts}))

    async def begin(self, payload: object = None) -> None:
        """The initialisation, to its acknowledgement."""
        await self.say("connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def ask(self, query: str, variables: object = None, *, key: str = "1") -> None:
        """Begins an operation."""
        await self.say("subscribe", id=key, payload={"query": query, "variables": variables})

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(LONG_S):
            message: dict[str, Any] = json.loads(await self.connection.recv())
        return message

    async def hear_all(self, *, key: str = "1") -> list[dict[str, Any]]:
        """The payloads of an operation until it is complete."""
        payloads = []
        while (message := await self.hear())["type"] == "next":
            assert message["id"] == key
            payloads.append(message["payload"])
        assert message == {"type": "complete", "id": key}
        return payloads

    async def refusal(self, *, key: str = "1") -> str:
        """The code of the error that ends an operation, and nothing else was said."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("error", key)
        code: str = message["payload"][0]["extensions"]["code"]
        return code

    async def end(self) -> tuple[int, str]:
        """The code and the reason with which the server ends the connection, whatever it says before."""
        try:
            async with asyncio.timeout(LONG_S):
                while True:
                    await self.connection.recv()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


@asynccontextmanager
async def connected(door: Door, **options: Any) -> AsyncIterator[Talk]:
    """A connection that has said nothing yet; `options` are those of `websockets`."""
    host, port = door.place
    chosen: dict[str, Any] = {"subprotocols": [Subprotocol(PROTOCOL)], "proxy": None, "compression": None, **options}
    async with connect(f"ws://{host}:{port}/graphql", **chosen) as connection:
        yield Talk(connection)


@asynccontextmanager
async def talking(door: Door, token: str | None = None) -> AsyncIterator[Talk]:
    """A connection that is acknowledged."""
    async with connected(door) as talk:
        await talk.begin({"Authorization": f"Bearer {token}"} if token else None)
        yield talk


async def until(holds: Callable[[], object]) -> None:
    """Waits for what the server is about to do."""
    async with asyncio.timeout(LONG_S):
        while not holds():
            await asyncio.sleep(0.01)
