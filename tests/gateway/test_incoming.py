"""Which headers are seen of a request, and where do requests for GraphQL go?"""

from pathlib import Path

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from app.gateway.incoming import Head, Incoming
from app.main import create_app
from app.settings import read_settings


async def nothing() -> Message:
    raise AssertionError("nothing is received")


def test_of_a_repeated_header_the_first_value_counts_and_every_one_is_known() -> None:
    head = Head([(b"accept", b"a/a"), (b"origin", b"one"), (b"accept", b"b/b"), (b"origin", b"two")])

    assert (head.get("accept"), head.get("origin")) == ("a/a", "one")
    assert (head.every("accept"), head.every("origin")) == (["a/a", "b/b"], ["one", "two"])
    assert head.every("authorization") == []


def test_bytes_that_are_no_ascii_are_taken_as_they_are() -> None:
    assert Head([(b"x-request-id", b"caf\xe9")]).get("x-request-id") == "caf\xe9"


def test_a_header_that_nobody_looks_at_is_not_kept() -> None:
    assert Head([(b"cookie", b"a=b"), (b"host", b"x")]) == {"host": "x"}


@pytest.mark.parametrize(("client", "host"), [(("198.51.100.7", 1), "198.51.100.7"), (None, "")])
def test_who_asks_is_known_where_the_server_knows(client: tuple[str, int] | None, host: str) -> None:
    assert Incoming({"method": "GET", "headers": [], "client": client}, nothing).host == host


@pytest.mark.parametrize(("origins", "is_routed"), [("", False), ("https://shop.example", True)])
async def test_only_middleware_for_other_origins_keeps_a_request_from_its_endpoint(
    origins: str, is_routed: bool, tmp_path: Path
) -> None:
    app = create_app(read_settings(profile="development", origins=origins, data_dir=tmp_path))
    seen: list[Scope] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        seen.append(scope)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(watched), base_url="http://gateway") as client:
        asked = await client.post("/graphql", json={"query": "{ nope }"})
        other = await client.get("/nothing")

    assert (asked.json()["errors"][0]["extensions"]["code"], other.status_code) == ("GRAPHQL_VALIDATION_FAILED", 404)
    assert ["router" in scope for scope in seen] == [is_routed, True]
