"""What does a checkout with points look like from outside: quoted, held, spent, let go, timed out? (PROGRAMME 8)"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.postgres import EmbeddedPostgres
from tests.client import SHOP, STAFF, Client, fresh, member
from tests.journeys.conftest import opened
from tests.journeys.makers import enrolled, offered, order

RESERVATION = "reservation { id status points captured orderId heldUntil discount { amount currency } }"
OPTIONS = """
query ($order: OrderInput!, $buyer: String) { quoteCheckout(order: $order, miAccountId: $buyer) {
  eligible { amount } maximumPoints userErrors { code field }
  options { kind points discount { amount } toPay { amount } explanation coupon { code } offer { id }
            blockedBy { code message ... on BelowMinimum { posted minimum } } } } }
"""
TWENTY = 20


@pytest.fixture(scope="module")
async def client(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of two web processes that start on 1 June 2026."""
    async with opened(cluster, roomy, "--workers", "2", "--at", "2026-06-01T10:00:00Z") as ready:
        for _ in range(2):  # a race needs its database connections open before it starts
            await asyncio.gather(*(enrolled(ready) for _ in range(TWENTY)))
        yield ready


@pytest.fixture(autouse=True)
async def ledger_agrees(client: Client) -> AsyncIterator[None]:
    """Whatever a story does, the ledger agrees with itself afterwards."""
    yield
    assert await client.ledger_agrees()


def reserve(client: Client, who: str, points: int, *, order_id: str | None = None, **given: Any) -> Any:
    """The payload of a reservation for an order of 100.00, refused or not."""
    selection = f"{RESERVATION} member {{ balance {{ available reserved posted }} }}"
    asked = {"orderId": order_id or fresh("basket"), "points": points, "order": order("100.00"), **given}
    return client.do(member(who), "reservePoints", selection, **asked)


async def held(client: Client, who: str, points: int, *, order_id: str | None = None) -> str:
    payload = await reserve(client, who, points, order_id=order_id)
    assert payload["userErrors"] == []
    return str(payload["reservation"]["id"])


async def owns(client: Client, who: str) -> tuple[int, int]:
    """Points available and reserved."""
    balance = (await client.me(who, "balance { available reserved }"))["balance"]
    return balance["available"], balance["reserved"]


async def status(client: Client, who: str) -> str:
    """How the newest reservation stands."""
    seen = await client.me(who, "reservations(first: 1) { edges { node { status } } }")
    return str(seen["reservations"]["edges"][0]["node"]["status"])


async def test_ana_pays_a_part_with_points_and_earns_on_the_rest(client: Client) -> None:
    ana, order_id, key = await enrolled(client, points=1_500), fresh("basket"), fresh("key")

    payload = await reserve(client, ana, 1_200, order_id=order_id, idempotencyKey=key)
    reservation = payload["reservation"]
    assert (reservation["status"], reservation["points"], reservation["captured"]) == ("HELD", 1_200, 0)
    assert (reservation["orderId"], reservation["discount"]) == (order_id, {"amount": "12.00", "currency": "EUR"})
    assert payload["member"]["balance"] == {"available": 300, "reserved": 1_200, "posted": 1_500}

    bought = await client.done(
        SHOP,
        "recordPurchase",
        "activity { points status awards { explanation } } member { balance { available reserved pending } }",
        miAccountId=ana,
        orderId=order_id,
        order=order("100.00"),
        reservationId=reservation["id"],
    )
    assert bought["activity"]["points"] == 88
    assert bought["member"]["balance"] == {"available": 300, "reserved": 0, "pending": 88}
    lines = "statement(first: 3) { edges { node { kind points reservation { id status captured } } } }"
    seen = [edge["node"] for edge in (await client.me(ana, lines))["statement"]["edges"]]
    named = {"id": reservation["id"], "status": "CAPTURED", "captured": 1_200}
    assert [(line["kind"], line["points"]) for line in seen] == [("EARN", 88), ("CAPTURE", -1_200), ("RESERVE", -1_200)]
    assert [line["reservation"] for line in seen] == [None, named, named]
    operation = "query ($key: String!) { operation(idempotencyKey: $key) { reservation { id orderId } } }"
    found = (await client.read(member(ana), operation, key=key))["operation"]
    assert found == {"reservation": {"id": reservation["id"], "orderId": order_id}}


@pytest.mark.parametrize("how_many", [2, TWENTY])
async def test_devices_that_reserve_at_the_same_instant_never_share_a_point(client: Client, how_many: int) -> None:
    ana = await enrolled(client, points=1_500)
    selection = f"{RESERVATION} userErrors {{ ... on InsufficientPoints {{ available missing }} }}"
    given = {"points": 1_000, "order": order("100.00")}

    payloads = await asyncio.gather(
        *(client.do(member(ana), "reservePoints", selection, orderId=fresh("basket"), **given) for _ in range(how_many))
    )

    won = [payload for payload in payloads if payload["reservation"]]
    lost = [payload["userErrors"] for payload in payloads if not payload["reservation"]]
    left = {"code": "INSUFFICIENT_POINTS", "field": ["points"], "available": 500, "missing": 500}
    assert len(won) == 1
    assert lost == (how_many - 1) * [[left]]
    assert await owns(client, ana) == (500, 1_000)


