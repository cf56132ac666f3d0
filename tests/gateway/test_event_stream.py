"""Does an event stream tell what graphql-sse asks for (distinct connections), and end when it must?"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.gateway import event_stream, streams
from app.gateway.identity import LEEWAY_S
from app.gateway.tokens import mint
from app.settings import Settings
from tests.gateway.news import SECRET
from tests.gateway.shop import Door
from tests.gateway.talking import LONG_S, TICKS, VISITS, until

EVENTS = "text/event-stream"
JSONS = "application/graphql-response+json, application/graphql+json, application/json"
URQL = f"{JSONS}, {EVENTS}, multipart/mixed"
COMPLETE = "event: complete\ndata:\n\n"


def read(stream: str) -> list[dict[str, Any]]:
    """The answers that a stream told of, to its end."""
    *events, rest = stream.removesuffix(COMPLETE).split("\n\n")
    assert stream.endswith(COMPLETE) and rest == ""
    told = [event for event in events if event != ":"]
    assert all(event.startswith("event: next\ndata: ") for event in told)
    return [json.loads(event.removeprefix("event: next\ndata: ")) for event in told]


def codes(answers: list[dict[str, Any]]) -> list[str]:
    """The codes of all errors."""
    return [error["extensions"]["code"] for answer in answers for error in answer.get("errors", ())]


@asynccontextmanager
async def streaming(door: Door, query: str, token: str | None = None, **variables: object) -> AsyncIterator[Any]:
    """An open stream, by its pieces as they come."""
    headers = {"accept": EVENTS} | ({"authorization": f"Bearer {token}"} if token else {})
    body = {"query": query, "variables": variables}
    async with (
        httpx.AsyncClient(base_url=door.client.base_url, timeout=LONG_S) as client,
        client.stream("POST", "/graphql", json=body, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        yield answer.aiter_text()


def test_a_subscription_is_told_event_by_event(door: Door) -> None:
    answer = door.ask(TICKS, {"to": 2}, accept=EVENTS, x_request_id="request-7")

    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-request-id"] == "request-7"
    assert answer.text.startswith(":\n\nevent: next\ndata: {")
    assert "\r" not in answer.text
    assert [told["data"] for told in read(answer.text)] == [{"ticks": 1}, {"ticks": 2}]
    assert door.seen.ended == ["ticks"]


def test_a_subscription_by_get_is_told_as_well(door: Door) -> None:
    asked = {"query": TICKS, "variables": '{"to": 1}'}

    answer = door.client.get("/graphql", params=asked, headers={"accept": EVENTS})

    assert [told["data"] for told in read(answer.text)] == [{"ticks": 1}]


def test_a_query_and_a_mutation_are_one_event(door: Door) -> None:
    assert [told["data"] for told in read(door.ask("{ who }", accept=EVENTS).text)] == [{"who": None}]
    assert [told["data"] for told in read(door.ask("mutation { visit }", accept=EVENTS).text)] == [{"visit": 1}]


def test_a_mutation_by_get_is_refused(door: Door) -> None:
    answer = door.client.get("/graphql", params={"query": "mutation { visit }"}, headers={"accept": EVENTS})

    assert (answer.status_code, door.code(answer), door.seen.visits) == (405, "METHOD_NOT_ALLOWED", 0)


@pytest.mark.parametrize("accept", [EVENTS, f"{EVENTS}, application/json", f"application/json;q=0.9, {EVENTS}"])
def test_who_would_rather_have_events_gets_them(door: Door, accept: str) -> None:
    assert door.ask("{ who }", accept=accept).headers["content-type"].startswith(EVENTS)


@pytest.mark.parametrize("accept", [URQL, "*/*", f"application/json, {EVENTS}"])
def test_who_would_rather_have_json_gets_that(door: Door, accept: str) -> None:
    assert door.ask("{ who }", accept=accept).json()["data"] == {"who": None}
    refused = door.ask(VISITS, accept=accept)
    assert (refused.status_code, door.code(refused)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ who", "GRAPHQL_PARSE_FAILED"),
        ("subscription { whom }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ " + "who " * 60 + "}", "LIMIT_EXCEEDED"),
    ],
)
def test_what_is_wrong_with_a_document_is_told_as_an_event(door: Door, query: str, code: str) -> None:
    answer = door.ask(query, accept=EVENTS)

    assert (answer.status_code, codes(read(answer.text))) == (200, [code])


def test_a_request_that_is_refused_gets_json_and_its_status(door: Door) -> None:
    forged = door.ask(VISITS, token="x", accept=EVENTS)
    malformed = door.client.post("/graphql", content=b"[1]", headers={"accept": EVENTS, "content-type": "text/x"})
    unclear = door.ask("query A { who } query B { who }", accept=EVENTS)

    assert [answer.status_code for answer in (forged, malformed, unclear)] == [401, 415, 400]
    assert door.code(forged) == "UNAUTHENTICATED"
    assert forged.headers["content-type"] == "application/json; charset=utf-8"


def test_what_fails_is_masked(door: Door) -> None:
    answer = door.ask("subscription { breaking }", accept=EVENTS)

    told = read(answer.text)
    assert (told[0]["data"], codes(told)) == ({"breaking": 1}, ["INTERNAL"])
    assert SECRET not in answer.text


def test_a_failure_before_the_first_field_is_masked(door: Door) -> None:
    door.seen.context_fails = RuntimeError

    answer = door.ask(VISITS, accept=EVENTS)

    assert codes(read(answer.text)) == ["INTERNAL"]
    assert SECRET not in answer.text


def test_a_subscription_that_is_refused_says_why(door: Door) -> None:
    assert codes(read(door.ask("subscription { refused }", accept=EVENTS).text)) == ["NOT_FOUND"]


def test_a_query_that_takes_too_long_is_given_up(door: Door) -> None:
    assert codes(read(door.ask("{ slow }", accept=EVENTS).text)) == ["TIMEOUT"]
    assert door.seen.cancelled == ["slow"]


@pytest.mark.parametrize("seconds", [2, 2 - LEEWAY_S], ids=["fresh", "within the leeway"])
def test_a_token_that_expires_meanwhile_ends_the_stream(door: Door, settings: Settings, seconds: int) -> None:
    token = mint(settings, "member", "mi-1", timedelta(seconds=seconds))

    answer = door.ask(VISITS, token=token, accept=EVENTS)

    assert codes(read(answer.text)) == ["UNAUTHENTICATED"]
    assert door.seen.ended == ["visits"]


async def test_a_silent_stream_beats(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.02)
    async with streaming(door, VISITS) as pieces:
        heard = [await anext(pieces) for _ in range(3)]

    assert set("".join(heard).split("\n\n")) == {":", ""}


async def test_two_subscribers_see_the_same(door: Door) -> None:
    async with streaming(door, VISITS) as one, streaming(door, VISITS) as other:
        await until(lambda: len(door.seen.watching) == 2)
        await asyncio.to_thread(door.ask, "mutation { visit }")
        heard = [await next_in(pieces) for pieces in (one, other)]

    assert [answer["data"] for answer in heard] == [{"visits": 1}, {"visits": 1}]


async def next_in(pieces: AsyncIterator[str]) -> dict[str, Any]:
    """The next answer of a stream."""
    async for piece in pieces:
        if piece.startswith("event: next"):
            return read(piece + COMPLETE)[0]
    raise AssertionError("the stream has ended")


async def test_a_reader_who_leaves_ends_the_subscription_at_its_source(door: Door) -> None:
    async with streaming(door, VISITS) as pieces:
        await anext(pieces)
        await until(lambda: door.seen.watching)

    await until(lambda: door.seen.ended == ["visits"])
    assert not door.seen.watching


async def test_a_reader_who_leaves_gives_a_query_up(door: Door) -> None:
    async with streaming(door, "{ slow }") as pieces:
        await anext(pieces)

    await until(lambda: door.seen.observed)
    assert (door.seen.cancelled, door.seen.observed[0].codes) == (["slow"], [])


async def test_a_principal_has_only_so_many_streams(
    door: Door, monkeypatch: pytest.MonkeyPatch, member_token: str
) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS_OF_ONE", 1)
    async with streaming(door, VISITS, member_token) as pieces:
        await anext(pieces)
        refused = await asyncio.to_thread(door.ask, VISITS, token=member_token, accept=EVENTS)
        other = await asyncio.to_thread(door.ask, TICKS, {"to": 1}, accept=EVENTS)

    assert (refused.status_code, door.code(refused), refused.headers["retry-after"]) == (429, "RATE_LIMITED", "10")
    assert len(read(other.text)) == 1


async def test_a_stream_is_observed_when_it_ends(door: Door) -> None:
    async with streaming(door, "subscription Visits { visits }") as pieces:
        await anext(pieces)
        assert door.seen.observed == []

    await until(lambda: door.seen.observed)
    observed = door.seen.observed[0]
    assert (observed.transport, observed.operation, observed.status) == ("sse", "Visits", 200)
