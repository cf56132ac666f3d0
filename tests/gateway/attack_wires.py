"""Which attacks are not even HTTP, or are HTTP that two readers understand in two ways?"""

from collections.abc import Mapping

from tests.gateway.attack_documents import LOGIN
from tests.gateway.target import Answer, Attack, Strike, Target

MUTATION = b'{"query": "mutation { ' + LOGIN.replace('"', '\\"').encode() + b' }"}'
LENGTH = b"Content-Length: %d\r\n" % len(MUTATION)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNK = b"%x\r\n%s\r\n0\r\n\r\n" % (len(MUTATION), MUTATION)
UPGRADE = b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nConnection: Upgrade, HTTP2-Settings\r\n"
SLOWLY = [part for at in range(10) for part in (MUTATION[at : at + 1], 0.3)]
SMUGGLED = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + LENGTH + b"\r\n" + MUTATION


def wired(*parts: bytes | float) -> Strike:
    """These bytes on a connection of their own, and seconds to wait in between."""

    async def strike(target: Target) -> list[Answer]:
        return [await target.wire(*parts)]

    return strike


def posting(headers: bytes, *body: bytes | float, line: bytes = b"POST /graphql HTTP/1.1") -> Strike:
    """A POST with the member's token, these headers and this body, on a connection that ends after it."""

    async def strike(target: Target) -> list[Answer]:
        known = b"Host: x\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer "
        return [await target.wire(line + b"\r\n" + known + target.token.encode() + b"\r\n" + headers + b"\r\n", *body)]

    return strike


SHAPES: Mapping[str, tuple[str, Strike]] = {
    "two lengths": ("400", posting(LENGTH + b"Content-Length: 0\r\n", MUTATION)),
    "one length twice": ("400", posting(LENGTH + LENGTH, MUTATION)),
    "a length and chunks": ("400", posting(LENGTH + CHUNKED, CHUNK)),
    "chunks and a length": ("400", posting(CHUNKED + LENGTH, CHUNK)),
    "a length that is negative": ("400", posting(b"Content-Length: -1\r\n", MUTATION)),
    "a length with a sign": ("400", posting(b"Content-Length: +5\r\n", MUTATION)),
    "a length that is a list": ("400", posting(b"Content-Length: 5, 5\r\n", MUTATION)),
    "a length beyond all lengths": ("400", posting(b"Content-Length: 99999999999999999999999\r\n", MUTATION)),
    "a length of gigabytes": ("PAYLOAD_TOO_LARGE", posting(b"Content-Length: 20000000000\r\n", b" " * 50_000)),
    "chunks that are not": ("400", posting(b"Transfer-Encoding: xchunked\r\n", CHUNK)),
    "chunks of two encodings": ("400", posting(b"Transfer-Encoding: chunked, identity\r\n", CHUNK)),
    "a chunk beyond all lengths": ("400", posting(CHUNKED, b"fffffffffffffffff\r\nx\r\n0\r\n\r\n")),
    "a chunk with a sign": ("400", posting(CHUNKED, b"-5\r\nxxxxx\r\n0\r\n\r\n")),
    "chunks without an end": ("PAYLOAD_TOO_LARGE", posting(CHUNKED, (b"4000\r\n" + b" " * 0x4000 + b"\r\n") * 7)),
    "a space before a colon": ("400", posting(b"Transfer-Encoding : chunked\r\n" + LENGTH, MUTATION)),
    "a header of two lines": ("400", posting(LENGTH + b"X-A: b\r\n c: d\r\n", MUTATION)),
    "a NUL in a header": ("400", posting(LENGTH + b"X-A: a\0b\r\n", MUTATION)),
    "half a line end in a header": ("400", posting(LENGTH + b"X-A: a\rTransfer-Encoding: chunked\r\n", MUTATION)),
    "lines that end with half a line end": ("400", wired(b"POST /graphql HTTP/1.1\nHost: x\nContent-Length: 2\n\n{}")),
    "HTTP 0.9": ("BAD_REQUEST", wired(b"GET /graphql\r\n\r\n")),
    "HTTP 2": ("400", wired(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
    "HTTP 9": ("400", posting(LENGTH, MUTATION, line=b"POST /graphql HTTP/9.9")),
    "an upgrade to HTTP 2": ("BAD_REQUEST", posting(LENGTH + UPGRADE, MUTATION)),
    "TLS": ("400", wired(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 300)),
    "a method that nobody knows": ("400", posting(LENGTH, MUTATION, line=b"EVIL /graphql HTTP/1.1")),
    "a tunnel": ("400", wired(b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
    "an address that cannot be read": ("400", wired(b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n")),
    "a path of other letters": ("400", wired(b"GET /gr\xc3\xa4phql HTTP/1.1\r\nHost: x\r\n\r\n")),
    "a path that climbs": ("NOT_FOUND", posting(LENGTH, MUTATION, line=b"POST /graphql/../../etc/passwd HTTP/1.1")),
    "an address of 100 KB": ("400", posting(LENGTH, MUTATION, line=b"POST /graphql?" + b"x" * 100_000 + b" HTTP/1.1")),
    "a request behind another": ("400", posting(LENGTH + LENGTH, MUTATION + SMUGGLED)),
    "a body that never comes": ("REQUEST_TIMEOUT", posting(LENGTH, b"")),
    "a body a byte at a time": ("REQUEST_TIMEOUT", posting(LENGTH, *SLOWLY)),
}
WIRES = [Attack(f"wire: {name}", refused, strike) for name, (refused, strike) in SHAPES.items()]
