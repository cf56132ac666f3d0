"""What would a campaign have given, had it run? (PROGRAMME 9)"""

from typing import Any

import pytest

from app.campaigns import preview
from app.database import Db, value
from tests.api.asking import advance, ask, codes_of, read
from tests.api.makers import enrolled, shared, stand
from tests.campaigns.makers import agrees, buys, by_campaign, launched, lines
from tests.client import STAFF

MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
DOCUMENT = """query ($campaign: CampaignDraftInput!, $from: DateTime!, $to: DateTime!, $first: Int, $after: String) {
  previewCampaign(campaign: $campaign, from: $from, to: $to, first: $first, after: $after) {
    members activities points liability { amount currency }
    examples { edges { node { reference } } pageInfo { hasNextPage endCursor } }
    userErrors { code field ... on ConditionError { line column } } } }"""


async def previewed(draft: dict[str, Any], **asked: Any) -> Any:
    """A preview over March."""
    campaign = {"trigger": "PURCHASE", "markets": ["ES"], **draft}
    return (await read(DOCUMENT, as_=STAFF, campaign=campaign, **{**MARCH, **asked}))["previewCampaign"]


def figures(seen: Any) -> tuple[int, int, str]:
    return seen["members"], seen["activities"], seen["points"]


async def test_a_preview_tells_who_would_have_earned_what(programme: Db) -> None:
    ana, bruno = await enrolled(), await enrolled()
    for number, price in enumerate(("10.75", "0.50", "31.49")):
        await buys(ana, price, orderId=f"a-{number}")
    await buys(bruno, "5.00", orderId="b-1")

    seen = await previewed({"multiplier": "2"})

    assert figures(seen) == (2, 3, "46")
    assert seen["liability"] == [{"amount": "0.46", "currency": "EUR"}]
    assert [edge["node"]["reference"] for edge in seen["examples"]["edges"]] == ["b-1", "a-2", "a-0"]
    assert await value(programme, "SELECT count(*) FROM campaign") == 0
    assert await agrees()


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ({"bonusPoints": 7}, (2, 4, "28")),
        ({"bonusPoints": 7, "limitPerMember": 1}, (2, 2, "14")),
        ({"bonusPoints": 7, "limitPerMember": 1, "limitPeriod": "DAY"}, (2, 3, "21")),
        ({"bonusPoints": 7, "budget": "15"}, (2, 2, "14")),
        ({"pointsPerUnit": "0.5", "condition": "order.item_count >= 2"}, (1, 1, "10")),
        ({"bonusPoints": 7, "condition": "member.purchases == 0"}, (2, 2, "14")),
        ({"bonusPoints": 7, "condition": "activity.weekday == 2"}, (1, 1, "7")),
        ({"bonusPoints": 7, "condition": "'SKU-2' in order.skus"}, (1, 1, "7")),
        ({"bonusPoints": 7, "markets": ["GB"]}, (0, 0, "0")),
        ({"bonusPoints": 7, "trigger": "SHARE", "limitPeriod": "PRODUCT", "limitPerMember": 1}, (1, 2, "14")),
        ({"bonusPoints": 7, "trigger": "CUSTOM", "activityCode": "QUIZ"}, (0, 0, "0")),
    ],
)
async def test_conditions_limits_and_budget_hold_in_a_preview(
    programme: Db, draft: dict[str, Any], expected: tuple[int, int, str]
) -> None:
    ana, bruno = await enrolled(), await enrolled()
    await buys(ana, "10.00")
    await buys(bruno, "10.00")
    await buys(ana, lines("10.00", "10.00"))
    await shared(ana)
    await shared(ana)
    await advance(by="P1D")
    await buys(ana, "4.00")

    assert figures(await previewed(draft)) == expected


async def test_a_preview_gives_what_the_launched_campaign_then_gives(programme: Db) -> None:
    draft = {"multiplier": "1.5", "condition": "order.net_minor >= 500", "limitPerMember": 2, "budget": "40"}
    orders = [lines(price) for price in ("4.99", "5.00", "40.00", "60.00", "31.49", "7.00")]
    members = [await enrolled() for _ in range(3)]
    for number, order in enumerate(orders):
        await buys(members[number % 3], order)
    foreseen = await previewed(draft)

    await advance(to="2026-03-10T12:00:00Z")
    slug = await launched(**draft)
    earned = [by_campaign(await buys(members[number % 3], order)).get(slug, 0) for number, order in enumerate(orders)]

    assert foreseen["points"] == str(sum(earned))
    assert foreseen["activities"] == sum(points > 0 for points in earned)


async def test_nobody_earns_in_a_preview_what_they_could_not_have_earned(programme: Db) -> None:
    who = await enrolled()
    await stand(who, "SUSPENDED")
    await buys(who, "10.00")

    assert figures(await previewed({"bonusPoints": 7})) == (0, 0, "0")


async def test_examples_are_paged_newest_first(programme: Db) -> None:
    who = await enrolled()
    for number in range(12):
        await buys(who, "1.00", orderId=f"order-{number}")
    seen, after = [], None
    for size in (None, 1, 5):
        page = (await previewed({"bonusPoints": 1}, first=size, after=after))["examples"]
        seen.append([edge["node"]["reference"] for edge in page["edges"]])
        after = page["pageInfo"]["endCursor"]

    assert [len(page) for page in seen] == [10, 1, 1]
    assert [reference for page in seen for reference in page] == [f"order-{number}" for number in reversed(range(12))]


@pytest.mark.parametrize(
    ("draft", "asked", "code", "field"),
    [
        ({"bonusPoints": 1, "condition": "order.nett > 1"}, {}, "CONDITION_INVALID", ["campaign", "condition"]),
        ({}, {}, "INVALID_INPUT", ["campaign", "bonusPoints"]),
        ({"bonusPoints": 1, "markets": ["PT"]}, {}, "MARKET_NOT_SERVED", ["campaign", "markets", "0"]),
        ({"bonusPoints": 1}, {"to": MARCH["from"]}, "INVALID_INPUT", ["to"]),
    ],
)
async def test_what_could_not_be_launched_cannot_be_previewed(
    programme: Db, draft: dict[str, Any], asked: dict[str, str], code: str, field: list[str]
) -> None:
    seen = await previewed(draft, **asked)

    assert [(error["code"], error["field"]) for error in seen["userErrors"]] == [(code, field)]
    assert figures(seen) == (0, 0, "0")


async def test_a_span_of_too_many_activities_is_refused(programme: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await enrolled()
    for _ in range(3):
        await buys(who, "1.00")
    monkeypatch.setattr(preview, "GREATEST_SPAN", 2)

    seen = await previewed({"bonusPoints": 1})

    assert [(error["code"], error["field"]) for error in seen["userErrors"]] == [("INVALID_INPUT", ["to"])]


async def test_a_page_has_1_to_100_examples(programme: Db) -> None:
    campaign = {"trigger": "PURCHASE", "markets": ["ES"], "bonusPoints": 1}

    answer = await ask(DOCUMENT, {"campaign": campaign, **MARCH, "first": 101}, as_=STAFF)

    assert codes_of(answer) == ["BAD_USER_INPUT"]
