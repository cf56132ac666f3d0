"""Has a seeded member a history that the use cases could have written?"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from app.database import Db, rows, value
from app.demo.seed import seed
from app.ledger.check import check_ledger
from app.postgres import EmbeddedPostgres
from app.programmes.store import revision_book
from app.rules.revision import Revision
from tests.demo.granted import disagreements
from tests.demo.makers import CODES, opened_database

MEMBERS, DEEDS = 200, 12

REDEMPTIONS = """
SELECT entry.id, entry.member_id, entry.at, entry.points, array_agg((move.lot_id, move.points) ORDER BY ordinal) AS took
FROM entry JOIN move ON move.entry_id = entry.id WHERE kind = 'REDEEM' GROUP BY entry.id
"""
USABLE = """
SELECT id, amount FROM lot WHERE member_id = $1 AND posted_at <= $2 AND expires_at > $2
ORDER BY expires_at, posted_at, id
"""


@pytest.fixture(scope="module")
async def seeded(cluster: EmbeddedPostgres) -> AsyncIterator[Db]:
    """A database with `MEMBERS` seeded members that the reading tests share."""
    async with opened_database(cluster) as db:
        await seed(members=MEMBERS, activities=DEEDS, seed=1, codes=CODES)
        yield db


async def revisions(db: Db) -> dict[str, Revision]:
    return {market: stored[-1].revision for market, stored in (await revision_book(db)).markets.items()}


async def test_the_ledger_agrees_with_itself(seeded: Db) -> None:
    report = await check_ledger()

    assert report.problems == ()
    assert report.members == MEMBERS
    assert report.entries > MEMBERS * DEEDS


async def test_every_deed_has_earned_what_the_rule_engine_grants(seeded: Db) -> None:
    assert await disagreements(seeded, await revisions(seeded)) == []


async def test_the_comparison_with_the_engine_sees_another_number_in_the_rules(seeded: Db) -> None:
    six_for_a_share = {
        market: replace(
            revision,
            rules=tuple(replace(rule, points=6) if rule.rule == "SHARE" else rule for rule in revision.rules),
        )
        for market, revision in (await revisions(seeded)).items()
    }

    found = await disagreements(seeded, six_for_a_share)

    assert found
    assert all(" SHARE: " in one for one in found)


async def test_there_is_something_of_everything_over_eleven_months(seeded: Db) -> None:
    deeds = await rows(
        seeded,
        "SELECT kind, status, count(*)::int, min(occurred_at), max(occurred_at) FROM activity GROUP BY kind, status",
    )
    each = await rows(
        seeded, "SELECT count(*)::int AS deeds, count(DISTINCT kind)::int FROM activity GROUP BY member_id"
    )
    rules = await rows(seeded, "SELECT DISTINCT rule FROM award ORDER BY rule")
    present = await value(seeded, "SELECT programme_now()")

    assert {one["deeds"] for one in each} == {DEEDS}
    assert {(one["kind"], one["status"]) for one in deeds} >= {
        ("PURCHASE", "PENDING"),
        ("PURCHASE", "POSTED"),
        ("PURCHASE", "NONE"),
        ("REVIEW", "POSTED"),
        ("FUEL", "POSTED"),
        ("SHARE", "POSTED"),
    }
    assert [one["rule"] for one in rules] == sorted(
        ["APP_LOGIN", "FUEL", "FUEL_STREAK", "PURCHASE", "REGISTRATION", "REVIEW", "SHARE"]
    )
    assert present - timedelta(days=335) < min(one["min"] for one in deeds) < present - timedelta(days=325)
    assert present - timedelta(days=3) < max(one["max"] for one in deeds) < present
    assert await value(seeded, "SELECT count(DISTINCT market_id) FROM member") == 4


async def test_redemptions_took_the_points_that_expired_soonest(seeded: Db) -> None:
    redeemed = await rows(seeded, REDEMPTIONS)

    assert len(redeemed) > MEMBERS // 10
    for spent in redeemed:
        lots = await rows(seeded, USABLE, spent["member_id"], spent["at"])
        assert spent["took"] == list(soonest(lots, spent["points"]))


def soonest(lots: list[asyncpg.Record], price_points: int) -> Iterator[tuple[int, int]]:
    for lot in lots:
        if price_points > 0:
            yield lot["id"], min(price_points, lot["amount"])
            price_points -= lot["amount"]


async def test_the_clock_finds_every_account_when_its_next_change_is_due(seeded: Db) -> None:
    late = await rows(
        seeded,
        "SELECT member_id FROM account WHERE next_change_at IS DISTINCT FROM"
        " least((SELECT min(due_at) FROM lot WHERE lot.member_id = account.member_id),"
        " (SELECT min(notify_at) FROM coupon WHERE coupon.member_id = account.member_id))"
        " OR next_change_at <= programme_now()",
    )

    assert late == []


async def test_the_mi_accounts_are_numbered_and_taps_stand_where_they_belong(seeded: Db) -> None:
    names = await rows(seeded, "SELECT mi_account_id FROM member")
    gone_astray = await rows(
        seeded,
        "SELECT id FROM fuel_tap WHERE day_ends_at - day_starts_at NOT BETWEEN interval 'PT23H' AND interval 'PT25H'"
        " OR NOT EXISTS (SELECT FROM activity WHERE id = activity_id AND occurred_at >= day_starts_at"
        " AND occurred_at < day_ends_at AND activity.local_date = fuel_tap.local_date)",
    )

    assert {one["mi_account_id"] for one in names} == {f"seed-1-{n}" for n in range(1, MEMBERS + 1)}
    assert gone_astray == []
