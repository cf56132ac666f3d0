"""Which activities are known by a code alone, and what do they earn? (PROGRAMME 3, 10)"""

import asyncio
from typing import Any

import pytest

from app.database import Db, value
from tests.api.asking import do
from tests.api.makers import enrolled
from tests.campaigns.makers import agrees, by_campaign, does, launched
from tests.client import SHOP, fresh


async def test_a_custom_activity_is_known_by_a_campaigns_code(programme: Db) -> None:
    slug = await launched(trigger="CUSTOM", activityCode="QUIZ-2026", bonusPoints=15, limitPerMember=1)
    who = await enrolled()

    first = await does(who, "QUIZ-2026", reference="round-1")
    again = await does(who, "QUIZ-2026", reference="round-1")
    second = await does(who, "QUIZ-2026", reference="round-2")

    assert by_campaign(first) == {slug: 15}
    assert (first["id"], first["status"]) == (again["id"], "POSTED")
    assert (second["points"], second["status"]) == (0, "NONE")
    assert await agrees()


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"code": "QUIZ-2027"}, ("UNKNOWN_ACTIVITY", ["code"])),
        ({"occurredAt": "2026-02-01T00:00:00Z"}, ("UNKNOWN_ACTIVITY", ["code"])),
        ({"occurredAt": "2026-03-03T00:00:00Z"}, ("INVALID_INPUT", ["occurredAt"])),
        ({"reference": "ana's"}, ("INVALID_INPUT", ["reference"])),
        ({"reference": ""}, ("INVALID_INPUT", ["reference"])),
        ({"miAccountId": ""}, ("INVALID_INPUT", ["miAccountId"])),
        ({"miAccountId": "nobody"}, ("NOT_ENROLLED", None)),
    ],
)
async def test_a_custom_activity_that_is_refused(
    programme: Db, given: dict[str, Any], refusal: tuple[str, list[str] | None]
) -> None:
    await launched(trigger="CUSTOM", activityCode="QUIZ-2026", bonusPoints=15)
    await does(await enrolled(), "QUIZ-2026", reference="ana's")
    sound = {"code": "QUIZ-2026", "reference": fresh("reference"), "miAccountId": (await enrolled()).subject}

    (error,) = (await do(SHOP, "recordCustomActivity", **{**sound, **given}))["userErrors"]

    assert (error["code"], error["field"]) == refusal


async def test_a_reference_sent_many_times_at_once_is_one_activity(programme: Db) -> None:
    await launched(trigger="CUSTOM", activityCode="QUIZ-2026", bonusPoints=15)
    who, other = await enrolled(), await enrolled()
    given = {"code": "QUIZ-2026", "reference": "round-1"}

    payloads = await asyncio.gather(
        *(
            do(SHOP, "recordCustomActivity", "activity { id }", miAccountId=one.subject, **given)
            for one in [who, other] * 5
        )
    )

    ids = {payload["activity"]["id"] for payload in payloads if payload["activity"]}
    refused = {error["code"] for payload in payloads for error in payload["userErrors"]}
    assert (len(ids), refused) == (1, {"INVALID_INPUT"})
    assert await value(programme, "SELECT count(*) FROM activity WHERE kind = 'CUSTOM'") == 1
    assert await agrees()


async def test_a_slash_in_a_source_or_reference_confuses_nothing(programme: Db) -> None:
    await launched(trigger="CUSTOM", activityCode="QUIZ", bonusPoints=15)
    who = await enrolled()

    both = [
        await does(who, "QUIZ", source=source, reference=reference)
        for source, reference in (("app/es", "1"), ("app", "es/1"))
    ]

    assert both[0]["id"] != both[1]["id"]
    assert await agrees()
