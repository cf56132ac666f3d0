"""Does the catalogue say who can have what, and why not?"""

from datetime import UTC, datetime
from typing import Any

from app.database import Db, connection, row
from tests.api.asking import advance, do, read
from tests.api.makers import enrolled, offered, redeemed, stand
from tests.client import STAFF, Who, member

OFFERS = """query ($only: Boolean, $market: MarketCode) {
  couponOffers(first: 100, affordableOnly: $only, market: $market) { edges { node {
    id title price value { amount currency } minimumOrder { amount currency } validDays opensAt closesAt stockLeft
    limitPerMember temporary suspended excludedSkus excludedCategories affordable blockedBy {
      __typename code field
      ... on InsufficientPoints { available required missing }
      ... on LimitReached { limit resetsAt }
  } } } } }"""
OPENS, CLOSES = datetime(2026, 3, 10, 9, 0, tzinfo=UTC), datetime(2026, 3, 20, 9, 0, tzinfo=UTC)


async def catalogue(who: Who | None, **given: Any) -> dict[str, dict[str, Any]]:
    """The catalogue as somebody sees it, by the offers' ids."""
    edges = (await read(OFFERS, as_=who, **given))["couponOffers"]["edges"]
    return {edge["node"].pop("id"): edge["node"] for edge in edges}


async def blocked(who: Who | None, offer: str) -> list[str]:
    """The codes of why somebody cannot have an offer."""
    return [error["code"] for error in (await catalogue(who))[offer]["blockedBy"]]


async def test_the_shipped_catalogue_is_par_and_without_conditions(programme: Db) -> None:
    seen = list((await catalogue(await enrolled("GB"))).values())

    assert [(one["price"], one["value"]["amount"], one["title"]) for one in seen] == [
        (500, "5.00", "£5 coupon"),
        (1_000, "10.00", "£10 coupon"),
        (2_000, "20.00", "£20 coupon"),
        (5_000, "50.00", "£50 coupon"),
    ]
    for one in seen:
        assert one["value"]["currency"] == "GBP"
        assert one["validDays"] == 180
        assert not any(one[name] for name in ("temporary", "suspended", "excludedSkus", "excludedCategories"))
        assert [one[name] for name in ("minimumOrder", "opensAt", "closesAt", "stockLeft", "limitPerMember")] == [
            None
        ] * 5


async def test_too_few_points_block_with_the_number_that_is_missing(programme: Db) -> None:
    who = await enrolled(points=600)
    seen = [(one["affordable"], one["blockedBy"]) for one in (await catalogue(who)).values()]

    assert seen[0] == (True, [])
    assert seen[1] == (
        False,
        [
            {
                "__typename": "InsufficientPoints",
                "code": "INSUFFICIENT_POINTS",
                "field": ["offerId"],
                "available": 600,
                "required": 1_000,
                "missing": 400,
            }
        ],
    )


async def test_without_a_member_nobody_knows_who_can_afford_it(programme: Db) -> None:
    sold_out = await offered(10, stock=3, stock_left=0)

    for who in (None, STAFF, member("not enrolled")):
        seen = await catalogue(who)

        assert {one["affordable"] for one in seen.values()} == {None}
        assert {id for id, one in seen.items() if one["blockedBy"]} == {sold_out}
        assert await catalogue(who, only=True) == seen


async def test_affordable_only_leaves_out_what_costs_more(programme: Db) -> None:
    who = await enrolled(points=600)
    exactly, more = await offered(600), await offered(601)

    seen = await catalogue(who, only=True)

    assert {one["price"] for one in seen.values()} == {500, 600}
    assert exactly in seen and more not in seen
    assert await catalogue(who, only=False) == await catalogue(who)


