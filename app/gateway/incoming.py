"""What has come in: how, from where, and with which of the headers that the gateway looks at?"""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

LOOKED_AT: Final = {
    name.encode(): name
    for name in (
        *("accept", "accept-language", "authorization", "content-encoding", "content-length", "content-type", "host"),
        *("if-none-match", "origin", "sec-fetch-site", "traceparent", "x-request-id"),
    )
}


class Head(dict[str, str]):
    """The headers of a request that are LOOKED_AT, read in one pass; where one is repeated, its first value."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        super().__init__(
            [(LOOKED_AT[name], value.decode("latin-1")) for name, value in reversed(raw) if name in LOOKED_AT]
        )
        self._raw = raw

    def every(self, name: str) -> list[str]:
        """All values of a header, in their order."""
        if name not in self:
            return []
        sought = name.encode()
        return [value.decode("latin-1") for given, value in self._raw if given == sought]


class Incoming:
    """One HTTP request; its body is still to be received."""

    __slots__ = ("headers", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.headers = Head(scope["headers"])

    @property
    def host(self) -> str:
        """The address of who asks; empty where the server does not know it."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    @property
    def query(self) -> QueryParams:
        """The parameters in the address."""
        return QueryParams(self.scope["query_string"])
