"""How does an attack reach the gateway, and what does it get back?"""

import asyncio
import base64
import contextlib
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson

from app.gateway.tokens import development_key, mint
from app.settings import Settings
from tests.served import Served

JSON = {"Content-Type": "application/json"}
ATTACKER = "mi-attacker"  # a member, so that what runs would leave rows
PATIENCE_S = 20.0  # what must come comes sooner; that it comes at all is what is looked at
CONTINUED, TEXT, BINARY, CLOSE, PING = 0x0, 0x1, 0x2, 0x8, 0x9  # kinds of WebSocket frames

# Written so that no message of ours, and nothing that an attack sends, looks like it.
INTERNALS = re.compile(
    r"Traceback|\bFile \"|\.py\b|site-packages|/app/|/tmp/"  # where our code lies
    r"|\b(SELECT|INSERT INTO|UPDATE|DELETE FROM) |\bpg_|\brelation \"|\bcolumn \"|asyncpg|tortoise|postgres"
    r"|strawberry|graphql\.|starlette|uvicorn|\bsys\.|Exception\b|object at 0x|\beyJ[\w-]{10,}"
    r"|\b(?!(?:Simple)?UserError\b|ConditionError\b)\w+Error\b"
)


@dataclass(frozen=True)
class Answer:
    """What came back for one blow. `status`: of HTTP, or the close code of a WebSocket; 0 where nothing came."""

    status: int
    text: str

    @property
    def bodies(self) -> list[Any]:
        """The JSON in it: a body, or the messages on a WebSocket and the events of a stream."""
        lines = (line.removeprefix("data: ") for line in self.text.splitlines())
        return [orjson.loads(line) for line in lines if line.startswith(("{", "["))]

    @property
    def codes(self) -> set[str]:
        """The codes of all its errors."""
        return {error["extensions"]["code"] for body in self.bodies for error in errors_of(body)}

    @property
    def refusal(self) -> str:
        """Why it was refused: the code of its errors, else the bare status."""
        return "+".join(sorted(self.codes)) or str(self.status)

    @property
    def told(self) -> list[Any]:
        """All that it tells of the programme: the data of its bodies that is not null."""
        data = [part.get("data") for body in self.bodies if isinstance(body, dict) for part in (body, payload_of(body))]
        return [value for part in data if part for value in part.values() if value is not None]


def errors_of(body: Any) -> list[Any]:
    """The errors of a body or of a message on a WebSocket."""
    if not isinstance(body, dict):
        return []
    payload = body.get("payload")
    return [*body.get("errors", ()), *(payload if isinstance(payload, list) else payload_of(body).get("errors", ()))]


def payload_of(message: dict[str, Any]) -> dict[str, Any]:
    """The object that a message on a WebSocket carries."""
    payload = message.get("payload")
    return payload if isinstance(payload, dict) else {}


def internals_in(text: str) -> list[str]:
    """What a text tells of our inside: SQL, paths, names of classes, tracebacks, tokens."""
    return [found[0] for found in INTERNALS.finditer(text)]


class Target:
    """A running gateway, as an attacker sees it who holds a member's token."""

    def __init__(self, served: Served) -> None:
        self.http = served.http
        self.settings = Settings(data_dir=served.data_dir)
        self.token = self.token_of(ATTACKER)
        self.place = (served.http.base_url.host, served.http.base_url.port or 80)

    @property
    def secrets(self) -> list[str]:
        """What no answer may hold: the signing key's private part, and the token that was sent."""
        return [str(development_key(self.settings).as_dict(private=True)["d"]), self.token]

    def token_of(self, subject: str) -> str:
        """A member's token."""
        return mint(self.settings, "member", subject, timedelta(hours=1))

    async def request(self, method: str, path: str = "/graphql", *, token: str | None = None, **given: Any) -> Answer:
        """One request by HTTP; with the member's token unless another, or an Authorization header, is given."""
        headers = httpx.Headers(given.pop("headers", {}))
        headers.setdefault("Authorization", f"Bearer {token or self.token}")
        async with self.http.stream(method, path, headers=headers, **given) as response:
            body = await response.aread()
        return Answer(response.status_code, body.decode(errors="replace"))

    async def wire(self, *parts: bytes | float) -> Answer:
        """Bytes as they are, and seconds to wait in between; what comes back until the gateway closes."""
        async with self.connection() as (reader, writer):
            sending = asyncio.create_task(send_all(writer, parts))
            raw = bytearray()
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    while received := await reader.read(65_536):
                        raw += received
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        head, _, body = bytes(raw).partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/") else 0
        return Answer(status, body.decode(errors="replace"))

    async def socket(self, *frames: bytes, headers: Mapping[str, str] | None = None, ends: int = 1) -> Answer:
        """A WebSocket on which these frames are sent; what comes back until it is closed or so many operations end."""
        async with self.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
            await send_all(writer, (handshake(headers or {}),))
            status = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 2)[1]
            if status != "101":
                return Answer(int(status), "")
            await send_all(writer, frames)
            texts: list[str] = []
            return Answer(await closed(reader, texts, ends), "\n".join(texts))

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A bare connection."""
        reader, writer = await asyncio.open_connection(*self.place)
        try:
            yield reader, writer
        finally:
            writer.close()


Strike = Callable[[Target], Awaitable[list[Answer]]]


@dataclass(frozen=True)
class Attack:
    """One attack: its name, how each of its blows must be refused (see Answer.refusal), and how it strikes."""

    name: str
    refused: str
    strike: Strike


def handshake(headers: Mapping[str, str]) -> bytes:
    """A request for a WebSocket of graphql-transport-ws; a header that is given replaces ours."""
    asked = {
        "Host": "gateway",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": "graphql-transport-ws",
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in asked.items() if value)
    return f"GET /graphql HTTP/1.1\r\n{lines}\r\n".encode()


def frame(
    payload: bytes | dict[str, Any] | list[Any], kind: int = TEXT, *, mask: bool = True, bits: int = 0x80
) -> bytes:
    """One WebSocket frame; `bits` are its first four: 0x80 ends a message, 0x40 says that it is compressed."""
    content = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    size = len(content)
    if size < 126:
        head = bytes([size | 0x80 * mask])
    elif size < 65_536:
        head = bytes([126 | 0x80 * mask]) + size.to_bytes(2)
    else:
        head = bytes([127 | 0x80 * mask]) + size.to_bytes(8)
    return bytes([bits | kind]) + head + (b"\0\0\0\0" if mask else b"") + content


async def send_all(writer: asyncio.StreamWriter, parts: Iterable[bytes | float]) -> None:
    for part in parts:
        if isinstance(part, bytes):
            writer.write(part)
            await writer.drain()
        else:
            await asyncio.sleep(part)


async def closed(reader: asyncio.StreamReader, texts: list[str], ends: int) -> int:
    """Reads frames until the one that closes, whose code it is, or until so many operations have ended (1000)."""
    async for kind, content in read_frames(reader):
        if kind == CLOSE:
            return int.from_bytes(content[:2]) if content else 1005
        texts.append(content.decode(errors="replace"))
        ends -= orjson.loads(content)["type"] in ("error", "complete")
        if not ends:
            return 1000
    return 1006


async def read_frames(reader: asyncio.StreamReader) -> AsyncIterator[tuple[int, bytes]]:
    while True:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8))
        yield first & 0x0F, await reader.readexactly(size)
