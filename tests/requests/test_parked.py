"""Is what came before its cause kept, applied when that arrives, and then answered?"""

from datetime import timedelta

from app.activities.decide import Verdict, decide_review
from app.activities.moderate import APPROVE, REJECT
from app.activities.review import Written, record_review
from app.database import Db, rows, value
from app.ledger.account import Balances
from app.orders.delivery import Delivery, confirm_delivery
from app.orders.purchase import Purchase, record_purchase
from app.requests.once import find, once
from app.requests.outcome import Outcome
from app.requests.parked import park, waiting
from app.rules.text import JsonScalar
from tests.ledger.makers import CODES, START, balances, call, done, enrolled, order_of, statement, utc


async def test_a_delivery_before_its_order_waits_and_posts_it_when_it_arrives(db: Db) -> None:
    person = await enrolled()
    delivery = call("confirmDelivery")

    early = done(await confirm_delivery(delivery, Delivery("mi.com", "early", START - timedelta(hours=1))))
    parked = await find(delivery.principal, delivery.key)
    order = Purchase("mi.com", "early", order_of("29.99"), START - timedelta(days=3))
    bought = done(await record_purchase(call(), person.name, order, CODES))

    assert early == Outcome(deferred=True)
    assert parked is not None
    assert (parked.state, parked.completed_at) == ("PARKED", None)
    assert await balances(person) == Balances(available=79)
    found = await find(delivery.principal, delivery.key)
    assert found is not None
    assert (found.state, found.outcome.deferred, found.outcome.activity_id) == ("DONE", False, bought.activity_id)
    assert found.completed_at is not None


async def test_a_parked_request_sent_again_is_not_parked_twice(db: Db) -> None:
    delivery = call("confirmDelivery")

    answers = [await confirm_delivery(delivery, Delivery("mi.com", "twice")) for _ in range(2)]

    assert answers == [Outcome(deferred=True)] * 2
    assert await value(db, "SELECT count(*) FROM parked_event WHERE applied_at IS NULL AND subject = 'order'") == 1


async def test_a_parked_request_sent_again_after_its_cause_has_the_answer(db: Db) -> None:
    person = await enrolled()
    delivery = call("confirmDelivery")
    await confirm_delivery(delivery, Delivery("mi.com", "later"))
    bought = done(await record_purchase(call(), person.name, Purchase("mi.com", "later", order_of("7")), CODES))

    again = await confirm_delivery(delivery, Delivery("mi.com", "later"))

    assert again == Outcome(member_id=person.id, activity_id=bought.activity_id)
    assert await statement(person) == [("EARN", 50), ("EARN", 7), ("POST", 7)]


async def test_decisions_before_their_review_are_applied_in_the_order_in_which_they_happened(db: Db) -> None:
    person = await enrolled()
    rejected, approved = call(REJECT), call(APPROVE)
    await decide_review(rejected, REJECT, Verdict("mi.com", "review", START - timedelta(minutes=1)))
    await decide_review(approved, APPROVE, Verdict("mi.com", "review", START - timedelta(minutes=2)))

    review = done(
        await record_review(call(), person.name, Written("mi.com", "review", "SKU-1", START - timedelta(hours=1)))
    )

    assert await balances(person) == Balances(available=70)
    first = await find(approved.principal, approved.key)
    second = await find(rejected.principal, rejected.key)
    assert first is not None
    assert second is not None
    assert first.outcome == Outcome(member_id=person.id, activity_id=review.activity_id)
    assert [error.code for error in second.outcome.errors] == ["ALREADY_DECIDED"]
    assert (first.state, second.state) == ("DONE", "DONE")


async def test_what_waits_is_kept_with_its_facts_for_its_own_cause_alone(db: Db) -> None:
    async def act(db: Db, request_id: int) -> Outcome:
        facts: dict[str, JsonScalar] = {"note": "ñ", "kept_minor": 5}
        return await park(
            db, "order", 987, "confirmDelivery", occurred_at=utc("2026-02-01"), request_id=request_id, facts=facts
        )

    await once(call(), act)

    (event,) = await waiting(db, "order", 987)
    assert (event["event"], event["occurred_at"]) == ("confirmDelivery", utc("2026-02-01"))
    assert event["facts"] == {"note": "ñ", "kept_minor": 5}
    assert await waiting(db, "review", 987) == []
    assert await waiting(db, "order", 988) == []
    await rows(db, "DELETE FROM parked_event WHERE subject_id = 987")
