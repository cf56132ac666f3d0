"""Do rates hold at the real gateway: over several processes, and behind a proxy?"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.gateway.nasty import many
from tests.served import Served, serving

LIMIT = 20
ONE = "{ __typename }"
ALL = "{" + many(LIMIT, "a#: __typename") + "}"  # which fits again after a minute


@asynccontextmanager
async def limited(cluster: EmbeddedPostgres, roomy: Path, *flags: str, **variables: str) -> AsyncIterator[Served]:
    """A gateway that lets twenty units a minute in from an address."""
    rates = {"MIPOINTS_RATE_LIMIT": str(LIMIT), **variables}
    async with (
        fresh_database(cluster) as url,
        serving(roomy, "--empty", *flags, database_url=url, variables=rates) as served,
    ):
        yield served


async def status(served: Served, query: str, address: str | None = None) -> int:
    """Of one request; a proxy says that it comes from the address."""
    headers = {"X-Forwarded-For": address} if address else {}
    return (await served.http.post("/graphql", json={"query": query}, headers=headers)).status_code


async def test_two_web_processes_together_let_in_what_one_may(cluster: EmbeddedPostgres, roomy: Path) -> None:
    shared = {"MIPOINTS_RATE_STORE": "database"}
    async with limited(cluster, roomy, "--workers", "2", **shared) as served:
        began = time.monotonic()
        statuses = await asyncio.gather(*(status(served, ONE) for _ in range(3 * LIMIT)))
        leaked = (time.monotonic() - began) * LIMIT / 60

    assert set(statuses) == {200, 429}
    assert LIMIT <= statuses.count(200) <= LIMIT + leaked


@pytest.mark.parametrize("believed", [True, False])
async def test_an_address_that_a_proxy_tells_counts_only_when_the_proxy_is_believed(
    cluster: EmbeddedPostgres, roomy: Path, believed: bool
) -> None:
    proxies = {"MIPOINTS_TRUSTED_PROXIES": "127.0.0.1"} if believed else {}
    async with limited(cluster, roomy, **proxies) as served:
        addresses = ("2001:db8:1:2::1", "203.0.113.1", "203.0.113.2, 203.0.113.3", "203.0.113.9, 2001:db8:1:2::2")
        statuses = [await status(served, ALL, address) for address in addresses]

    assert statuses == ([200, 200, 200, 429] if believed else [200, 429, 429, 429])
