"""Is every root field open to whom it was promised and to nobody else, and to a member for their own things only?"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import pytest

from app.api.roles import declared_roles
from app.database import Db
from tests.api.asking import ask, codes_of, done, read, schema
from tests.api.makers import enrolled, offered, order, redeemed
from tests.api.matrix import EVERYONE, FIELDS, denial, document_of, field_of, may, named_in, theirs
from tests.client import SHOP, STAFF, Who, fresh, member
from tests.gateway.attack_tokens import FORGED
from tests.gateway.target import Target
from tests.served import Served

Counted = Callable[[], AbstractContextManager[list[str]]]

ASKERS: Mapping[str, Who | None] = {
    "nobody": None,
    "member": member("ana"),
    "another member": member("bruno"),
    "service": SHOP,
    "staff": STAFF,
}
BAD_TOKENS = ("expired", "another audience", "another kind of key", "no algorithm")
OF_MEMBERS = [(root, name) for root, name in FIELDS if {EVERYONE, "member"} & set(may(root, name).split())]
NAMED = [(root, name, argument) for root, name in OF_MEMBERS for argument in theirs(root, name)]
OWN = "{ me { balance { available reserved } statement { edges { cursor } } coupons { edges { node { status } } } } }"
NAMES = ("id", "ids", "code", "couponCode", "idempotencyKey")
GIVEN = {"network": "mastodon"}


def is_name(argument: str) -> bool:
    """Can it name a thing of a member's? A `lineId` cannot: it is about the order that is given."""
    return argument in NAMES or (argument.endswith("Id") and argument != "lineId")


def test_each_field_declares_the_roles_that_were_promised() -> None:
    promised = {
        (root, name): frozenset[str]() if may(root, name) == EVERYONE else frozenset(may(root, name).split())
        for root, name in FIELDS
    }

    assert declared_roles(schema()._schema) == promised


@pytest.mark.parametrize("asker", ASKERS)
async def test_each_field_is_allowed_or_denied_as_promised(programme: Db, counted: Counted, asker: str) -> None:
    who = ASKERS[asker]

    for root, name in FIELDS:
        text, variables = document_of(root, name)
        with counted() as statements:
            answer = await ask(text, variables, as_=who)

        expected = denial(who, root, name)
        if expected is None:
            assert not {"UNAUTHENTICATED", "FORBIDDEN"} & set(codes_of(answer)), (name, answer)
            continue
        assert answer["data"] == {name: None}, name
        assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [([name], expected)]
        assert statements == [], f"{name} was resolved"


@pytest.mark.parametrize("bad", BAD_TOKENS)
async def test_a_bad_token_opens_no_field_at_all(gateway: Served, bad: str) -> None:
    target = Target(gateway)
    token = FORGED[bad](target)

    for root, name in FIELDS:
        text, variables = document_of(root, name)
        body = {"query": text, "variables": variables}
        answer = await target.request("POST", json=body, token=token)

        assert (answer.status, answer.refusal, answer.told) == (401, "UNAUTHENTICATED", []), name


@pytest.mark.parametrize(("root", "name"), OF_MEMBERS)
def test_each_name_that_a_member_can_give_has_its_rule(root: str, name: str) -> None:
    names = set(named_in(field_of(root, name).args, is_name))

    assert set(theirs(root, name)) == names - ({"idempotencyKey"} if root == "Mutation" else set())


@pytest.fixture
async def anas(programme: Db) -> AsyncIterator[dict[str, Any]]:
    """What Ana has, by the arguments that name it; in the end she has it still."""
    ana, key = await enrolled(points=1_500), fresh("key")
    coupon_id = await redeemed(ana, await offered(10))
    coupons = (await read("{ me { coupons { edges { node { code } } } } }", as_=ana))["me"]["coupons"]["edges"]
    login = await done(ana, "recordAppLogin", "activity { id }", idempotencyKey=key, deviceId="a phone")
    given = {"orderId": "an order", "points": 100, "order": order("100.00")}
    reservation = (await done(ana, "reservePoints", "reservation { id }", **given))["reservation"]
    await done(ana, "recordShare", sku="MI-14", network="mastodon", url="https://social.example/1", shareId="a share")
    before = await read(OWN, as_=ana)
    yield {
        "id": login["activity"]["id"],
        "ids": [coupon_id, login["activity"]["id"], reservation["id"]],
        "idempotencyKey": key,
        "miAccountId": ana.subject,
        "code": coupons[0]["node"]["code"],
        "couponCode": coupons[0]["node"]["code"],
        "deviceId": "a phone",
        "orderId": "an order",
        "shareId": "a share",
        "offerId": coupon_id,
        "reservationId": reservation["id"],
    }
    assert await read(OWN, as_=ana) == before


@pytest.mark.parametrize(("root", "name", "argument"), NAMED)
async def test_what_is_anothers_looks_as_if_it_were_not_there(
    anas: dict[str, Any], root: str, name: str, argument: str
) -> None:
    bruno = await enrolled(points=1_500)
    text, variables = document_of(root, name, **{argument: anas[argument]}, **GIVEN)

    answer = await ask(text, variables, as_=bruno)

    assert met(answer, name) == theirs(root, name)[argument], answer
    assert anas["miAccountId"] not in json.dumps(answer)


def met(answer: dict[str, Any], name: str) -> str:
    """What an answer says of the thing that was named; "own" where it says nothing."""
    if codes := codes_of(answer):
        return str(codes[0])
    found = answer["data"][name]
    if found is None or (isinstance(found, list) and not any(found)):
        return "null"
    refusals = [*found.get("userErrors", ()), *found.get("blockedBy", ())]
    return str(refusals[0]["code"]) if refusals else "own"
