"""Does a filtered list give all of what was asked for, and only that?"""

from itertools import combinations
from typing import Any

import pytest

from app.database import Db
from tests.api.asking import advance, done, read
from tests.api.lists import Listed, ids_of
from tests.api.makers import bought, enrolled, many_activities, offered, order, redeemed, tapped
from tests.client import SHOP, Who, fresh, member

STATED = "query { me { activities(first: 100) { edges { node { id kind status } } } } }"


async def stated(who: Who) -> dict[str, tuple[str, str]]:
    """Kind and status of each activity of a member by its id, newest first."""
    found = await read(STATED, as_=who)
    return {
        edge["node"]["id"]: (edge["node"]["kind"], edge["node"]["status"])
        for edge in found["me"]["activities"]["edges"]
    }


def activities_of(who: Who, chosen: str) -> Listed:
    return Listed(("me", "activities"), who, enrolled, chosen)


def coupons_of(who: Who, chosen: str) -> Listed:
    return Listed(("me", "coupons"), who, enrolled, chosen)


async def busy() -> Who:
    """A member with a pending, a posted and a worthless purchase, a rejected review, taps, and what earned nothing."""
    who = await enrolled()
    await bought(who, "20.00")
    await bought(who, "30.00", delivered=True)
    await bought(who, "0.99")
    await tapped(who)
    review = fresh("review")
    await done(SHOP, "recordReview", miAccountId=who.subject, sku="MI-14", reviewId=review)
    await done(SHOP, "rejectReview", reviewId=review)
    await many_activities(who, 12)
    return who


async def test_kinds_and_statuses_choose_exactly(programme: Db) -> None:
    who = await busy()
    whole = await stated(who)
    kinds = [*sorted({kind for kind, _ in whole.values()}), "CUSTOM"]
    statuses = ["PENDING", "POSTED", "WITHDRAWN", "EXPIRED", "NONE"]

    assert {status for _, status in whole.values()} == {"PENDING", "POSTED", "WITHDRAWN", "NONE"}
    for some_kinds in [None, ("SHARE",), ("CUSTOM",), ("PURCHASE", "FUEL"), tuple(kinds), ()]:
        for some_statuses in [None, *combinations(statuses, 1), ("PENDING", "NONE"), ()]:
            expected = [
                id
                for id, (kind, status) in whole.items()
                if (some_kinds is None or kind in some_kinds) and (some_statuses is None or status in some_statuses)
            ]
            page = await activities_of(who, _chosen(some_kinds, some_statuses)).page(first=100)

            assert ids_of(page) == expected, (some_kinds, some_statuses)


def _chosen(kinds: Any, statuses: Any) -> str:
    said = [
        f"{name}: [{' '.join(values)}]"
        for name, values in (("kinds", kinds), ("statuses", statuses))
        if values is not None
    ]
    return "".join(f", {one}" for one in said)


async def test_a_filtered_list_is_walked_once_in_both_directions(programme: Db) -> None:
    who = await busy()
    for chosen, keeps in (
        (", kinds: [SHARE FUEL]", lambda kind, status: kind in ("SHARE", "FUEL")),
        (", statuses: [NONE]", lambda kind, status: status == "NONE"),
        (", kinds: [SHARE PURCHASE FUEL SHARE], statuses: [NONE PENDING]", _some_of_each),
    ):
        expected = [id for id, (kind, status) in (await stated(who)).items() if keeps(kind, status)]
        listed = activities_of(who, chosen)

        assert len(expected) > 5
        for size in (1, 3, 100):
            assert await listed.forward(size) == expected
            assert await listed.backward(size) == expected


def _some_of_each(kind: str, status: str) -> bool:
    return kind in ("SHARE", "PURCHASE", "FUEL") and status in ("NONE", "PENDING")


async def test_the_statuses_of_activities_follow_the_clock(programme: Db) -> None:
    who = await enrolled()
    purchase = await bought(who, "20.00")
    pending, posted = (activities_of(who, f", kinds: [PURCHASE], statuses: [{one}]") for one in ("PENDING", "POSTED"))

    assert (ids_of(await pending.page(first=5)), ids_of(await posted.page(first=5))) == ([purchase], [])
    await advance(by="P17D")

    assert (ids_of(await pending.page(first=5)), ids_of(await posted.page(first=5))) == ([], [purchase])


async def test_the_statuses_of_coupons_follow_the_clock(programme: Db) -> None:
    who = await enrolled(points=1_000)
    short, long = await offered(10, valid_days=3), await offered(20, valid_days=30)
    ended, kept, used = await redeemed(who, short), await redeemed(who, long), await redeemed(who, long)
    [code] = [
        edge["node"]["code"]
        for edge in (await read("{ me { coupons { edges { node { id code } } } } }", as_=who))["me"]["coupons"]["edges"]
        if edge["node"]["id"] == used
    ]
    bought_with = order("30.00", couponCode=code)
    await done(SHOP, "recordPurchase", miAccountId=who.subject, orderId=fresh("order"), order=bought_with)
    expected = {
        "ISSUED": [kept, ended],
        "USED": [used],
        "EXPIRED": [],
        "CANCELLED": [],
        "ISSUED USED": [used, kept, ended],
    }

    for statuses, ids in expected.items():
        assert await coupons_of(who, f", statuses: [{statuses}]").forward(2) == ids
    await advance(by="P4D")

    for statuses, ids in {"ISSUED": [kept], "EXPIRED": [ended], "EXPIRED USED": [used, ended], "": []}.items():
        assert await coupons_of(who, f", statuses: [{statuses}]").backward(2) == ids


async def test_members_are_found_by_market_and_by_how_they_begin(programme: Db) -> None:
    ana = await enrolled("ES", displayName="Ana 100%")
    bea = await enrolled("GB", displayName="Bea_")
    document = (
        "query ($s: String, $m: MarketCode) { members(search: $s, market: $m) { edges { node { miAccountId } } } }"
    )

    async def found(**given: Any) -> list[str]:
        edges = (await read(document, as_=Who("staff", "operator"), **given))["members"]["edges"]
        return [edge["node"]["miAccountId"] for edge in edges]

    assert await found() == await found(s="mi-") == [ana.subject, bea.subject]
    assert await found(m="GB") == await found(s="Bea") == await found(s=bea.subject) == [bea.subject]
    for nobody in ("%", "_ea", "na", "ana'--", "ANA"):
        assert await found(s=nobody) == []
    assert await found(s="Ana 100%", m="GB") == []


@pytest.mark.parametrize("search", ["nul\0", "x" * 129, "two\nlines"])
async def test_a_search_that_cannot_be_is_refused(programme: Db, search: str) -> None:
    with pytest.raises(AssertionError, match="BAD_USER_INPUT"):
        await read(
            "query ($s: String) { members(search: $s) { edges { cursor } } }", as_=Who("staff", "operator"), s=search
        )


async def test_a_members_catalogue_is_their_markets_unless_they_ask_for_another(programme: Db) -> None:
    document = "query ($m: MarketCode) { couponOffers(first: 100, market: $m) { edges { node { market } } } }"

    async def markets(who: Who | None, market: str | None = None) -> set[str]:
        edges = (await read(document, as_=who, m=market))["couponOffers"]["edges"]
        return {edge["node"]["market"] for edge in edges}

    assert await markets(await enrolled("FR")) == {"FR"}
    assert await markets(await enrolled("FR"), "GB") == {"GB"}
    assert await markets(None) == await markets(member("not enrolled")) == {"ES", "FR", "IT", "GB"}
    assert await markets(None, "IT") == {"IT"}
    assert await markets(None, "PT") == set()
