"""Is a connection dropped when its client does not do its part, and left alone when it does?"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from websockets.frames import Frame, Opcode

from app.gateway import connections
from app.gateway.connections import REQUEST_BYTES, HttpConnection, SocketConnection
from app.gateway.tokens import DevelopmentKeys
from app.settings import Settings
from tests.gateway.news import PARCEL
from tests.gateway.shop import Door, open_door
from tests.gateway.talking import LONG_S, VISITS, connected, talking, until
from tests.gateway.test_event_stream import EVENTS, streaming

PARCELS = "subscription { parcels }"
MANY = 100
LONG = f"{{ parcels(many: {MANY}) }}"
LONG_BYTES = MANY * len(PARCEL)
HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
ANSWER = b'"maximum":5000}}}'
PING = Frame(Opcode.PING, b"x" * 125).serialize(mask=True)
MOST_KEPT = 2_000_000  # by both systems and us; a stream without a pause goes beyond it at once


def request(query: str, accept: str = "application/json") -> bytes:
    """A whole request."""
    body = b'{"query": "%s"}' % query.encode()
    return HEAD + b"accept: %s\r\ncontent-length: %d\r\n\r\n" % (accept.encode(), len(body)) + body


@pytest.fixture
def raw(door: Door) -> Iterator[socket.socket]:
    """A connection without any protocol, for which its system takes little."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.settimeout(LONG_S)
        connection.connect(door.place)
        yield connection


def rest(connection: socket.socket) -> bytes:
    """All that still comes until the server ends the connection."""
    received = bytearray()
    try:
        while part := connection.recv(65_536):
            received += part
    except ConnectionResetError:
        pass
    return bytes(received)


