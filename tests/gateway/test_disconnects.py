"""What is left in the database of requests whose clients have gone, or whose time is over, and of a server that stops?

DISCONNECTS says how many clients hang up; the long form has 1,000.
"""

import asyncio
import json
import os
import random
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.gateway.socket import PROTOCOL
from app.gateway.tokens import mint
from app.postgres import EmbeddedPostgres
from app.settings import Settings
from tests.client import Client, client_of, fresh
from tests.conftest import fresh_database
from tests.gateway.talking import LONG_S, Talk
from tests.journeys.makers import enrolled
from tests.served import serving
from tests.telling import LISTENING, eventually

TIMES, AT_ONCE = int(os.environ.get("DISCONNECTS", "200")), 20
POOL, TIMEOUT_S = 5, 3
VARIABLES = {"MIPOINTS_POOL_SIZE": str(POOL), "MIPOINTS_REQUEST_TIMEOUT_S": str(TIMEOUT_S)}
NO_TLS = httpx.create_ssl_context()  # made once: it takes longer than all else that a client does
RESET = struct.pack("ii", 1, 0)  # a close that sends no farewell
HOME = """{ me { balance { available pending } activities(first: 20) { edges { node { title awards { points } } } }
  statement(first: 20) { edges { node { points } } } fuel { day } earningOpportunities { title } } }"""
PURCHASE = """mutation ($who: String!, $key: String!) { recordPurchase(input: {
  idempotencyKey: $key, miAccountId: $who, orderId: $key, order: {currency: EUR, lines: [{sku: "a", unitPrice: "1.00"}]}
  }) { activity { kind } userErrors { code } } }"""
BALANCE = "subscription { balanceChanged { available } }"
OURS = "datname = current_database() AND application_name = 'mipoints'"
BUSY = f"SELECT count(*) FROM pg_stat_activity WHERE {OURS} AND state <> 'idle'"
WAITING = f"SELECT count(*) FROM pg_stat_activity WHERE {OURS} AND wait_event_type = 'Lock'"
POLLED = f"""SELECT count(*) FROM pg_stat_activity WHERE {OURS} AND query ~ '^\\s*SELECT member_id, version'
AND query_start > clock_timestamp() - interval '1.5 s'"""
HOLD = "SELECT 1 FROM account JOIN member ON member.id = member_id WHERE mi_account_id = $1 FOR UPDATE OF account"


