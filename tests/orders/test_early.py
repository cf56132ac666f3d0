"""Is what was told of an order before its purchase applied, answered, and bounded? (PROGRAMME 3: out of order)"""

from datetime import timedelta

from app.database import Db, value
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from app.orders.lines import OrderGiven
from app.orders.returns import RETURN, Return, ReturnLine, record_return
from app.requests.once import Call, StoredRequest, find
from app.requests.outcome import Outcome
from app.requests.parked import MAXIMUM_WAITING
from tests.ledger.makers import START, Person, balances, call, clock_at, done, enrolled, redeemed
from tests.orders.makers import (
    SOURCE,
    activity,
    buys,
    cancels,
    delivers,
    figures,
    kept,
    line,
    new_order,
    returns,
    returns_recorded,
)

HOUR = timedelta(hours=1)


async def stored(asked: Call) -> StoredRequest:
    found = await find(asked.principal, asked.key)
    assert found is not None
    return found


async def told(order_id: str, return_id: str, sku: str, quantity: int = 1) -> Call:
    """The request of a return of an order that nobody knows yet."""
    asked = call(RETURN)
    outcome = await record_return(asked, Return(SOURCE, order_id, return_id, (ReturnLine(sku, quantity),), START))
    assert outcome == Outcome(deferred=True)
    return asked


async def arrives(person: Person, order_id: str) -> Outcome:
    given = OrderGiven("EUR", (line("9.99", 2, "A"), line("9.99", sku="B")))
    return done(await buys(person, order_id, given, START - HOUR))


async def test_a_return_before_its_purchase_waits_and_is_answered_with_its_figures(db: Db) -> None:
    person, order_id = await enrolled(), new_order()
    asked = await told(order_id, "r", "A")
    assert (await stored(asked)).state == "PARKED"

    purchase = await arrives(person, order_id)

    answered = await stored(asked)
    assert (answered.state, answered.outcome.activity_id) == ("DONE", purchase.activity_id)
    assert figures(answered.outcome) == (10, 0, 0, 999)
    assert await balances(person) == Balances(pending=19, available=50)
    assert await kept(order_id) == {"A": 1, "B": 1}


async def test_events_are_applied_in_the_order_in_which_they_happened(db: Db) -> None:
    person, order_id = await enrolled(), new_order()
    await cancels(order_id, START - HOUR)
    await returns(order_id, ("B", 1), at=START - 3 * HOUR)
    await delivers(order_id, START - 2 * HOUR)

    purchase = await arrives(person, order_id)

    assert await balances(person) == Balances(available=50)
    assert (await activity(purchase.activity_id or 0))["reason"] == "ORDER_CANCELLED"
    assert await returns_recorded(order_id) == 2


async def test_the_same_early_return_told_twice_comes_back_once(db: Db) -> None:
    person, order_id = await enrolled(), new_order()
    twice = [await told(order_id, "same", "A") for _ in range(2)]

    await arrives(person, order_id)

    outcomes = [(await stored(asked)).outcome for asked in twice]
    assert outcomes[0] == outcomes[1]
    assert await kept(order_id) == {"A": 1, "B": 1}


async def test_an_early_return_that_turns_out_impossible_is_answered_with_its_refusal(db: Db) -> None:
    person, order_id = await enrolled(), new_order()
    too_many, unknown = await told(order_id, "many", "A", 3), await told(order_id, "unknown", "C")
    fits = await told(order_id, "fits", "B")

    await arrives(person, order_id)

    answers = [(await stored(asked)).outcome.errors for asked in (too_many, unknown, fits)]
    assert [[error.code for error in errors] for errors in answers] == [
        ["RETURN_EXCEEDS_ORDER"],
        ["INVALID_INPUT"],
        [],
    ]
    assert await kept(order_id) == {"A": 2, "B": 0}


async def test_what_waits_survives_a_purchase_that_is_refused(db: Db) -> None:
    person, order_id = await enrolled(), new_order()
    asked = await told(order_id, "r", "A")

    refused = await buys(person, order_id, OrderGiven("GBP", (line("9.99"),)))

    assert refused.errors
    assert (await stored(asked)).state == "PARKED"
    await arrives(person, order_id)
    assert (await stored(asked)).state == "DONE"


async def test_no_more_than_a_hundred_events_wait_for_one_order(db: Db) -> None:
    order_id = new_order()
    for number in range(MAXIMUM_WAITING):
        await told(order_id, f"r-{number}", "A")

    beyond = await cancels(order_id)

    assert [(error.code, error.facts["problem"], error.path) for error in beyond.errors] == [
        ("INVALID_INPUT", "TOO_MANY", ("orderId",))
    ]
    assert (
        await value(
            db,
            "SELECT count(*) FROM parked_event p JOIN shop_order o ON o.id = subject_id WHERE o.order_id = $1",
            order_id,
        )
        == MAXIMUM_WAITING
    )


async def test_a_return_that_comes_after_posting_and_spending_is_taken_all_the_same(db: Db) -> None:
    person, order_id = await enrolled(), new_order()
    await arrives(person, order_id)
    await clock_at(START + timedelta(days=60))
    await redeemed(person, 79)

    late = done(await returns(order_id, ("A", 2)))

    assert figures(late) == (20, 0, 20, 1998)


async def test_the_ledger_agrees_after_all_that(db: Db) -> None:
    assert (await check_ledger()).problems == ()
