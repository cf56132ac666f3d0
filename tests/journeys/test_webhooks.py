"""Does a shop hear what its members are told: signed, again after a failure, and from no private address by itself?"""

import asyncio
import contextlib
import hashlib
import hmac
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.postgres import EmbeddedPostgres
from tests.client import Client, client_of
from tests.conftest import fresh_database
from tests.journeys.makers import bought, enrolled
from tests.notices.receiver import SERVER_ERROR, Receiver, receiving
from tests.served import MIPOINTS, serving

SECRET = "a secret that only the shop and its points know"
NOTICES = "notices(first: 10) { edges { node { id kind points activity { id } coupon { id } } } }"
LEFT = "SELECT endpoint, attempts, failure, next_try_at FROM outbox_message WHERE delivered_at IS NULL ORDER BY id"
WAIT_SECONDS = 20


class Shop:
    """A gateway, the endpoint that it is configured with, and what an operator types beside it."""

    def __init__(self, client: Client, receiver: Receiver, database_url: str) -> None:
        self.client = client
        self.receiver = receiver
        self._environment = {**os.environ, "DATABASE_URL": database_url}

    async def until(self, statement: str) -> None:
        """Waits until a condition holds in the gateway's database."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not await self.client.database.fetchval(f"SELECT {statement}"):
                await asyncio.sleep(0.02)

    async def command(self, *arguments: str) -> str:
        """What a command prints."""
        done = await asyncio.to_thread(
            lambda: subprocess.run(
                [MIPOINTS, *arguments], capture_output=True, text=True, timeout=60, check=True, env=self._environment
            )
        )
        return done.stdout

    async def due_now(self) -> None:
        """Real time passes: whatever waits for its next try is due."""
        await self.client.database.execute(
            "UPDATE outbox_message SET next_try_at = clock_timestamp() WHERE next_try_at > clock_timestamp()"
        )


@contextlib.asynccontextmanager
async def shop_with(
    cluster: EmbeddedPostgres, roomy: Path, *, allow_private: bool, scheme: str = "http"
) -> AsyncIterator[Shop]:
    async with receiving() as receiver, fresh_database(cluster) as url:
        variables = {
            "MIPOINTS_WEBHOOK_URLS": f"{scheme}://localhost:{receiver.port}/points",
            "MIPOINTS_WEBHOOK_SECRET": SECRET,
            "MIPOINTS_WEBHOOK_ALLOW_PRIVATE": str(allow_private).lower(),
        }
        async with (
            serving(roomy, "--empty", "--at", "2026-03-01T09:00:00Z", database_url=url, variables=variables) as served,
            client_of(served, url) as client,
        ):
            yield Shop(client, receiver, url)


@pytest.fixture(scope="module")
async def shop(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Shop]:
    """A gateway that may send to this machine."""
    async with shop_with(cluster, roomy, allow_private=True) as ready:
        yield ready


async def notices(client: Client, who: str) -> list[Any]:
    """What a member was told, oldest first."""
    return [edge["node"] for edge in reversed((await client.me(who, NOTICES))["notices"]["edges"])]


async def test_what_a_member_is_told_reaches_the_shop_signed_and_named_as_in_graphql(shop: Shop) -> None:
    who = await enrolled(shop.client, points=79)

    [heard] = await shop.receiver.hears(1)

    [notice] = await notices(shop.client, who)
    assert heard.content == {
        "id": notice["id"],
        "kind": "POSTED",
        "at": heard.content["at"],
        "member": (await shop.client.me(who, "id"))["id"],
        "points": 29,
        "facts": {},
        "activity": notice["activity"]["id"],
        "coupon": None,
    }
    told = dict(part.split("=") for part in heard.headers["mipoints-signature"].split(","))
    signed = told["t"].encode() + b"." + heard.body
    assert told["v1"] == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert heard.headers["mipoints-message"] == notice["id"]
    assert who not in heard.body.decode()
    await shop.until("count(*) = 0 FROM outbox_message WHERE delivered_at IS NULL")
    assert await shop.client.ledger_agrees()


async def test_what_the_clock_alone_tells_reaches_the_shop_as_well(shop: Shop) -> None:
    before = len(shop.receiver.heard)
    who = await enrolled(shop.client)
    await bought(shop.client, who, "7.00")

    await shop.client.advance(by="P17D")
    await shop.receiver.hears(before + 1)

    assert shop.receiver.heard[-1].content["points"] == 7
    assert [notice["kind"] for notice in await notices(shop.client, who)] == ["POSTED"]


async def test_a_shop_that_fails_hears_again_and_after_the_last_try_when_an_operator_says_so(shop: Shop) -> None:
    before = len(shop.receiver.heard)
    shop.receiver.answers = [SERVER_ERROR, SERVER_ERROR.replace(b"500", b"503")]
    await enrolled(shop.client, points=61)

    await shop.until("count(*) = 1 FROM outbox_message WHERE failure = 'HTTP 500'")
    await shop.client.database.execute("UPDATE outbox_message SET attempts = 7 WHERE delivered_at IS NULL")
    await shop.due_now()
    await shop.until("count(*) = 1 FROM outbox_message WHERE failure = 'HTTP 503'")
    [dead] = await shop.client.database.fetch(LEFT)
    assert (dead["next_try_at"], dead["attempts"]) == (None, 8)
    listed = await shop.command("outbox", "list")
    assert listed.count("\n") == 1
    assert "POSTED to http://localhost:" in listed
    assert "8 tries, dead (HTTP 503)" in listed

    assert await shop.command("outbox", "retry") == "Put 1 messages back.\n"
    await shop.until("count(*) = 0 FROM outbox_message WHERE delivered_at IS NULL")

    heard = shop.receiver.heard[before:]
    assert len(heard) == 3
    assert len({one.headers["mipoints-message"] for one in heard}) == 1
    assert len({one.body for one in heard}) == 1


async def test_a_private_address_hears_nothing_unless_the_operator_allows_it(
    cluster: EmbeddedPostgres, roomy: Path
) -> None:
    async with shop_with(cluster, roomy, allow_private=False, scheme="https") as shop:
        who = await enrolled(shop.client, points=79)
        await shop.until("count(*) = 1 FROM outbox_message WHERE failure = 'address refused'")

        assert shop.receiver.heard == []
        assert [notice["kind"] for notice in await notices(shop.client, who)] == ["POSTED"]