def hear(connection: socket.socket, word: bytes) -> None:
    """Reads on until this was said."""
    received = bytearray()
    while word not in received:
        part = connection.recv(4_096)
        assert part, bytes(received)
        received += part


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little time is given: less than `slow` takes, and enough for who does their part on a busy machine."""
    monkeypatch.setattr(connections, "HEAD_S", 0.7)
    monkeypatch.setattr(connections, "UNREAD_S", 2.0)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("begun", [b"", HEAD, HEAD[:10]])
def test_a_head_that_does_not_come_is_not_waited_for(raw: socket.socket, begun: bytes) -> None:
    raw.sendall(begun)

    assert rest(raw) == b""


@pytest.mark.usefixtures("hasty")
def test_neither_is_that_of_a_later_request(raw: socket.socket) -> None:
    raw.sendall(request("{ who }"))
    hear(raw, ANSWER)

    raw.sendall(HEAD)

    assert rest(raw) == b""


@pytest.mark.usefixtures("hasty")
def test_what_comes_after_a_head_may_take_longer(raw: socket.socket) -> None:
    raw.sendall(request("{ slow }"))

    hear(raw, b"TIMEOUT")


@pytest.mark.usefixtures("hasty")
async def test_a_socket_that_says_little_is_left_alone(door: Door) -> None:
    async with talking(door) as talk:
        await talk.ask("{ slow }")
        assert await talk.refusal() == "TIMEOUT"


@pytest.mark.usefixtures("hasty")
async def test_a_request_may_become_a_socket_later(door: Door, raw: socket.socket) -> None:
    raw.sendall(request("{ who }"))
    hear(raw, ANSWER)

    upgrade = b"upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    raw.sendall(b"GET /graphql HTTP/1.1\r\nhost: x\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n" + upgrade)
    raw.sendall(b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n")
    hear(raw, b"101 Switching")
    await asyncio.sleep(1.5 * connections.HEAD_S)

    raw.sendall(Frame(Opcode.TEXT, b'{"type": "ping"}').serialize(mask=True))
    hear(raw, b"pong")


ENDLESS = {
    "one header": HEAD + b"x: " + b"x" * 2 * REQUEST_BYTES,
    "many headers": HEAD + b"x: y\r\n" * (REQUEST_BYTES // 3),
    "many trailers": HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n" + b"x: y\r\n" * (REQUEST_BYTES // 3),
}


@pytest.mark.parametrize("endless", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_request_without_an_end_is_not_kept(raw: socket.socket, endless: bytes) -> None:
    with pytest.raises(OSError, match=r"reset|Broken pipe"):
        for _ in range(10):
            raw.sendall(endless)


@pytest.mark.usefixtures("hasty")
async def test_who_reads_no_events_is_cut_off(door: Door, raw: socket.socket) -> None:
    raw.sendall(request(PARCELS, EVENTS))

    await until(lambda: door.seen.ended == ["parcels"])
    assert door.seen.parcels * len(PARCEL) < MOST_KEPT


@pytest.mark.usefixtures("hasty")
async def test_who_reads_no_messages_is_cut_off(door: Door) -> None:
    async with connected(door, max_queue=1, close_timeout=0.1) as talk:
        await talk.begin()
        for key in "ab":
            await talk.ask(PARCELS, key=key)
        await until(lambda: door.seen.ended == ["parcels", "parcels"])

        assert (await talk.end())[0] == 1006


async def test_nothing_is_kept_for_who_reads_no_messages(door: Door) -> None:
    async with connected(door, max_queue=1, close_timeout=0.1) as talk:
        await talk.begin()
        for key in range(20):
            await talk.ask(PARCELS, key=str(key))
        for _ in range(100):
            await talk.hear()

        assert max(await waiting(door)) < 2 * len(PARCEL)


async def test_who_sends_pings_and_reads_nothing_has_no_pongs_kept(door: Door) -> None:
    async with connected(door, max_queue=1, close_timeout=0.1) as talk:
        await talk.begin()
        await talk.ask(PARCELS)
        await waiting(door)
        talk.connection.transport.write(PING * 100_000)
        await until(lambda: talk.connection.transport.get_write_buffer_size() == 0)

        assert max(await waiting(door)) < MOST_KEPT


async def waiting(door: Door) -> list[int]:
    """How many bytes wait for the clients of WebSockets, look by look, until it is the same for a while."""
    looks: list[int] = []

    def stays() -> bool:
        looks.append(sum(each.transport.get_write_buffer_size() for each in door.behind(SocketConnection)))
        return len(looks) >= 10 and looks[-1] > 0 and len(set(looks[-10:])) == 1

    await until(stays)
    return looks


@pytest.mark.usefixtures("hasty")
async def test_a_long_answer_is_dropped_when_nobody_reads_it(door: Door, raw: socket.socket) -> None:
    raw.sendall(request(LONG))
    await until(lambda: door.behind(HttpConnection))
    await until(lambda: not door.behind(HttpConnection))

    assert len(rest(raw)) < MOST_KEPT < LONG_BYTES


@pytest.mark.usefixtures("hasty")
async def test_a_long_answer_is_kept_for_who_reads_it_slowly(raw: socket.socket) -> None:
    raw.sendall(request(LONG))
    received = bytearray()
    for _ in range(50):
        received += raw.recv(65_536)
        await asyncio.sleep(0.02)
    assert len(received) < LONG_BYTES

    while len(received) < LONG_BYTES:
        part = raw.recv(65_536)
        assert part
        received += part


async def test_the_end_of_the_server_ends_what_is_open(settings: Settings, keys: DevelopmentKeys) -> None:
    with ExitStack() as stack:
        door = stack.enter_context(open_door(settings, keys))
        async with talking(door) as talk, connected(door) as silent, streaming(door, VISITS) as pieces:
            await talk.ask(VISITS)
            await until(lambda: len(door.seen.watching) == 2)
            await asyncio.to_thread(stack.close)

            assert [(await each.end())[0] for each in (talk, silent)] == [1012, 1012]
            with pytest.raises(httpx.RemoteProtocolError):  # not complete: the client comes again
                assert "complete" not in "".join([piece async for piece in pieces])
    assert door.seen.ended == ["visits", "visits"]
    assert door.seats.total == 0


async def test_the_end_of_the_server_waits_for_nobody_who_does_not_read(
    settings: Settings, keys: DevelopmentKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "UNREAD_S", 3_600.0)
    with ExitStack() as stack:
        door = stack.enter_context(open_door(settings, keys))
        async with connected(door, max_queue=1, close_timeout=0.1) as talk, streaming(door, PARCELS):
            await talk.begin()
            await talk.ask(PARCELS)
            await until(lambda: door.behind(SocketConnection))
            await until(lambda: door.behind(HttpConnection))
            await asyncio.to_thread(stack.close)
    assert door.seen.ended == ["parcels", "parcels"]
