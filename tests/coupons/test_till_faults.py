"""Would we see a fault in redemptions that go together, or in what they take and give? Each is caught."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.coupons import cancel, judge, redemption, till
from app.coupons import redeem as redeeming
from app.coupons.redeem import redeem
from app.coupons.till import Till
from app.database import Db, rows, transaction, value
from app.ledger import hold, restore
from app.ledger.account import Balances
from app.ledger.hold import Held
from app.requests.outcome import Outcome
from app.rules.calendar import day_end
from tests.client import fresh
from tests.coupons.gate import Gate, asked
from tests.coupons.makers import issued, offer_of, reasons, stands, used
from tests.faults.fault import Checker, Fault, at_once, changed, each_checker_of, each_of, replaced
from tests.ledger.faults import written_so
from tests.ledger.makers import (
    CODES,
    START,
    Person,
    balances,
    bought,
    call,
    clock_at,
    done,
    enrolled,
    lots,
    queued,
    utc,
)

pytestmark = pytest.mark.fault

judge_one = till.Batch.judge


async def a_held_account_delays_nobody_of_its_batch(db: Db) -> None:
    offer_id, line = await offer_of(10), Till()
    first, second, *others = [await enrolled() for _ in range(6)]
    holding, let_go = asyncio.Event(), asyncio.Event()

    async def holder() -> None:
        async with transaction() as holding_one:
            await hold.hold(holding_one, others[0].id)
            holding.set()
            await let_go.wait()

    with pytest.MonkeyPatch.context() as patch:
        async with asyncio.TaskGroup() as group:
            gate = Gate(patch)
            group.create_task(holder())
            await holding.wait()
            leaders = [asked(one, offer_id, line) for one in (first, second)]
            await gate.reached(2)
            tasks = [asked(one, offer_id, line) for one in others]
            await asyncio.sleep(0)
            gate.open.set()
            await queued(db)
            undone = [ticket for ticket in gate.batches[2] if not ticket.answered]
            let_go.set()
        outcomes = await asyncio.gather(*leaders, *tasks)

    assert undone == [], "the whole batch waits"
    assert [reasons(one) for one in outcomes] == [[]] * 6


async def one_key_of_two_keeps_nobody_from_going_together(db: Db) -> None:
    offer_id, line, key = await offer_of(10), Till(), call("redeemCoupon")
    people = [await enrolled() for _ in range(6)]
    alone: list[str] = []

    with pytest.MonkeyPatch.context() as patch:
        gate, serve_alone = Gate(patch), till._serve_alone

        async def noted(wish: redemption.Wish) -> Outcome | None:
            alone.append(wish.mi_account_id)
            return await serve_alone(wish)

        patch.setattr(till, "_serve_alone", noted)
        leaders = [asked(person, offer_id, line) for person in people[:2]]
        await gate.reached(2)
        twins = [asked(person, offer_id, line, key) for person in people[2:4]]
        beside = [asked(person, offer_id, line) for person in people[4:]]
        await asyncio.sleep(0)
        gate.open.set()
        outcomes = await asyncio.gather(*leaders, *beside, *twins)

    assert alone == []
    assert outcomes[-1] == outcomes[-2]
    assert await value(db, "SELECT count(*) FROM coupon WHERE offer_id = $1", offer_id) == 5


async def points_that_have_ended_buy_nothing(db: Db) -> None:
    person, offer_id = await enrolled(), await offer_of(10)
    await clock_at(utc("2027-03-01T23:00:00"))

    assert reasons(await redeem(call(), person.name, offer_id, None, CODES)) == ["INSUFFICIENT_POINTS"]


async def pending_points_buy_nothing(db: Db) -> None:
    person, offer_id = await enrolled(), await offer_of(60)
    await bought(person, 100)

    assert reasons(await redeem(call(), person.name, offer_id, None, CODES)) == ["INSUFFICIENT_POINTS"]


async def the_price_that_was_shown_is_the_price(db: Db) -> None:
    person, offer_id = await enrolled(), await offer_of(20)

    assert reasons(await redeem(call(), person.name, offer_id, 10, CODES)) == ["PRICE_CHANGED"]
    assert await balances(person) == Balances(available=50)


async def a_suspended_offer_sells_nothing(db: Db) -> None:
    person, offer_id = await enrolled(), await offer_of(20)
    await rows(db, "UPDATE coupon_offer SET suspended = true WHERE id = $1", offer_id)

    assert reasons(await redeem(call(), person.name, offer_id, 20, CODES)) == ["OFFER_SUSPENDED"]


async def cancelled(person: Person, coupon_id: int) -> Outcome:
    return await cancel.cancel_coupon(call("cancelCoupon"), "ben", person.id, coupon_id, "A mistake")


async def points_come_back_to_their_own_lots_with_their_own_end(db: Db) -> None:
    person = await enrolled()
    await bought(person, 30, START - timedelta(days=9), delivered=True)
    before = [dict(lot) for lot in await lots(person)]
    coupon = await issued(person, price_points=60)

    done(await cancelled(person, coupon.id))

    assert [dict(lot) for lot in await lots(person)] == before


async def a_used_coupon_gives_no_point_back(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person, price_points=40)
    done(await used(coupon.code, fresh("basket")))

    assert reasons(await cancelled(person, coupon.id)) == ["COUPON_NOT_USABLE"]
    assert await balances(person) == Balances(available=10)


async def a_coupon_is_good_through_its_last_local_day(db: Db) -> None:
    person = await enrolled()
    coupon = await issued(person, valid_days=30)

    await clock_at(utc("2026-03-31T21:59:58"))
    assert await stands(coupon) == "ISSUED"
    await clock_at(utc("2026-03-31T22:00:00"))

    assert await stands(coupon) == "EXPIRED"
    assert reasons(await used(coupon.code, fresh("basket"))) == ["COUPON_EXPIRED"]


def due_or_not(found: Any) -> Held:
    return Held(hold.account_of(found), found["at"])


class Unasked(redemption.Spender):
    """Takes whatever price there is."""

    def judge(self, wish: redemption.Wish, found: asyncpg.Record) -> Any:
        return super().judge(replace(wish, expected_price=None), found)


class Hasty(redemption.Spender):
    """Counts pending points as available."""

    def __init__(self, held: Held, touched_by: str | None = None) -> None:
        super().__init__(held, touched_by)
        has = held.account.balances
        self._account = replace(held.account, balances=replace(has, available=has.available + has.pending))


def to_another_lot(patch: pytest.MonkeyPatch) -> None:
    """Opens a lot for what comes back, with an end of its own, as spent as the points are."""
    sql = """
    WITH earned AS (
      INSERT INTO award (member_id, activity_id, rule, points, revision_id, explanation, facts)
      SELECT member_id, activity_id, rule, $2, revision_id, explanation, facts FROM award
      WHERE id = (SELECT award_id FROM lot WHERE id = $1) RETURNING id)
    INSERT INTO lot (member_id, award_id, amount, remaining, reserved, consumed, expired, withdrawn, reclaimed,
                     awaits_approval, posting_date, posts_at, posted_at, last_usable_day, expires_at, notify_at)
    SELECT member_id, earned.id, $2, 0, 0, $2, 0, 0, 0, awaits_approval, posting_date, posts_at, posted_at,
           last_usable_day + 365, expires_at + interval '365 days', notify_at + interval '365 days'
    FROM lot CROSS JOIN earned WHERE lot.id = $1 RETURNING id
    """
    found = rows

    async def in_new_lots(db: Db, statement: str, *given: object) -> Any:
        spent = await found(db, statement, *given)
        return [
            {"lot_id": await value(db, sql, lot["lot_id"], lot["points"]), "points": lot["points"]} for lot in spent
        ]

    patch.setattr(restore, "rows", in_new_lots)


def with_another_end(patch: pytest.MonkeyPatch) -> None:
    back = restore.restore

    async def renewed(db: Db, held: Held, points: int | None, **given: Any) -> restore.Restored:
        restored = await back(db, held, points, **given)
        await rows(db, "UPDATE lot SET expires_at = expires_at + interval '1 day' WHERE consumed = 0 AND remaining > 0")
        return restored

    patch.setattr(cancel, "restore", renewed)


def a_day_early(day: date, zone: str) -> datetime:
    return day_end(day - timedelta(days=1), zone)


def in_london(day: date, zone: str) -> datetime:
    return day_end(day, "Europe/London")


def each_key_is_new(self: till.Batch, ticket: till.Ticket, found: asyncpg.Record) -> None:
    self._keys.clear()
    judge_one(self, ticket, found)


FAULTS = (
    Fault(
        "a batch waits for a held account",
        changed(redemption, "_WRITE_TOGETHER", "NOWAIT", ""),
        a_held_account_delays_nobody_of_its_batch,
    ),
    Fault(
        "the same key stands twice in a batch",
        replaced(till.Batch, judge=each_key_is_new),
        one_key_of_two_keeps_nobody_from_going_together,
    ),
    Fault(
        "points that have ended are spent swiftly",
        replaced(till, held_as_read=due_or_not),
        points_that_have_ended_buy_nothing,
    ),
    Fault(
        "pending points are spent",
        at_once(replaced(till, Spender=Hasty), replaced(redeeming, Spender=Hasty)),
        pending_points_buy_nothing,
    ),
    Fault("a price may change unseen", replaced(till, Spender=Unasked), the_price_that_was_shown_is_the_price),
    Fault(
        "a suspended offer is sold on",
        at_once(replaced(judge, offer_blocks=lambda offer, at: ()), written_so("NOT suspended AND", "")),
        a_suspended_offer_sells_nothing,
    ),
    Fault("points come back to a new lot", to_another_lot, points_come_back_to_their_own_lots_with_their_own_end),
    Fault(
        "points come back with a later end",
        with_another_end,
        points_come_back_to_their_own_lots_with_their_own_end,
    ),
    Fault(
        "a used coupon is cancelled like any other",
        replaced(cancel, standing=lambda *_: "ISSUED"),
        a_used_coupon_gives_no_point_back,
    ),
    Fault(
        "a coupon ends a day early",
        replaced(redemption, day_end=a_day_early),
        a_coupon_is_good_through_its_last_local_day,
    ),
    Fault(
        "a coupon ends with its last day in London",
        replaced(redemption, day_end=in_london),
        a_coupon_is_good_through_its_last_local_day,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