async def test_a_reservation_is_captured_once_by_however_many_retries(client: Client) -> None:
    ana, order_id = await enrolled(client, points=1_500), fresh("basket")
    reservation = await held(client, ana, 1_000, order_id=order_id)
    paid = {"miAccountId": ana, "orderId": order_id, "order": order("100.00"), "reservationId": reservation}
    key = fresh("key")

    payloads = await asyncio.gather(
        *(client.do(SHOP, "capturePoints", RESERVATION, reservationId=reservation) for _ in range(6)),
        *(
            client.do(SHOP, "capturePoints", RESERVATION, reservationId=reservation, idempotencyKey=key)
            for _ in range(6)
        ),
        *(client.do(SHOP, "recordPurchase", "activity { points }", **paid) for _ in range(6)),
    )

    assert [payload["userErrors"] for payload in payloads] == 18 * [[]]
    assert (await client.statement(ana)).count(("CAPTURE", -1_000)) == 1
    assert await owns(client, ana) == (500, 0)


async def test_a_part_is_captured_and_the_rest_is_free(client: Client) -> None:
    ana = await enrolled(client, points=1_500)
    reservation = await held(client, ana, 1_000)

    captured = await client.done(SHOP, "capturePoints", RESERVATION, reservationId=reservation, points=400)
    other = await client.do(SHOP, "capturePoints", reservationId=reservation, points=401)

    seen = captured["reservation"]
    assert (seen["status"], seen["captured"], seen["discount"]["amount"]) == ("CAPTURED", 400, "4.00")
    assert other["userErrors"] == [{"code": "RESERVATION_NOT_HELD", "field": ["reservationId"]}]
    assert await owns(client, ana) == (1_100, 0)


async def test_time_lets_go_by_itself_and_the_future_knows_it(client: Client) -> None:
    ana = await enrolled(client, points=1_500)
    payload = await reserve(client, ana, 1_000)
    until = payload["reservation"]["heldUntil"]

    document = "query ($at: DateTime) { me { balance(at: $at) { available reserved } } }"
    later = (await client.read(member(ana), document, at=until))["me"]["balance"]
    await client.advance(to=until)

    assert later == {"available": 1_500, "reserved": 0}
    assert await owns(client, ana) == (1_500, 0)
    assert await status(client, ana) == "EXPIRED"


async def test_late_the_points_are_taken_again_or_their_lack_is_told(client: Client) -> None:
    ana, offer = await enrolled(client, points=1_500), await offered(client, 1_000)
    first, second = await held(client, ana, 300), await held(client, ana, 900)
    await client.advance(by="PT31M")

    await client.done(SHOP, "capturePoints", RESERVATION, reservationId=first)
    await client.done(member(ana), "redeemCoupon", offerId=offer)
    selection = f"{RESERVATION} userErrors {{ ... on CaptureShortfall {{ missing }} }}"
    short = await client.do(SHOP, "capturePoints", selection, reservationId=second)

    assert short["userErrors"] == [{"code": "CAPTURE_SHORTFALL", "field": ["points"], "missing": 700}]
    assert short["reservation"] is None
    assert await owns(client, ana) == (200, 0)


async def test_nobody_reaches_another_members_points(client: Client) -> None:
    ana, bruno = await enrolled(client, points=1_500), await enrolled(client, points=1_500)
    reservation = await held(client, ana, 1_000)

    stolen = await reserve(client, bruno, 100, miAccountId=ana)
    freed = await client.do(member(bruno), "releasePoints", reservationId=reservation)
    node = await client.read(member(bruno), "query ($id: ID!) { node(id: $id) { id } }", id=reservation)
    document = (
        "query ($order: OrderInput!, $buyer: String) { quoteCheckout(order: $order, miAccountId: $buyer) { %s } }"
    )
    quoted = await client.read(member(bruno), document % "userErrors { code }", order=order("9.00"), buyer=ana)

    assert [error["code"] for error in stolen["userErrors"]] == ["NOT_FOUND"]
    assert [error["code"] for error in freed["userErrors"]] == ["NOT_FOUND"]
    assert node == {"node": None}
    assert quoted == {"quoteCheckout": {"userErrors": [{"code": "NOT_FOUND"}]}}
    assert await owns(client, ana) == (500, 1_000)


