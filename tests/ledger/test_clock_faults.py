"""Would we see points come or go at another instant than they should? Each fault of the clock is caught."""

import asyncio
from collections.abc import Mapping
from contextvars import Context
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app import worker
from app.activities import confirm, fuel, share
from app.activities.fuel import tap_fuel
from app.database import Db, rows, transaction
from app.ledger import hold
from app.ledger.account import Balances
from app.members import store
from app.orders.delivery import Delivery, confirm_delivery
from app.orders.purchase import Purchase, record_purchase
from app.rules import earning
from app.rules.calendar import ONE_DAY, Expiry, Posting, day_end, day_start, expiry, local_date, posting_deadline
from app.rules.earning import PostingNow, confirmed
from app.rules.revision import Revision
from app.worker import sweep
from tests.client import fresh
from tests.faults.fault import Checker, Fault, at_once, changed, each_checker_of, each_of, nothing, replaced
from tests.ledger.faults import nothing_swift
from tests.ledger.makers import (
    CODES,
    START,
    balances,
    bought,
    call,
    clock_at,
    done,
    enrolled,
    lots,
    notices,
    order_of,
    shared,
    statement,
    tapped,
    utc,
)

pytestmark = pytest.mark.fault


async def an_order_posts_at_the_midnight_that_ends_day_16(db: Db) -> None:
    await clock_at(utc("2026-03-20T12:00:00"))  # the clocks go forward before it posts
    person = await enrolled()
    await bought(person, 29)

    await clock_at(utc("2026-04-05T21:59:58"))
    assert await balances(person) == Balances(available=50, pending=29)
    await clock_at(utc("2026-04-05T22:00:00"))

    assert await balances(person) == Balances(available=79)


async def points_last_twelve_calendar_months(db: Db) -> None:
    await clock_at(utc("2027-03-10T12:00:00"))  # with a 29 February in between
    person = await enrolled()

    await clock_at(utc("2028-03-10T22:59:58"))
    assert await balances(person) == Balances(available=50)
    await clock_at(utc("2028-03-10T23:00:00"))

    assert await balances(person) == Balances()


async def a_delivery_posts_on_the_later_of_both_days_and_once(db: Db) -> None:
    person, order_id = await enrolled(), fresh("delivered")
    given = Purchase("mi.com", order_id, order_of("29.00"), START - timedelta(days=9))
    done(await record_purchase(call(), person.name, given, CODES))

    ends = []
    for days in (0, 10):  # long after its deadline a delivery changes nothing
        await clock_at(START + timedelta(days=days))
        done(
            await confirm_delivery(call("confirmDelivery"), Delivery("mi.com", order_id, START + timedelta(days=days)))
        )
        ends.append((await lots(person))[-1]["last_usable_day"])

    assert ends == [date(2027, 3, 1)] * 2
    assert await statement(person) == [("EARN", 50), ("EARN", 29), ("POST", 29)]


async def a_month_of_shares_is_the_members_own(db: Db) -> None:
    person = await enrolled()
    await clock_at(utc("2026-03-31T21:00:00"))
    for number in range(4):
        await shared(person, f"MARCH-{number}")
    await clock_at(utc("2026-03-31T22:30:00"))  # 1 April in Madrid
    await shared(person, "APRIL")

    assert await balances(person) == Balances(available=50 + 4 * 5)


async def a_day_of_taps_is_the_members_own(db: Db) -> None:
    person = await enrolled()
    for instant in ("2026-03-02T22:30:00", "2026-03-02T23:30:00"):
        await clock_at(utc(instant))
        await tapped(person)

    assert await balances(person) == Balances(available=70)


async def lines_never_run_backwards(db: Db) -> None:
    person = await enrolled()
    await clock_at(START + timedelta(hours=1))
    await shared(person, "LATER")
    await clock_at(START)  # as on a server whose clock goes wrong

    await shared(person, "EARLIER")

    assert await balances(person) == Balances(available=60)


async def two_workers_never_sweep_the_same_member(db: Db) -> None:
    person = await enrolled()
    await bought(person, 29)
    await clock_at(START + timedelta(days=20))

    async with transaction() as other:
        claimed = await rows(other, worker._DUE, 1_000, [])
        swept = await asyncio.create_task(sweep(), context=Context())  # in no transaction but its own

    assert person.id in {account["member_id"] for account in claimed}
    assert swept == 0


async def who_is_told_of_an_end_is_told_once(db: Db) -> None:
    person = await enrolled()
    for days in (340, 340, 341, 360, 361):
        await clock_at(START + timedelta(days=days))
        await balances(person)

    assert [told["points"] for told in await notices(person, "EXPIRING")] == [50, 50]


async def a_tap_is_told_within_48_hours(db: Db) -> None:
    person = await enrolled()

    late = await tap_fuel(call(), person.name, START - timedelta(hours=49))

    assert [error.code for error in late.errors] == ["TAP_TOO_OLD"]
    assert await balances(person) == Balances(available=50)


