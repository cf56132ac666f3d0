"""Which short checks does a sound ledger pass? Each raises when it is not sound; seeded faults are held to them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from app.coupons.redeem import redeem
from app.coupons.till import Till
from app.database import Db, one, rows, transaction, value
from app.ledger.account import Balances
from app.ledger.hold import hold
from app.ledger.settle import settle
from app.orders.delivery import Delivery, confirm_delivery
from app.orders.purchase import Purchase, record_purchase
from app.requests.outcome import Outcome
from tests.client import fresh
from tests.ledger.lots import account_of, day, lines, pending_lot, posted_lot
from tests.ledger.makers import (
    CODES,
    START,
    Person,
    balances,
    bought,
    call,
    clawed_back,
    clock_at,
    done,
    enrolled,
    logged_in,
    lot_of,
    lots,
    notices,
    offered,
    order_of,
    ordered,
    queued,
    redeemed,
    reserved,
    statement,
    utc,
)


async def twenty_at_once_redeem_an_offer_as_often_as_it_may_be(db: Db) -> None:
    person = await enrolled()
    await bought(person, 500, delivered=True)
    offer = await offered(10, limit=3)

    answers = await asyncio.gather(*(redeem(call(), person.name, offer, None, CODES) for _ in range(20)))

    assert sum(not answer.errors for answer in answers) == 3
    assert await value(db, "SELECT count(*) FROM coupon WHERE offer_id = $1", offer) == 3
    assert await balances(person) == Balances(available=520)


async def processes_redeem_a_once_per_member_offer_once(db: Db) -> None:
    person = await enrolled()
    await bought(person, 500, delivered=True)
    offer = await offered(10, limit=1)

    answers = await from_processes(db, "account WHERE member_id", person.id, [person] * 4, offer)

    assert sum(not answer.errors for answer in answers) == 1
    assert await value(db, "SELECT count(*) FROM coupon WHERE offer_id = $1", offer) == 1
    assert await balances(person) == Balances(available=540)


async def a_stock_is_sold_once(db: Db) -> None:
    people, offer = [await enrolled() for _ in range(5)], await offered(10, stock=3)

    answers = await from_processes(db, "coupon_offer WHERE id", offer, people, offer)

    assert sum(not answer.errors for answer in answers) == 3
    assert await value(db, "SELECT count(*) FROM coupon WHERE offer_id = $1", offer) == 3


async def from_processes(db: Db, held: str, row_id: int, people: Sequence[Person], offer: int) -> list[Outcome]:
    """Redemptions as several processes would send them, which have all read before the first of them can write."""
    holding, let_go = asyncio.Event(), asyncio.Event()

    async def holder() -> None:
        async with transaction() as first:
            await rows(first, f"SELECT FROM {held} = $1 FOR UPDATE", row_id)
            holding.set()
            await let_go.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(holder())
        await holding.wait()
        asked = asyncio.gather(*(redeem(call(), one.name, offer, None, CODES, till=Till()) for one in people))
        await queued(db, len(people))
        let_go.set()
    return await asked


async def who_was_suspended_meanwhile_redeems_nothing(db: Db) -> None:
    person, offer = await enrolled(), await offered(10)
    held, let_go = asyncio.Event(), asyncio.Event()

    async def suspending() -> None:
        async with transaction() as writing:
            await hold(writing, person.id)
            await rows(writing, "UPDATE account SET status = 'SUSPENDED' WHERE member_id = $1", person.id)
            held.set()
            await let_go.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(suspending())
        await held.wait()
        answer = group.create_task(redeem(call(), person.name, offer, None, CODES))
        await queued(db)
        let_go.set()

    assert [error.code for error in answer.result().errors] == ["ACCOUNT_SUSPENDED"]


async def a_member_settled_by_many_at_once_is_settled_once(db: Db) -> None:
    person = await enrolled()
    await bought(person, 29)
    await clock_at(START + timedelta(days=20))

    await asyncio.gather(*(balances(person) for _ in range(4)))

    assert await statement(person) == [("EARN", 50), ("EARN", 29), ("POST", 29)]
    assert len(await notices(person, "POSTED")) == 1


async def points_end_with_their_last_day(db: Db) -> None:
    person = await enrolled()

    await clock_at(utc("2027-03-01T22:59:58"))
    assert await balances(person) == Balances(available=50)
    await clock_at(utc("2027-03-01T23:00:00"))

    assert await balances(person) == Balances()


async def the_soonest_ending_points_are_spent_first(db: Db) -> None:
    person = await enrolled()
    sooner = await lot_of(await bought(person, 20, START - timedelta(days=5), delivered=True))

    await redeemed(person, 20)

    spent = {lot["id"]: lot["consumed"] for lot in await lots(person)}
    assert spent[sooner] == 20


async def of_points_that_end_together_those_posted_first_are_spent_first(db: Db) -> None:
    person, order_id = await enrolled(), fresh("delivered")
    given = Purchase("mi.com", order_id, order_of("20.00"))
    award = await lot_of(done(await record_purchase(call(), person.name, given, CODES)))
    await logged_in(person)
    done(await confirm_delivery(call("confirmDelivery"), Delivery("mi.com", order_id)))

    await redeemed(person, 80)

    assert {lot["consumed"] for lot in await lots(person) if lot["id"] != award} == {50, 30}


async def the_soonest_ending_points_are_set_apart_first(db: Db) -> None:
    person = await enrolled()
    sooner = await lot_of(await bought(person, 20, START - timedelta(days=5), delivered=True))

    await reserved(person, 20)

    held = {lot["id"]: lot["reserved"] for lot in await lots(person)}
    assert held[sooner] == 20


async def a_request_sent_again_is_answered_again(db: Db) -> None:
    person, offer = await enrolled(), await offered(5)
    for _ in range(3):  # a try that loses its race takes the lock, which stores every key
        asked = call("redeemCoupon")

        first, second = [await redeem(asked, person.name, offer, None, CODES) for _ in range(2)]

        assert first == second
    assert await balances(person) == Balances(available=35)


async def a_key_belongs_to_its_principal(db: Db) -> None:
    people = [await enrolled(), await enrolled()]
    offer = await offered(5)
    key = f"one key for {people[0].id}"

    answers: list[Outcome] = []
    for person in people:
        asked = call("redeemCoupon", principal=person.name, key=key)
        answers.append(await redeem(asked, person.name, offer, None, CODES))

    assert [answer.member_id for answer in answers] == [person.id for person in people]


async def a_debt_is_repaid_first(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 100, delivered=True)
    await redeemed(person, 150)
    await clawed_back(person, await lot_of(award), 100)

    await logged_in(person)

    assert await balances(person) == Balances(debt=70)


async def a_debt_is_repaid_by_what_posts(db: Db) -> None:
    person = await enrolled()
    await bought(person, 30)
    await redeemed(person, 50)
    award = next(lot["id"] for lot in await lots(person))
    await clawed_back(person, award, 20)

    await clock_at(START + timedelta(days=20))

    assert await balances(person) == Balances(available=10)


async def an_order_is_floored_once(db: Db) -> None:
    person = await enrolled()

    await ordered(person, order_of("9.99", "9.99", "9.99"))

    assert await balances(person) == Balances(available=50, pending=29)


async def expired_points_are_not_taken_back_as_well(db: Db) -> None:
    person = await enrolled()
    award = await lot_of(await bought(person, 100, START - timedelta(days=3), delivered=True))
    await redeemed(person, 30)
    await clock_at(START + timedelta(days=370))

    assert (await clawed_back(person, award, 100)).points == 30


async def an_activity_shows_what_its_award_has_become(db: Db) -> None:
    person = await enrolled()
    outcome = await bought(person, 29)
    await clock_at(START + timedelta(days=20))
    await balances(person)

    shown = await one(db, "SELECT status, points FROM activity WHERE id = $1", outcome.activity_id)

    assert tuple(shown) == ("POSTED", 29)


async def a_little_of_everything() -> None:
    """Nothing to prove, but for the check to read."""
    person = await enrolled()
    award = await lot_of(await bought(person, 100, delivered=True))
    await bought(person, 30)
    await redeemed(person, 110)
    await clawed_back(person, award, 60)
    await clock_at(START + timedelta(days=390))
    await balances(person)
    await bought(person, 5)


async def what_ends_goes_before_what_begins(db: Db) -> None:
    soon = [pending_lot(1, 5, posts=20), posted_lot(2, 7, expires=20)]

    assert lines(settle(account_of(soon), soon, day(20))) == [("EXPIRE", 7, day(20)), ("POST", 5, day(20))]
