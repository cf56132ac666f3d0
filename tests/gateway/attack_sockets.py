"""What is an attack on a WebSocket?"""

from collections.abc import Mapping
from typing import Any

from tests.gateway.attack_documents import LOGIN, chain
from tests.gateway.target import BINARY, CONTINUED, PING, Answer, Attack, Strike, Target, frame

INIT = frame({"type": "connection_init"})
MUTATION = f"mutation {{ {LOGIN} }}"
BOMB = f"mutation {{ ...F0 }} {chain(25, LOGIN, 2, 'Mutation')}"


def told(*frames: bytes, headers: Mapping[str, str] | None = None) -> Strike:
    """These frames on a connection of their own."""

    async def strike(target: Target) -> list[Answer]:
        return [await target.socket(*frames, headers=headers)]

    return strike


def begun(*frames: bytes) -> Strike:
    """These frames after the beginning, with the member's token."""

    async def strike(target: Target) -> list[Answer]:
        payload = {"Authorization": f"Bearer {target.token}"}
        return [await target.socket(frame({"type": "connection_init", "payload": payload}), *frames)]

    return strike


def subscribe(query: object = MUTATION, key: object = "1", **payload: Any) -> bytes:
    """The message that begins an operation."""
    return frame({"type": "subscribe", "id": key, "payload": {"query": query, **payload}})


SHAPES: Mapping[str, tuple[str, Strike]] = {
    "a page of another site": ("403", told(headers={"Origin": "https://evil.example"})),
    "another protocol": ("4406", told(INIT, headers={"Sec-WebSocket-Protocol": "graphql-ws"})),
    "no protocol": ("4406", told(INIT, headers={"Sec-WebSocket-Protocol": ""})),
    "another version": ("400", told(headers={"Sec-WebSocket-Version": "99"})),
    "no key": ("400", told(headers={"Sec-WebSocket-Key": ""})),
    "a mutation before the beginning": ("4401", told(subscribe())),
    "two beginnings": ("4429", told(INIT, INIT)),
    "a token that is none": (
        "4403",
        told(frame({"type": "connection_init", "payload": {"Authorization": "Bearer x"}})),
    ),
    "two tokens": (
        "4403",
        told(frame({"type": "connection_init", "payload": {"authorization": "Bearer x", "Authorization": "Bearer y"}})),
    ),
    "a beginning with a list": ("4400", told(frame({"type": "connection_init", "payload": [1]}))),
    "a list": ("4400", begun(frame([1]))),
    "no JSON": ("4400", begun(frame(b"{"))),
    "lists 40,000 deep": ("4400", begun(frame(b"[" * 40_000 + b"]" * 40_000))),
    "half a character": ("4400", begun(frame(b'{"type": "subscribe", "id": "\\ud800"}'))),
    "a message of no known type": ("4400", begun(frame({"type": "__proto__"}))),
    "an operation without an id": ("4400", begun(frame({"type": "subscribe", "payload": {"query": MUTATION}}))),
    "an id of 10 KB": ("4400", begun(subscribe(key="x" * 10_000))),
    "an operation that is a text": ("4400", begun(frame({"type": "subscribe", "id": "1", "payload": MUTATION}))),
    "a binary message": ("4400", begun(frame(b"{}", BINARY))),
    "a message of 200 KB": ("1009", begun(frame(b"x" * 200_000)[:100])),
    "a frame of exabytes": ("1009", begun(b"\x81\xff\x7f" + b"\xff" * 7 + b"\0\0\0\0")),
    "a frame that is not masked": ("1002", begun(frame(b"{}", mask=False))),
    "a frame of reserved bits": ("1002", begun(frame(b"{}", bits=0xF0))),
    "a frame of no known kind": ("1002", begun(frame(b"{}", 0x7))),
    "a continuation of nothing": ("1002", begun(frame(b"{}", CONTINUED))),
    "a long ping": ("1002", begun(frame(b"x" * 200, PING))),
    "invalid UTF-8": ("1007", begun(frame(b'{"type": "\xff"}'))),
    "endless parts": ("1009", begun(frame(b" " * 60_000, bits=0), frame(b" " * 60_000, CONTINUED, bits=0)[:100])),
    "fan-out of fragments": ("LIMIT_EXCEEDED", begun(subscribe(BOMB))),
    "a query that is an object": ("4400", begun(subscribe({"$gt": ""}))),
    "variables that are a list": ("4400", begun(subscribe(variables=[1]))),
    "a batch": ("4400", begun(frame({"type": "subscribe", "id": "1", "payload": [{"query": MUTATION}] * 10}))),
    "a mutation without a token": ("UNAUTHENTICATED", told(INIT, subscribe())),
}
SOCKETS = [Attack(f"socket: {name}", refused, strike) for name, (refused, strike) in SHAPES.items()]
