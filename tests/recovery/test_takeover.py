"""Is anything acknowledged lost when the primary dies and its standby takes over, under load?"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from app.postgres import EmbeddedPostgres
from app.schema import migrate
from tests.client import SHOP, Client, client_of, fresh
from tests.clusters import Replicated, asked, replicated
from tests.journeys.makers import enrolled, order
from tests.served import serving

BUYERS = 6
BEFORE, AFTER = 24, 24  # purchases acknowledged before the primary dies, and after it
WAIT_S = 90
PAUSE_S = 0.05


@dataclass
class Purchases:
    """Members who buy for 1.00 again and again until they are told to stop, each purchase sent until it is answered."""

    client: Client
    members: list[str]
    acknowledged: list[str] = field(default_factory=list)
    unanswered: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def buy(self, member: str) -> None:
        """One member's purchases, one after the other."""
        for number in itertools.count(1):
            if self.enough.is_set():
                return
            order_id = f"takeover-{member}-{number}"
            while not await self.answered(member, order_id):
                self.unanswered += 1
                await asyncio.sleep(PAUSE_S)
            self.acknowledged.append(order_id)

    async def answered(self, member: str, order_id: str) -> bool:
        """Whether the shop has an answer now; what is no answer is sent again under the same key."""
        try:
            await self.client.done(
                SHOP, "recordPurchase", idempotencyKey=order_id, miAccountId=member, orderId=order_id, order=order("1")
            )
        except (httpx.TransportError, AssertionError):
            return False
        return True

    async def until(self, many: int) -> None:
        """Until so many are acknowledged."""
        async with asyncio.timeout(WAIT_S):
            while len(self.acknowledged) < many:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def bought_from(folder: Path, pair: Replicated) -> AsyncIterator[Purchases]:
    """A gateway on both servers, and members who buy from it meanwhile."""
    await migrate(pair.url())
    async with (
        serving(folder, "--empty", database_url=pair.url()) as served,
        client_of(served, pair.primary.url()) as client,
    ):
        purchases = Purchases(client, [await enrolled(client) for _ in range(BUYERS)])
        async with asyncio.TaskGroup() as buyers:
            for member in purchases.members:
                buyers.create_task(purchases.buy(member))
            try:
                yield purchases
            finally:
                purchases.enough.set()


async def lost(server: EmbeddedPostgres, acknowledged: list[str]) -> set[str]:
    """Which of the acknowledged purchases a server does not know with exactly one activity of one point."""
    connected = await asyncpg.connect(server.url())
    try:
        known = await connected.fetch(
            "SELECT order_id, count(*) AS times, sum(activity.points) AS points FROM shop_order"
            " JOIN activity ON activity.id = activity_id GROUP BY 1"
        )
    finally:
        await connected.close()
    return set(acknowledged) - {each["order_id"] for each in known if (each["times"], each["points"]) == (1, 1)}


async def test_a_synchronous_standby_takes_over_and_nothing_acknowledged_is_lost(roomy: Path) -> None:
    folder = place(roomy)
    async with replicated(folder, synchronous=True) as pair, bought_from(folder, pair) as purchases:
        await purchases.until(BEFORE)

        await pair.kill_primary()
        before = list(purchases.acknowledged)
        await pair.promote()
        await purchases.until(len(before) + AFTER)
        purchases.enough.set()

        assert purchases.unanswered > 0
        assert await lost(pair.standby, before) == set()
        assert await lost(pair.standby, purchases.acknowledged) == set()
        assert await purchases.client.ledger_agrees()


async def test_what_a_standby_has_not_followed_is_found_to_be_lost(roomy: Path) -> None:
    folder = place(roomy)
    async with replicated(folder) as pair, bought_from(folder, pair) as purchases:
        await purchases.until(BEFORE)
        await pair.wait_until_caught_up()
        await asked(pair.standby, "ALTER SYSTEM SET primary_conninfo = ''")
        await asked(pair.standby, "SELECT pg_reload_conf()")
        await until_it_follows_no_more(pair.standby)
        await purchases.until(len(purchases.acknowledged) + BEFORE)

        await pair.kill_primary()
        before = list(purchases.acknowledged)
        await pair.promote()
        purchases.enough.set()

        assert await lost(pair.standby, before)


async def until_it_follows_no_more(standby: EmbeddedPostgres) -> None:
    async with asyncio.timeout(WAIT_S):
        while await asked(standby, "SELECT count(*) FROM pg_stat_wal_receiver"):
            await asyncio.sleep(0.01)


def place(roomy: Path) -> Path:
    """A folder of a test's own that PostgreSQL's user may pass through."""
    folder = roomy / fresh("takeover")
    folder.mkdir(mode=0o711)
    return folder
