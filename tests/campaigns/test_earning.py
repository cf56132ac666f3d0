"""What does a campaign add to what an activity earns? (PROGRAMME 3, 9)"""

import pytest

from app.database import Db
from tests.api.asking import advance, done, read
from tests.api.makers import enrolled, shared, stand, tapped
from tests.campaigns.makers import agrees, budget_left, buys, by_campaign, launched, lines
from tests.client import SHOP, STAFF


async def test_double_points_on_10_75_are_20(programme: Db) -> None:
    slug, who = await launched(), await enrolled()

    earned = await buys(who, "10.75")

    assert earned["points"] == 20
    assert by_campaign(earned) == {"own": 10, slug: 10}
    assert earned["status"] == "PENDING"
    assert await agrees()


@pytest.mark.parametrize(
    ("effect", "price", "points"),
    [
        ({"multiplier": "1.5"}, "31.49", 15),  # floor(31 x 1.5) - 31
        ({"multiplier": "1.5"}, "1.99", 0),
        ({"multiplier": "2.0001"}, "9999.00", 9999),
        ({"bonusPoints": 25}, "0.99", 25),
        ({"pointsPerUnit": "0.25"}, "31.49", 7),
        ({"pointsPerUnit": "0.25"}, "3.99", 0),
        ({"pointsPerUnit": "3"}, "31.49", 93),
    ],
)
async def test_each_effect_is_floored_once(programme: Db, effect: dict[str, object], price: str, points: int) -> None:
    slug, who = await launched(**effect), await enrolled()

    earned = await buys(who, price)

    assert by_campaign(earned).get(slug, 0) == points
    assert await agrees()


async def test_each_explains_itself_in_the_language_of_its_reader(programme: Db) -> None:
    await launched(multiplier="1.5")
    await launched(bonusPoints=25, titles=[{"locale": "fr", "text": "Cadeau"}])
    await launched(pointsPerUnit="0.25")
    who = await enrolled()
    await buys(who, "31.49")
    document = "{ me { activities(first: 1) { edges { node { awards { title explanation } } } } } }"

    told = {}
    for language in ("es", "en"):
        seen = await read(document, as_=who, language=language)
        (edge,) = seen["me"]["activities"]["edges"]
        told[language] = [(award["title"], award["explanation"]) for award in edge["node"]["awards"][1:]]

    assert told["es"] == [
        ("Marzo doble", "15 puntos de la campaña «Marzo doble»: tus 31 puntos cuentan 1,5 veces"),
        ("Cadeau", "25 puntos de la campaña «Cadeau»"),
        ("Marzo doble", "7 puntos de la campaña «Marzo doble»: 31 × 0,25 de 31,49\u00a0€ netos"),
    ]
    assert told["en"] == [
        ("Double March", "15 points from the campaign “Double March”: your 31 points count 1.5 times"),
        ("Cadeau", "25 points from the campaign “Cadeau”"),
        ("Double March", "7 points from the campaign “Double March”: 31 × 0.25 of €31.49 net"),
    ]


@pytest.mark.parametrize(
    ("occurred_at", "runs"),
    [
        ("2026-02-28T22:59:59Z", False),
        ("2026-02-28T23:00:00Z", True),  # midnight in Madrid
        ("2026-03-02T10:59:59Z", True),
        ("2026-03-02T11:00:00Z", False),  # noon
    ],
)
async def test_a_window_begins_and_ends_to_the_second(programme: Db, occurred_at: str, runs: bool) -> None:
    slug = await launched(endsAt="2026-03-02T12:00")
    who = await enrolled()

    earned = await buys(who, "10.00", occurredAt=occurred_at)

    assert (slug in by_campaign(earned)) == runs


async def test_a_window_is_on_each_markets_own_clock(programme: Db) -> None:
    slug = await launched(markets=["ES", "GB"], startsAt="2026-05-01T00:00", endsAt="2026-05-31T23:59")
    document = "{ campaigns(at: $at, market: $market) { edges { node { windows { market startsAt endsAt } } } } }"
    document = f"query ($at: DateTime, $market: MarketCode) {document}"

    seen = await read(document, at="2026-05-31T22:30:00Z", market="GB")
    gone = await read(document, at="2026-05-31T22:30:00Z", market="ES")

    assert seen["campaigns"]["edges"][0]["node"]["windows"] == [
        {"market": "ES", "startsAt": "2026-04-30T22:00:00Z", "endsAt": "2026-05-31T21:59:00Z"},
        {"market": "GB", "startsAt": "2026-04-30T23:00:00Z", "endsAt": "2026-05-31T22:59:00Z"},
    ]
    assert gone["campaigns"]["edges"] == []
    assert slug


