"""What do the tests of the GraphQL face start from: members, activities, offers, coupons?"""

from datetime import datetime
from typing import Any

from app.api.ids import GlobalId
from app.database import connection, rows, value
from tests.api.asking import done, read
from tests.client import SHOP, STAFF, Who, fresh, member

ADULT = "1990-05-17"
TERMS = "2020-01"
CURRENCY = {"ES": "EUR", "FR": "EUR", "IT": "EUR", "GB": "GBP"}


async def enrolled(market: str = "ES", *, points: int = 50, **given: Any) -> Who:
    """A new member with so many points available (50 at least, from the registration)."""
    who = member(fresh("mi"))
    enrolment = {"market": market, "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": who.subject, **given}
    await done(SHOP, "enrolMember", **enrolment)
    if points > 50:
        await bought(who, f"{points - 50}.00", market=market, delivered=True)
    return who


def order(*prices: str, market: str = "ES", **given: Any) -> dict[str, Any]:
    """An order with a line for each price."""
    lines = [{"sku": f"SKU-{number}", "unitPrice": price} for number, price in enumerate(prices, start=1)]
    return {"currency": CURRENCY[market], "lines": lines, **given}


async def bought(
    who: Who, price: str, *, market: str = "ES", delivered: bool = False, occurred_at: str | None = None
) -> str:
    """The global id of the purchase of an order of one line, delivered at once or still to come."""
    order_id = fresh("order")
    recorded = await done(
        SHOP,
        "recordPurchase",
        "activity { id }",
        miAccountId=who.subject,
        orderId=order_id,
        order=order(price, market=market),
        occurredAt=occurred_at,
    )
    if delivered:
        await done(SHOP, "confirmDelivery", orderId=order_id)
    return str(recorded["activity"]["id"])


async def tapped(who: Who, at: str | None = None) -> str:
    """The global id of a tap on Fuel."""
    return str((await done(who, "tapFuel", "activity { id }", tappedAt=at))["activity"]["id"])


async def shared(who: Who, sku: str | None = None) -> str:
    """The global id of a share of a product."""
    given = {"sku": sku or fresh("sku"), "network": "mastodon", "url": "https://social.example/1"}
    return str((await done(who, "recordShare", "activity { id }", **given))["activity"]["id"])


async def offered(price_points: int, *, market: str = "ES", value_minor: int = 500, **columns: Any) -> str:
    """The global id of a new offer of the catalogue; `columns` are those of its table, `stock` is what is left too."""
    defaults = {"valid_days": 180, "suspended": False, "excluded_skus": [], "excluded_categories": [], "titles": {}}
    given = {"market_id": market, "price_points": price_points, "value_minor": value_minor, **defaults, **columns}
    if "stock" in given:
        given.setdefault("stock_left", given["stock"])
    slots = ", ".join(f"${place}" for place, _ in enumerate(given, start=1))
    sql = f"INSERT INTO coupon_offer ({', '.join(given)}) VALUES ({slots}) RETURNING id"
    return str(GlobalId("CouponOffer", 0, await value(connection(), sql, *given.values())))


async def redeemed(who: Who, offer_id: str) -> str:
    """The global id of a coupon bought with points."""
    return str((await done(who, "redeemCoupon", "coupon { id }", offerId=offer_id))["coupon"]["id"])


async def coupon_code(who: Who, **offer: Any) -> str:
    """The code of a new coupon of 5.00 that cost 10 points; `offer` are columns of its offer."""
    given = {"offerId": await offered(10, **offer)}
    return str((await done(who, "redeemCoupon", "coupon { code }", **given))["coupon"]["code"])


async def reserved(who: Who, points: int = 100) -> str:
    """The global id of a reservation of points for an order of its own."""
    given = {"orderId": fresh("order"), "points": points, "order": order("100.00")}
    return str((await done(who, "reservePoints", "reservation { id }", **given))["reservation"]["id"])


async def member_row(who: Who) -> int:
    """The row id of a member."""
    found: int = await value(connection(), "SELECT id FROM member WHERE mi_account_id = $1", who.subject)
    return found


async def stand(who: Who, status: str) -> None:
    """Has staff suspend a member (SUSPENDED), or the member leave (CLOSED)."""
    if status == "SUSPENDED":
        await done(STAFF, "suspendMember", miAccountId=who.subject, suspended=True, reason="Many accounts")
    else:
        points = (await read("{ me { closing { points } } }", as_=who))["me"]["closing"]["points"]
        await done(who, "closeAccount", forfeitPoints=points)


def instant(text: str) -> datetime:
    """An instant as answers give it."""
    return datetime.fromisoformat(text)


async def many_activities(who: Who, number: int, *, apart: str = "1 minute") -> None:
    """Activities of three kinds and two statuses in turn, one every so often until now; they earned nothing."""
    await rows(
        connection(),
        """INSERT INTO activity (member_id, kind, source, reference, occurred_at, recorded_at, local_date, status,
                                 points, facts, reason, reason_facts)
           SELECT $1, (ARRAY['APP_LOGIN', 'SHARE', 'FUEL'])[1 + n % 3], 'app', n::text, at - n * $3::text::interval, at,
                  at::date, (ARRAY['NONE', 'POSTED'])[1 + n % 2], 0, '{"day_on": "2026-03-02"}', NULL, '{}'
           FROM generate_series(1, $2) AS n, (SELECT programme_now() AS at) now""",
        await member_row(who),
        number,
        apart,
    )
