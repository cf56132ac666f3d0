"""How does a client send one request over a connection of its own, and hang up when it likes?"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

ANSWER_SECONDS = 12.0


class Unknown(Exception):
    """There was no answer, or one that does not say whether it was done; the message says what came instead."""


async def ask(
    port: int, token: str, document: str, variables: Mapping[str, Any], *, patience_s: float = ANSWER_SECONDS
) -> dict[str, Any]:
    """The data of an answer without errors. Raises Unknown for everything else: it has to be asked again."""
    try:
        async with asyncio.timeout(patience_s):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request(token, document, variables))
                answer = await reader.read(-1)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except TimeoutError:
        raise Unknown("no answer in time") from None
    except OSError as error:
        raise Unknown(type(error).__name__) from None
    return data_of(answer)


async def ask_and_hang_up(port: int, token: str, document: str, variables: Mapping[str, Any], after_s: float) -> None:
    """Sends a request and closes the connection without waiting for the answer."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(ANSWER_SECONDS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request(token, document, variables))
            await asyncio.sleep(after_s)
            writer.transport.abort()


def request(token: str, document: str, variables: Mapping[str, Any]) -> bytes:
    body = json.dumps({"query": document, "variables": variables}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def data_of(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    if not body:
        raise Unknown("cut off")
    try:
        said: dict[str, Any] = json.loads(body)
    except ValueError:
        raise Unknown("cut off") from None
    if errors := said.get("errors"):
        raise Unknown(f"{head[9:12].decode()} {errors[0]['extensions']['code']}")
    data: dict[str, Any] = said["data"]
    return data
