"""What do a member, the shop and staff see of a coupon, from its offer to its end?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.postgres import EmbeddedPostgres
from tests.client import SHOP, STAFF, Client, fresh, member
from tests.journeys.conftest import opened
from tests.journeys.makers import enrolled, offered, order

TWENTY = 20
QUOTE = """query ($code: String!, $order: OrderInput!) { validateCoupon(code: $code, order: $order) {
  coupon { code } discount { amount currency } blockedBy { code field message } } }"""
COUPON = "coupon { id code status orderId reservedUntil usedAt } member { miAccountId } discount { amount }"
TITLES = [{"locale": "es", "text": "Cupón de verano"}, {"locale": "fr", "text": "Bon d’été"}]


@pytest.fixture(scope="module")
async def client(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway that starts on a Monday morning in March."""
    async with opened(cluster, roomy, "--at", "2026-03-02T09:00:00Z") as ready:
        yield ready


async def launched(client: Client, **changed: Any) -> str:
    """The global id of an offer that staff have launched: 10 points for 5.00."""
    given = {"market": "ES", "titles": TITLES, "price": 10, "value": "5.00", "validDays": 30, **changed}
    return str((await client.done(STAFF, "launchCouponOffer", "offer { id }", **given))["offer"]["id"])


async def redeemed(client: Client, who: str, offer_id: str) -> Any:
    """The id and code of a coupon that a member has just redeemed."""
    return (await client.done(member(who), "redeemCoupon", "coupon { id code }", offerId=offer_id))["coupon"]


async def statuses(client: Client, who: str, *chosen: str) -> list[str]:
    """How a member's coupons stand, newest first; those that stand so alone where `chosen` says so."""
    document = """query ($chosen: [CouponStatus!]) {
      me { coupons(first: 100, statuses: $chosen) { edges { node { status } } } } }"""
    seen = await client.read(member(who), document, chosen=list(chosen) or None)
    return [edge["node"]["status"] for edge in seen["me"]["coupons"]["edges"]]


async def test_a_coupon_is_held_used_given_back_and_used_again(client: Client) -> None:
    who = await enrolled(client)
    coupon = await redeemed(client, who, await launched(client))
    first, second = fresh("order"), fresh("order")
    bought = order("30.00", couponCode=coupon["code"].lower().replace("-", " "))

    held = await client.done(SHOP, "reserveCoupon", COUPON, code=coupon["code"], orderId=first, order=order("30.00"))
    assert (held["coupon"]["status"], held["coupon"]["orderId"]) == ("RESERVED", first)
    assert (held["discount"], held["member"]) == ({"amount": "5.00"}, {"miAccountId": who})
    recorded = "activity { points }"
    purchase = await client.done(SHOP, "recordPurchase", recorded, miAccountId=who, orderId=first, order=bought)
    assert purchase["activity"]["points"] == 25
    used = await client.done(SHOP, "useCoupon", COUPON, code=coupon["code"], orderId=first)
    assert (used["coupon"]["status"], used["coupon"]["orderId"], used["discount"]) == ("USED", first, None)
    elsewhere = await client.do(SHOP, "recordPurchase", miAccountId=who, orderId=second, order=bought)
    assert [error["code"] for error in elsewhere["userErrors"]] == ["COUPON_NOT_USABLE"]

    back = (await client.done(SHOP, "cancelOrder", COUPON.partition(" member")[0], orderId=first))["coupon"]

    assert back == {**coupon, "status": "ISSUED", "orderId": None, "reservedUntil": None, "usedAt": None}
    await client.done(SHOP, "recordPurchase", miAccountId=who, orderId=second, order=bought)
    assert await statuses(client, who) == ["USED"]
    assert await client.ledger_agrees()


async def test_20_orders_want_one_coupon_and_one_has_it(client: Client) -> None:
    who = await enrolled(client)
    coupon = await redeemed(client, who, await offered(client, 10))

    payloads = await asyncio.gather(
        *(client.do(SHOP, "useCoupon", COUPON, code=coupon["code"], orderId=fresh("order")) for _ in range(TWENTY))
    )

    refused = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert refused == ["COUPON_NOT_USABLE"] * (TWENTY - 1)
    assert await statuses(client, who) == ["USED"]
    assert await client.ledger_agrees()


async def test_a_member_asks_of_their_own_coupons_and_is_told_everything(client: Client) -> None:
    who, other = await enrolled(client), await enrolled(client)
    offer = await launched(client, minimumOrder="20.00", excludedSkus=["SKU-2"])
    coupon = await redeemed(client, who, offer)

    async def quote(asker: Any, *prices: str) -> Any:
        variables = {"code": coupon["code"], "order": order(*prices)}
        return (await client.read(asker, QUOTE, **variables))["validateCoupon"]

    for asker in (member(who), SHOP):
        found = await quote(asker, "20.00", "99.00")
        assert found["discount"] == {"amount": "5.00", "currency": "EUR"}
        assert (found["coupon"], found["blockedBy"]) == ({"code": coupon["code"]}, [])
    short = await quote(member(who), "19.99", "99.00")
    assert (short["discount"], [one["code"] for one in short["blockedBy"]]) == (None, ["BELOW_MINIMUM_ORDER"])
    theirs = await quote(member(other), "20.00")
    assert (theirs["coupon"], [one["code"] for one in theirs["blockedBy"]]) == (None, ["COUPON_NOT_FOUND"])
    nobody = await quote(member("never enrolled"), "20.00")
    assert [one["code"] for one in nobody["blockedBy"]] == ["NOT_ENROLLED"]


