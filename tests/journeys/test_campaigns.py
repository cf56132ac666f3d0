"""What becomes of a campaign from its preview to its end, among many shoppers and when the server dies?"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.postgres import EmbeddedPostgres
from tests.client import SHOP, STAFF, Client, client_of, fresh, member
from tests.conftest import fresh_database
from tests.journeys.conftest import opened
from tests.journeys.makers import enrolled, order
from tests.served import serving

FIFTY = 50
MEMBERS = 25
PRICE, POINTS = "7.90", 7
BUDGET = 100
FIT = BUDGET // POINTS
AT = "2026-05-15T10:00:00Z"
MAY = {"startsAt": "2026-05-01T00:00", "endsAt": "2026-06-01T00:00"}
EARNED = "activity { points awards { points campaign { slug } } }"


@pytest.fixture(scope="module")
async def client(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway with two web processes in May 2026."""
    async with opened(cluster, roomy, "--workers", "2", "--at", AT) as ready:
        yield ready


async def launched(client: Client, **given: Any) -> str:
    """The slug of a campaign that runs in Spain through May."""
    slug = fresh("may")
    titles = [{"locale": "es", "text": "Mayo doble"}]
    launch = {"slug": slug, "titles": titles, "trigger": "PURCHASE", "markets": ["ES"], **MAY, **given}
    await client.done(STAFF, "launchCampaign", **launch)
    return slug


async def buys(client: Client, mi_account_id: str, price: str, key: str) -> Any:
    """What an order earned; order and request are named by the key."""
    given = {"miAccountId": mi_account_id, "orderId": key, "order": order(price), "idempotencyKey": key}
    return (await client.done(SHOP, "recordPurchase", EARNED, **given))["activity"]


def rewarded(activities: list[Any], slug: str) -> list[int]:
    """The points that a campaign gave."""
    awards = [award for activity in activities for award in activity["awards"] if award["campaign"]]
    return [award["points"] for award in awards if award["campaign"]["slug"] == slug]


async def budget(client: Client, slug: str) -> tuple[int, int]:
    """What is left of a campaign's budget, and what its awards come to."""
    found = await client.database.fetchrow(
        """SELECT budget_left, (SELECT coalesce(sum(points), 0) FROM award WHERE campaign_id = campaign.id) AS given
           FROM campaign WHERE slug = $1""",
        slug,
    )
    return found["budget_left"], found["given"]


async def test_fifty_purchases_at_once_never_overrun_a_budget(client: Client) -> None:
    slug = await launched(client, multiplier="2", budget=str(BUDGET))
    members = await asyncio.gather(*(enrolled(client) for _ in range(MEMBERS)))

    activities = await asyncio.gather(
        *(buys(client, members[number % MEMBERS], PRICE, fresh("order")) for number in range(FIFTY))
    )

    assert rewarded(activities, slug) == [POINTS] * FIT
    assert await budget(client, slug) == (BUDGET - FIT * POINTS, FIT * POINTS)
    assert await client.ledger_agrees()


async def test_a_campaign_from_its_preview_to_its_end(client: Client) -> None:
    ana = await enrolled(client)
    await buys(client, ana, "20.50", fresh("order"))
    draft = {"trigger": "PURCHASE", "markets": ["ES"], "multiplier": "2", "condition": "order.net_minor >= 2000"}
    document = """query ($draft: CampaignDraftInput!) {
      previewCampaign(campaign: $draft, from: "2026-05-15T00:00:00Z", to: "2026-06-01T00:00:00Z") {
        points userErrors { code } } }"""
    assert int((await client.read(STAFF, document, draft=draft))["previewCampaign"]["points"]) >= 20

    slug = await launched(client, multiplier="2", condition=draft["condition"], limitPerMember=2)
    seen = await client.me(ana, "earningOpportunities { points campaign { slug title } }")
    assert {"points": 1, "campaign": {"slug": slug, "title": "Mayo doble"}} in seen["earningOpportunities"]

    quote = "query ($order: OrderInput!) { quoteEarning(order: $order) { points } }"
    kept, returned, small = fresh("order"), fresh("order"), fresh("order")
    assert (await client.read(member(ana), quote, order=order("30.00")))["quoteEarning"]["points"] == 60
    assert (await buys(client, ana, "30.00", kept))["points"] == 60
    assert (await buys(client, ana, "10.00", small))["points"] == 10
    assert (await buys(client, ana, "25.00", returned))["points"] == 50
    assert (await buys(client, ana, "30.00", fresh("order")))["points"] == 30

    await client.done(STAFF, "endCampaign", slug=slug)
    assert (await client.read(member(ana), quote, order=order("30.00")))["quoteEarning"]["points"] == 30
    taken = await client.done(
        SHOP, "recordReturn", "clawedBack", orderId=returned, returnId="all", lines=[{"sku": "SKU-1"}]
    )
    assert taken["clawedBack"] == 50
    await client.done(SHOP, "confirmDelivery", orderId=kept)

    assert await client.balance(ana) == {"available": 50 + 60, "pending": 20 + 10 + 30, "debt": 0}
    assert await client.ledger_agrees()


async def test_a_part_of_an_order_that_comes_back_takes_its_share_of_a_multiplier(client: Client) -> None:
    await launched(client, multiplier="1.5", condition="order.item_count == 3", limitPerMember=1)
    ana, order_id = await enrolled(client), fresh("order")
    given = {"miAccountId": ana, "orderId": order_id, "order": order("9.99", "9.99", "9.99")}
    earned = [(await client.done(SHOP, "recordPurchase", EARNED, **given))["activity"]["points"]]

    for sku in ("SKU-1", "SKU-2", "SKU-3"):
        back = {"orderId": order_id, "returnId": sku, "lines": [{"sku": sku}]}
        earned.append((await client.done(SHOP, "recordReturn", EARNED, **back))["activity"]["points"])

    # 29.97 -> 29 + 14, 19.98 -> 19 + 9, 9.99 -> 9 + 4
    assert earned == [43, 28, 13, 0]
    assert await client.ledger_agrees()


async def test_a_budget_adds_up_when_the_server_dies_among_fifty_purchases(
    cluster: EmbeddedPostgres, roomy: Path
) -> None:
    async with fresh_database(cluster) as url:
        async with serving(roomy, "--empty", "--at", AT, database_url=url) as dying, client_of(dying, url) as client:
            slug = await launched(client, multiplier="2", budget=str(BUDGET))
            members = await asyncio.gather(*(enrolled(client) for _ in range(MEMBERS)))
            orders = {fresh("order"): members[number % MEMBERS] for number in range(FIFTY)}
            sent = [asyncio.create_task(_sent(client, mi_account_id, key)) for key, mi_account_id in orders.items()]
            await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
            dying.process.send_signal(signal.SIGKILL)
            await asyncio.gather(*sent)

        async with serving(roomy, "--empty", database_url=url) as again, client_of(again, url) as client:
            activities = [await buys(client, mi_account_id, PRICE, key) for key, mi_account_id in orders.items()]

            assert rewarded(activities, slug) == [POINTS] * FIT
            assert await budget(client, slug) == (BUDGET - FIT * POINTS, FIT * POINTS)
            assert await client.ledger_agrees()


async def _sent(client: Client, mi_account_id: str, key: str) -> None:
    with contextlib.suppress(httpx.TransportError):
        await buys(client, mi_account_id, PRICE, key)