async def test_an_offer_is_blocked_before_its_window_and_gone_after_it(programme: Db) -> None:
    who = await enrolled(points=600)
    offer = await offered(10, opens_at=OPENS, closes_at=CLOSES)

    shown = (await catalogue(who))[offer]
    assert (shown["opensAt"], shown["closesAt"], shown["temporary"]) == (
        "2026-03-10T09:00:00Z",
        "2026-03-20T09:00:00Z",
        True,
    )
    assert await blocked(who, offer) == await blocked(None, offer) == ["OFFER_NOT_OPEN"]
    await advance(to="2026-03-10T09:00:00Z")
    assert await blocked(who, offer) == []
    await advance(to="2026-03-20T08:59:50Z")
    assert await blocked(who, offer) == []
    await advance(to="2026-03-20T09:00:00Z")
    assert offer not in await catalogue(who)
    found = await read(
        "query ($id: ID!) { node(id: $id) { ... on CouponOffer { blockedBy { code } } } }", as_=who, id=offer
    )
    assert found["node"]["blockedBy"] == [{"code": "OFFER_NOT_OPEN"}]


async def test_stock_and_limit_count_what_was_redeemed(programme: Db) -> None:
    first, second = await enrolled(points=600), await enrolled(points=600)
    offer = await offered(10, stock=3, limit_per_member=2)

    await redeemed(first, offer)
    assert ((await catalogue(first))[offer]["stockLeft"], await blocked(first, offer)) == (2, [])
    await redeemed(first, offer)
    [limit] = (await catalogue(first))[offer]["blockedBy"]
    await redeemed(second, offer)

    assert limit == {
        "__typename": "LimitReached",
        "code": "LIMIT_REACHED",
        "field": ["offerId"],
        "limit": 2,
        "resetsAt": None,
    }
    assert await blocked(first, offer) == ["OUT_OF_STOCK", "LIMIT_REACHED"]
    assert await blocked(second, offer) == await blocked(None, offer) == ["OUT_OF_STOCK"]
    assert (await catalogue(None))[offer]["stockLeft"] == 0


async def test_every_reason_is_told_the_most_lasting_first(programme: Db) -> None:
    who = await enrolled(points=600)
    offer = await offered(700, stock=1, limit_per_member=1, suspended=True, opens_at=OPENS)
    await row(connection(), "UPDATE coupon_offer SET stock_left = 0 WHERE price_points = 700")
    await stand(who, "SUSPENDED")

    assert await blocked(who, offer) == [
        "ACCOUNT_SUSPENDED",
        "OFFER_SUSPENDED",
        "OFFER_NOT_OPEN",
        "OUT_OF_STOCK",
        "INSUFFICIENT_POINTS",
    ]


async def test_an_offer_of_another_market_is_not_for_this_member(programme: Db) -> None:
    who = await enrolled("ES", points=600)
    foreign = await offered(10, market="GB")

    shown = (await catalogue(who, market="GB"))[foreign]

    assert [error["code"] for error in shown["blockedBy"]] == ["NOT_FOUND"]


async def test_what_the_catalogue_says_is_what_a_redemption_answers(programme: Db) -> None:
    rich, poor, suspended = await enrolled(points=600), await enrolled(), await enrolled(points=600)
    await stand(suspended, "SUSPENDED")
    once = await offered(20, limit_per_member=1)
    await redeemed(rich, once)
    offers = [once, await offered(60), await offered(70, stock=1, stock_left=0), await offered(80, suspended=True)]
    offers += [await offered(90, opens_at=OPENS), await offered(10_000, stock=1), await offered(30, stock=1)]

    for who in (poor, suspended, rich):
        for offer in offers:
            document = "query ($id: ID!) { node(id: $id) { ... on CouponOffer { blockedBy { code field message } } } }"
            told = (await read(document, as_=who, id=offer))["node"]["blockedBy"]

            assert (await do(who, "redeemCoupon", offerId=offer))["userErrors"] == told


async def test_titles_conditions_and_exclusions_are_shown(programme: Db) -> None:
    offer = await offered(
        10,
        value_minor=1_050,
        minimum_order_minor=2_000,
        excluded_skus=["MI-14"],
        excluded_categories=["phones"],
        titles={"en": "Spring", "es": "Primavera"},
    )

    shown = (await catalogue(await enrolled()))[offer]

    assert shown["title"] == "Primavera"
    assert shown["value"] == {"amount": "10.50", "currency": "EUR"}
    assert shown["minimumOrder"] == {"amount": "20.00", "currency": "EUR"}
    assert (shown["excludedSkus"], shown["excludedCategories"]) == (["MI-14"], ["phones"])
