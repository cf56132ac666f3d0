"""Does a global id find its own thing again, and nothing else?"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from app.api.ids import GlobalId, read_id
from app.database import Db, value
from tests.api.asking import ask, codes_of, read
from tests.api.makers import bought, enrolled, member_row, offered, redeemed, tapped
from tests.client import SHOP, STAFF, Who, member

Counted = Callable[[], AbstractContextManager[list[str]]]

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
OWN = """
{ me { id activities { edges { node { id } } } statement { edges { node { id } } }
       coupons { edges { node { id } } } notices { edges { node { id } } } } }
"""


async def well_off() -> Who:
    """A member with one thing of each kind at least."""
    who = await enrolled(points=600)
    await tapped(who)
    await redeemed(who, await offered(500))
    return who


async def ids_of(who: Who) -> dict[str, str]:
    """One global id of each kind that a member owns."""
    me = (await read(OWN, as_=who))["me"]
    lists = {"Activity": "activities", "Entry": "statement", "Coupon": "coupons", "Notice": "notices"}
    return {"Member": me["id"], **{kind: me[name]["edges"][0]["node"]["id"] for kind, name in lists.items()}}


async def public_ids(db: Db) -> dict[str, str]:
    """An offer's and a programme's global id."""
    offer = await value(db, "SELECT min(id) FROM coupon_offer")
    revision = await value(db, "SELECT min(id) FROM programme_revision")
    return {"CouponOffer": str(GlobalId("CouponOffer", 0, offer)), "Programme": str(GlobalId("Programme", 0, revision))}


async def test_a_member_finds_everything_of_their_own_by_its_id(programme: Db) -> None:
    who = await well_off()
    everything = {**await ids_of(who), **await public_ids(programme)}

    found = (await read(NODES, as_=who, ids=list(everything.values())))["nodes"]

    assert found == [{"__typename": kind, "id": id} for kind, id in everything.items()]
    for kind, id in everything.items():
        assert (await read(NODE, as_=who, id=id))["node"] == {"__typename": kind, "id": id}


async def test_the_shop_and_staff_find_it_too(programme: Db) -> None:
    everything = {**await ids_of(await well_off()), **await public_ids(programme)}

    for who in (SHOP, STAFF):
        found = (await read(NODES, as_=who, ids=list(everything.values())))["nodes"]

        assert found == [{"__typename": kind, "id": id} for kind, id in everything.items()]


async def test_what_belongs_to_another_is_null_without_an_error(programme: Db) -> None:
    theirs = list((await ids_of(await well_off())).values())

    for who in (await enrolled(), member("not enrolled"), None):
        assert (await read(NODES, as_=who, ids=theirs))["nodes"] == [None] * len(theirs)
        for id in theirs:
            assert (await read(NODE, as_=who, id=id))["node"] is None


async def test_an_id_that_claims_another_owner_finds_nothing(programme: Db) -> None:
    mine, theirs = await well_off(), await well_off()
    my_row = await member_row(mine)
    rows = {kind: _row_id(id) for kind, id in (await ids_of(theirs)).items()}

    forged = [str(GlobalId(kind, my_row, row_id)) for kind, row_id in rows.items()]

    for who in (mine, SHOP, STAFF):
        assert (await read(NODES, as_=who, ids=forged))["nodes"] == [None] * len(forged)


async def test_what_was_never_there_is_null_without_an_error(programme: Db) -> None:
    who = await enrolled()
    absent = [GlobalId(kind, await member_row(who), 10**17) for kind in ("Activity", "Entry", "Coupon", "Notice")]
    absent += [GlobalId("CouponOffer", 0, 10**17), GlobalId("Programme", 0, 10**17), GlobalId("CouponOffer", 1, 1)]
    absent += [GlobalId("Member", 10**17, 10**17), GlobalId("Award", await member_row(who), 1)]

    found = (await read(NODES, as_=who, ids=[str(id) for id in absent]))["nodes"]

    assert found == [None] * len(absent)


async def test_a_malformed_id_is_null_beside_its_own_error(programme: Db) -> None:
    who = await enrolled()
    sound = (await ids_of_registration(who))["id"]

    one = await ask(NODE, {"id": "gibberish"}, as_=who)
    many = await ask(NODES, {"ids": [sound, "gibberish", sound, ""]}, as_=who)

    assert one["data"] == {"node": None}
    assert codes_of(one) == ["BAD_USER_INPUT"]
    assert [node and node["id"] for node in many["data"]["nodes"]] == [sound, None, sound, None]
    assert [(error["path"], error["extensions"]["code"]) for error in many["errors"]] == [
        (["nodes", 1], "BAD_USER_INPUT"),
        (["nodes", 3], "BAD_USER_INPUT"),
    ]


async def test_a_hundred_ids_can_be_asked_for_and_not_one_more(programme: Db) -> None:
    who = await enrolled()
    sound = (await ids_of_registration(who))["id"]

    hundred = await ask(NODES, {"ids": [sound] * 100}, as_=who)
    more = await ask(NODES, {"ids": [sound] * 101}, as_=who)

    assert [node["id"] for node in hundred["data"]["nodes"]] == [sound] * 100
    assert more["data"] is None
    assert codes_of(more) == ["BAD_USER_INPUT"]


async def test_staff_find_a_member_by_id_or_by_mi_account(programme: Db) -> None:
    who = await enrolled()
    id = (await read("{ me { id } }", as_=who))["me"]["id"]
    document = "query ($id: ID, $mi: String) { member(id: $id, miAccountId: $mi) { id miAccountId } }"

    for given in ({"id": id}, {"mi": who.subject}):
        found = await read(document, as_=STAFF, **given)

        assert found["member"] == {"id": id, "miAccountId": who.subject}
    other = str(GlobalId("Activity", 1, 1))
    forged = str(GlobalId("Member", 10**9, await member_row(who)))
    for given in ({"id": other}, {"id": forged}, {"mi": "nobody"}, {"mi": ""}, {"mi": "nul\0"}):
        assert (await read(document, as_=STAFF, **given))["member"] is None
    for wrong in ({}, {"id": id, "mi": who.subject}, {"id": "gibberish"}):
        answer = await ask(document, wrong, as_=STAFF)

        assert answer["data"] == {"member": None}
        assert codes_of(answer) == ["BAD_USER_INPUT"]


async def test_many_things_of_a_kind_take_one_statement(programme: Db, counted: Counted) -> None:
    who = await enrolled()
    purchases = [await bought(who, f"{price}.00") for price in range(1, 10)]
    await read(NODES, as_=who, ids=purchases)

    with counted() as for_one:
        await read(NODES, as_=who, ids=purchases[:1])
    with counted() as for_nine:
        found = await read(NODES, as_=who, ids=purchases)

    assert [node["id"] for node in found["nodes"]] == purchases
    assert len(for_nine) == len(for_one) <= 2


async def ids_of_registration(who: Who) -> dict[str, str]:
    """The first activity of a member."""
    node: dict[str, str] = (await read(OWN, as_=who))["me"]["activities"]["edges"][0]["node"]
    return node


def _row_id(id: str) -> int:
    found = read_id(id)
    assert found is not None
    return found.row_id
