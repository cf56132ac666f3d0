"""Does a member see the campaigns that they can still earn from, and no more?"""

from typing import Any

from app.database import Db
from tests.api.asking import read
from tests.api.makers import enrolled
from tests.campaigns.makers import buys, launched
from tests.client import Who

DOCUMENT = "{ me { earningOpportunities { kind code per rule title points remaining resetsAt campaign { slug } } } }"


async def opportunities(who: Who) -> dict[str, dict[str, Any]]:
    """What campaigns a member can still earn from, by slug."""
    found = (await read(DOCUMENT, as_=who))["me"]["earningOpportunities"]
    assert all((one["campaign"] is None) != (one["rule"] == "CAMPAIGN") for one in found)
    return {one["campaign"]["slug"]: one for one in found if one["campaign"]}


async def test_running_campaigns_are_offered_with_what_they_add(programme: Db) -> None:
    double, rate, bonus, quiz = [
        await launched(**given)
        for given in (
            {"multiplier": "3"},
            {"pointsPerUnit": "2"},
            {"trigger": "SHARE", "bonusPoints": 5, "limitPerMember": 2, "limitPeriod": "MONTH"},
            {"trigger": "CUSTOM", "activityCode": "QUIZ", "bonusPoints": 15},
        )
    ]
    await launched(startsAt="2026-03-20T00:00")

    seen = await opportunities(await enrolled())

    assert {slug: (one["kind"], one["code"], one["points"], one["per"]) for slug, one in seen.items()} == {
        double: ("PURCHASE", None, 2, "EUR"),
        rate: ("PURCHASE", None, 2, "EUR"),
        bonus: ("SHARE", None, 5, None),
        quiz: ("CUSTOM", "QUIZ", 15, None),
    }
    assert (seen[bonus]["remaining"], seen[bonus]["resetsAt"]) == (2, "2026-03-31T22:00:00Z")
    assert {one["title"] for one in seen.values()} == {"Marzo doble"}


async def test_what_is_used_up_is_gone(programme: Db) -> None:
    limited = await launched(bonusPoints=5, limitPerMember=1)
    budgeted = await launched(bonusPoints=7, budget="13")
    who, other = await enrolled(), await enrolled()
    before = set(await opportunities(who))

    await buys(who, "1.00")

    assert before == {limited, budgeted}
    assert set(await opportunities(who)) == set()
    assert set(await opportunities(other)) == {limited}


async def test_a_campaign_of_another_market_is_not_offered(programme: Db) -> None:
    await launched()

    assert await opportunities(await enrolled("GB")) == {}
