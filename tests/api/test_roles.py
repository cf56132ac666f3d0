"""Does anything get round the roles, and can anybody reach what is another member's?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from app.database import Db
from tests.api.asking import ask, codes_of, done, read
from tests.api.makers import bought, enrolled, offered, redeemed, shared, tapped
from tests.client import SHOP, STAFF, fresh, member

Counted = Callable[[], AbstractContextManager[list[str]]]


async def test_a_denied_field_leaves_its_neighbours_alone(programme: Db) -> None:
    who = await enrolled()

    answer = await ask("{ me { id } checked: ledgerCheck { ok } markets { code } __typename }", as_=who)

    assert answer["data"]["me"] is not None
    assert answer["data"]["checked"] is None
    assert len(answer["data"]["markets"]) == 4
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["checked"], "FORBIDDEN")]


@pytest.mark.parametrize(
    "document",
    [
        "mutation ($input: TapFuelInput!) { again: tapFuel(input: $input) { deferred } }",
        "mutation ($input: TapFuelInput!) { ...it } fragment it on Mutation { tapFuel(input: $input) { deferred } }",
        "mutation ($input: TapFuelInput!) { ... on Mutation { ... { tapFuel(input: $input) { deferred } } } }",
    ],
)
async def test_no_alias_and_no_fragment_gets_round_the_roles(programme: Db, counted: Counted, document: str) -> None:
    with counted() as statements:
        answer = await ask(document, {"input": {"idempotencyKey": "1"}}, as_=STAFF)

    assert list(answer["data"].values()) == [None]
    assert codes_of(answer) == ["FORBIDDEN"]
    assert statements == []


async def test_a_member_enrols_themself_and_nobody_else(programme: Db) -> None:
    mutation = "mutation ($input: EnrolMemberInput!) { enrolMember(input: $input) { member { miAccountId } } }"
    given = {"market": "ES", "birthDate": "1990-05-17", "acceptedTerms": "2020-01", "idempotencyKey": "1"}
    who = member(fresh("mi"))

    other = await ask(mutation, {"input": {**given, "miAccountId": fresh("mi")}}, as_=who)
    own = await ask(mutation, {"input": {**given, "miAccountId": who.subject}}, as_=who)

    assert other["data"] == {"enrolMember": None}
    assert codes_of(other) == ["FORBIDDEN"]
    assert own["data"] == {"enrolMember": {"member": {"miAccountId": who.subject}}}


async def test_the_lists_of_two_members_share_nothing(programme: Db) -> None:
    offer = await offered(300)
    seen: list[set[str]] = []
    document = """{ me { id activities(first: 100) { edges { node { id member { miAccountId } } } }
      statement(first: 100) { edges { node { id member { miAccountId } activity { id } coupon { id } } } }
      coupons(first: 100) { edges { node { id member { miAccountId } } } }
      notices(first: 100) { edges { node { id activity { id } coupon { id } } } } } }"""

    for who in (await enrolled(points=900), await enrolled(points=900)):
        await tapped(who)
        await shared(who, "MI-14")
        await bought(who, "20.00")
        await redeemed(who, offer)
        me = (await read(document, as_=who))["me"]
        owners: list[str] = []
        ids = {me["id"]}
        _gather(me, ids, owners)
        seen.append(ids)

        assert set(owners) == {who.subject}

    assert len(seen[0]) == len(seen[1]) > 10
    assert seen[0].isdisjoint(seen[1])


def _gather(value: Any, ids: set[str], owners: list[str]) -> None:
    if isinstance(value, list):
        for each in value:
            _gather(each, ids, owners)
    if isinstance(value, dict):
        ids.update([value["id"]] if "id" in value else [])
        owners.extend([value["miAccountId"]] if "miAccountId" in value else [])
        for each in value.values():
            _gather(each, ids, owners)


async def test_another_principals_key_is_unknown(programme: Db) -> None:
    mine, theirs = await enrolled(), await enrolled()
    document = "query ($key: String!) { operation(idempotencyKey: $key) { mutation state activity { id } } }"
    key = fresh("key")
    tap = (await done(mine, "tapFuel", "activity { id }", idempotencyKey=key))["activity"]

    own = await read(document, as_=mine, key=key)

    assert own["operation"] == {"mutation": "tapFuel", "state": "DONE", "activity": tap}
    for who in (theirs, SHOP, STAFF):
        assert (await read(document, as_=who, key=key))["operation"] is None
    for never_a_key in ("", "never seen", "x" * 129, "nul\0"):
        assert (await read(document, as_=mine, key=never_a_key))["operation"] is None


async def test_the_shop_sees_what_its_requests_did_for_a_member(programme: Db) -> None:
    who, key = await enrolled(), fresh("key")
    review = {"miAccountId": who.subject, "sku": "MI-14", "reviewId": fresh("review")}
    await done(SHOP, "recordReview", idempotencyKey=key, **review)

    found = await read(
        "query ($key: String!) { operation(idempotencyKey: $key) { member { miAccountId } activity { kind } } }",
        as_=SHOP,
        key=key,
    )

    assert found["operation"] == {"member": {"miAccountId": who.subject}, "activity": {"kind": "REVIEW"}}


async def test_without_a_token_or_enrolment_nobody_is_me(programme: Db) -> None:
    for who in (None, member("not enrolled"), SHOP, STAFF):
        assert await read("{ me { id } }", as_=who) == {"me": None}
