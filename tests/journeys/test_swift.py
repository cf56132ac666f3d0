"""How many statements does a write cost that members send all day, BEGIN and COMMIT included?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal

import pytest

from app.activities.fuel import tap_fuel
from app.coupons.redeem import redeem
from app.database import Db, rows, value
from app.ledger.check import check_ledger
from app.orders.lines import LineGiven, OrderGiven
from app.orders.purchase import Purchase, record_purchase
from app.requests.outcome import Outcome
from tests.client import fresh
from tests.journeys.inside import CODES, buys, call, done, joined

SWIFT = 2  # one that reads, one that writes and is its own transaction

Counted = Callable[[], AbstractContextManager[list[str]]]

LAUNCHED = """
WITH launched AS (
  INSERT INTO campaign (slug, titles, trigger, bonus_points, limit_per_member, limit_period, launched_at)
  SELECT 'campaign-' || trigger || n, '{}', trigger, n, 1000, 'DAY', programme_now()
  FROM generate_series(1, 3) AS n CROSS JOIN unnest('{FUEL,PURCHASE}'::text[]) AS t (trigger) RETURNING id)
INSERT INTO campaign_window (campaign_id, market_id, starts_at, ends_at)
SELECT id, 'ES', programme_now() - interval '1 day', programme_now() + interval '1 day' FROM launched
"""


def ours(statements: list[str]) -> list[str]:
    """Without those that asyncpg sends once a connection, to learn of a type."""
    return [sql for sql in statements if "typeinfo_tree" not in sql and "current_setting('jit')" not in sql]


def an_order() -> Purchase:
    return Purchase("mi.com", fresh("order"), OrderGiven("EUR", (LineGiven("MI-BAND", Decimal("19.99")),)))


async def an_offer(db: Db) -> int:
    offer_id: int = await value(
        db,
        """INSERT INTO coupon_offer (market_id, price_points, value_minor, valid_days, stock, stock_left, suspended,
                                     limit_per_member, excluded_skus, excluded_categories, titles)
           VALUES ('ES', 40, 500, 180, 9, 9, false, 1, '[]', '[]', '{}') RETURNING id""",
    )
    return offer_id


@pytest.fixture
async def member(programme: Db) -> str:
    """A member in a process that knows the programme's revisions, while campaigns run."""
    mi_account_id = await joined()
    await rows(programme, LAUNCHED)
    return mi_account_id


async def test_a_redemption_takes_two_statements(programme: Db, counted: Counted, member: str) -> None:
    offer_id = await an_offer(programme)

    with counted() as statements:
        done(await redeem(call("redeemCoupon"), member, offer_id, None, CODES))

    assert len(ours(statements)) == SWIFT
    assert (await check_ledger()).problems == ()


async def test_a_tap_takes_two_statements_also_while_campaigns_run(
    programme: Db, counted: Counted, member: str
) -> None:
    with counted() as statements:
        tapped = done(await tap_fuel(call("tapFuel"), member, None))

    assert len(ours(statements)) == SWIFT
    earned = "SELECT count(*) FROM award WHERE activity_id = $1"
    assert await value(programme, earned, tapped.activity_id) == 4
    assert (await check_ledger()).problems == ()


async def test_a_purchase_takes_two_statements_also_while_campaigns_run(
    programme: Db, counted: Counted, member: str
) -> None:
    with counted() as statements:
        bought = done(await record_purchase(call("recordPurchase"), member, an_order(), CODES))

    assert len(ours(statements)) == SWIFT
    earned = "SELECT count(*) FROM award WHERE activity_id = $1"
    assert await value(programme, earned, bought.activity_id) == 4
    assert (await check_ledger()).problems == ()


async def test_a_refusal_takes_two_statements_and_a_replay_one(programme: Db, counted: Counted, member: str) -> None:
    offer_id, asked = await an_offer(programme), call("redeemCoupon")

    with counted() as refused:
        first = await redeem(asked, member, offer_id, 39, CODES)
    with counted() as again:
        second = await redeem(asked, member, offer_id, 39, CODES)
    with counted() as reused:
        third = await redeem(replace(asked, fingerprint=b"other"), member, offer_id, 40, CODES)

    assert [error.code for error in first.errors] == ["PRICE_CHANGED"]
    assert second == first
    assert [error.code for error in third.errors] == ["IDEMPOTENCY_KEY_REUSED"]
    assert (len(ours(refused)), len(ours(again)), len(ours(reused))) == (SWIFT, 1, 1)


async def test_what_was_done_is_answered_again_by_one_statement(programme: Db, counted: Counted, member: str) -> None:
    tap, order, purchase = call("tapFuel"), call("recordPurchase"), an_order()
    first = [
        done(await tap_fuel(tap, member, None)),
        done(await record_purchase(order, member, purchase, CODES)),
    ]

    with counted() as statements:
        again: list[Outcome] = [
            await tap_fuel(tap, member, None),
            await record_purchase(order, member, purchase, CODES),
        ]

    assert again == first
    assert len(ours(statements)) == 2


async def test_what_is_due_is_settled_first_under_a_lock(programme: Db, counted: Counted, member: str) -> None:
    await buys(member, "19.99")
    await rows(programme, "UPDATE programme_clock SET shift = shift + interval '500 hours'")

    with counted() as statements:
        done(await redeem(call("redeemCoupon"), member, await an_offer(programme), None, CODES))

    assert "BEGIN;" in statements
    assert (await check_ledger()).problems == ()
