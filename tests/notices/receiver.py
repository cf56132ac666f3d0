"""Who listens at the other end? A small HTTP server on loopback that remembers what it was told."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson

OK = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
SERVER_ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops"
LATEST = 15.0


@dataclass(frozen=True)
class Heard:
    """A request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """The message."""
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """An endpoint: it answers with `answers` in turn, then with 204."""

    port: int = 0
    scheme: str = "http"
    heard: list[Heard] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    silent: bool = False

    def address(self, host: str = "127.0.0.1", path: str = "/notices?shop=1") -> str:
        """Where it listens."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def hears(self, number: int) -> list[Heard]:
        """What it has heard once that is so many requests."""
        async with asyncio.timeout(LATEST):
            while len(self.heard) < number:
                await asyncio.sleep(0.01)
        return self.heard

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hears one request and answers it."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): text for name, _, text in (one.partition(": ") for one in fields)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.heard.append(Heard(line, headers, body))
            if self.silent:
                await reader.read()
            writer.write(self.answers.pop(0) if self.answers else OK)
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def receiving(certificate: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port of 127.0.0.1, with TLS where it has a certificate."""
    receiver = Receiver(scheme="https" if certificate else "http")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=certificate)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