async def test_who_guesses_codes_is_soon_told_nothing(client: Client) -> None:
    who = await enrolled(client)
    coupon = await redeemed(client, who, await offered(client, 10))

    async def found(code: str) -> bool:
        quote = (await client.read(member(who), QUOTE, code=code, order=order("9.00")))["validateCoupon"]
        return quote["coupon"] is not None

    for number in range(10):
        assert await found(coupon["code"])
        assert not await found(f"0000-0000-0000-{number:04}")
    assert not await found(coupon["code"])
    assert (await client.done(SHOP, "reserveCoupon", COUPON, code=coupon["code"], orderId="a", order=order("9.00")))[
        "coupon"
    ]["status"] == "RESERVED"
    await client.advance(by="PT11M")

    assert await found(coupon["code"])


async def test_staff_cancel_a_coupon_and_its_points_come_back(client: Client) -> None:
    who = await enrolled(client)
    coupon = await redeemed(client, who, await launched(client))
    given = {"couponId": coupon["id"], "reason": "Issued by mistake"}

    cancelled = await client.done(STAFF, "cancelCoupon", COUPON, **given)

    assert cancelled["coupon"]["status"] == "CANCELLED"
    assert await client.statement(who) == [("EARN", 50), ("REDEEM", -10), ("RESTORE", 10)]
    line = await client.me(who, "statement(first: 1) { edges { node { reason actor coupon { id } } } }")
    assert line["statement"]["edges"][0]["node"] == {
        "reason": "Nuestro equipo ha anulado el cupón: «Issued by mistake».",
        "actor": STAFF.subject,
        "coupon": {"id": coupon["id"]},
    }
    for wrong, code in (("not an id", "INVALID_INPUT"), (await launched(client), "NOT_FOUND")):
        payload = await client.do(STAFF, "cancelCoupon", couponId=wrong, reason="A mistake")
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, ["couponId"])]
    assert await client.ledger_agrees()


async def test_an_offer_reads_in_the_readers_language_and_is_temporary_within_its_window(client: Client) -> None:
    now = (await client.done(STAFF, "advanceClock", "now", by="PT0S"))["now"][:10]
    offer_id = await launched(client, opensAt=f"{now}T00:00", closesAt="2027-03-02T00:00", stock=5, limitPerMember=1)
    document = """query ($id: ID!) { node(id: $id) { ... on CouponOffer {
      title temporary suspended opensAt closesAt stockLeft limitPerMember blockedBy { code } } } }"""

    async def seen(language: str) -> Any:
        headers = {"accept-language": language}
        return (await client.served.post(document, {"id": offer_id}, None, headers=headers))["data"]["node"]

    assert [(await seen(language))["title"] for language in ("es", "fr", "it", "en")] == [
        "Cupón de verano",
        "Bon d’été",
        "Cupón de verano",
        "Cupón de verano",
    ]
    offer = await seen("es")
    assert (offer["temporary"], offer["closesAt"], offer["stockLeft"]) == (True, "2027-03-01T23:00:00Z", 5)
    await client.done(STAFF, "suspendCouponOffer", offerId=offer_id, suspended=True)
    assert (await seen("es"))["blockedBy"] == [{"code": "OFFER_SUSPENDED"}]


async def test_a_coupon_used_on_its_last_day_and_one_that_was_not(client: Client) -> None:
    who = await enrolled(client)
    offer = await launched(client, validDays=8)
    used, kept = [await redeemed(client, who, offer) for _ in range(2)]
    picture = await client.me(who, "coupons(first: 1) { edges { node { qrSvg expiresAt } } }")
    node = picture["coupons"]["edges"][0]["node"]
    assert node["qrSvg"].startswith("<svg ")

    await client.advance(to=node["expiresAt"].replace("T23:00", "T22:45"))
    notice = await client.me(who, "notices(first: 2) { edges { node { kind text coupon { code } } } }")
    told = [edge["node"] for edge in notice["notices"]["edges"]]
    assert {one["kind"] for one in told} == {"COUPON_EXPIRING"}
    assert {one["coupon"]["code"] for one in told} == {used["code"], kept["code"]}
    assert {one["text"] for one in told} == {
        "Tu cupón de 5,00\N{NO-BREAK SPACE}€ te espera: el último día para usarlo es el 10 de marzo de 2026."
    }
    for coupon in (used, kept):
        await client.done(SHOP, "reserveCoupon", code=coupon["code"], orderId=coupon["code"], order=order("30.00"))
    await client.done(SHOP, "useCoupon", code=used["code"], orderId=used["code"])
    await client.advance(by="PT16M")
    assert await statuses(client, who) == ["RESERVED", "USED"]
    await client.advance(by="PT15M")

    assert await statuses(client, who) == ["EXPIRED", "USED"]
    assert await statuses(client, who, "EXPIRED") == ["EXPIRED"]
    assert await statuses(client, who, "ISSUED", "RESERVED") == []
    late = await client.do(SHOP, "useCoupon", code=kept["code"], orderId=kept["code"])
    assert [error["code"] for error in late["userErrors"]] == ["COUPON_EXPIRED"]
    assert await client.ledger_agrees()