async def test_a_campaign_launched_late_rewards_what_is_recorded_from_then_on(programme: Db) -> None:
    who = await enrolled()
    before = await buys(who, "10.00", orderId="early")

    slug = await launched(startsAt="2026-01-01T00:00")
    again = await buys(who, "10.00", orderId="early")
    late = await buys(who, "10.00", occurredAt="2026-01-15T12:00:00Z")

    assert by_campaign(before) == by_campaign(again) == {"own": 10}
    assert by_campaign(late) == {"own": 10, slug: 10}
    assert await agrees()


async def test_one_that_ends_while_a_purchase_is_pending_keeps_what_was_earned(programme: Db) -> None:
    slug, who = await launched(), await enrolled()
    await buys(who, "10.75", orderId="pending")

    await done(STAFF, "endCampaign", "campaign { endedAt }", slug=slug)
    after = await buys(who, "10.75")
    of_before = await buys(who, "10.75", occurredAt="2026-03-02T10:00:00Z")
    await done(SHOP, "confirmDelivery", orderId="pending")

    balance = (await read("{ me { balance { available pending } } }", as_=who))["me"]["balance"]
    assert by_campaign(after) == {"own": 10}
    assert by_campaign(of_before) == {"own": 10, slug: 10}
    assert balance == {"available": 50 + 20, "pending": 10 + 20}
    assert await agrees()


async def test_points_post_when_the_campaign_says(programme: Db) -> None:
    at_once, in_three_days, with_the_order = [
        await launched(bonusPoints=points, postingDays=days) for points, days in ((1, 0), (20, 3), (300, None))
    ]
    who = await enrolled()
    seen = []

    earned = await buys(who, "0.50")
    for instant in ("2026-03-05T22:59:59Z", "2026-03-05T23:00:00Z", "2026-03-18T22:59:59Z", "2026-03-18T23:00:00Z"):
        document = "query ($at: DateTime) { me { balance(at: $at) { available } } }"
        seen.append((await read(document, as_=who, at=instant))["me"]["balance"]["available"] - 50)

    assert by_campaign(earned) == {at_once: 1, in_three_days: 20, with_the_order: 300}
    assert seen == [1, 21, 21, 321]
    assert await agrees()


async def test_a_delivery_posts_a_purchases_campaign_points_too(programme: Db) -> None:
    await launched(bonusPoints=20, postingDays=10)
    who = await enrolled()
    await buys(who, "10.00", orderId="delivered")

    await done(SHOP, "confirmDelivery", orderId="delivered")

    assert (await read("{ me { balance { available } } }", as_=who))["me"]["balance"]["available"] == 50 + 10 + 20


async def test_an_approval_posts_what_awaits_it_and_a_rejection_takes_all_back(programme: Db) -> None:
    await launched(trigger="REVIEW", bonusPoints=7)
    await launched(trigger="REVIEW", bonusPoints=100, postingDays=5)
    who = await enrolled()
    balances = []

    for review, decision in (("good", "approveReview"), ("bad", "rejectReview")):
        await done(SHOP, "recordReview", miAccountId=who.subject, sku=f"SKU-{review}", reviewId=review)
        await done(SHOP, decision, reviewId=review)
        balances.append((await read("{ me { balance { available pending } } }", as_=who))["me"]["balance"])

    assert balances == [{"available": 50 + 27, "pending": 100}] * 2
    assert await agrees()


