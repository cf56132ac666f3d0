"""Would we see it if an activity earned more often than it may? Each fault, put into the running program, is caught."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from app.activities import record, review, share, store, withdraw
from app.activities.delete_share import Deletion, delete_share
from app.activities.moderate import REJECT
from app.activities.review import Written, record_review
from app.activities.share import Shared, record_share
from app.database import Db, rows
from app.ledger import clawback
from app.ledger.account import AccountState, Balances, Transfer
from app.ledger.hold import Held, hold_own
from app.ledger.settle import repay
from app.orders import swift_purchase
from app.orders.earning import purchase_facts
from app.requests.outcome import Outcome
from app.rules.facts import ActivityFacts
from tests.activities.test_swift_faults import FOUR, four_taps_of_a_day_are_one
from tests.client import fresh
from tests.faults.fault import Checker, Fault, Seed, at_once, changed, each_checker_of, each_of, replaced
from tests.ledger.faults import no_lock, none_granted, nothing_swift
from tests.ledger.makers import (
    Person,
    balances,
    behind_a_holder,
    bought,
    call,
    clawed_back,
    done,
    enrolled,
    logged_in,
    lot_of,
    redeemed,
    reviewed,
    shared,
)

pytestmark = pytest.mark.fault

_times = itertools.count(1)


async def share_of(person: Person, sku: str, share_id: str | None = None) -> Outcome:
    return await record_share(call("recordShare"), person.name, Shared(sku, "weibo", "https://example.org/p", share_id))


async def review_of(person: Person, sku: str) -> Outcome:
    return await record_review(call("recordReview"), person.name, Written("mi.com", fresh("review"), sku))


async def three_shares_a_month_earn(db: Db) -> None:
    person = await enrolled()

    for one in await behind_a_holder(db, person, *(share_of(person, f"SKU-{number}") for number in range(FOUR + 1))):
        done(one)

    assert await balances(person) == Balances(available=50 + 3 * 5)


async def a_product_is_rewarded_once(db: Db) -> None:
    person = await enrolled()

    for one in await behind_a_holder(db, person, *(review_of(person, "THE-SAME") for _ in range(FOUR))):
        done(one)

    assert await balances(person) == Balances(available=50, pending=20)


async def a_withdrawn_share_frees_no_slot(db: Db) -> None:
    person = await enrolled()
    for number in range(3):
        done(await share_of(person, f"SKU-{number}", f"share-{number}"))
    done(await delete_share(call("deleteShare"), person.name, Deletion("shop", "share-1")))

    done(await share_of(person, "SKU-4"))

    assert await balances(person) == Balances(available=60)


async def a_rejected_review_frees_no_product(db: Db) -> None:
    person = await enrolled()
    await reviewed(person, "ONE", REJECT)

    await reviewed(person, "ONE")

    assert await balances(person) == Balances(available=50)


async def the_same_share_is_one(db: Db) -> None:
    person = await enrolled()

    twice = [(await shared(person, "ONE")).activity_id for _ in range(2)]

    assert twice[0] == twice[1]
    assert await balances(person) == Balances(available=55)


async def the_first_log_in_alone_earns(db: Db) -> None:
    person = await enrolled()
    for _ in range(2):
        await logged_in(person)

    assert await balances(person) == Balances(available=80)


async def a_deleted_share_is_taken_back_once(db: Db) -> None:
    person = await enrolled()
    done(await share_of(person, "ONE", "deleted-twice"))
    for _ in range(2):
        done(await delete_share(call("deleteShare"), person.name, Deletion("shop", "deleted-twice")))

    assert await balances(person) == Balances(available=50)


async def a_suspended_member_earns_nothing(db: Db) -> None:
    person = await enrolled()
    await rows(db, "UPDATE account SET status = 'SUSPENDED' WHERE member_id = $1", person.id)

    refused = [error.code for error in (await share_of(person, "ONE")).errors]
    await bought(person, 29)

    assert refused == ["ACCOUNT_SUSPENDED"]
    assert await balances(person) == Balances(available=50)


async def what_is_spent_and_taken_back_is_owed(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 100, delivered=True)
    await redeemed(person, 150)

    await clawed_back(person, await lot_of(award), 100)

    assert await balances(person) == Balances(debt=100)


async def a_debt_is_repaid_once(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 20, delivered=True)
    await redeemed(person, 70)
    await clawed_back(person, await lot_of(award), 20)

    await logged_in(person)

    assert await balances(person) == Balances(available=10)


def judged_before_the_lock(module: object) -> Seed:
    """What was granted is counted, and only then the account is locked."""

    def seed(patch: pytest.MonkeyPatch) -> None:
        counted: dict[int, dict[tuple[str, str], int]] = {}

        async def counts_and_holds(db: Db, mi_account_id: str) -> Held | None:
            found = await rows(
                db,
                "SELECT rule, limit_key, count(*) FROM award JOIN member ON member.id = member_id"
                " WHERE mi_account_id = $1 AND limit_key IS NOT NULL GROUP BY 1, 2",
                mi_account_id,
            )
            held = await hold_own(db, mi_account_id)
            if held is not None:
                counted[held.account.member_id] = {(rule, key): times for rule, key, times in found}
            return held

        async def as_counted(db: Db, member_id: int, *_: object) -> dict[tuple[str, str], int]:
            return counted.get(member_id, {})

        patch.setattr(module, "hold_own", counts_and_holds)
        patch.setattr(record, "granted", as_counted)

    return seed


def nobody_is(account: AccountState) -> None:
    """Barred from anything."""


def never_suspended(*given: Any) -> ActivityFacts:
    return replace(purchase_facts(*given), suspended=False)


def repaid_twice(*given: Any, **options: Any) -> tuple[Transfer, ...]:
    return repay(*given, **options) * 2


def repaid_with_all(account: AccountState, lot_id: int, points: int, **options: Any) -> tuple[Transfer, ...]:
    return tuple(
        replace(one, points=points, moves=((lot_id, points),)) for one in repay(account, lot_id, points, **options)
    )


async def another_time(*_: object) -> int:
    return next(_times)


SURVIVES = """AND award.limit_key = asked.limit_key
  AND NOT EXISTS (SELECT FROM lot WHERE award_id = award.id AND reclaimed = amount))"""
FAULTS = (
    Fault("shares are counted before the lock", judged_before_the_lock(share), three_shares_a_month_earn),
    Fault("shares are counted without a lock", no_lock, three_shares_a_month_earn),
    Fault("reviews are counted before the lock", judged_before_the_lock(review), a_product_is_rewarded_once),
    Fault("taps are looked at without a lock", at_once(nothing_swift, no_lock), four_taps_of_a_day_are_one),
    Fault(
        "a withdrawn share frees its slot",
        changed(store, "_GRANTS", "AND award.limit_key = asked.limit_key)", SURVIVES),
        a_withdrawn_share_frees_no_slot,
    ),
    Fault(
        "a rejected review frees its product",
        changed(store, "_GRANTS", "AND award.limit_key = asked.limit_key)", SURVIVES),
        a_rejected_review_frees_no_product,
    ),
    Fault(
        "a share is not known again",
        changed(share, "_SAME", "WHERE member_id = $1", "WHERE member_id = 0 * $1::bigint"),
        the_same_share_is_one,
    ),
    Fault("every log-in earns", replaced(record, granted=none_granted), the_first_log_in_alone_earns),
    Fault(
        "what was taken back is taken back again",
        at_once(
            changed(clawback, "_LOT", "amount - reclaimed - expired", "amount - expired"),
            replaced(withdraw, value=another_time),
        ),
        a_deleted_share_is_taken_back_once,
    ),
    Fault("a suspended member shares for points", replaced(share, barred=nobody_is), a_suspended_member_earns_nothing),
    Fault(
        "a suspended member buys for points",
        replaced(swift_purchase, purchase_facts=never_suspended),
        a_suspended_member_earns_nothing,
    ),
    Fault(
        "what was spent and is taken back is forgiven",
        changed(clawback, "_LOT", "amount - reclaimed - expired - given_up AS", "remaining AS"),
        what_is_spent_and_taken_back_is_owed,
    ),
    Fault("a debt is repaid twice", replaced(record, repay=repaid_twice), a_debt_is_repaid_once),
    Fault("a debt takes all that is new", replaced(record, repay=repaid_with_all), a_debt_is_repaid_once),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
