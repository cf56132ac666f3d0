"""Would we see a request done twice, or answered and not done? Each fault, put into the running program, is caught."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.activities.decide import Verdict, decide_review
from app.activities.login import record_login
from app.activities.moderate import APPROVE, REJECT
from app.activities.review import Written, record_review
from app.coupons.redeem import redeem
from app.database import Db, rows, transaction, value
from app.ledger.account import Balances
from app.orders.delivery import Delivery, confirm_delivery
from app.orders.purchase import Purchase, record_purchase
from app.requests import once, parked
from app.requests.outcome import Outcome, refused
from tests.client import fresh
from tests.faults.fault import Checker, Fault, aside, at_once, changed, each_checker_of, each_of, nothing, replaced
from tests.ledger.faults import nothing_swift
from tests.ledger.makers import CODES, START, Person, balances, call, done, enrolled, offered, order_of

pytestmark = pytest.mark.fault


class Fallen(Exception):
    """Ends a transaction before its commit."""


async def logs_in(asked: once.Call, person: Person) -> Outcome:
    return await record_login(asked, person.name, "a phone")


@asynccontextmanager
async def falling() -> AsyncIterator[None]:
    """Every transaction of a request falls before its commit."""

    @asynccontextmanager
    async def falls() -> AsyncIterator[Db]:
        async with transaction() as db:
            yield db
            raise Fallen

    with pytest.MonkeyPatch.context() as patch, suppress(Fallen):
        patch.setattr(once, "transaction", falls)
        yield


async def what_fell_is_done_when_it_comes_again(db: Db) -> None:
    person, asked = await enrolled(), call("recordLogin")
    async with falling():
        await logs_in(asked, person)
    assert await balances(person) == Balances(available=50)

    done(await logs_in(asked, person))

    assert await balances(person) == Balances(available=80)


async def a_refusal_is_stored_and_undoes_what_was_done(db: Db) -> None:
    person, asked = await enrolled(), call("tests")
    sql = "UPDATE member SET display_name = 'half done' WHERE id = $1"

    async def half_done(db: Db, _: int) -> Outcome:
        await rows(db, sql, person.id)
        return refused("NOT_ENROLLED")

    answers = [await once.once(asked, half_done), await logs_in(replace(asked, mutation="tests"), person)]

    assert answers[0] == answers[1]
    assert await value(db, "SELECT display_name FROM member WHERE id = $1", person.id) is None


async def a_key_belongs_to_its_input(db: Db) -> None:
    person, offer, dearer = await enrolled(), await offered(5), await offered(6)
    for said in (b"swiftly", b"and again"):  # the second of each is found by the claim, or before it
        asked = call("redeemCoupon", said=said)
        done(await redeem(asked, person.name, offer, None, CODES))

        other = await redeem(replace(asked, fingerprint=b"another"), person.name, dearer, None, CODES)

        assert [error.code for error in other.errors] == ["IDEMPOTENCY_KEY_REUSED"]
    assert await balances(person) == Balances(available=40)


async def a_key_belongs_to_its_mutation(db: Db) -> None:
    person, asked = await enrolled(), call("redeemCoupon")
    done(await redeem(asked, person.name, await offered(5), None, CODES))

    other = await logs_in(replace(asked, mutation="recordLogin"), person)

    assert [error.code for error in other.errors] == ["IDEMPOTENCY_KEY_REUSED"]


async def what_came_early_is_answered_when_its_cause_comes(db: Db) -> None:
    person, order_id, asked = await enrolled(), fresh("early-order"), call("confirmDelivery")
    assert (await confirm_delivery(asked, Delivery("mi.com", order_id))).deferred

    bought = done(await record_purchase(call(), person.name, Purchase("mi.com", order_id, order_of("10.00")), CODES))

    answer = await confirm_delivery(asked, Delivery("mi.com", order_id))
    assert (answer.deferred, answer.activity_id) == (False, bought.activity_id)
    assert await balances(person) == Balances(available=60)


async def what_happened_first_is_applied_first(db: Db) -> None:
    for told in ((APPROVE, REJECT), (REJECT, APPROVE)):
        person, review_id = await enrolled(), fresh("early-review")
        for event in told:
            at = START - timedelta(hours=1 if event == APPROVE else 2)
            await decide_review(call(event), event, Verdict("mi.com", review_id, at))

        written = Written("mi.com", review_id, "ONE", START - timedelta(hours=3))
        done(await record_review(call("recordReview"), person.name, written))

        assert await balances(person) == Balances(available=50)


def answered_first(patch: pytest.MonkeyPatch) -> None:
    """The outcome is stored by a connection of its own before the effect is committed."""

    async def attempt(call: once.Call, act: once.Act) -> Outcome:
        found = await once.find(call.principal, call.key)
        if found is not None:
            return found.outcome
        async with vars(once)["transaction"]() as db:
            outcome = await act(db, 0)
            at = await value(db, "SELECT programme_now()")
            await rows(
                aside(),
                "INSERT INTO request (principal, key, mutation, fingerprint, accepted_at, completed_at, state, outcome)"
                " VALUES ($1, $2, $3, $4, $5, $5, 'DONE', $6)",
                call.principal,
                call.key,
                call.mutation,
                call.fingerprint,
                at,
                outcome.stored(),
            )
            return outcome

    patch.setattr(once, "_attempt", attempt)


def kept_though_refused(patch: pytest.MonkeyPatch) -> None:
    async def attempt(call: once.Call, act: once.Act) -> Outcome:
        async with transaction() as db:
            request_id = await once._claim(db, call)
            if request_id is None:
                return await once._again(db, call)
            outcome = await act(db, request_id)
            await once.close(db, request_id, outcome)
            return outcome

    patch.setattr(once, "_attempt", attempt)


def refusals_forgotten(patch: pytest.MonkeyPatch) -> None:
    async def forgotten(call: once.Call, outcome: Outcome) -> Outcome:
        return outcome

    patch.setattr(once, "_store_refusal", forgotten)


def any_input(call: once.Call, mutation: str, fingerprint: bytes, outcome: Mapping[str, Any]) -> Outcome:
    return Outcome.restored(outcome) if mutation == call.mutation else refused("IDEMPOTENCY_KEY_REUSED")


def any_mutation(call: once.Call, mutation: str, fingerprint: bytes, outcome: Mapping[str, Any]) -> Outcome:
    return Outcome.restored(outcome) if fingerprint == call.fingerprint else refused("IDEMPOTENCY_KEY_REUSED")


FAULTS = (
    Fault(
        "an answer is stored and its effect is rolled back",
        answered_first,
        what_fell_is_done_when_it_comes_again,
    ),
    Fault(
        "a refusal keeps what was done before it",
        kept_though_refused,
        a_refusal_is_stored_and_undoes_what_was_done,
    ),
    Fault("a refusal is not stored", refusals_forgotten, a_refusal_is_stored_and_undoes_what_was_done),
    Fault("the input of a key is ignored", replaced(once, _answer=any_input), a_key_belongs_to_its_input),
    Fault(
        "the input of a key is ignored under a lock",
        at_once(nothing_swift, replaced(once, _answer=any_input)),
        a_key_belongs_to_its_input,
    ),
    Fault("the mutation of a key is ignored", replaced(once, _answer=any_mutation), a_key_belongs_to_its_mutation),
    Fault(
        "what came early is never answered",
        replaced(parked, close=nothing),
        what_came_early_is_answered_when_its_cause_comes,
    ),
    Fault(
        "what came early is applied as it arrived",
        changed(parked, "_WAITING", "ORDER BY occurred_at, id", "ORDER BY id"),
        what_happened_first_is_applied_first,
    ),
    Fault(
        "what came early is applied the last first",
        changed(parked, "_WAITING", "ORDER BY occurred_at, id", "ORDER BY occurred_at DESC, id"),
        what_happened_first_is_applied_first,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
