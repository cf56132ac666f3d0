"""Does seeding add whole members, the same for the same number, whom the use cases then know?"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.activities.fuel import tap_fuel
from app.database import Db, rows, value
from app.demo import seed as seeding
from app.demo.seed import batches, seed
from app.ledger.check import check_ledger
from app.orders.lines import LineGiven, OrderGiven
from app.orders.purchase import Purchase, record_purchase
from app.postgres import EmbeddedPostgres
from app.requests.once import Call
from tests.demo.makers import CODES, histories, opened_database, with_programme

PRESENT = datetime(2026, 11, 22, 15, 0, 1, tzinfo=UTC)
HELD = """
SELECT nonce, mi_account_id, currency FROM coupon
JOIN member ON member.id = member_id JOIN market ON market.code = market_id ORDER BY coupon.id
"""
KNOWN = """
SELECT activity.id, reference, mi_account_id FROM activity JOIN member ON member.id = member_id
WHERE kind = 'PURCHASE' ORDER BY activity.id
"""


async def test_more_members_are_added_and_the_same_seed_gives_the_same(
    cluster: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened_database(cluster, PRESENT) as db:
        await seed(members=12, activities=30, seed=7, codes=CODES)
        at_once = await histories(db)
    monkeypatch.setattr(seeding, "MOST_MEMBERS", 3)
    async with opened_database(cluster, PRESENT) as db:
        await seed(members=8, activities=30, seed=7, codes=CODES)
        await seed(members=4, activities=30, seed=7, codes=CODES)
        in_two_runs = await histories(db)
        assert (await check_ledger()).agrees

    assert set(in_two_runs) == {f"seed-7-{n}" for n in range(1, 13)}
    assert in_two_runs == at_once


async def test_another_seed_gives_others_beside_them(cluster: EmbeddedPostgres) -> None:
    async with opened_database(cluster) as db:
        await seed(members=3, activities=10, seed=1, codes=CODES)
        await seed(members=3, activities=10, seed=11, codes=CODES)
        told = await histories(db)

    assert len(told) == 6
    assert told["seed-1-1"] != told["seed-11-1"]


async def test_a_seeded_member_uses_the_coupon_and_goes_on_as_any_other(db: Db) -> None:
    await with_programme()
    await seed(members=30, activities=40, seed=3, codes=CODES)
    held = (await rows(db, HELD))[0]
    order = OrderGiven(held["currency"], (LineGiven("A", Decimal("99.00")),), coupon_code=CODES.code(held["nonce"]))

    bought = await record_purchase(call("a"), held["mi_account_id"], Purchase("mi.com", "new", order), CODES)
    tapped = await tap_fuel(call("b"), held["mi_account_id"], None)

    assert (bought.errors, tapped.errors) == ((), ())
    assert await value(db, "SELECT count(*) FROM coupon WHERE status = 'USED'") == 1
    assert (await check_ledger()).agrees


async def test_an_order_told_again_is_the_one_that_was_seeded(db: Db) -> None:
    await with_programme()
    await seed(members=2, activities=20, seed=3, codes=CODES)
    known = (await rows(db, KNOWN))[0]
    order = OrderGiven("EUR", (LineGiven("A", Decimal("99.00")),))

    again = await record_purchase(
        call("a"), known["mi_account_id"], Purchase("mi.com", known["reference"], order), CODES
    )

    assert again.activity_id == known["id"]


def call(key: str) -> Call:
    return Call("test", key, "test", b"")


@pytest.mark.parametrize(("members", "deeds"), [(1, 1), (5_000, 10), (2_001, 50), (9, 10_000)])
def test_batches_are_bounded_and_leave_nobody_out(members: int, deeds: int) -> None:
    numbered = list(batches(11, members, deeds))

    assert [n for start, end in numbered for n in range(start, end + 1)] == list(range(11, 11 + members))
    for start, end in numbered:
        assert end - start < seeding.MOST_MEMBERS
        assert (end - start + 1) * deeds <= seeding.MOST_DEEDS
