"""Does a WebSocket answer as graphql-transport-ws asks, and end when it must?"""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from app.gateway.identity import LEEWAY_S
from app.gateway.streams import MOST_STREAMS_OF_ONE
from app.gateway.tokens import DevelopmentKeys, mint
from app.settings import Settings
from tests.gateway.news import SECRET
from tests.gateway.shop import Door, open_door
from tests.gateway.talking import TICKS, VISITS, connected, talking, until

INTROSPECTION = "{ __schema { queryType { name } } }"


async def test_a_subscription_tells_each_event_and_its_end(door: Door) -> None:
    async with talking(door) as talk:
        await talk.ask(TICKS, {"to": 3})

        assert [payload["data"] for payload in await talk.hear_all()] == [{"ticks": 1}, {"ticks": 2}, {"ticks": 3}]
    assert door.seen.ended == ["ticks"]


async def test_queries_and_mutations_have_one_answer(door: Door, member_token: str) -> None:
    async with talking(door, member_token) as talk:
        await talk.ask("query ($n: Int!) { double(points: $n) who }", {"n": 4})
        assert [payload["data"] for payload in await talk.hear_all()] == [{"double": 8, "who": "mi-1"}]
        await talk.ask("mutation { visit }", key="2")
        assert [payload["data"] for payload in await talk.hear_all(key="2")] == [{"visit": 1}]


async def test_who_says_no_token_is_nobody(door: Door) -> None:
    async with talking(door) as talk:
        await talk.ask("{ who }")
        assert (await talk.hear_all())[0]["data"] == {"who": None}


async def test_a_token_in_the_head_of_the_handshake_is_taken_as_well(door: Door, member_token: str) -> None:
    async with connected(door, additional_headers={"Authorization": f"Bearer {member_token}"}) as talk:
        await talk.begin()
        await talk.ask("{ who }")
        assert (await talk.hear_all())[0]["data"] == {"who": "mi-1"}


async def test_two_subscribers_see_the_same(door: Door) -> None:
    async with talking(door) as one, talking(door) as other:
        await one.ask(VISITS)
        await other.ask(VISITS)
        await until(lambda: len(door.seen.watching) == 2)
        await asyncio.to_thread(door.ask, "mutation { a: visit b: visit }")

        for talk in (one, other):
            assert [(await talk.hear())["payload"]["data"]["visits"] for _ in "ab"] == [1, 2]


async def test_a_completed_subscription_ends_at_its_source_and_its_id_is_free(door: Door) -> None:
    async with talking(door) as talk:
        await talk.ask(VISITS)
        await until(lambda: door.seen.watching)
        await talk.say("complete", id="1")
        await talk.ask(TICKS, {"to": 1})

        assert (await talk.hear_all())[0]["data"] == {"ticks": 1}
        await until(lambda: sorted(door.seen.ended) == ["ticks", "visits"])
    assert not door.seen.watching


async def test_the_answer_to_a_completed_query_is_not_sent(door: Door) -> None:
    async with talking(door) as talk:
        await talk.ask("{ slow }")
        await talk.ask("{ who }", key="2")
        assert len(await talk.hear_all(key="2")) == 1
        await talk.say("complete", id="1")

        await until(lambda: door.seen.cancelled == ["slow"])
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}


async def test_a_ping_is_answered_with_what_it_said_also_before_the_beginning(door: Door) -> None:
    async with connected(door) as talk:
        await talk.say("ping", payload={"at": 7})
        assert await talk.hear() == {"type": "pong", "payload": {"at": 7}}
        await talk.say("pong")
        await talk.say("complete", id="unknown")
        await talk.begin()
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}


WRONG = {
    "no GraphQL": ("{ who", None, "GRAPHQL_PARSE_FAILED"),
    "an unknown field": ("{ whom }", None, "GRAPHQL_VALIDATION_FAILED"),
    "two subscriptions in one": ("subscription { visits breaking }", None, "GRAPHQL_VALIDATION_FAILED"),
    "too costly": ("{ " + " ".join(f"a{n}: who" for n in range(201)) + " }", None, "LIMIT_EXCEEDED"),
    "too many values": ("{ who }", {"x": list(range(6_000))}, "LIMIT_EXCEEDED"),
    "no operation": ("query A { who } query B { who }", None, "BAD_USER_INPUT"),
    "too slow": ("{ slow }", None, "TIMEOUT"),
}


@pytest.mark.parametrize(("query", "variables", "code"), WRONG.values(), ids=WRONG.keys())
async def test_what_is_wrong_with_an_operation_ends_that_operation(
    door: Door, query: str, variables: object, code: str
) -> None:
    async with talking(door) as talk:
        await talk.ask(query, variables)
        assert await talk.refusal() == code
        await talk.ask("{ who }")
        assert len(await talk.hear_all()) == 1


