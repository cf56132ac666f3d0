"""What do taps on Fuel earn, day after day, on long and short days, late, and after a change of zone?

The tests share one gateway whose clock only goes forward: they stand in the order of their dates.
"""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.postgres import EmbeddedPostgres
from tests.client import STAFF, Client, member
from tests.journeys.conftest import opened
from tests.journeys.makers import enrolled

FUEL = "fuel { day tappedToday nextTapPoints opensAt closesAt }"


@pytest.fixture(scope="module")
async def client(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway that starts on 26 January 2026."""
    async with opened(cluster, roomy, "--at", "2026-01-26T08:00:00Z") as ready:
        yield ready


async def tap(client: Client, who: str, tapped_at: str | None = None) -> Any:
    """The activity of a tap, made now or off line."""
    payload = await client.done(member(who), "tapFuel", "activity { id points occurredAt }", tappedAt=tapped_at)
    return payload["activity"]


async def tap_on(client: Client, who: str, *days: str) -> list[int]:
    """The points of a tap at 9 in the morning, UTC, of each day."""
    points = []
    for day in days:
        await client.advance(to=f"{day}T09:00:00Z")
        points.append((await tap(client, who))["points"])
    return points


async def fuel(client: Client, who: str) -> Any:
    return (await client.me(who, FUEL))["fuel"]


async def earned(client: Client, who: str) -> int:
    """Points available beside the 50 of the registration."""
    available: int = (await client.balance(who))["available"]
    return available - 50


def days_from(first: str, count: int) -> list[str]:
    return [(date.fromisoformat(first) + timedelta(days=number)).isoformat() for number in range(count)]


async def test_seven_days_from_27_january_earn_170_and_3_february_is_day_1(client: Client) -> None:
    ana = await enrolled(client)

    points = await tap_on(client, ana, *days_from("2026-01-27", 6))
    assert (await fuel(client, ana))["day"] == 6
    await client.advance(to="2026-02-02T08:00:00Z")
    assert (await fuel(client, ana))["nextTapPoints"] == 110
    points += await tap_on(client, ana, "2026-02-02")

    assert points == [10, 10, 10, 10, 10, 10, 110]
    assert await earned(client, ana) == 170
    assert (await fuel(client, ana))["day"] == 0
    assert (await client.statement(ana))[-2:] == [("EARN", 10), ("EARN", 100)]

    assert await tap_on(client, ana, "2026-02-03") == [10]
    assert (await fuel(client, ana))["day"] == 1


async def test_a_second_tap_of_a_day_is_the_same_tap(client: Client) -> None:
    ana = await enrolled(client)
    await client.advance(to="2026-02-05T09:00:00Z")

    first, second = await tap(client, ana), await tap(client, ana)

    assert second == first
    assert await earned(client, ana) == 10


async def test_a_missed_day_starts_the_count_again(client: Client) -> None:
    ana = await enrolled(client)

    points = await tap_on(client, ana, *days_from("2026-02-06", 6))
    await client.advance(to="2026-02-13T08:00:00Z")
    assert (await fuel(client, ana))["day"] == 0
    points += await tap_on(client, ana, "2026-02-13")

    assert points == [10] * 7
    assert (await fuel(client, ana))["day"] == 1


async def test_a_late_tap_completes_the_streak_that_it_was_missing_from(client: Client) -> None:
    ana = await enrolled(client)
    await tap_on(client, ana, *days_from("2026-02-20", 4), "2026-02-25", "2026-02-26")
    assert (await fuel(client, ana))["day"] == 2

    late = await tap(client, ana, "2026-02-24T10:00:00Z")

    assert late["points"] == 10
    assert late["occurredAt"] == "2026-02-24T10:00:00Z"
    assert await earned(client, ana) == 170
    seen = await client.me(ana, "activities(first: 3, kinds: [FUEL]) { edges { node { points awards { rule } } } }")
    points = [edge["node"]["points"] for edge in seen["activities"]["edges"]]
    assert points == [110, 10, 10]
    assert await tap(client, ana, "2026-02-24T20:00:00Z") == late
    assert await tap_on(client, ana, "2026-02-27") == [10]
    assert (await fuel(client, ana))["day"] == 1


async def test_a_tap_is_taken_for_48_hours_and_never_from_the_future(client: Client) -> None:
    ana = await enrolled(client)
    await client.advance(to="2026-03-04T12:00:00Z")

    too_old = await client.do(member(ana), "tapFuel", tappedAt="2026-03-02T12:00:00Z")
    to_come = await client.do(member(ana), "tapFuel", tappedAt="2026-03-04T12:10:00Z")
    in_time = await tap(client, ana, "2026-03-02T12:10:00Z")

    assert too_old["userErrors"] == [{"code": "TAP_TOO_OLD", "field": ["tappedAt"]}]
    assert to_come["userErrors"] == [{"code": "INVALID_INPUT", "field": ["tappedAt"]}]
    assert in_time["points"] == 10
    assert await earned(client, ana) == 10


# Market, the clock's noon two days after, and the day's first instant and end: 23 hours in spring, 25 in autumn.
CHANGES = [
    ("ES", "2026-03-30T12:00:00Z", "2026-03-28T23:00:00", "2026-03-29T22:00:00"),
    ("GB", "2026-03-30T12:30:00Z", "2026-03-29T00:00:00", "2026-03-29T23:00:00"),
    ("ES", "2026-10-26T12:00:00Z", "2026-10-24T22:00:00", "2026-10-25T23:00:00"),
    ("GB", "2026-10-26T12:30:00Z", "2026-10-24T23:00:00", "2026-10-26T00:00:00"),
]


@pytest.mark.parametrize(("market", "noon", "start", "end"), CHANGES)
async def test_a_day_of_23_or_25_hours_is_one_day(client: Client, market: str, noon: str, start: str, end: str) -> None:
    await client.advance(to=noon)
    ana = await enrolled(client, market=market)

    before = await tap(client, ana, just_before(start))
    first = await tap(client, ana, f"{start}Z")
    last = await tap(client, ana, just_before(end))
    after = await tap(client, ana, f"{end}Z")

    assert first == last
    assert len({one["id"] for one in (before, first, after)}) == 3
    assert await earned(client, ana) == 30
    assert (await fuel(client, ana))["day"] == 3


@pytest.mark.parametrize(
    ("market", "noon", "opens", "closes"),
    [
        ("ES", "2027-03-27T12:00:00Z", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z"),
        ("GB", "2027-03-27T12:30:00Z", "2027-03-28T00:00:00Z", "2027-03-28T23:00:00Z"),
        ("ES", "2027-10-30T12:00:00Z", "2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z"),
        ("GB", "2027-10-30T12:30:00Z", "2027-10-30T23:00:00Z", "2027-11-01T00:00:00Z"),
    ],
)
async def test_the_next_tap_opens_and_closes_with_the_local_day(
    client: Client, market: str, noon: str, opens: str, closes: str
) -> None:
    await client.advance(to=noon)
    ana = await enrolled(client, market=market)

    await tap(client, ana)

    seen = await fuel(client, ana)
    assert (seen["tappedToday"], seen["opensAt"], seen["closesAt"]) == (True, opens, closes)


async def test_a_streak_goes_on_over_the_end_of_the_year(client: Client) -> None:
    ana = await enrolled(client)

    points = await tap_on(client, ana, *days_from("2027-12-28", 7))

    assert points[-1] == 110
    assert await earned(client, ana) == 170


async def test_a_zone_ahead_grants_no_second_today(client: Client) -> None:
    await client.advance(to="2028-01-20T12:00:00Z")
    ana = await enrolled(client)
    first = await tap(client, ana)

    await client.done(STAFF, "changeTimeZone", miAccountId=ana, timeZone="Pacific/Kiritimati")

    assert (await fuel(client, ana))["tappedToday"]
    assert await tap(client, ana) == first
    await client.advance(to="2028-01-20T22:50:00Z")
    assert await tap(client, ana) == first
    assert await earned(client, ana) == 10
    await client.advance(to="2028-01-20T23:00:00Z")
    assert (await tap(client, ana))["id"] != first["id"]
    assert (await fuel(client, ana))["day"] == 2
    await client.done(STAFF, "changeTimeZone", miAccountId=ana, timeZone="Europe/Madrid")
    await tap(client, ana)
    assert await earned(client, ana) == 20


async def test_a_zone_behind_grants_no_second_today_and_keeps_the_streak(client: Client) -> None:
    await client.advance(to="2028-02-10T12:00:00Z")
    ana = await enrolled(client)
    first = await tap(client, ana)

    await client.done(STAFF, "changeTimeZone", miAccountId=ana, timeZone="Pacific/Pago_Pago")
    await client.advance(to="2028-02-11T10:50:00Z")
    assert await tap(client, ana) == first
    await client.advance(to="2028-02-11T11:00:00Z")
    await tap(client, ana)

    assert await earned(client, ana) == 20
    assert (await fuel(client, ana))["day"] == 2
    assert await client.ledger_agrees()


def just_before(instant: str) -> str:
    """The microsecond before."""
    return (datetime.fromisoformat(instant) - timedelta(microseconds=1)).isoformat() + "Z"