async def test_the_shop_reserves_releases_and_sees_for_a_member_that_it_names(client: Client) -> None:
    ana = await enrolled(client, points=1_500)
    given = {"orderId": fresh("basket"), "points": 700, "order": order("100.00")}

    nobody = await client.do(SHOP, "reservePoints", **given)
    payload = await client.done(SHOP, "reservePoints", RESERVATION, miAccountId=ana, **given)
    reservation = payload["reservation"]["id"]
    document = "query ($id: ID!) { node(id: $id) { ... on Reservation { status member { miAccountId } } } }"
    for who in (SHOP, STAFF, member(ana)):
        seen = (await client.read(who, document, id=reservation))["node"]
        assert seen == {"status": "HELD", "member": {"miAccountId": ana}}
    await client.done(SHOP, "releasePoints", reservationId=reservation)

    assert nobody["userErrors"] == [{"code": "INVALID_INPUT", "field": ["miAccountId"]}]
    assert await status(client, ana) == "RELEASED"
    assert await owns(client, ana) == (1_500, 0)


@pytest.mark.parametrize("mutation", ["capturePoints", "releasePoints"])
async def test_an_id_that_is_none_is_refused_by_name(client: Client, mutation: str) -> None:
    ana = await enrolled(client)
    own = (await client.me(ana, "id"))["id"]

    malformed = await client.do(SHOP, mutation, reservationId="nonsense")
    other = await client.do(SHOP, mutation, reservationId=own)

    assert malformed["userErrors"] == [{"code": "INVALID_INPUT", "field": ["reservationId"]}]
    assert other["userErrors"] == [{"code": "NOT_FOUND", "field": ["reservationId"]}]


async def test_an_order_cannot_be_recorded_with_points_that_are_not_its_own(client: Client) -> None:
    ana = await enrolled(client, points=1_500)
    reservation = await held(client, ana, 1_000)
    given = {"miAccountId": ana, "orderId": fresh("basket"), "order": order("100.00")}

    codes = []
    for named in (reservation, "nonsense", (await client.me(ana, "id"))["id"]):
        payload = await client.do(SHOP, "recordPurchase", **given, reservationId=named)
        codes.append([error["code"] for error in payload["userErrors"]])

    assert codes == [["RESERVATION_NOT_HELD"], ["INVALID_INPUT"], ["RESERVATION_NOT_HELD"]]
    assert (await client.done(SHOP, "recordPurchase", "activity { points }", **given))["activity"]["points"] == 100


async def test_a_quote_ranks_the_ways_to_pay_and_says_why(client: Client) -> None:
    ana = await enrolled(client, points=1_510)
    cheap = await offered(client, 10)
    coupon = (await client.done(member(ana), "redeemCoupon", "coupon { code }", offerId=cheap))["coupon"]["code"]
    basket = order("40.00", shipping="4.99")

    quote = (await client.read(member(ana), OPTIONS, order=basket))["quoteCheckout"]

    best = quote["options"][0]
    assert (quote["eligible"]["amount"], quote["maximumPoints"], quote["userErrors"]) == ("40.00", 1_500, [])
    assert (best["kind"], best["points"], best["toPay"]["amount"]) == ("COUPON_AND_POINTS", 1_500, "24.99")
    kinds = {option["kind"] for option in quote["options"]}
    assert kinds == {"NONE", "POINTS", "COUPON", "COUPON_AND_POINTS"}
    assert any(option["coupon"] == {"code": coupon} for option in quote["options"])
    assert any(option["offer"] == {"id": cheap} for option in quote["options"])
    usable = [float(option["toPay"]["amount"]) for option in quote["options"] if not option["blockedBy"]]
    assert usable == sorted(usable)
    assert "menos con" in best["explanation"]
    assert quote == (await client.read(SHOP, OPTIONS, order=basket, buyer=ana))["quoteCheckout"]


async def test_what_a_quote_says_cannot_be_used_is_refused_for_the_same_reason(client: Client) -> None:
    ana = await enrolled(client, points=900)

    quote = (await client.read(member(ana), OPTIONS, order=order("100.00")))["quoteCheckout"]
    refused = await reserve(client, ana, 900)

    points = next(option for option in quote["options"] if option["kind"] == "POINTS")
    [reason] = points["blockedBy"]
    assert (reason["code"], reason["posted"], reason["minimum"]) == ("BELOW_MINIMUM", 900, 1_000)
    assert quote["maximumPoints"] == 0
    assert [error["code"] for error in refused["userErrors"]] == [reason["code"]]


async def test_there_is_no_quote_for_who_is_no_member_or_pays_in_another_currency(client: Client) -> None:
    ana = await enrolled(client)

    for who, asked, basket, code in (
        (SHOP, "nobody", order("9.00"), "NOT_ENROLLED"),
        (member(fresh("mi")), None, order("9.00"), "NOT_ENROLLED"),
        (SHOP, None, order("9.00"), "INVALID_INPUT"),
        (member(ana), None, order("9.00", market="GB"), "CURRENCY_NOT_OF_MARKET"),
        (member(ana), None, order("9.00", couponCode="0000-0000-0000-0000"), "COUPON_NOT_FOUND"),
    ):
        quote = (await client.read(who, OPTIONS, order=basket, buyer=asked))["quoteCheckout"]
        assert ([error["code"] for error in quote["userErrors"]], quote["options"]) == ([code], [])