@pytest.mark.parametrize(
    ("period", "earned"), [("LIFETIME", [1, 0, 0, 0]), ("MONTH", [1, 0, 0, 1]), ("DAY", [1, 0, 1, 1])]
)
async def test_a_limit_counts_a_members_grants(programme: Db, period: str, earned: list[int]) -> None:
    slug = await launched(bonusPoints=1, limitPerMember=1, limitPeriod=period, endsAt="2026-06-01T00:00")
    who, other = await enrolled(), await enrolled()
    seen = []
    for instant in ("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z", "2026-03-03T12:00:00Z", "2026-04-01T12:00:00Z"):
        await advance(to=instant)
        seen.append(by_campaign(await buys(who, "5.00")).get(slug, 0))

    refused = await buys(who, "5.00")

    assert seen == earned
    assert refused["reason"] == "Ya has recibido lo que la campaña da a cada miembro" + (
        "."
        if period == "LIFETIME"
        else f"; vuelve a ser posible a partir del {'2 de abril' if period == 'DAY' else '1 de mayo'} de 2026."
    )
    assert by_campaign(await buys(other, "5.00"))[slug] == 1
    assert await agrees()


async def test_a_limit_per_product_counts_products(programme: Db) -> None:
    slug = await launched(trigger="SHARE", bonusPoints=3, limitPerMember=1, limitPeriod="PRODUCT")
    who = await enrolled()

    for sku, network in (("MI-14", "a"), ("MI-14", "b"), ("MI-15", "a")):
        given = {"sku": sku, "network": network, "url": "https://social.example/1"}
        await done(who, "recordShare", **given)

    seen = await read("{ me { activities { edges { node { points } } } } }", as_=who)
    assert [edge["node"]["points"] for edge in seen["me"]["activities"]["edges"]] == [8, 5, 8, 50]
    assert slug and await agrees()


async def test_an_award_is_covered_whole_by_the_budget_or_not_given(programme: Db) -> None:
    slug = await launched(budget="25")
    who = await enrolled()

    earned = [await buys(who, price) for price in ("10.00", "16.00", "15.00", "1.00")]

    assert [by_campaign(one).get(slug, 0) for one in earned] == [10, 0, 15, 0]
    assert [one["reason"] for one in earned] == [None, "La campaña ya ha repartido todos sus puntos."] * 2
    assert await budget_left(slug) == 0
    assert await agrees()


async def test_who_is_suspended_earns_nothing_from_a_campaign(programme: Db) -> None:
    slug, who = await launched(budget="100"), await enrolled()
    await stand(who, "SUSPENDED")

    earned = await buys(who, "10.00")

    assert (earned["points"], earned["status"]) == (0, "NONE")
    assert await budget_left(slug) == 100


async def test_a_streak_and_a_tap_are_multiplied_together(programme: Db) -> None:
    slug = await launched(trigger="FUEL", multiplier="2", startsAt="2026-03-08T00:00")
    who = await enrolled()
    for day in range(2, 9):
        await advance(to=f"2026-03-{day:02}T12:00:00Z")
        await tapped(who)

    seen = await read("{ me { activities(first: 1) { edges { node { points } } } } }", as_=who)

    assert seen["me"]["activities"]["edges"][0]["node"]["points"] == 2 * (10 + 100)
    assert slug and await agrees()


async def test_a_log_in_and_a_share_are_rewarded_each_time(programme: Db) -> None:
    await launched(trigger="APP_LOGIN", bonusPoints=2)
    await launched(trigger="SHARE", bonusPoints=4)
    who = await enrolled()
    await done(who, "recordAppLogin", deviceId="phone")
    await done(who, "recordAppLogin", deviceId="phone")
    await shared(who)

    seen = await read("{ me { activities { edges { node { points } } } } }", as_=who)

    assert [edge["node"]["points"] for edge in seen["me"]["activities"]["edges"]] == [9, 2, 32, 50]
    assert await agrees()


async def test_excluded_products_count_for_no_campaign(programme: Db) -> None:
    slug = await launched(bonusPoints=5)
    await done(STAFF, "excludeProducts", market="ES", skus=["SKU-2"])
    who = await enrolled()

    only_excluded = await buys(who, {**lines("10.00"), "lines": [{"sku": "SKU-2", "unitPrice": "10.00"}]})
    both = await buys(who, lines("10.00", "20.00"))

    assert (by_campaign(only_excluded), only_excluded["status"]) == ({}, "NONE")
    assert by_campaign(both) == {"own": 10, slug: 5}
