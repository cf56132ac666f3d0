"""Does every breach of graphql-transport-ws end the connection, with its own code and nobody else's trouble?"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.frames import CloseCode, Frame, Opcode
from websockets.typing import Subprotocol

from app.gateway import socket, streams
from app.gateway.asked import BODY_BYTES
from app.gateway.connections import MOST_FRAGMENTS
from tests.gateway.shop import Door
from tests.gateway.talking import VISITS, connected, talking, until


@pytest.fixture(autouse=True)
def others_are_served(door: Door) -> Iterator[None]:
    """After each breach everybody else is answered as ever."""
    yield
    assert door.ask("{ double(points: 1) }").json()["data"] == {"double": 2}


def text(message: object) -> str:
    """A message as JSON."""
    return json.dumps(message)


def subscribing(payload: object, **changed: object) -> str:
    """A `subscribe` message with this payload."""
    return text({"type": "subscribe", "id": "1", "payload": payload, **changed})


MALFORMED: dict[str, str | bytes] = {
    "a binary frame": b'{"type": "ping"}',
    "a list": "[1]",
    "null": "null",
    "a number": "7",
    "nothing": "",
    "no JSON": "{",
    "deep nesting": "[" * 90_000,
    "no type": "{}",
    "a type that is a number": text({"type": 1}),
    "an unknown type": text({"type": "start", "id": "1"}),
    "a type of the server": text({"type": "next", "id": "1", "payload": {}}),
    "a ping with a text": text({"type": "ping", "payload": "x"}),
    "a pong with a list": text({"type": "pong", "payload": []}),
    "no id": text({"type": "subscribe", "payload": {"query": "{ who }"}}),
    "an empty id": subscribing({"query": "{ who }"}, id=""),
    "an id of 10,000 characters": subscribing({"query": "{ who }"}, id="x" * 10_000),
    "an id that is a number": subscribing({"query": "{ who }"}, id=1),
    "a completion without an id": text({"type": "complete"}),
    "no payload": subscribing(None),
    "a payload that is a list": subscribing(["{ who }"]),
    "a payload that is a text": subscribing("{ who }"),
    "a query that is a number": subscribing({"query": 1}),
    "no query": subscribing({"variables": {}}),
    "variables that are a list": subscribing({"query": "{ who }", "variables": []}),
    "a name that is a number": subscribing({"query": "{ who }", "operationName": 1}),
    "extensions that are a text": subscribing({"query": "{ who }", "extensions": "x"}),
    "a hash that is none": subscribing({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "/"}}}),
}


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_message_is_a_bad_request(door: Door, message: str | bytes) -> None:
    async with talking(door) as talk:
        await talk.ask(VISITS, key="other")
        await until(lambda: door.seen.watching)
        await talk.connection.send(message)
        code, reason = await talk.end()

    assert (code, bool(reason)) == (4400, True)
    await until(lambda: door.seen.ended == ["visits"])


@pytest.mark.parametrize("payload", ["x", 7, [], False])
async def test_a_malformed_beginning_is_a_bad_request(door: Door, payload: object) -> None:
    async with connected(door) as talk:
        await talk.say("connection_init", payload=payload)
        assert (await talk.end())[0] == 4400


async def test_nothing_runs_before_the_beginning(door: Door) -> None:
    async with connected(door) as talk:
        await talk.ask("mutation { visit }")
        assert await talk.end() == (4401, "Unauthorized")

    assert door.seen.visits == 0


async def test_who_does_not_begin_in_time_is_sent_away(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "INIT_S", 0.1)
    async with connected(door) as talk:
        await talk.say("ping")
        assert await talk.end() == (4408, "Connection initialisation timeout")


async def test_who_began_in_time_may_stay(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "INIT_S", 0.2)
    async with talking(door) as talk:
        await talk.ask("{ slow }")
        assert await talk.refusal() == "TIMEOUT"


async def test_nobody_begins_twice(door: Door) -> None:
    async with talking(door) as talk:
        await talk.say("connection_init")
        assert await talk.end() == (4429, "Too many initialisation requests")


async def test_an_id_is_taken_as_long_as_its_operation_runs(door: Door) -> None:
    async with talking(door) as talk:
        await talk.ask(VISITS, key="ü" * 100)
        await talk.ask("{ who }", key="ü" * 100)
        code, reason = await talk.end()

    assert (code, reason[:16]) == (4409, "Subscriber for ü")


@pytest.mark.parametrize("offered", [None, [Subprotocol("graphql-ws")]])
async def test_another_protocol_is_not_spoken(door: Door, offered: list[Subprotocol] | None) -> None:
    async with connected(door, subprotocols=offered) as talk:
        assert await talk.end() == (4406, "Speak graphql-transport-ws")


async def test_a_message_that_is_too_long_is_not_read(door: Door) -> None:
    async with talking(door) as talk:
        await talk.connection.send(text({"type": "ping", "payload": {"x": "x" * BODY_BYTES}}))
        assert (await talk.end())[0] == CloseCode.MESSAGE_TOO_BIG


@pytest.mark.parametrize("part", ["x" * 200, ""])
async def test_a_message_in_endless_parts_is_not_kept(door: Door, part: str) -> None:
    async with talking(door) as talk:
        protocol, transport = talk.connection.protocol, talk.connection.transport
        protocol.send_text(b"{", fin=False)
        for _ in range(MOST_FRAGMENTS):
            protocol.send_continuation(part.encode(), fin=False)
        transport.write(b"".join(protocol.data_to_send()))
        code, _ = await talk.end()

    assert code in (CloseCode.MESSAGE_TOO_BIG, CloseCode.POLICY_VIOLATION)


BROKEN_FRAMES = {
    "text that is not UTF-8": (Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True), CloseCode.INVALID_DATA),
    "a continuation of nothing": (Frame(Opcode.CONT, b"{}").serialize(mask=True), CloseCode.PROTOCOL_ERROR),
    "a frame without a mask": (Frame(Opcode.TEXT, b"{}").serialize(mask=False), CloseCode.PROTOCOL_ERROR),
    "a reserved bit": (b"\xf1\x80\0\0\0\0", CloseCode.PROTOCOL_ERROR),
}


@pytest.mark.parametrize(("frame", "code"), BROKEN_FRAMES.values(), ids=BROKEN_FRAMES.keys())
async def test_a_broken_frame_ends_the_connection(door: Door, frame: bytes, code: int) -> None:
    async with talking(door) as talk:
        await talk.ask(VISITS)
        await until(lambda: door.seen.watching)
        talk.connection.transport.write(frame)
        assert (await talk.end())[0] == code

    await until(lambda: door.seen.ended == ["visits"])


async def test_an_address_has_only_so_many_connections(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_CONNECTIONS_OF_ONE", 1)
    async with talking(door):
        with pytest.raises(Exception, match="HTTP 429") as refused:
            async with connected(door):
                raise AssertionError

    response: Any = refused.value.__dict__["response"]
    assert response.headers["retry-after"] == "10"
    assert json.loads(response.body)["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_a_principal_has_only_so_many_streams(
    door: Door, monkeypatch: pytest.MonkeyPatch, member_token: str
) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS_OF_ONE", 1)
    async with talking(door, member_token) as one, talking(door, member_token) as other:
        await one.ask(VISITS)
        await until(lambda: door.seen.watching)
        await other.ask(VISITS)
        assert await other.refusal() == "RATE_LIMITED"
