"""Is a member told of all that changes for them, once, in order, as it is, and of nothing else?"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from app.api import subscriptions
from app.changes import Listener
from app.database import Db, transaction
from app.worker import sweep
from tests.api.asking import advance, done
from tests.api.makers import bought, enrolled, many_activities, offered, redeemed, reserved, shared, tapped
from tests.api.streams import ACTIVITY, BALANCE, subscribed
from tests.client import SHOP, Who, fresh

Counted = Callable[[], AbstractContextManager[list[str]]]


def owning(available: int, *, pending: int = 0, reserved: int = 0) -> dict[str, int]:
    return {"available": available, "pending": pending, "reserved": reserved, "debt": 0}


def recorded(kind: str, points: int, status: str = "POSTED") -> dict[str, object]:
    return {"kind": kind, "points": points, "status": status}


async def logged_in(who: Who) -> None:
    await done(who, "recordAppLogin", deviceId="a phone")


async def test_each_new_balance_is_told_and_the_present_one_is_not(listener: Listener) -> None:
    who = await enrolled()

    async with subscribed(who, BALANCE, listener) as stream:
        await bought(who, "100.00")
        assert await stream.next() == owning(50, pending=100)
        await redeemed(who, await offered(20))
        assert await stream.next() == owning(30, pending=100)


async def test_the_latest_balance_counts_for_who_reads_seldom(listener: Listener) -> None:
    who = await enrolled()

    async with subscribed(who, BALANCE, listener) as stream:
        await bought(who, "1.00")
        assert await stream.next() == owning(50, pending=1)
        for _ in range(5):
            await bought(who, "1.00")
        assert await stream.next() == owning(50, pending=6)
        await logged_in(who)
        assert await stream.next() == owning(80, pending=6)


async def test_what_leaves_the_balance_as_it_was_is_not_told(listener: Listener) -> None:
    who = await enrolled(points=1_500)
    await logged_in(who)

    async with subscribed(who, BALANCE, listener) as stream:
        await tapped(who)
        assert await stream.next() == owning(1_540)
        await done(who, "releasePoints", reservationId=await reserved(who))
        await logged_in(who)
        assert await stream.is_silent()
        await bought(who, "3.00")
        assert await stream.next() == owning(1_540, pending=3)


async def test_points_that_are_set_apart_are_told(listener: Listener) -> None:
    who = await enrolled(points=1_500)

    async with subscribed(who, BALANCE, listener) as stream:
        reservation = await reserved(who, 100)
        assert await stream.next() == owning(1_400, reserved=100)
        await done(who, "releasePoints", reservationId=reservation)
        assert await stream.next() == owning(1_500)


async def test_what_the_clock_alone_changes_is_told_without_a_worker(deaf: Listener) -> None:
    who = await enrolled()
    await bought(who, "29.00")

    async with subscribed(who, BALANCE, deaf) as stream:
        await advance(to="2026-03-18T22:59:59Z")
        assert await stream.next() == owning(79)  # at midnight of Madrid, which comes by itself
        await advance(by="P13M")
        assert await stream.next() == owning(0)


async def test_what_a_worker_settles_is_told(listener: Listener) -> None:
    who = await enrolled()
    await bought(who, "29.00")

    async with subscribed(who, BALANCE, listener) as stream:
        await advance(by="P17D")
        await sweep()
        assert await stream.next() == owning(79)


async def test_each_event_is_read_afresh_in_the_readers_language(listener: Listener) -> None:
    who = await enrolled()
    document = """subscription { activityRecorded { title member { balance { available expiring(withinDays: 400) }
      activities(first: 1) { edges { node { kind } } } fuel { tappedToday } } awards { points } } }"""

    async with subscribed(who, document, listener, language="en") as stream:
        await logged_in(who)
        first = await stream.next()
        await tapped(who)
        second = await stream.next()

    assert first == {
        "title": "Logged in to the Mi Store app",
        "member": {
            "balance": {"available": 80, "expiring": 80},
            "activities": {"edges": [{"node": {"kind": "APP_LOGIN"}}]},
            "fuel": {"tappedToday": False},
        },
        "awards": [{"points": 30}],
    }
    assert second["member"] == {
        "balance": {"available": 90, "expiring": 90},
        "activities": {"edges": [{"node": {"kind": "FUEL"}}]},
        "fuel": {"tappedToday": True},
    }


async def test_every_activity_is_told_once_in_the_order_of_recording(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "PAGE", 2)
    who = await enrolled()

    async with subscribed(who, ACTIVITY, listener) as stream:
        await logged_in(who)
        await logged_in(who)
        await shared(who)
        await bought(who, "9.00", occurred_at="2026-02-01T10:00:00Z")
        await bought(who, "8.00")
        told = [await stream.next() for _ in range(5)]
        await tapped(who)
        told.append(await stream.next())

    assert told == [
        recorded("APP_LOGIN", 30),
        recorded("APP_LOGIN", 0, "NONE"),
        recorded("SHARE", 5),
        recorded("PURCHASE", 9),
        recorded("PURCHASE", 8, "PENDING"),
        recorded("FUEL", 10),
    ]


async def test_all_that_was_recorded_meanwhile_is_told_page_by_page(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "PAGE", 2)
    who = await enrolled()

    async with subscribed(who, "subscription { activityRecorded { reference } }", listener) as stream:
        await tapped(who)
        await stream.next()
        await many_activities(who, 21)
        told = [(await stream.next())["reference"] for _ in range(21)]
        assert await stream.is_silent()

    assert told == [str(number) for number in range(1, 22)]


async def test_activities_of_many_writers_at_once_are_all_told_by_each_stream(listener: Listener) -> None:
    who = await enrolled()

    async with subscribed(who, ACTIVITY, listener) as one, subscribed(who, ACTIVITY, listener) as other:
        await asyncio.gather(*(bought(who, f"{euros}.00") for euros in range(1, 31)))
        first = [(await one.next())["points"] for _ in range(30)]
        second = [(await other.next())["points"] for _ in range(30)]

    assert sorted(first) == list(range(1, 31))
    assert second == first


async def test_that_an_activity_posts_later_is_not_told(listener: Listener) -> None:
    who = await enrolled()
    order_id = fresh("order")
    line = {"sku": "SKU-1", "unitPrice": "5.00"}

    async with subscribed(who, ACTIVITY, listener) as stream:
        order = {"currency": "EUR", "lines": [line]}
        await done(SHOP, "recordPurchase", miAccountId=who.subject, orderId=order_id, order=order)
        assert await stream.next() == recorded("PURCHASE", 5, "PENDING")
        await done(SHOP, "confirmDelivery", orderId=order_id)
        assert await stream.is_silent()
        await tapped(who)
        assert await stream.next() == recorded("FUEL", 10)


async def test_nothing_of_another_member_is_told(listener: Listener) -> None:
    mine, theirs = await enrolled(), await enrolled()

    async with subscribed(mine, BALANCE, listener) as balances, subscribed(mine, ACTIVITY, listener) as activities:
        await bought(theirs, "7.00")
        await logged_in(theirs)
        assert await balances.is_silent()
        assert await activities.is_silent()
        await tapped(mine)
        assert await balances.next() == owning(60)
        assert await activities.next() == recorded("FUEL", 10)


async def test_what_is_not_committed_is_not_told(programme: Db, listener: Listener) -> None:
    who = await enrolled()

    async with subscribed(who, ACTIVITY, listener) as stream:
        with pytest.raises(ZeroDivisionError):
            async with transaction():
                await logged_in(who)
                raise ZeroDivisionError
        assert await stream.is_silent()
        await tapped(who)
        assert await stream.next() == recorded("FUEL", 10)


async def test_an_event_reads_what_it_shows_and_no_more(listener: Listener, counted: Counted) -> None:
    who = await enrolled()
    document = "subscription { activityRecorded { points awards { points } member { balance { available } } } }"

    async with subscribed(who, BALANCE, listener) as balances, subscribed(who, document, listener) as activities:
        await tapped(who)
        await balances.next()
        await activities.next()
        await logged_in(who)
        with counted() as statements:  # what was told is read no further before it is asked
            await balances.next()
            await activities.next()

    kinds = ("programme_now() AS now, (SELECT", "FROM activity WHERE member_id", "FROM award JOIN lot")
    own = {query for query in statements if "pg_notify" not in query and "AS due" not in query}
    assert len(own) == len(kinds)
    assert all(any(kind in query for query in own) for kind in kinds)
