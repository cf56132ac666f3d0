"""Do redemptions that go to the database together stay apart in everything else?"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import asyncpg
import pytest

from app.commits import Committed, on_commit
from app.coupons import redeem as redeeming
from app.coupons import till as tills
from app.coupons.redeem import redeem
from app.coupons.till import Till
from app.database import Db, rows, transaction, value
from app.ledger.check import check_ledger
from app.requests.outcome import Outcome
from tests.coupons.gate import Gate, asked, is_empty
from tests.coupons.makers import offer_of, reasons
from tests.ledger.makers import CODES, Person, balances, bought, call

TWENTY = 20


async def coupons(db: Db, offer_id: int) -> int:
    count: int = await value(db, "SELECT count(*) FROM coupon WHERE offer_id = $1", offer_id)
    return count


async def test_many_at_once_go_in_few_statements_and_each_has_its_own_coupon(
    db: Db, people: list[Person], till: Till, counted: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    offer_id = await offer_of(10)

    with counted() as statements:
        outcomes = await asyncio.gather(*(asked(person, offer_id, till) for person in people))

    assert [outcome.member_id for outcome in outcomes] == [person.id for person in people]
    assert len({outcome.coupon_id for outcome in outcomes}) == TWENTY
    assert len(statements) <= 6
    assert is_empty(till)
    assert (await check_ledger()).problems == ()


async def test_those_who_cannot_leave_the_others_what_they_can(db: Db, people: list[Person], till: Till) -> None:
    dear, cheap, stocked = await offer_of(51), await offer_of(10), await offer_of(20, stock=1)
    offers = [dear, cheap, stocked, 987_654_321] * (TWENTY // 4)
    tasks = [asked(person, offer_id, till) for person, offer_id in zip(people, offers, strict=True)]

    codes = [reasons(outcome) for outcome in await asyncio.gather(*tasks)]

    assert codes[0::4] == [["INSUFFICIENT_POINTS"]] * 5
    assert codes[1::4] == [[]] * 5
    assert sorted(codes[2::4]) == [[], *[["OUT_OF_STOCK"]] * 4]
    assert codes[3::4] == [["NOT_FOUND"]] * 5
    assert is_empty(till)
    assert (await check_ledger()).problems == ()


async def test_of_one_member_each_is_judged_by_what_the_one_before_leaves(
    db: Db, people: list[Person], till: Till, counted: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    offer_id = await offer_of(10)

    with counted() as statements:
        outcomes = await asyncio.gather(*(asked(people[0], offer_id, till) for _ in range(TWENTY)))

    assert [reasons(outcome) for outcome in outcomes] == [[]] * 5 + [["INSUFFICIENT_POINTS"]] * 15
    assert len(statements) <= 8 + 15  # a refusal is stored by itself
    assert is_empty(till)
    assert (await check_ledger()).problems == ()


async def test_of_one_member_limit_stock_and_lots_are_kept_within_a_statement(
    db: Db, people: list[Person], till: Till
) -> None:
    limited, stocked, plain = await offer_of(3, limit_per_member=2), await offer_of(4, stock=2), await offer_of(7)
    for _ in range(9):
        await bought(people[0], 1, delivered=True)

    tasks = [asked(people[0], offer, till) for _ in range(4) for offer in (limited, stocked, plain)]
    codes = [reasons(outcome) for outcome in await asyncio.gather(*tasks)]

    assert sorted(codes[0::3]) == [[], [], ["LIMIT_REACHED"], ["LIMIT_REACHED"]]
    assert sorted(codes[1::3]) == [[], [], ["OUT_OF_STOCK"], ["OUT_OF_STOCK"]]
    assert codes[2::3] == [[]] * 4
    assert (await balances(people[0])).available == 59 - 2 * 3 - 2 * 4 - 4 * 7
    assert is_empty(till)
    assert (await check_ledger()).problems == ()


async def test_one_key_sent_twenty_times_at_once_is_one_redemption(db: Db, people: list[Person], till: Till) -> None:
    offer_id, once = await offer_of(10), call("redeemCoupon")

    outcomes = await asyncio.gather(*(asked(people[0], offer_id, till, once) for _ in range(TWENTY)))

    assert len({outcome.coupon_id for outcome in outcomes}) == await coupons(db, offer_id) == 1


async def test_one_key_of_two_members_in_one_batch_is_one_redemption(
    db: Db, people: list[Person], till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_id, once, gate = await offer_of(10), call("redeemCoupon"), Gate(monkeypatch)
    first = asked(people[0], offer_id, till)
    second = asked(people[1], offer_id, till)
    await gate.reached(2)
    twins = [asked(person, offer_id, till, once) for person in people[2:4]]
    beside = [asked(person, offer_id, till) for person in people[4:8]]
    await asyncio.sleep(0)
    gate.open.set()

    outcomes = await asyncio.gather(first, second, *twins, *beside)

    assert gate.sizes[:3] == [1, 1, 6]
    assert outcomes[2] == outcomes[3]
    assert await coupons(db, offer_id) == 7


async def test_who_leaves_takes_nobody_along(
    db: Db, people: list[Person], till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_id, gate = await offer_of(10), Gate(monkeypatch)
    leaders = [asked(person, offer_id, till) for person in people[:2]]
    await gate.reached(2)
    others = [asked(person, offer_id, till) for person in people[2:]]
    await asyncio.sleep(0)

    for leaving in (*leaders, *others[:5]):
        leaving.cancel()
    await asyncio.sleep(0)
    gate.open.set()
    answers = await asyncio.gather(*leaders, *others, return_exceptions=True)

    assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [True] * 7 + [False] * 13
    assert (
        await coupons(db, offer_id) == 2 + 13
    )  # what was under way is finished, and who had only queued is not served
    assert is_empty(till)


async def test_who_is_told_to_lead_and_leaves_passes_it_on(
    db: Db, people: list[Person], till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_id, gate = await offer_of(10), Gate(monkeypatch)
    leaders = [asked(person, offer_id, till) for person in people[:2]]
    await gate.reached(2)
    others = [asked(person, offer_id, till) for person in people[2:]]
    await asyncio.sleep(0)
    pass_on = Till._pass_on

    def and_cancel(self: Till) -> None:
        pass_on(self)
        for task in others[:2]:
            task.cancel()

    monkeypatch.setattr(Till, "_pass_on", and_cancel)
    gate.open.set()
    answers = await asyncio.gather(*leaders, *others, return_exceptions=True)

    assert sum(isinstance(answer, Outcome) for answer in answers) >= TWENTY - 2
    assert is_empty(till)


async def test_who_waits_too_long_for_a_turn_goes_without_the_others(
    db: Db, people: list[Person], till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_id, gate = await offer_of(10), Gate(monkeypatch)
    leaders = [asked(person, offer_id, till) for person in people[:2]]
    await gate.reached(2)
    monkeypatch.setattr(tills, "TURN_SECONDS", 0.05)

    assert reasons(await asked(people[2], offer_id, till)) == []

    gate.open.set()
    assert [reasons(outcome) for outcome in await asyncio.gather(*leaders)] == [[], []]
    assert is_empty(till)


async def test_a_lost_connection_reaches_all_who_went_by_it_and_the_till_goes_on(
    db: Db, people: list[Person], till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_id = await offer_of(10)
    serve = tills._serve

    async def lost(batch: list[tills.Ticket]) -> None:
        raise asyncpg.ConnectionDoesNotExistError("lost")

    monkeypatch.setattr(tills, "_serve", lost)
    answers = await asyncio.gather(*(asked(person, offer_id, till) for person in people), return_exceptions=True)
    monkeypatch.setattr(tills, "_serve", serve)

    assert {type(answer) for answer in answers} == {asyncpg.ConnectionDoesNotExistError}
    assert is_empty(till)
    assert reasons(await asked(people[0], offer_id, till)) == []


async def test_what_redemptions_did_is_told_once_they_are_committed(db: Db, people: list[Person], till: Till) -> None:
    offer_id = await offer_of(10)
    told: list[Committed] = []
    forget = on_commit(told.append)
    try:
        await asyncio.gather(*(asked(person, offer_id, till) for person in people))
        await asked(people[0], await offer_of(41), till)
    finally:
        forget()

    assert frozenset().union(*(one.members for one in told)) == {person.id for person in people}
    assert sum(one.points["REDEEM"] for one in told) == 10 * TWENTY


async def test_tills_of_several_processes_never_spend_a_point_twice(db: Db, people: list[Person]) -> None:
    offer_id = await offer_of(7)
    for person in people[:3]:
        await bought(person, 20, delivered=True)
    processes = [Till() for _ in range(4)]

    outcomes = await asyncio.gather(
        *(asked(person, offer_id, processes[turn % 4]) for turn in range(16) for person in people[:3])
    )

    done = [outcome for outcome in outcomes if not outcome.errors]
    assert {code for outcome in outcomes for code in reasons(outcome)} == {"INSUFFICIENT_POINTS"}
    assert len(done) == await coupons(db, offer_id) == 30
    assert [(await balances(person)).available for person in people[:3]] == [0, 0, 0]
    assert (await check_ledger()).problems == ()


async def test_inside_a_transaction_a_redemption_is_part_of_it(db: Db, people: list[Person]) -> None:
    offer_id = await offer_of(10)

    with pytest.raises(ZeroDivisionError):
        async with transaction() as outer:
            assert reasons(await redeem(call("redeemCoupon"), people[0].name, offer_id, None, CODES)) == []
            assert await rows(outer, "SELECT FROM coupon WHERE offer_id = $1", offer_id)
            raise ZeroDivisionError

    assert await coupons(db, offer_id) == 0
    assert is_empty(redeeming._of_this_process)
