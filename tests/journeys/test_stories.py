"""Do whole stories of members end with the points that the programme promises?

One gateway without a worker, whose clock only goes forward: the stories follow one another in time.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.postgres import EmbeddedPostgres
from tests.client import SHOP, STAFF, Client, fresh, member
from tests.journeys.conftest import opened
from tests.journeys.makers import bought, enrolled, offered, order

BALANCE = "balance { available pending reserved debt posted }"


@pytest.fixture(scope="module")
async def client(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway without a worker that starts on 2 March 2026."""
    async with opened(cluster, roomy, "--workers", "2", "--at", "2026-03-02T08:00:00Z") as ready:
        yield ready


async def owns(client: Client, who: str) -> Any:
    """Every figure of a member's balance."""
    return (await client.me(who, BALANCE))["balance"]


async def returned(client: Client, order_id: str, *lines: str, **given: Any) -> Any:
    """What came of sending one piece of each of these products back."""
    return await client.done(
        SHOP,
        "recordReturn",
        "clawedBack restored debt refund { amount } activity { points status reason }",
        orderId=order_id,
        returnId=fresh("return"),
        lines=[{"sku": sku} for sku in lines],
        **given,
    )


async def test_buy_earn_spend_return_a_part_be_in_debt_and_earn_out_of_it(client: Client) -> None:
    ana = await enrolled(client)
    order_id = fresh("order")
    given = {"miAccountId": ana, "orderId": order_id, "order": order("300.50", "199.49")}
    await client.done(SHOP, "recordPurchase", **given)
    await client.done(SHOP, "confirmDelivery", orderId=order_id)
    assert (await owns(client, ana))["available"] == 50 + 499

    offer_id = await offered(client, 400)
    await client.done(member(ana), "redeemCoupon", "coupon { code }", offerId=offer_id)
    first = await returned(client, order_id, "SKU-2")
    assert (first["clawedBack"], first["debt"], first["refund"]["amount"]) == (499 - 300, 50, "199.49")
    assert first["activity"]["points"] == 300
    assert await owns(client, ana) == {"available": 0, "pending": 0, "reserved": 0, "debt": 50, "posted": -50}

    await client.done(member(ana), "recordAppLogin", deviceId="phone")
    await client.done(member(ana), "tapFuel")
    assert (await owns(client, ana))["debt"] == 10
    await bought(client, ana, "25.00", delivered=True)
    assert await owns(client, ana) == {"available": 15, "pending": 0, "reserved": 0, "debt": 0, "posted": 15}

    kinds = [kind for kind, _ in await client.statement(ana)]
    assert kinds == [
        *("EARN", "EARN", "POST", "REDEEM", "CLAWBACK", "DEBT"),
        *("EARN", "DEBT_REPAID", "EARN", "DEBT_REPAID", "EARN", "POST", "DEBT_REPAID"),
    ]
    assert await client.ledger_agrees()


async def test_a_refund_after_the_points_have_expired_takes_nothing_twice(client: Client) -> None:
    await client.advance(to="2026-04-01T08:00:00Z")
    ana = await enrolled(client)
    order_id = await bought(client, ana, "120.00", delivered=True)
    await client.advance(to="2027-04-01T22:00:00Z")
    assert await owns(client, ana) == {"available": 0, "pending": 0, "reserved": 0, "debt": 0, "posted": 0}
    await client.done(member(ana), "tapFuel")

    late = await returned(client, order_id, "SKU-1")

    assert (late["clawedBack"], late["debt"], late["refund"]["amount"]) == (0, 0, "120.00")
    assert (await owns(client, ana))["available"] == 10
    assert await client.ledger_agrees()


async def test_points_held_for_a_checkout_outlive_their_day_and_end_when_they_are_let_go(client: Client) -> None:
    await client.advance(to="2027-05-03T08:00:00Z")
    ana = await enrolled(client, points=1500)
    await client.advance(to="2028-05-03T21:45:00Z")
    order_id = fresh("order")
    given = {"orderId": order_id, "points": 1200, "order": order("80.00")}
    held = await client.done(member(ana), "reservePoints", "reservation { id }", **given)
    await client.advance(to="2028-05-03T22:00:00Z")
    assert await owns(client, ana) == {"available": 0, "pending": 0, "reserved": 1200, "debt": 0, "posted": 1200}

    captured = await client.done(
        SHOP,
        "capturePoints",
        "reservation { status captured discount { amount } }",
        reservationId=held["reservation"]["id"],
        points=1000,
    )

    assert captured["reservation"] == {"status": "CAPTURED", "captured": 1000, "discount": {"amount": "10.00"}}
    assert await owns(client, ana) == {"available": 0, "pending": 0, "reserved": 0, "debt": 0, "posted": 0}
    assert (await client.statement(ana))[-3:] == [("CAPTURE", -1000), ("RELEASE", 200), ("EXPIRE", -200)]
    assert await client.ledger_agrees()


async def test_an_order_paid_with_points_and_a_coupon_gives_both_back(client: Client) -> None:
    await client.advance(to="2028-06-01T08:00:00Z")
    ana = await enrolled(client, points=2500)
    coupon = (await client.done(member(ana), "redeemCoupon", "coupon { id code }", offerId=await offered(client, 500)))[
        "coupon"
    ]
    order_id = fresh("order")
    priced = order("40.00", "20.00", couponCode=coupon["code"])
    held = await client.done(
        member(ana), "reservePoints", "reservation { id }", orderId=order_id, points=1100, order=priced
    )
    reservation_id = held["reservation"]["id"]
    bought_with_both = await client.done(
        SHOP,
        "recordPurchase",
        "activity { points }",
        miAccountId=ana,
        orderId=order_id,
        order=priced,
        reservationId=reservation_id,
    )
    assert bought_with_both["activity"]["points"] == 44  # 60.00 less 5.00 less 11.00

    part = await returned(client, order_id, "SKU-2")
    assert (part["restored"], part["clawedBack"]) == (367, 15)  # a third of 1,100 points; 44 - floor(29.34)
    whole = await client.done(
        SHOP, "cancelOrder", "clawedBack restored coupon { status code } reservation { status }", orderId=order_id
    )

    assert (whole["clawedBack"], whole["restored"]) == (29, 733)
    assert whole["coupon"] == {"status": "ISSUED", "code": coupon["code"]}
    assert await owns(client, ana) == {"available": 2000, "pending": 0, "reserved": 0, "debt": 0, "posted": 2000}
    assert await client.ledger_agrees()


async def test_the_liability_follows_a_market_through_everything(client: Client) -> None:
    figures = "opening granted restored redeemed clawedBack expired forfeited adjusted closing"
    report = (await client.read(STAFF, f"{{ liability(market: ES) {{ {figures} }} }}"))["liability"]

    [told] = [{name: int(figure) for name, figure in one.items()} for one in report]
    taken = told["redeemed"] + told["clawedBack"] + told["expired"] + told["forfeited"]
    assert told["closing"] == told["opening"] + told["granted"] + told["restored"] + told["adjusted"] - taken
    seen = await client.read(STAFF, "{ members(first: 100, market: ES) { edges { node { balance { posted } } } } }")
    assert told["closing"] == sum(edge["node"]["balance"]["posted"] for edge in seen["members"]["edges"])
