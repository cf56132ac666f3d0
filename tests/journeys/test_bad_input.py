"""What is answered to input that cannot be taken, and does anything change?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.api.ids import GlobalId
from tests.client import SHOP, STAFF, Client, Who, fresh, member
from tests.journeys.makers import ADULT, TERMS, offered, order

CHILD = (datetime.now(UTC) - timedelta(days=17 * 365)).date().isoformat()
LONG = "x" * 10_000
NUL = "a\0b"
LINE = {"sku": "MI-BAND", "unitPrice": "10.00"}


@dataclass(frozen=True)
class World:
    """A member with 50 points, and offers of their own market and of another."""

    client: Client
    ana: str
    cheap: str
    dear: str
    british: str

    @asynccontextmanager
    async def unchanged(self) -> AsyncIterator[None]:
        """Nothing is written meanwhile but the answers to requests."""
        before = await self.client.rows_by_table(), await self.client.balance(self.ana)
        yield
        assert (await self.client.rows_by_table(), await self.client.balance(self.ana)) == before

    async def refused(self, who: Who, mutation: str, code: str, field: str | None, /, **given: Any) -> None:
        """The mutation is refused for this reason alone, at this field, and changes nothing; again under its key."""
        key = given.pop("idempotencyKey", None) or fresh("key")
        async with self.unchanged():
            for _ in range(2):
                payload = await self.client.do(who, mutation, idempotencyKey=key, **given)
                path = field.split(".") if field else None
                assert payload["userErrors"] == [{"code": code, "field": path}]


@pytest.fixture(scope="module")
async def world(client: Client) -> World:
    """Ana and the catalogue."""
    ana = fresh("mi")
    given = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": ana, "personKey": "person-1"}
    await client.done(SHOP, "enrolMember", **given)
    cheap, dear = await offered(client, 40), await offered(client, 60)
    return World(client, ana, cheap, dear, await offered(client, 40, market="GB"))


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"birthDate": CHILD}, "UNDER_AGE", "birthDate"),
        ({"birthDate": "2190-01-01"}, "INVALID_INPUT", "birthDate"),
        ({"birthDate": "1900-01-01"}, "ALREADY_ENROLLED", None),
        ({"market": "DE"}, "MARKET_NOT_SERVED", "market"),
        ({"acceptedTerms": "2019-12"}, "TERMS_NOT_ACCEPTED", "acceptedTerms"),
        ({"acceptedTerms": LONG}, "TERMS_NOT_ACCEPTED", "acceptedTerms"),
        ({}, "ALREADY_ENROLLED", None),
        ({"market": "GB"}, "ALREADY_ENROLLED", None),
        ({"miAccountId": "somebody", "personKey": "person-1"}, "PERSON_ALREADY_ENROLLED", "personKey"),
        ({"miAccountId": LONG}, "INVALID_INPUT", "miAccountId"),
        ({"miAccountId": NUL}, "INVALID_INPUT", "miAccountId"),
        ({"miAccountId": ""}, "INVALID_INPUT", "miAccountId"),
        ({"miAccountId": "somebody", "displayName": NUL}, "INVALID_INPUT", "displayName"),
        ({"miAccountId": "somebody", "displayName": LONG}, "INVALID_INPUT", "displayName"),
        ({"miAccountId": "somebody", "personKey": LONG}, "INVALID_INPUT", "personKey"),
    ],
)
async def test_who_cannot_enrol_is_told_why(world: World, changed: dict[str, Any], code: str, field: str) -> None:
    given = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": world.ana}

    await world.refused(SHOP, "enrolMember", code, field, **(given | changed))


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"orderId": LONG}, "INVALID_INPUT", "orderId"),
        ({"orderId": NUL}, "INVALID_INPUT", "orderId"),
        ({"orderId": " "}, "INVALID_INPUT", "orderId"),
        ({"source": NUL}, "INVALID_INPUT", "source"),
        ({"miAccountId": "nobody"}, "NOT_ENROLLED", None),
        ({"miAccountId": NUL}, "INVALID_INPUT", "miAccountId"),
        ({"occurredAt": "2199-01-01T00:00:00Z"}, "INVALID_INPUT", "occurredAt"),
        ({"occurredAt": "1999-12-31T23:59:59Z"}, "INVALID_INPUT", "occurredAt"),
        ({"order": order("10.00", market="GB")}, "CURRENCY_NOT_OF_MARKET", "order.currency"),
        ({"order": order()}, "INVALID_INPUT", "order.lines"),
        ({"order": order(*["1.00"] * 201)}, "INVALID_INPUT", "order.lines"),
        ({"order": {"currency": "EUR", "lines": [LINE, LINE]}}, "INVALID_INPUT", "order.lines"),
        ({"order": order("10.00", points=-1)}, "INVALID_INPUT", "order.points"),
        ({"order": order("10.00", shipping="-1")}, "INVALID_INPUT", "order.shipping"),
        ({"order": order("10.00", shipping="0.001")}, "INVALID_INPUT", "order.shipping"),
        ({"order": order("10.00", couponCode="0000-0000-0000-0000")}, "COUPON_NOT_FOUND", "order.couponCode"),
        ({"order": order("10.00", couponCode=LONG)}, "COUPON_NOT_FOUND", "order.couponCode"),
        ({"order": order("10.00", couponCode=NUL)}, "COUPON_NOT_FOUND", "order.couponCode"),
        ({"order": order("-0.01")}, "INVALID_INPUT", "order.lines.0.unitPrice"),
        ({"order": order("1.00", "9.999")}, "INVALID_INPUT", "order.lines.1.unitPrice"),
        ({"order": order("999999999999999")}, "INVALID_INPUT", "order.lines.0.unitPrice"),
        ({"order": order(*["9999999.00"] * 2)}, "INVALID_INPUT", "order.lines"),
        ({"order": {"currency": "EUR", "lines": [LINE | {"quantity": 0}]}}, "INVALID_INPUT", "order.lines.0.quantity"),
        ({"order": {"currency": "EUR", "lines": [LINE | {"quantity": -1}]}}, "INVALID_INPUT", "order.lines.0.quantity"),
        (
            {"order": {"currency": "EUR", "lines": [LINE | {"quantity": 2**31 - 1}]}},
            "INVALID_INPUT",
            "order.lines.0.quantity",
        ),
        ({"order": {"currency": "EUR", "lines": [LINE | {"sku": NUL}]}}, "INVALID_INPUT", "order.lines.0.sku"),
        ({"order": {"currency": "EUR", "lines": [LINE | {"lineId": LONG}]}}, "INVALID_INPUT", "order.lines.0.lineId"),
        (
            {"order": {"currency": "EUR", "lines": [LINE | {"discount": "10.01"}]}},
            "INVALID_INPUT",
            "order.lines.0.discount",
        ),
        (
            {"order": {"currency": "EUR", "lines": [LINE | {"categories": [LONG]}]}},
            "INVALID_INPUT",
            "order.lines.0.categories",
        ),
    ],
)
async def test_an_order_that_cannot_be_is_refused(world: World, changed: dict[str, Any], code: str, field: str) -> None:
    given = {"miAccountId": world.ana, "orderId": fresh("order"), "order": order("10.00")}

    await world.refused(SHOP, "recordPurchase", code, field, **(given | changed))


@pytest.mark.parametrize(
    ("mutation", "given", "field"),
    [
        ("recordAppLogin", {"deviceId": LONG}, "deviceId"),
        ("recordAppLogin", {"deviceId": NUL}, "deviceId"),
        ("tapFuel", {"idempotencyKey": LONG}, "idempotencyKey"),
        ("tapFuel", {"idempotencyKey": NUL}, "idempotencyKey"),
        ("tapFuel", {"idempotencyKey": " \n"}, "idempotencyKey"),
        ("tapFuel", {"tappedAt": "2190-01-01T00:00:00Z"}, "tappedAt"),
        ("recordShare", {"sku": NUL, "network": "x", "url": "https://x.example/1"}, "sku"),
        ("recordShare", {"sku": LONG, "network": "x", "url": "https://x.example/1"}, "sku"),
        ("recordShare", {"sku": "A", "network": "Not a word", "url": "https://x.example/1"}, "network"),
        ("recordShare", {"sku": "A", "network": "x", "url": "https://x.example/1", "shareId": NUL}, "shareId"),
    ],
)
async def test_what_a_member_says_is_checked(world: World, mutation: str, given: dict[str, Any], field: str) -> None:
    await world.refused(member(world.ana), mutation, "INVALID_INPUT", field, **given)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"miAccountId": NUL}, "miAccountId"),
        ({"sku": NUL}, "sku"),
        ({"sku": LONG}, "sku"),
        ({"reviewId": NUL}, "reviewId"),
        ({"source": LONG}, "source"),
        ({"occurredAt": "1999-12-31T23:59:59Z"}, "occurredAt"),
    ],
)
async def test_a_review_that_cannot_be_is_refused(world: World, changed: dict[str, Any], field: str) -> None:
    given = {"miAccountId": world.ana, "reviewId": fresh("review"), "sku": "MI-BAND"}

    await world.refused(SHOP, "recordReview", "INVALID_INPUT", field, **(given | changed))


@pytest.mark.parametrize("mutation", ["approveReview", "rejectReview"])
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reviewId": NUL}, "reviewId"),
        ({"reviewId": LONG}, "reviewId"),
        ({"reviewId": "unknown", "occurredAt": "2190-01-01T00:00:00Z"}, "occurredAt"),
        ({"reviewId": "unknown", "occurredAt": "1950-01-01T00:00:00Z"}, "occurredAt"),
    ],
)
async def test_an_early_decision_is_checked_before_it_waits(
    world: World, mutation: str, given: dict[str, Any], field: str
) -> None:
    await world.refused(SHOP, mutation, "INVALID_INPUT", field, **given)


async def test_a_redemption_that_cannot_be_is_refused(world: World) -> None:
    ana = member(world.ana)
    cases = [
        (world.dear, "INSUFFICIENT_POINTS"),
        (world.british, "NOT_FOUND"),
        (str(GlobalId("CouponOffer", 0, 10**17)), "NOT_FOUND"),
        (str(GlobalId("Coupon", 1, 1)), "NOT_FOUND"),
        ("not an id", "INVALID_INPUT"),
        (LONG, "INVALID_INPUT"),
        (NUL, "INVALID_INPUT"),
        ("", "INVALID_INPUT"),
    ]

    for offer_id, code in cases:
        await world.refused(ana, "redeemCoupon", code, "offerId", offerId=offer_id)
    await world.refused(
        ana, "redeemCoupon", "PRICE_CHANGED", "expectedPrice", offerId=world.cheap, expectedPrice=-(2**31)
    )
    await world.refused(member("nobody"), "redeemCoupon", "NOT_ENROLLED", None, offerId=world.cheap)


async def test_a_zone_that_cannot_be_is_refused(world: World) -> None:
    for zone in ("Europe/Nowhere", "europe/madrid", "", NUL, LONG, "../Madrid", "+02:00"):
        await world.refused(STAFF, "changeTimeZone", "INVALID_INPUT", "timeZone", miAccountId=world.ana, timeZone=zone)
    await world.refused(STAFF, "changeTimeZone", "NOT_FOUND", "miAccountId", miAccountId="no", timeZone="Europe/Rome")
    given = {"miAccountId": NUL, "timeZone": "Europe/Rome"}
    await world.refused(STAFF, "changeTimeZone", "INVALID_INPUT", "miAccountId", **given)


async def test_a_key_used_for_another_input_or_mutation_is_refused(world: World) -> None:
    ana, key = member(world.ana), fresh("key")
    await world.refused(ana, "redeemCoupon", "INSUFFICIENT_POINTS", "offerId", idempotencyKey=key, offerId=world.dear)

    reused = ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    await world.refused(ana, "redeemCoupon", *reused, idempotencyKey=key, offerId=world.cheap)
    await world.refused(ana, "tapFuel", *reused, idempotencyKey=key)
