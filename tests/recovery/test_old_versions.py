"""Does a database of an older version, with members who have lived, become today's without losing a point?

Each file in `versions` is named after the last migration of the version that made it: with that version's own code, its
demo, and then purchases, checkouts, returns, adjustments, an erasure; put aside as plain SQL by `pg_dump`.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app.postgres import EmbeddedPostgres
from app.postgres_home import postgres_bin
from app.schema import migrate
from tests.client import SHOP, Client, client_of, fresh, member
from tests.journeys.makers import order
from tests.ledger.damages import UNGUARDED
from tests.served import serving

VERSIONS = Path(__file__).parent / "versions"
# The code that each version answered to Ana's redemption under the key "redeemed-before".
ANSWERED = {"0002": "0JDH-NSA5-J1KZ-EQSD", "0004": "1C0Z-1GHH-A4TD-2FAJ", "0006": "D5JB-5QEZ-HC52-0T6Y"}
COUPON_KEY = "coupon-key-of-the-old-version-0123456789"  # the one that the old versions had
ANA = member("demo-ana")
LOAD_S = 120
GROWS = "tortoise_migrations"
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
POINTS = """
SELECT member_id, market_id, status, version, pending, available, reserved, debt,
  (SELECT sum(points) FROM entry WHERE member_id = account.member_id) AS moved,
  (SELECT sum(remaining + reserved) FROM lot WHERE member_id = account.member_id) AS in_lots,
  (SELECT hash FROM entry WHERE member_id = account.member_id ORDER BY version DESC LIMIT 1) AS chained
FROM account ORDER BY member_id
"""
# What a careless migration could do.
FAULTS = (
    "DELETE FROM notice WHERE id = (SELECT min(id) FROM notice)",
    "UPDATE account SET available = available + 1 WHERE member_id = (SELECT min(member_id) FROM account)",
)


@pytest.fixture
async def old(cluster: EmbeddedPostgres, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a database as an older version left it."""
    name = fresh("version").replace("-", "_")
    server = await asyncpg.connect(cluster.url("postgres"))
    try:
        await server.execute(f"CREATE DATABASE {name}")
        await loaded(cluster.url(name), VERSIONS / f"{request.param}.sql.gz")
        await set_to_its_time(cluster.url(name))
        yield cluster.url(name)
    finally:
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.close()


async def loaded(url: str, version: Path) -> None:
    """Runs a dump on an empty database."""
    flags = [f"--dbname={url}", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    pipe = asyncio.subprocess.PIPE
    psql = await asyncio.create_subprocess_exec(postgres_bin() / "psql", *flags, stdin=pipe, stderr=pipe)
    async with asyncio.timeout(LOAD_S):
        _, said = await psql.communicate(gzip.decompress(version.read_bytes()))
    assert psql.returncode == 0, said.decode()


async def set_to_its_time(url: str) -> None:
    """Its clock goes on from its last line: in another year answers are forgotten, and points have ended."""
    db = await asyncpg.connect(url)
    try:
        await db.execute("UPDATE programme_clock SET shift = (SELECT max(at) FROM entry) - clock_timestamp()")
    finally:
        await db.close()


async def standing(url: str) -> tuple[dict[str, int], list[tuple[object, ...]]]:
    """How many rows each table has, and each member's points by where they are."""
    db = await asyncpg.connect(url)
    try:
        tables = [name for (name,) in await db.fetch(TABLES) if name != GROWS]
        counts = {name: await db.fetchval(f'SELECT count(*) FROM "{name}"') for name in tables}
        return counts, [tuple(account) for account in await db.fetch(POINTS)]
    finally:
        await db.close()


@pytest.mark.parametrize(("old", "code"), ANSWERED.items(), indirect=["old"], ids=ANSWERED)
async def test_an_old_database_becomes_todays_with_every_row_and_point_and_lives_on(
    old: str, code: str, roomy: Path
) -> None:
    counts, points = await standing(old)
    assert counts["entry"] > 70

    assert await migrate(old)

    counts_now, points_now = await standing(old)
    assert points_now == points
    assert {table: counts_now[table] for table in counts} == counts
    secret = {"MIPOINTS_COUPON_KEY": COUPON_KEY}
    async with (
        serving(roomy, "--empty", database_url=old, variables=secret) as served,
        client_of(served, old) as client,
    ):
        assert await client.ledger_agrees()
        await answered_as_before(client, code, counts_now)
        await lives_on(client)
        assert await client.ledger_agrees()


@pytest.mark.parametrize("old", [max(ANSWERED)], indirect=True, ids=["newest"])
@pytest.mark.parametrize("fault", FAULTS, ids=["a row", "a point"])
async def test_a_migration_that_loses_something_would_be_seen(old: str, fault: str) -> None:
    before = await standing(old)

    await migrate(old)
    careless = await asyncpg.connect(old)
    await careless.execute("; ".join((*UNGUARDED, fault)))
    await careless.close()

    counts, points = await standing(old)
    assert (points, {table: counts[table] for table in before[0]}) != (before[1], before[0])


async def answered_as_before(client: Client, code: str, counts: dict[str, int]) -> None:
    """Old keys have their old answers, to the code of the coupon, and nothing comes of them."""
    again = await client.done(
        ANA, "redeemCoupon", "coupon { code }", idempotencyKey="redeemed-before", offerId=await offer(client, 500)
    )
    assert again["coupon"] == {"code": code}
    refused = await client.do(
        ANA, "redeemCoupon", "coupon { id }", idempotencyKey="refused-before", offerId=await offer(client, 5000)
    )
    assert [error["code"] for error in refused["userErrors"]] == ["INSUFFICIENT_POINTS"]
    for table in ("coupon", "request"):
        assert await client.database.fetchval(f"SELECT count(*) FROM {table}") == counts[table]


async def lives_on(client: Client) -> None:
    """A purchase and a redemption today."""
    order_id = fresh("order-of-today")
    await client.done(SHOP, "recordPurchase", miAccountId="demo-ana", orderId=order_id, order=order("600.00"))
    await client.done(SHOP, "confirmDelivery", orderId=order_id)
    redeemed = await client.done(ANA, "redeemCoupon", "coupon { status }", offerId=await offer(client, 500))
    assert redeemed["coupon"] == {"status": "ISSUED"}


async def offer(client: Client, price_points: int) -> str:
    """The id of the offer at this price."""
    found = (await client.read(ANA, "{ couponOffers(first: 10) { edges { node { id price } } } }"))["couponOffers"]
    return next(str(edge["node"]["id"]) for edge in found["edges"] if edge["node"]["price"] == price_points)