async def test_what_fails_in_a_resolver_is_masked_and_ends_the_stream(door: Door) -> None:
    async with talking(door) as talk:
        await talk.ask("subscription { breaking }")
        first, last = await talk.hear_all()
        await talk.ask("{ broken }", key="2")
        (answer,) = await talk.hear_all(key="2")

    assert first["data"] == {"breaking": 1}
    assert [failed["errors"][0]["extensions"]["code"] for failed in (last, answer)] == ["INTERNAL", "INTERNAL"]
    assert SECRET not in json.dumps([last, answer])
    assert door.seen.ended == ["breaking"]


async def test_a_failure_before_the_first_field_is_masked(door: Door) -> None:
    door.seen.context_fails = RuntimeError
    async with talking(door) as talk:
        await talk.ask(TICKS, {"to": 1})
        message = await talk.hear()

    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
    assert SECRET not in json.dumps(message)


async def test_a_subscription_that_is_refused_says_why(door: Door) -> None:
    async with talking(door) as talk:
        await talk.ask("subscription { refused }")
        (answer,) = await talk.hear_all()

    assert answer["errors"][0]["extensions"] == {"code": "NOT_FOUND"}
    assert "data" not in answer or answer["data"] is None


async def test_one_operation_too_many_is_refused_alone(door: Door) -> None:
    async with talking(door) as talk:
        for number in range(MOST_STREAMS_OF_ONE):
            await talk.ask(VISITS, key=str(number))
        await talk.ask(VISITS, key="more")
        assert await talk.refusal(key="more") == "RATE_LIMITED"
        await talk.say("complete", id="0")
        await talk.ask("{ who }", key="0")
        assert len(await talk.hear_all(key="0")) == 1


async def test_introspection_is_refused_in_production(settings: Settings, keys: DevelopmentKeys) -> None:
    with open_door(settings.model_copy(update={"profile": "production"}), keys) as strict:
        async with talking(strict) as talk:
            await talk.ask(INTROSPECTION)
            assert await talk.refusal() == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("seconds", [2, 2 - LEEWAY_S], ids=["fresh", "within the leeway"])
async def test_a_token_that_expires_meanwhile_ends_the_connection(door: Door, settings: Settings, seconds: int) -> None:
    token = mint(settings, "member", "mi-1", timedelta(seconds=seconds))
    async with talking(door, token) as talk:
        await talk.ask(VISITS)
        assert await talk.end() == (4403, "The token has expired")

    await until(lambda: door.seen.ended == ["visits"])


FORBIDDEN: dict[str, Any] = {
    "no token at all": "Bearer x",
    "another scheme": "Basic bWk6bWk=",
    "a number": 7,
    "nothing": "Bearer ",
}


@pytest.mark.parametrize("given", FORBIDDEN.values(), ids=FORBIDDEN.keys())
async def test_a_token_that_is_not_valid_is_forbidden(door: Door, given: object) -> None:
    async with connected(door) as talk:
        await talk.say("connection_init", payload={"authorization": given})
        assert await talk.end() == (4403, "The token is not valid")


async def test_an_expired_token_is_forbidden(door: Door, settings: Settings) -> None:
    token = mint(settings, "member", "mi-1", timedelta(seconds=-1 - LEEWAY_S))
    async with connected(door) as talk:
        await talk.say("connection_init", payload={"Authorization": f"Bearer {token}"})
        assert await talk.end() == (4403, "The token is not valid")


async def test_a_page_of_another_site_gets_no_connection(door: Door) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connected(door, origin="https://elsewhere.example"):
            raise AssertionError

    body = json.loads(refused.value.response.body or b"")
    assert (refused.value.response.status_code, body["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")


async def test_a_page_of_our_own_gets_one(door: Door) -> None:
    host, port = door.place
    async with connected(door, origin=f"http://{host}:{port}") as talk:
        await talk.begin()


async def test_what_was_asked_is_observed(door: Door, member_token: str) -> None:
    async with talking(door, member_token) as talk:
        await talk.ask("subscription Ticks { ticks(to: 2) }")
        await talk.hear_all()
        await talk.ask("subscription Broken { breaking }")
        await talk.hear_all()
        await until(lambda: len(door.seen.observed) == 2)

    ticks, broken = door.seen.observed
    assert (ticks.transport, ticks.operation, ticks.kind, ticks.codes) == ("websocket", "Ticks", "subscription", [])
    assert ticks.principal is not None and ticks.cost > 0
    assert broken.codes == ["INTERNAL"]


async def test_the_messages_of_operations_come_in_turns(door: Door) -> None:
    async with talking(door) as talk:
        await talk.ask(TICKS, {"to": 1_000})
        await talk.ask(TICKS, {"to": 1_000}, key="2")
        heard = [await talk.hear() for _ in range(2_002)]

    assert ended(heard, "1") > 1_000
    assert ended(heard, "2") > 1_000


def ended(heard: list[dict[str, Any]], key: str) -> int:
    """Which of the messages was the end of this operation."""
    return heard.index({"type": "complete", "id": key})