async def who_reads_sees_what_the_clock_has_changed(db: Db) -> None:
    person = await enrolled()
    await bought(person, 29)
    await clock_at(START + timedelta(days=20))

    seen = [(await store.moment(person.name)).member, (await store.members_by_id([person.id]))[person.id]]

    assert [member and member.account.balances for member in seen] == [Balances(available=79)] * 2


async def another_zone_grants_no_second_today(db: Db) -> None:
    for under_a_lock in (False, True):
        person = await enrolled()
        await tapped(person)
        await rows(db, "UPDATE account SET time_zone = 'Pacific/Kiritimati' WHERE member_id = $1", person.id)

        with pytest.MonkeyPatch.context() as patch:
            if under_a_lock:
                nothing_swift(patch)
            await clock_at(START + timedelta(hours=2))  # 2 March there
            await tapped(person)
            await clock_at(START)

        assert await balances(person) == Balances(available=60)


def a_day_sooner(day: date, days: int, zone: str) -> Posting:
    return posting_deadline(day, days - 1 if days else 0, zone)


def after_so_many_hours(day: date, days: int, zone: str) -> Posting:
    return Posting(day + timedelta(days=days), posts_at=day_start(day, zone) + timedelta(hours=24 * (days + 1)))


def after_365_days(posting_date: date, months: int, zone: str) -> Expiry:
    last = posting_date + timedelta(days=365)
    return Expiry(last, day_end(last, zone))


def a_day_later(posting_date: date, months: int, zone: str) -> Expiry:
    last = expiry(posting_date, months, zone).last_usable_day + ONE_DAY
    return Expiry(last, day_end(last, zone))


def at_midnight_in_utc(posting_date: date, months: int, zone: str) -> Expiry:
    return expiry(posting_date, months, "UTC")


def in_utc(at: datetime, zone: str) -> date:
    return local_date(at, "UTC")


def on_the_same_date(tap: Mapping[str, Any], day: date, when: datetime) -> bool:
    return bool(tap["local_date"] == day)


def on_the_day_of_purchase(occurred_on: date, confirmed_on: date, revision: Revision, zone: str) -> PostingNow:
    return confirmed(occurred_on, occurred_on, revision, zone)


FAULTS = (
    Fault(
        "an order posts a day early",
        replaced(earning, posting_deadline=a_day_sooner),
        an_order_posts_at_the_midnight_that_ends_day_16,
    ),
    Fault(
        "an order posts after so many hours",
        replaced(earning, posting_deadline=after_so_many_hours),
        an_order_posts_at_the_midnight_that_ends_day_16,
    ),
    Fault("points last 365 days", replaced(earning, expiry=after_365_days), points_last_twelve_calendar_months),
    Fault("points last a day too long", replaced(earning, expiry=a_day_later), points_last_twelve_calendar_months),
    Fault(
        "points end at midnight in UTC",
        replaced(earning, expiry=at_midnight_in_utc),
        points_last_twelve_calendar_months,
    ),
    Fault(
        "a delivered order counts from its purchase",
        replaced(confirm, confirmed=on_the_day_of_purchase),
        a_delivery_posts_on_the_later_of_both_days_and_once,
    ),
    Fault(
        "a delivery after posting moves the end",
        at_once(
            changed(confirm, "_PENDING", "posted_at IS NULL AND remaining > 0", "remaining > 0"),
            changed(confirm, "_PENDING", "posts_at > $2", "$2::timestamptz IS NOT NULL"),
            changed(hold, "_CONFIRM", "WHERE id = $1 AND posted_at IS NULL AND remaining > 0", "WHERE id = $1"),
        ),
        a_delivery_posts_on_the_later_of_both_days_and_once,
    ),
    Fault("a month ends in UTC", replaced(share, local_date=in_utc), a_month_of_shares_is_the_members_own),
    Fault(
        "a day of taps ends in UTC",
        at_once(nothing_swift, replaced(fuel, local_date=in_utc)),
        a_day_of_taps_is_the_members_own,
    ),
    Fault(
        "another zone grants a second today",
        replaced(fuel, _same_day=on_the_same_date),
        another_zone_grants_no_second_today,
    ),
    Fault(
        "another zone grants a second today swiftly",
        changed(fuel, "_READ", "OR (day_starts_at <= happened.at AND happened.at < day_ends_at)", ""),
        another_zone_grants_no_second_today,
    ),
    Fault("a tap of any day counts", replaced(fuel, _not_a_tap=lambda *_: None), a_tap_is_told_within_48_hours),
    Fault(
        "a line stands before the one before it",
        changed(hold, "_HOLD_OWN", "greatest(programme_now(), last_at)", "programme_now()"),
        lines_never_run_backwards,
    ),
    Fault(
        "who reads sees what was last written",
        replaced(store, _due=lambda member: False),
        who_reads_sees_what_the_clock_has_changed,
    ),
    Fault(
        "two workers settle the same member",
        changed(worker, "_DUE", "FOR NO KEY UPDATE SKIP LOCKED", ""),
        two_workers_never_sweep_the_same_member,
    ),
    Fault(
        "who was told of an end is told again",
        replaced(hold, _renotify=nothing),
        who_is_told_of_an_end_is_told_once,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
