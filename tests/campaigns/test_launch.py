"""Which campaigns can be launched, who sees them, and how do they end? (PROGRAMME 9)"""

from typing import Any

import pytest

from app.database import Db, rows, value
from tests.api.asking import advance, do, done, read
from tests.api.makers import enrolled
from tests.campaigns.makers import buys, by_campaign, campaign, launched, refused
from tests.client import STAFF, Who

RUNNING = """query ($market: MarketCode, $at: DateTime) {
  campaigns(market: $market, at: $at) { edges { node { slug title } } } }"""


async def running(who: Who | None = None, **asked: Any) -> list[str]:
    """The slugs of the campaigns that run."""
    seen = (await read(RUNNING, as_=who, **asked))["campaigns"]
    return [edge["node"]["slug"] for edge in seen["edges"]]


async def test_a_campaign_is_read_as_it_was_launched(programme: Db) -> None:
    fields = """id slug title trigger activityCode condition bonusPoints multiplier pointsPerUnit limitPerMember
      limitPeriod budget budgetLeft endedAt windows { market startsAt endsAt }"""
    given = campaign(multiplier="1.50", condition="order.item_count > 1", limitPerMember=2, limitPeriod="MONTH")

    made = (await done(STAFF, "launchCampaign", f"campaign {{ {fields} }}", **given, budget="5000"))["campaign"]
    again = await read(f"query ($id: ID!) {{ node(id: $id) {{ ... on Campaign {{ {fields} }} }} }}", id=made["id"])

    assert made == again["node"]
    assert {**made, "id": None, "slug": None} == {
        "id": None,
        "slug": None,
        "title": "Double March",
        "trigger": "PURCHASE",
        "activityCode": None,
        "condition": "order.item_count > 1",
        "bonusPoints": None,
        "multiplier": "1.5",
        "pointsPerUnit": None,
        "limitPerMember": 2,
        "limitPeriod": "MONTH",
        "budget": "5000",
        "budgetLeft": "5000",
        "endedAt": None,
        "windows": [{"market": "ES", "startsAt": "2026-02-28T23:00:00Z", "endsAt": "2026-03-31T22:00:00Z"}],
    }


@pytest.mark.parametrize(
    ("titles", "told"),
    [
        ({"es": "Uno", "en": "One", "fr": "Un"}, {"es": "Uno", "fr": "Un", "it": "One", "en": "One"}),
        ({"fr": "Un", "es": "Uno"}, {"es": "Uno", "fr": "Un", "it": "Un", "en": "Un"}),
        ({"it-IT": "Uno"}, {"es": "Uno", "fr": "Uno", "it": "Uno", "en": "Uno"}),
    ],
)
async def test_a_title_falls_back_to_english_then_to_the_first(
    programme: Db, titles: dict[str, str], told: dict[str, str]
) -> None:
    await launched(titles=[{"locale": locale, "text": text} for locale, text in titles.items()])

    seen = {language: (await read(RUNNING, language=language))["campaigns"]["edges"] for language in told}

    assert {language: edges[0]["node"]["title"] for language, edges in seen.items()} == told


async def test_everyone_sees_what_runs_in_their_market_and_no_more(programme: Db) -> None:
    spain = await launched()
    both = await launched(markets=["ES", "GB"], startsAt="2026-03-02T12:00", endsAt="2026-03-02T13:00")
    await launched(startsAt="2026-03-05T00:00")

    seen = {
        "nobody": await running(),
        "spain": await running(await enrolled()),
        "london": await running(await enrolled("GB")),
        "of spain": await running(await enrolled("GB"), market="ES"),
        "in an hour": await running(market="GB", at="2026-03-02T12:30:00Z"),
        "in three days": len(await running(at="2026-03-05T12:00:00Z")),
    }

    assert seen == {
        "nobody": [both, spain],
        "spain": [both, spain],
        "london": [],
        "of spain": [both, spain],
        "in an hour": [both],
        "in three days": 2,
    }


async def test_an_ended_campaign_is_gone_and_ending_it_again_changes_nothing(programme: Db) -> None:
    slug = await launched()
    ended = await done(STAFF, "endCampaign", "campaign { endedAt }", slug=slug)
    await advance(by="PT1H")

    again = await done(STAFF, "endCampaign", "campaign { endedAt }", slug=slug)

    assert ended == again and ended["campaign"]["endedAt"] is not None
    assert await running() == []
    assert by_campaign(await buys(await enrolled(), "10.00")) == {"own": 10}


async def test_each_act_of_staff_is_in_the_audit_log(programme: Db) -> None:
    slug = await launched(bonusPoints=7)
    await done(STAFF, "endCampaign", slug=slug)
    await done(STAFF, "endCampaign", slug=slug)

    lines = await rows(programme, "SELECT actor, action, subject, before, after FROM audit_line ORDER BY id")

    assert [(line["actor"], line["action"], line["subject"]) for line in lines] == [
        (STAFF.subject, "launchCampaign", f"campaign/{slug}"),
        (STAFF.subject, "endCampaign", f"campaign/{slug}"),
    ]
    assert lines[0]["after"]["bonus_points"] == 7
    assert lines[1]["before"] == {"ended_at": None} and lines[1]["after"]["ended_at"] is not None


