"""When do a purchase's points come, and when do they go, while no worker runs?

The gateway of this module has two web processes, and so no worker inside; its clock only goes forward.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.database import Db, connection, rows
from app.ledger.account import Balances
from app.postgres import EmbeddedPostgres
from tests.client import SHOP, Client, fresh
from tests.journeys.conftest import opened
from tests.journeys.inside import MICROSECOND, buys, instant, joined, ledger_agrees, owns, stop_clock
from tests.journeys.makers import bought, enrolled, order

INSTANTS = (
    "2026-03-30T21:59:59.999999Z",
    "2026-03-30T22:00:00Z",
    "2027-03-30T21:59:59.999999Z",
    "2027-03-30T22:00:00Z",
)
LINES = "statement(first: 50) { edges { node { kind points availableAfter at } } }"


@pytest.fixture(scope="module")
async def client(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway without a worker that starts on 14 March 2026."""
    async with opened(cluster, roomy, "--workers", "2", "--at", "2026-03-14T08:00:00Z") as ready:
        yield ready


async def lines(client: Client, who: str) -> list[Any]:
    """A member's statement lines, oldest first."""
    seen = await client.me(who, LINES)
    return [edge["node"] for edge in reversed(seen["statement"]["edges"])]


async def test_it_posts_by_itself_at_the_end_of_local_day_16_and_is_gone_12_months_later(client: Client) -> None:
    ana = await enrolled(client)
    given = {"miAccountId": ana, "orderId": fresh("order"), "order": order("80.00")}
    recorded = await client.done(SHOP, "recordPurchase", "activity { status postsBy points }", **given)
    assert recorded["activity"] == {"status": "PENDING", "postsBy": "2026-03-30T22:00:00Z", "points": 80}
    foretold = [await client.balance(ana, at=at) for at in INSTANTS]
    assert [(one["pending"], one["available"]) for one in foretold] == [(80, 50), (0, 130), (0, 80), (0, 0)]

    await client.advance(to="2026-03-30T21:50:00Z")
    assert await client.balance(ana) == {"pending": 80, "available": 50, "debt": 0}
    await client.advance(to="2026-03-30T22:00:00Z")
    assert await client.balance(ana) == {"pending": 0, "available": 130, "debt": 0}
    seen = await client.me(ana, "activities(first: 1) { edges { node { status awards { lastUsableDay } } } }")
    assert seen["activities"]["edges"][0]["node"] == {"status": "POSTED", "awards": [{"lastUsableDay": "2027-03-30"}]}

    await client.advance(to="2027-03-30T21:50:00Z")
    assert (await client.balance(ana))["available"] == 80
    await client.advance(to="2027-03-30T22:00:00Z")
    assert (await client.balance(ana))["available"] == 0

    told = await lines(client, ana)
    assert [(line["kind"], line["points"], line["availableAfter"]) for line in told] == [
        ("EARN", 50, 50),
        ("EARN", 80, 50),
        ("POST", 80, 130),
        ("EXPIRE", -50, 80),
        ("EXPIRE", -80, 0),
    ]
    assert [line["at"] for line in told[2:]] == [
        "2026-03-30T22:00:00Z",
        "2027-03-14T23:00:00Z",
        "2027-03-30T22:00:00Z",
    ]
    assert [await client.balance(ana, at=at) for at in INSTANTS] == foretold
    assert await client.ledger_agrees()


async def test_a_delivery_posts_it_earlier_with_a_date_of_its_own(client: Client) -> None:
    await client.advance(to="2027-05-03T10:00:00Z")
    ana = await enrolled(client)
    order_id = await bought(client, ana, "80.00", occurred_at="2027-05-01T10:00:00Z")
    selection = "activity { status awards { lastUsableDay } }"

    first = await client.done(SHOP, "confirmDelivery", selection, orderId=order_id, occurredAt="2027-05-02T22:30:00Z")
    later = await client.done(SHOP, "confirmDelivery", selection, orderId=order_id, occurredAt="2027-05-03T09:00:00Z")

    assert first["activity"] == {"status": "POSTED", "awards": [{"lastUsableDay": "2028-05-03"}]}
    assert later == first
    assert await client.balance(ana) == {"pending": 0, "available": 130, "debt": 0}


async def test_a_delivery_dated_before_its_purchase_counts_on_the_day_of_the_purchase(client: Client) -> None:
    await client.advance(to="2027-06-03T10:00:00Z")
    ana = await enrolled(client)
    order_id = await bought(client, ana, "80.00")

    given = {"orderId": order_id, "occurredAt": "2027-05-20T10:00:00Z"}
    confirmed = await client.done(SHOP, "confirmDelivery", "activity { awards { lastUsableDay } }", **given)

    assert confirmed["activity"]["awards"] == [{"lastUsableDay": "2028-06-03"}]


async def test_an_order_told_late_posts_as_it_is_recorded(client: Client) -> None:
    await client.advance(to="2027-09-20T10:00:00Z")
    ana = await enrolled(client)

    await bought(client, ana, "80.00", occurred_at="2027-09-03T23:30:00+02:00")

    assert await client.balance(ana) == {"pending": 0, "available": 130, "debt": 0}
    await bought(client, ana, "80.00", occurred_at="2027-09-04T00:30:00+02:00")
    assert await client.balance(ana) == {"pending": 80, "available": 130, "debt": 0}


@pytest.mark.parametrize(
    ("market", "posts_at", "gone_at"),
    [
        ("ES", "2026-03-30T22:00", "2027-03-30T22:00"),
        ("GB", "2026-03-30T23:00", "2027-03-30T23:00"),
    ],
)
async def test_points_come_and_go_to_the_microsecond(programme: Db, market: str, posts_at: str, gone_at: str) -> None:
    await stop_clock(programme, instant("2026-03-14T08:00"))
    ana = await joined(market)
    await buys(ana, "80.00", market=market)

    await stop_clock(programme, instant(posts_at) - MICROSECOND)
    assert await owns(ana) == Balances(pending=80, available=50)
    await stop_clock(programme, instant(posts_at))
    assert await owns(ana) == Balances(available=130)
    await stop_clock(programme, instant(gone_at) - MICROSECOND)
    assert await owns(ana) == Balances(available=80)
    await stop_clock(programme, instant(gone_at))
    assert await owns(ana) == Balances()

    assert await ledger_agrees()


async def test_years_pass_unseen_and_the_statement_lacks_no_line(programme: Db) -> None:
    await stop_clock(programme, instant("2026-03-14T08:00"))
    ana = await joined()
    await buys(ana, "80.00")

    await stop_clock(programme, instant("2029-01-01T00:00") + timedelta(microseconds=7))

    assert await owns(ana) == Balances()
    written = await rows(connection(), "SELECT kind, at FROM entry ORDER BY version")
    assert [(line["kind"], line["at"]) for line in written[2:]] == [
        ("POST", instant("2026-03-30T22:00")),
        ("EXPIRE", instant("2027-03-14T23:00")),
        ("EXPIRE", instant("2027-03-30T22:00")),
    ]
    assert await ledger_agrees()
