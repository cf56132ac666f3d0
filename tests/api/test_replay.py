"""Does the same request answer its first result, however often it is sent?"""

import asyncio
from typing import cast

import pytest
from graphql import GraphQLObjectType

from app.database import Db, value
from tests.api.asking import advance, do, done, read, schema
from tests.api.makers import enrolled, offered
from tests.api.refusals import REFUSALS
from tests.api.requests import REQUESTS, record_purchase, redeem_coupon
from tests.client import SHOP, STAFF, Who, fresh

TABLES = ("member", "activity", "award", "lot", "operation", "entry", "move", "coupon", "fuel_tap", "share")
DECIDED_ALREADY = {"ALREADY_DECIDED", "ALREADY_ENROLLED", "CAMPAIGN_EXISTS"}


async def rows_by_table(db: Db) -> dict[str, int]:
    """How many rows there are of what a request may make."""
    return {table: await value(db, f"SELECT count(*) FROM {table}") for table in TABLES}


async def now(who: Who = STAFF) -> str:
    """The programme's time."""
    return str((await done(who, "advanceClock", "now", by="PT0S"))["now"])


def test_there_is_no_mutation_that_these_tests_do_not_know() -> None:
    assert set(REQUESTS) == set(cast(GraphQLObjectType, schema()._schema.type_map["Mutation"]).fields)


@pytest.mark.parametrize("mutation", REQUESTS)
async def test_the_same_key_and_input_answer_the_first_result(programme: Db, mutation: str) -> None:
    one = await REQUESTS[mutation]()
    key = fresh("key")
    first = await done(one.who, mutation, one.ids, **one.given, idempotencyKey=key)
    made, at = await rows_by_table(programme), await now()

    again = await done(one.who, mutation, one.ids, **one.given, idempotencyKey=key)
    said = await done(one.who, mutation, one.ids, **{**one.given, **one.defaults}, idempotencyKey=key)
    other_fields = await done(one.who, mutation, "__typename", **one.given, idempotencyKey=key)

    assert again == said == first
    assert all(answered is not None for answered in first.values())
    assert other_fields["__typename"].endswith("Payload")
    assert await rows_by_table(programme) == made
    assert (await now())[:16] == at[:16]


@pytest.mark.parametrize("mutation", REQUESTS)
async def test_the_same_key_with_another_input_is_refused_and_changes_nothing(programme: Db, mutation: str) -> None:
    one = await REQUESTS[mutation]()
    key = fresh("key")
    first = await done(one.who, mutation, one.ids, **one.given, idempotencyKey=key)
    made = await rows_by_table(programme)

    payload = await do(one.who, mutation, one.ids, **{**one.given, **one.changed}, idempotencyKey=key)
    again = await done(one.who, mutation, one.ids, **one.given, idempotencyKey=key)

    assert [(error["code"], error["field"]) for error in payload.pop("userErrors")] == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]
    assert all(answered is None for answered in payload.values())
    assert await rows_by_table(programme) == made
    assert again == first


@pytest.mark.parametrize("mutation", REQUESTS)
async def test_the_key_of_another_principal_is_another_request(programme: Db, mutation: str) -> None:
    one = await REQUESTS[mutation]()
    key = fresh("key")
    assert one.other is not None
    await done(one.who, mutation, one.ids, **one.given, idempotencyKey=key)

    payload = await do(one.other, mutation, one.ids, **{**one.given, **one.changed}, idempotencyKey=key)

    assert {error["code"] for error in payload["userErrors"]} <= {"INVALID_INPUT"} | DECIDED_ALREADY
    seen = await read("query ($key: String!) { operation(idempotencyKey: $key) { mutation } }", as_=one.other, key=key)
    assert seen["operation"] == {"mutation": mutation}


async def test_a_key_of_one_mutation_is_not_taken_for_another(programme: Db) -> None:
    who, key = await enrolled(), fresh("key")
    await done(who, "tapFuel", idempotencyKey=key)

    payload = await do(who, "recordAppLogin", deviceId="phone", idempotencyKey=key)

    assert [error["code"] for error in payload["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_refusals_replay_too(programme: Db) -> None:
    for code, make in REFUSALS.items():
        refused = await make()
        given = {"idempotencyKey": fresh("key"), **refused.given}
        first = await do(refused.who, refused.mutation, **given)
        made = await rows_by_table(programme)

        again = await do(refused.who, refused.mutation, **given)

        assert code in [error["code"] for error in first["userErrors"]]
        assert again == first, code
        assert await rows_by_table(programme) == made, code


async def test_a_refusal_is_told_again_even_when_it_would_be_granted_by_now(programme: Db) -> None:
    who, key = await enrolled(), fresh("key")
    offer = await offered(60)
    first = await do(who, "redeemCoupon", offerId=offer, idempotencyKey=key)
    await done(who, "tapFuel")

    again = await do(who, "redeemCoupon", offerId=offer, idempotencyKey=key)
    anew = await done(who, "redeemCoupon", "coupon { pointsSpent }", offerId=offer)

    assert first == again
    assert [error["code"] for error in first["userErrors"]] == ["INSUFFICIENT_POINTS"]
    assert anew["coupon"] == {"pointsSpent": 60}


async def test_a_replay_is_the_first_result_as_it_stands_today(programme: Db) -> None:
    one = await record_purchase()
    key = fresh("key")
    states = [await done(SHOP, one.mutation, "activity { status }", **one.given, idempotencyKey=key)]

    await advance(by="P17D")
    states.append(await done(SHOP, one.mutation, "activity { status }", **one.given, idempotencyKey=key))

    assert [state["activity"]["status"] for state in states] == ["PENDING", "POSTED"]


async def test_what_came_before_its_cause_is_parked_until_that_arrives(programme: Db) -> None:
    one, key = await record_purchase(), fresh("key")
    document = """query ($key: String!) { operation(idempotencyKey: $key) {
      state deferred completedAt activity { status } userErrors { code } } }"""
    delivery = {"orderId": one.given["orderId"], "idempotencyKey": key}

    early = await done(SHOP, "confirmDelivery", "deferred activity { id }", **delivery)
    parked = (await read(document, as_=SHOP, key=key))["operation"]
    await done(SHOP, one.mutation, **one.given)
    applied = (await read(document, as_=SHOP, key=key))["operation"]
    again = await done(SHOP, "confirmDelivery", "deferred activity { status }", **delivery)

    assert (early["deferred"], early["activity"]) == (True, None)
    assert (parked["state"], parked["deferred"], parked["completedAt"], parked["activity"]) == (
        "PARKED",
        True,
        None,
        None,
    )
    assert (applied["state"], applied["deferred"], applied["activity"]) == ("DONE", False, {"status": "POSTED"})
    assert applied["completedAt"] is not None
    assert (again["deferred"], again["activity"]) == (False, {"status": "POSTED"})


async def test_one_key_sent_many_times_at_once_has_one_effect(programme: Db) -> None:
    one = await redeem_coupon()
    given = {**one.given, "idempotencyKey": fresh("key")}

    answers = await asyncio.gather(*(done(one.who, one.mutation, one.ids, **given) for _ in range(8)))

    assert all(answer == answers[0] for answer in answers)
    assert await value(programme, "SELECT count(*) FROM coupon") == 1
