"""What do the tests of campaigns start from: launched campaigns, orders, custom activities, what was earned?"""

from typing import Any

from app.database import connection, rows
from app.ledger.check import check_ledger
from tests.api.asking import do, done, read
from tests.client import SHOP, STAFF, Who, fresh

EARNED = "activity { id points status reason awards { rule title points status explanation campaign { slug } } }"


def campaign(**given: Any) -> dict[str, Any]:
    """A launch that doubles the points of purchases in Spain through March 2026, with what is said otherwise.

    An effect given replaces the multiplier.
    """
    effects = {"bonusPoints", "multiplier", "pointsPerUnit"} & given.keys()
    return {
        "slug": fresh("campaign"),
        "titles": [{"locale": "es", "text": "Marzo doble"}, {"locale": "en", "text": "Double March"}],
        "trigger": "PURCHASE",
        "markets": ["ES"],
        "startsAt": "2026-03-01T00:00",
        "endsAt": "2026-04-01T00:00",
        **({} if effects else {"multiplier": "2"}),
        **given,
    }


async def launched(**given: Any) -> str:
    """The slug of a campaign that was launched."""
    launch = campaign(**given)
    await done(STAFF, "launchCampaign", "campaign { id }", **launch)
    return str(launch["slug"])


async def refused(**given: Any) -> tuple[str, list[str] | None]:
    """The code and field with which a launch is refused."""
    (error,) = (await do(STAFF, "launchCampaign", **campaign(**given)))["userErrors"]
    return error["code"], error["field"]


def lines(*priced: str | tuple[str, int], **given: Any) -> dict[str, Any]:
    """An order of lines by price, or price and quantity; the n-th is SKU-n."""
    told = [(one, 1) if isinstance(one, str) else one for one in priced]
    return {
        "currency": "EUR",
        "lines": [
            {"sku": f"SKU-{number}", "unitPrice": price, "quantity": quantity}
            for number, (price, quantity) in enumerate(told, start=1)
        ],
        **given,
    }


async def buys(who: Who, order: dict[str, Any] | str, **given: Any) -> Any:
    """What a purchase earned: an order, or one line at a price."""
    placed = lines(order) if isinstance(order, str) else order
    given = {"orderId": fresh("order"), **given}
    recorded = await done(SHOP, "recordPurchase", EARNED, miAccountId=who.subject, order=placed, **given)
    return recorded["activity"]


async def does(who: Who, code: str, **given: Any) -> Any:
    """What a custom activity earned."""
    given = {"reference": fresh("reference"), **given}
    return (await done(SHOP, "recordCustomActivity", EARNED, miAccountId=who.subject, code=code, **given))["activity"]


def by_campaign(activity: Any) -> dict[str, int]:
    """Points of an activity by campaign; its own rules' under "own"."""
    points: dict[str, int] = {}
    for award in activity["awards"]:
        name = award["campaign"]["slug"] if award["campaign"] else "own"
        points[name] = points.get(name, 0) + award["points"]
    return points


async def budget_left(slug: str) -> int | None:
    """Points left of a campaign's budget."""
    (found,) = await rows(connection(), "SELECT budget_left FROM campaign WHERE slug = $1", slug)
    left: int | None = found["budget_left"]
    return left


async def quoted(who: Who, order: dict[str, Any]) -> Any:
    """What an order would earn, as its own member reads it."""
    document = """query ($order: OrderInput!) { quoteEarning(order: $order) {
        points awards { rule points explanation campaign { slug } } reasons userErrors { code field } } }"""
    return (await read(document, as_=who, order=order))["quoteEarning"]


async def agrees() -> bool:
    """Does the ledger agree with itself?"""
    report = await check_ledger()
    assert report.problems == ()
    return report.agrees
