"""When something of ours breaks, does a client see an id that is in the log, and nothing of what broke?"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.gateway.besieged import Besieged, besieged
from tests.gateway.target import JSON, Answer, Target, frame, internals_in

OFFERS = "{ couponOffers(first: 1) { edges { node { id } } } }"
OPERATION = 'query { operation(idempotencyKey: "k") { state } }'
TAP = 'mutation { tapFuel(input: {idempotencyKey: "tap"}) { deferred } }'
ERROR_ID = re.compile(r'"id":"([0-9a-f-]{36})"')
BREAK = "ALTER TABLE coupon_offer RENAME COLUMN price_points TO price_hidden"
MEND = "ALTER TABLE coupon_offer RENAME COLUMN price_hidden TO price_points"


async def by_post(target: Target, query: str) -> Answer:
    return await target.request("POST", json={"query": query})


async def by_get(target: Target, query: str) -> Answer:
    return await target.request("GET", params={"query": query})


async def as_events(target: Target, query: str) -> Answer:
    return await target.request("POST", json={"query": query}, headers=JSON | {"Accept": "text/event-stream"})


async def on_a_socket(target: Target, query: str) -> Answer:
    begin = frame({"type": "connection_init", "payload": {"Authorization": f"Bearer {target.token}"}})
    return await target.socket(begin, frame({"type": "subscribe", "id": "1", "payload": {"query": query}}))


WAYS: Mapping[str, Callable[[Target, str], Awaitable[Answer]]] = {
    "by POST": by_post,
    "by GET": by_get,
    "as events": as_events,
    "on a socket": on_a_socket,
}


@pytest.fixture(scope="module")
async def gateway_and_database(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[tuple[Besieged, str]]:
    """A gateway of its own, whose database is going to be broken, and where that is."""
    async with fresh_database(cluster) as url, besieged(url, roomy, MIPOINTS_CATALOGUE_CACHE="off") as ready:
        yield ready, url


@pytest.mark.parametrize("way", WAYS)
async def test_a_column_that_is_missing_shows_only_an_id(gateway_and_database: tuple[Besieged, str], way: str) -> None:
    ready, _ = gateway_and_database
    await ready.client.database.execute(BREAK)

    answer = await WAYS[way](ready.target, OFFERS)

    await ready.client.database.execute(MEND)
    [error_id] = ERROR_ID.findall(answer.text)
    assert answer.codes == {"INTERNAL"}
    assert ready.tales_in(answer) == []
    assert "price" not in answer.text
    assert error_id in ready.client.served.said
    assert "UndefinedColumnError" in ready.client.served.said
    assert await ready.settle() == []


@pytest.mark.parametrize("query", [OFFERS, OPERATION, TAP])
async def test_a_database_that_is_away_is_not_named(
    gateway_and_database: tuple[Besieged, str], cluster: EmbeddedPostgres, query: str
) -> None:
    ready, url = gateway_and_database
    name = urlsplit(url).path.strip("/")
    await ready.client.database.close()
    server = await asyncpg.connect(cluster.url("postgres"))
    await server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await server.execute("SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE datname = $1", name)

    answers = [await by_post(ready.target, query) for _ in range(3)]

    await server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    await server.close()
    ready.client.database = await asyncpg.connect(url)
    for answer in answers:
        assert answer.codes <= {"INTERNAL", "UNAVAILABLE"}
        assert answer.told == []
        assert internals_in(answer.text) == []
        assert name not in answer.text
    assert await ready.settle() == []