class Member:
    """A member, whom the shop serves, with a connection of the test's own to the database."""

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        self.name = name
        settings, hour = Settings(data_dir=client.served.data_dir), timedelta(hours=1)
        self.own = {"Authorization": f"Bearer {mint(settings, 'member', name, hour)}"}
        self.shop = {"Authorization": f"Bearer {mint(settings, 'service', 'shop', hour)}"}

    async def counted(self, query: str) -> int:
        """What the database counts."""
        found: int = await self.client.database.fetchval(query)
        return found

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """While the block runs whoever changes this member's points has to wait."""
        async with self.client.database.transaction():
            await self.client.database.execute(HOLD, self.name)
            yield

    async def buy(self, key: str, **headers: str) -> httpx.Response:
        """One purchase."""
        body = {"query": PURCHASE, "variables": self.given(key)}
        return await self.client.served.http.post("/graphql", json=body, headers={**self.shop, **headers})

    def given(self, key: str) -> dict[str, str]:
        """The variables of a purchase."""
        return {"who": self.name, "key": key}

    def hang_up(self, query: str, key: str, after_s: float) -> None:
        """Sends a request and resets the connection."""
        body = json.dumps({"query": query, "variables": self.given(key)})
        token = self.shop if query == PURCHASE else self.own
        sent = {**token, "Host": "x", "Content-Type": "application/json"}
        lines = [f"{name}: {value}" for name, value in {**sent, "Content-Length": str(len(body))}.items()]
        base = self.client.served.http.base_url
        with socket.create_connection((base.host, base.port or 80)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.sendall("\r\n".join(["POST /graphql HTTP/1.1", *lines, "", body]).encode())
            connection.settimeout(after_s)
            with suppress(TimeoutError):
                connection.recv(1)

    @asynccontextmanager
    async def streaming(self) -> AsyncIterator[AsyncIterator[str]]:
        """A stream of this member's balance."""
        headers = {**self.own, "Accept": "text/event-stream"}
        async with (
            httpx.AsyncClient(base_url=self.client.served.http.base_url, timeout=LONG_S, verify=NO_TLS) as client,
            client.stream("GET", "/graphql", params={"query": BALANCE}, headers=headers) as answer,
        ):
            yield answer.aiter_text()

    @asynccontextmanager
    async def talking(self, token: Mapping[str, str]) -> AsyncIterator[Talk]:
        """A WebSocket with this token."""
        address = str(self.client.served.http.base_url).replace("http", "ws")
        async with connect(f"{address}/graphql", subprotocols=[Subprotocol(PROTOCOL)], proxy=None) as connection:
            talk = Talk(connection)
            await talk.begin(token)
            yield talk


@asynccontextmanager
async def serving_one(cluster: EmbeddedPostgres, roomy: Path, *flags: str) -> AsyncIterator[Member]:
    """A server with a small pool and little patience, and a member of it."""
    async with (
        fresh_database(cluster) as url,
        serving(roomy, "--empty", *flags, database_url=url, variables=VARIABLES) as served,
        client_of(served, url) as client,
    ):
        yield Member(client, await enrolled(client))


@pytest.fixture(scope="module")
async def ana(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Member]:
    """A member of a server that the tests of this module share."""
    async with serving_one(cluster, roomy) as member:
        yield member


async def none(member: Member, query: str) -> None:
    """Waits until the database counts none."""

    async def holds() -> bool:
        return await member.counted(query) == 0

    await eventually(holds)


async def test_clients_that_hang_up_in_mid_query_leave_no_connection_behind(ana: Member) -> None:
    chance, room = random.Random(4), asyncio.Semaphore(AT_ONCE)

    async def come_and_go(number: int) -> None:
        query = (HOME, PURCHASE)[number % 2]
        async with room:
            await asyncio.to_thread(ana.hang_up, query, f"gone-{number}", chance.uniform(0.001, 0.05))

    async with ana.held():
        await asyncio.gather(*(come_and_go(number) for number in range(TIMES)))

    await none(ana, BUSY)
    await every_connection_serves(ana)


async def every_connection_serves(member: Member) -> None:
    """As many requests as the pool has connections are under way at one time, and all come to an end."""

    async def they_do() -> bool:
        async with member.held():
            buying = [asyncio.create_task(member.buy(fresh("parallel"))) for _ in range(POOL)]
            while (waiting := await member.counted(WAITING)) < POOL and not any(one.done() for one in buying):
                await asyncio.sleep(0.01)
        answers = [(await one).json() for one in buying]
        return waiting == POOL and all("errors" not in answer for answer in answers)

    await eventually(they_do)


async def test_a_request_whose_time_is_over_leaves_no_statement_behind(ana: Member) -> None:
    async with ana.held(), ana.talking(ana.shop) as talk:
        await talk.ask(PURCHASE, ana.given("by socket"))
        plain, stream = await asyncio.gather(ana.buy("plain"), ana.buy("as events", Accept="text/event-stream"))
        assert (plain.status_code, codes(plain.json())) == (503, ["TIMEOUT"])
        assert '"code":"TIMEOUT"' in stream.text
        assert await talk.refusal() == "TIMEOUT"
        await none(ana, WAITING)

    assert await ana.counted("SELECT count(*) FROM shop_order WHERE order_id IN ('plain', 'by socket')") == 0
    await every_connection_serves(ana)


def codes(body: dict[str, Any]) -> list[str]:
    """The codes of the errors of an answer."""
    return [error["extensions"]["code"] for error in body["errors"]]


async def test_subscribers_that_hang_up_leave_nobody_watched(ana: Member) -> None:
    chance, room = random.Random(4), asyncio.Semaphore(AT_ONCE)

    async def come_and_go(number: int) -> None:
        async with room:
            if number % 2:
                async with ana.streaming() as pieces:
                    await anext(pieces)
                    await asyncio.sleep(chance.uniform(0, 0.3))
                return
            async with ana.talking(ana.own) as talk:
                await talk.ask(BALANCE)
                await asyncio.sleep(chance.uniform(0, 0.3))
                talk.connection.transport.abort()

    await asyncio.gather(*(come_and_go(number) for number in range(TIMES)))

    assert await ana.client.database.fetch(LISTENING)  # somebody was watched

    async def nobody_polls() -> bool:
        for _ in range(20):  # a poll leaves its trace on a connection, until another statement covers it
            if await ana.counted(POLLED):
                return False
            await asyncio.sleep(0.1)
        return True

    await eventually(nobody_polls)
    await none(ana, BUSY)
    await every_connection_serves(ana)


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_server_that_stops_ends_its_streams(cluster: EmbeddedPostgres, roomy: Path, workers: str) -> None:
    async with serving_one(cluster, roomy, "--workers", workers) as member:
        served = member.client.served
        async with member.talking(member.own) as talk, member.streaming() as pieces:
            await talk.ask(BALANCE)
            await talk.say("ping")
            assert await talk.hear() == {"type": "pong"}
            assert await anext(pieces) == ":\n\n"
            stopping = asyncio.create_task(served.stop())

            assert (await talk.end())[0] == 1012
            with pytest.raises(httpx.RemoteProtocolError):  # not complete: the client comes again
                assert "".join([piece async for piece in pieces]) == ""
            await stopping
        assert "exceeded" not in served.said
