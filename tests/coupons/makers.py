"""How do these tests issue coupons and bring them to a checkout, in few words?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg

from app.coupons.checkout import OrderNamed
from app.coupons.models import Coupon
from app.coupons.redeem import redeem
from app.coupons.reserve import release_coupon, reserve_coupon
from app.coupons.store import status_now
from app.coupons.use import use_coupon
from app.coupons.validate import Validation, validate_coupon
from app.database import connection, one, value
from app.orders.lines import LineGiven, OrderGiven
from app.orders.purchase import Purchase, record_purchase
from app.requests.outcome import Outcome
from tests.client import fresh
from tests.ledger.makers import CODES, Person, call, done, present

SERVICE = "service:tests"


@dataclass(frozen=True)
class Issued:
    """A coupon by row id, with its code."""

    id: int
    code: str


async def offer_of(price_points: int = 10, **columns: Any) -> int:
    """The id of a new offer in Spain: 5.00 off, valid for 180 days, unless `columns` say otherwise."""
    defaults = {"market_id": "ES", "value_minor": 500, "valid_days": 180, "suspended": False}
    lists: dict[str, Any] = {"excluded_skus": [], "excluded_categories": [], "titles": {}}
    given = {"price_points": price_points, **defaults, **lists, **columns}
    if "stock" in given:
        given["stock_left"] = given["stock"]
    slots = ", ".join(f"${place}" for place, _ in enumerate(given, start=1))
    sql = f"INSERT INTO coupon_offer ({', '.join(given)}) VALUES ({slots}) RETURNING id"
    offer_id: int = await value(connection(), sql, *given.values())
    return offer_id


async def issued(person: Person, offer_id: int | None = None, **columns: Any) -> Issued:
    """A coupon that the member has just redeemed, of this offer or of one made for it."""
    offer_id = offer_id or await offer_of(**columns)
    outcome = done(await redeem(call("redeemCoupon"), person.name, offer_id, None, CODES))
    assert outcome.coupon_id is not None
    found = await row_of(outcome.coupon_id)
    return Issued(outcome.coupon_id, CODES.code(found["nonce"]))


async def row_of(coupon_id: int) -> asyncpg.Record:
    """The coupon as it is stored."""
    return await one(connection(), "SELECT * FROM coupon WHERE id = $1", coupon_id)


async def stands(coupon: Issued) -> str:
    """How the coupon stands now."""
    return status_now(await Coupon.get(id=coupon.id), await present())


def basket(*prices: str, **given: Any) -> OrderGiven:
    """An order in euros: a line of SKU-0, SKU-1, ... in the category of its number for each price."""
    lines = [LineGiven(f"SKU-{n}", Decimal(price), categories=(f"CAT-{n}",)) for n, price in enumerate(prices)]
    return OrderGiven("EUR", tuple(lines), **given)


async def reserved(code: str, order_id: str, *prices: str, principal: str = SERVICE) -> Outcome:
    """What came of a reservation for an order of these prices (30.00 when none are given)."""
    asked = call("reserveCoupon", principal=principal)
    return await reserve_coupon(asked, code, OrderNamed("mi.com", order_id), basket(*(prices or ("30.00",))), CODES)


async def used(code: str, order_id: str, principal: str = SERVICE) -> Outcome:
    """What came of a use for an order."""
    return await use_coupon(call("useCoupon", principal=principal), code, OrderNamed("mi.com", order_id), CODES)


async def released(code: str, order_id: str) -> Outcome:
    """What came of letting the coupon go."""
    return await release_coupon(call("releaseCoupon", principal=SERVICE), code, OrderNamed("mi.com", order_id), CODES)


async def validated(code: str, *prices: str, principal: str = SERVICE, owner: Person | None = None) -> Validation:
    """What the coupon would take off an order of these prices; of this member's coupons alone where one is named."""
    order = basket(*(prices or ("30.00",)))
    return await validate_coupon(principal, owner.id if owner else None, code, order, CODES)


async def purchased(
    person: Person, code: str | None, order_id: str | None = None, *prices: str, at: datetime | None = None
) -> Outcome:
    """What came of an order that names the coupon's code."""
    order = basket(*(prices or ("30.00",)), coupon_code=code)
    purchase = Purchase("mi.com", order_id or fresh("basket"), order, at)
    return await record_purchase(call("recordPurchase", principal=SERVICE), person.name, purchase, CODES)


def reasons(outcome: Outcome) -> list[str]:
    """The codes of a refusal; empty for what was done."""
    return [error.code for error in outcome.errors]
