"""Does anything stay behind when a thousand clients come and go, politely or not?"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from tests.gateway.shop import Door
from tests.gateway.talking import VISITS, connected, talking, until

TIMES, AT_ONCE = 250, 25
REQUEST = b"GET /graphql?query=subscription{visits} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n"
RESET = struct.pack("ii", 1, 0)  # a close that sends no farewell


async def with_farewell(door: Door) -> None:
    """Subscribes, completes and closes."""
    async with talking(door) as talk:
        await talk.ask(VISITS)
        await talk.say("complete", id="1")


async def in_mid_subscription(door: Door) -> None:
    """Subscribes and hangs up, sometimes before that has begun."""
    async with connected(door) as talk:
        await talk.say("connection_init")
        for key in "abc":
            await talk.ask(VISITS, key=key)
        talk.connection.transport.abort()


async def in_mid_stream(door: Door) -> None:
    """Reads the beginning of a stream and closes."""
    reader, writer = await asyncio.open_connection(*door.place)
    writer.write(REQUEST)
    await reader.readuntil(b":\n\n")
    writer.close()


async def at_once(door: Door) -> None:
    """Asks for a stream and resets the connection before an answer can have come."""
    with socket.create_connection(door.place) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.sendall(REQUEST)


@pytest.mark.parametrize("visit", [with_farewell, in_mid_subscription, in_mid_stream, at_once])
async def test_nothing_stays_behind(door: Door, visit: Callable[[Door], Awaitable[None]]) -> None:
    await visit(door)
    await empty(door)
    tasks = door.tasks
    room = asyncio.Semaphore(AT_ONCE)

    async def come_and_go() -> None:
        async with room:
            await visit(door)

    await asyncio.gather(*(come_and_go() for _ in range(TIMES)))

    await empty(door)
    await until(lambda: door.tasks <= tasks)
    assert not door.seen.watching


async def empty(door: Door) -> None:
    """Waits until everybody has gone and has given back their seat."""
    await until(lambda: not door.server.server_state.connections and door.seats.total == 0)