async def test_an_unknown_campaign_cannot_be_ended(programme: Db) -> None:
    (error,) = (await do(STAFF, "endCampaign", slug="nothing"))["userErrors"]

    assert (error["code"], error["field"]) == ("NOT_FOUND", ["slug"])


async def test_a_slug_is_taken_once(programme: Db) -> None:
    slug = await launched()

    assert await refused(slug=slug, bonusPoints=1) == ("CAMPAIGN_EXISTS", ["slug"])
    assert await value(programme, "SELECT count(*) FROM campaign_window") == 1


@pytest.mark.parametrize(
    ("condition", "line", "column"),
    [("order.net >= 5", 1, 6), ("order.item_count > 1 &&\n member.age > 18", 2, 8), ("order.net_minor", 1, 1)],
)
async def test_a_wrong_condition_says_its_line_and_column(
    programme: Db, condition: str, line: int, column: int
) -> None:
    document = """mutation ($input: LaunchCampaignInput!) { launchCampaign(input: $input) {
      campaign { id } userErrors { code field message ... on ConditionError { line column } } } }"""

    answer = await read(
        document, as_=STAFF, language="en", input={"idempotencyKey": "key", **campaign(condition=condition)}
    )

    (error,) = answer["launchCampaign"]["userErrors"]
    assert (error["code"], error["field"]) == ("CONDITION_INVALID", ["condition"])
    assert (error["line"], error["column"]) == (line, column)
    assert error["message"].startswith("The condition is not valid: ")


INVALID = "INVALID_INPUT"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"slug": ""}, INVALID, ["slug"]),
        ({"slug": "a b"}, INVALID, ["slug"]),
        ({"slug": "x" * 65}, INVALID, ["slug"]),
        ({"titles": []}, INVALID, ["titles"]),
        ({"titles": [{"locale": "Spanish", "text": "x"}]}, INVALID, ["titles", "0", "locale"]),
        ({"titles": [{"locale": "es", "text": " "}]}, INVALID, ["titles", "0", "text"]),
        ({"titles": [{"locale": each, "text": "x"} for each in ("es", "es-MX")]}, INVALID, ["titles", "1", "locale"]),
        ({"markets": []}, INVALID, ["markets"]),
        ({"markets": ["ES", "ES"]}, INVALID, ["markets"]),
        ({"markets": ["ES", "PT"]}, "MARKET_NOT_SERVED", ["markets", "1"]),
        ({"startsAt": "2026-04-01T00:00"}, INVALID, ["endsAt"]),
        ({"startsAt": "2026-03-29T02:10", "endsAt": "2026-03-29T02:50"}, INVALID, ["endsAt"]),  # a skipped hour
        ({"trigger": "ADJUSTMENT"}, INVALID, ["trigger"]),
        ({"trigger": "CUSTOM"}, INVALID, ["activityCode"]),
        ({"trigger": "CUSTOM", "activityCode": "a quiz"}, INVALID, ["activityCode"]),
        ({"activityCode": "QUIZ"}, INVALID, ["activityCode"]),
        ({"bonusPoints": 5, "multiplier": "2"}, INVALID, ["bonusPoints"]),
        ({"multiplier": None}, INVALID, ["bonusPoints"]),
        ({"bonusPoints": 0}, INVALID, ["bonusPoints"]),
        ({"bonusPoints": 10_000_001}, INVALID, ["bonusPoints"]),
        ({"multiplier": "1"}, INVALID, ["multiplier"]),
        ({"multiplier": "-2"}, INVALID, ["multiplier"]),
        ({"multiplier": "100.0001"}, INVALID, ["multiplier"]),
        ({"multiplier": "1.00001"}, INVALID, ["multiplier"]),
        ({"pointsPerUnit": "0"}, INVALID, ["pointsPerUnit"]),
        ({"pointsPerUnit": "2", "trigger": "SHARE"}, INVALID, ["pointsPerUnit"]),
        ({"limitPerMember": 0}, INVALID, ["limitPerMember"]),
        ({"limitPeriod": "PRODUCT"}, INVALID, ["limitPeriod"]),
        ({"postingDays": -1}, INVALID, ["postingDays"]),
        ({"postingDays": 17}, INVALID, ["postingDays"]),  # no later than 16 days after the activity
        ({"budget": "0"}, INVALID, ["budget"]),
        ({"budget": "-5"}, INVALID, ["budget"]),
    ],
)
async def test_a_campaign_that_cannot_be_is_refused_and_nothing_is_written(
    programme: Db, given: dict[str, Any], code: str, field: list[str]
) -> None:
    assert await refused(**given) == (code, field)
    assert await value(programme, "SELECT count(*) FROM campaign") == 0
    assert await value(programme, "SELECT count(*) FROM audit_line") == 0
