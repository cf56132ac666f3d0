"""What happens when twenty requests arrive at the same instant, at one web process and at two?"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest

from app.postgres import EmbeddedPostgres
from tests.client import SHOP, Client, fresh, member
from tests.journeys.conftest import opened
from tests.journeys.makers import bought, enrolled, offered, order

TWENTY = 20


@pytest.fixture(scope="module", params=["1", "2"], ids=["one process", "two processes"])
async def client(request: pytest.FixtureRequest, cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway with so many web processes."""
    async with opened(cluster, roomy, "--workers", request.param, "--at", "2026-06-01T10:00:00Z") as ready:
        for _ in range(2):  # a race needs its database connections open before it starts
            await together(*(enrolled(ready) for _ in range(TWENTY)))
        yield ready


async def together(*asked: Awaitable[Any]) -> list[Any]:
    """The payloads of requests sent at the same instant."""
    return list(await asyncio.gather(*asked))


def redeem(client: Client, mi_account_id: str, offer_id: str, key: str | None = None) -> Awaitable[Any]:
    selection = "coupon { id code } member { balance { available } }"
    given = {"idempotencyKey": key or fresh("key"), "offerId": offer_id}
    return client.do(member(mi_account_id), "redeemCoupon", selection, **given)


def sold(payloads: list[Any]) -> list[Any]:
    return [payload for payload in payloads if payload["coupon"] is not None]


def reasons(payloads: list[Any]) -> set[str]:
    """Why those were refused that were."""
    return {error["code"] for payload in payloads for error in payload["userErrors"]}


async def coupons_of(client: Client, mi_account_id: str) -> int:
    return len((await client.me(mi_account_id, "coupons(first: 100) { edges { cursor } }"))["coupons"]["edges"])


async def test_an_offer_once_per_member_is_redeemed_once(client: Client) -> None:
    offer_id = await offered(client, 10, limit=1)
    member_id = await enrolled(client)

    payloads = await together(*(redeem(client, member_id, offer_id) for _ in range(TWENTY)))

    assert len(sold(payloads)) == 1
    assert reasons(payloads) == {"LIMIT_REACHED"}
    assert (await client.balance(member_id))["available"] == 40
    assert await coupons_of(client, member_id) == 1
    assert await client.ledger_agrees()


async def test_the_last_piece_is_sold_once(client: Client) -> None:
    offer_id = await offered(client, 50, stock=1)
    members = await together(*(enrolled(client) for _ in range(TWENTY)))

    payloads = await together(*(redeem(client, member_id, offer_id) for member_id in members))

    assert len(sold(payloads)) == 1
    assert reasons(payloads) == {"OUT_OF_STOCK"}
    left = [(await client.balance(member_id))["available"] for member_id in members]
    assert sorted(left) == [0] + [50] * (TWENTY - 1)
    assert await client.ledger_agrees()


async def test_500_points_buy_exactly_two_coupons_of_200(client: Client) -> None:
    offer_id = await offered(client, 200)
    member_id = await enrolled(client, points=500)

    payloads = await together(*(redeem(client, member_id, offer_id) for _ in range(TWENTY)))

    assert len(sold(payloads)) == 2
    assert reasons(payloads) == {"INSUFFICIENT_POINTS"}
    assert (await client.balance(member_id))["available"] == 100
    assert await coupons_of(client, member_id) == 2
    assert await client.ledger_agrees()


async def test_one_key_sent_20_times_gives_20_identical_answers_and_one_coupon(client: Client) -> None:
    offer_id = await offered(client, 10)
    member_id = await enrolled(client)
    key = fresh("key")

    payloads = await together(*(redeem(client, member_id, offer_id, key) for _ in range(TWENTY)))

    assert payloads == [payloads[0]] * TWENTY
    assert sold(payloads) == payloads
    assert await coupons_of(client, member_id) == 1
    assert (await client.balance(member_id))["available"] == 40
    assert await client.ledger_agrees()


async def test_one_refused_key_sent_20_times_gives_20_identical_refusals(client: Client) -> None:
    offer_id = await offered(client, 60)
    member_id = await enrolled(client)
    key = fresh("key")

    payloads = await together(*(redeem(client, member_id, offer_id, key) for _ in range(TWENTY)))

    assert payloads == [payloads[0]] * TWENTY
    assert reasons(payloads) == {"INSUFFICIENT_POINTS"}
    assert (await client.balance(member_id))["available"] == 50
    assert await client.ledger_agrees()


async def test_20_taps_of_a_day_earn_10_points_once(client: Client) -> None:
    member_id = await enrolled(client)

    taps = await together(*(client.done(member(member_id), "tapFuel", "activity { id points }") for _ in range(TWENTY)))

    assert {tap["activity"]["id"] for tap in taps} == {taps[0]["activity"]["id"]}
    assert taps[0]["activity"]["points"] == 10
    assert (await client.balance(member_id))["available"] == 60
    assert await client.statement(member_id) == [("EARN", 50), ("EARN", 10)]
    assert await client.ledger_agrees()


async def test_20_reports_of_one_order_are_one_activity(client: Client) -> None:
    member_id = await enrolled(client)
    order_id = fresh("order")
    given = {"miAccountId": member_id, "orderId": order_id, "order": order("80.00")}

    reports = await together(
        *(client.done(SHOP, "recordPurchase", "activity { id points }", **given) for _ in range(TWENTY))
    )

    assert {report["activity"]["id"] for report in reports} == {reports[0]["activity"]["id"]}
    assert await client.balance(member_id) == {"pending": 80, "available": 50, "debt": 0}
    assert await client.ledger_agrees()


async def test_a_purchase_and_its_delivery_never_miss_each_other(client: Client) -> None:
    members = await together(*(enrolled(client) for _ in range(TWENTY // 2)))
    orders = [fresh("order") for _ in members]
    purchases = [
        client.done(SHOP, "recordPurchase", miAccountId=member_id, orderId=order_id, order=order("80.00"))
        for member_id, order_id in zip(members, orders, strict=True)
    ]
    deliveries = [client.done(SHOP, "confirmDelivery", orderId=order_id) for order_id in orders]

    await together(*(asked for pair in zip(purchases, deliveries, strict=True) for asked in pair))

    for member_id in members:
        assert await client.balance(member_id) == {"pending": 0, "available": 130, "debt": 0}
    assert await client.ledger_agrees()


async def test_one_member_earns_and_spends_everything_at_once(client: Client) -> None:
    offer_id = await offered(client, 100)
    member_id = await enrolled(client, points=300)

    spent = [redeem(client, member_id, offer_id) for _ in range(TWENTY // 2)]
    earned = [bought(client, member_id, "20.00", delivered=True) for _ in range(TWENTY // 2)]
    payloads = (await together(*spent, *earned))[: len(spent)]

    coupons = len(sold(payloads))
    assert 3 <= coupons <= 5
    assert (await client.balance(member_id))["available"] == 300 + 200 - 100 * coupons
    assert await client.ledger_agrees()
