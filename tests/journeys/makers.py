"""What do journeys start from: members with points, orders, offers?"""

from typing import Any

from app.api.ids import GlobalId
from tests.client import SHOP, Client, fresh

ADULT = "1990-05-17"
TERMS = "2020-01"
CURRENCY = {"ES": "EUR", "FR": "EUR", "IT": "EUR", "GB": "GBP"}


async def enrolled(client: Client, *, market: str = "ES", points: int = 50) -> str:
    """The Mi Account of a new member with so many points available (50 at least, from the registration)."""
    mi_account_id = fresh("mi")
    await client.done(
        SHOP,
        "enrolMember",
        market=market,
        birthDate=ADULT,
        acceptedTerms=TERMS,
        miAccountId=mi_account_id,
    )
    if points > 50:
        await bought(client, mi_account_id, f"{points - 50}.00", market=market, delivered=True)
    return mi_account_id


async def bought(
    client: Client,
    mi_account_id: str,
    price: str,
    *,
    market: str = "ES",
    delivered: bool = False,
    occurred_at: str | None = None,
) -> str:
    """The id of an order of one line at this price, delivered at once or still to come."""
    order_id = fresh("order")
    await client.done(
        SHOP,
        "recordPurchase",
        miAccountId=mi_account_id,
        orderId=order_id,
        order=order(price, market=market),
        occurredAt=occurred_at,
    )
    if delivered:
        await client.done(SHOP, "confirmDelivery", orderId=order_id)
    return order_id


def order(*prices: str, market: str = "ES", **given: Any) -> dict[str, Any]:
    """An order with a line for each price."""
    lines = [{"sku": f"SKU-{number}", "unitPrice": price} for number, price in enumerate(prices, start=1)]
    return {"currency": CURRENCY[market], "lines": lines, **given}


async def offered(
    client: Client, price_points: int, *, market: str = "ES", limit: int | None = None, stock: int | None = None
) -> str:
    """The global id of a new offer of the catalogue: a coupon of 5.00."""
    row_id = await client.database.fetchval(
        """INSERT INTO coupon_offer (market_id, price_points, value_minor, valid_days, stock, stock_left,
                                     limit_per_member, suspended, excluded_skus, excluded_categories, titles)
           VALUES ($1, $2, 500, 180, $3, $3, $4, false, '[]', '[]', '{}') RETURNING id""",
        market,
        price_points,
        stock,
        limit,
    )
    return str(GlobalId("CouponOffer", 0, row_id))
