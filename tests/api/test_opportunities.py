"""Does a member see what they can still earn, and no more?"""

from typing import Any

import pytest

from app.database import Db
from tests.api.asking import advance, done, read
from tests.api.makers import enrolled, shared, stand, tapped
from tests.client import SHOP, Who, fresh

DOCUMENT = "{ me { earningOpportunities { kind code per rule title points remaining resetsAt } } }"


async def opportunities(who: Who) -> dict[str, dict[str, Any]]:
    """What a member can still earn, by rule."""
    found = (await read(DOCUMENT, as_=who, language="en"))["me"]["earningOpportunities"]
    return {one.pop("rule"): one for one in found}


def facts(one: dict[str, Any]) -> tuple[int, int | None, str | None]:
    return one["points"], one["remaining"], one["resetsAt"]


async def test_a_new_member_can_do_everything_but_register_again(programme: Db) -> None:
    seen = await opportunities(await enrolled())

    assert {rule: facts(one) for rule, one in seen.items()} == {
        "APP_LOGIN": (30, 1, None),
        "PURCHASE": (1, None, None),
        "SHARE": (5, 3, "2026-03-31T22:00:00Z"),
        "REVIEW": (20, None, None),
        "FUEL": (10, 1, "2026-03-02T23:00:00Z"),
        "FUEL_STREAK": (100, None, None),
    }
    assert seen["SHARE"]["title"] == "Share a product and get 5 points"
    assert seen["PURCHASE"]["title"] == "Shop on mi.com and get 1 point for every whole euro"
    assert {rule: one["per"] for rule, one in seen.items() if one["per"]} == {"PURCHASE": "EUR"}
    assert {one["kind"] for one in seen.values()} == {"APP_LOGIN", "PURCHASE", "SHARE", "REVIEW", "FUEL"}


async def test_pounds_are_spent_in_london(programme: Db) -> None:
    seen = await opportunities(await enrolled("GB"))

    assert seen["PURCHASE"]["per"] == "GBP"
    assert seen["PURCHASE"]["title"] == "Shop on mi.com and get 1 point for every whole pound"
    assert seen["SHARE"]["resetsAt"] == "2026-03-31T23:00:00Z"


async def test_what_is_used_up_is_gone_until_it_opens_anew(programme: Db) -> None:
    who = await enrolled()
    await tapped(who)
    await done(who, "recordAppLogin", deviceId="phone")
    left = []
    for _ in range(4):
        left.append((await opportunities(who)).get("SHARE", {}).get("remaining"))
        await shared(who)

    assert left == [3, 2, 1, None]
    assert set(await opportunities(who)) == {"PURCHASE", "REVIEW", "FUEL_STREAK"}
    await advance(to="2026-03-02T23:00:00Z")
    assert set(await opportunities(who)) == {"PURCHASE", "REVIEW", "FUEL", "FUEL_STREAK"}
    await advance(to="2026-03-31T21:59:59Z")
    assert "SHARE" not in await opportunities(who)
    await advance(to="2026-03-31T22:00:00Z")
    assert facts((await opportunities(who))["SHARE"]) == (5, 3, "2026-04-30T22:00:00Z")


async def test_the_first_review_of_another_product_stays_open(programme: Db) -> None:
    who = await enrolled()
    await done(SHOP, "recordReview", miAccountId=who.subject, sku="MI-14", reviewId=fresh("review"))

    assert facts((await opportunities(who))["REVIEW"]) == (20, None, None)


@pytest.mark.parametrize("status", ["SUSPENDED", "CLOSED"])
async def test_who_may_not_earn_sees_nothing_to_earn(programme: Db, status: str) -> None:
    who = await enrolled()
    await stand(who, status)

    assert await opportunities(who) == {}
    assert (await read("{ me { status } }", as_=who))["me"]["status"] == status


async def test_what_is_promised_is_what_is_earned(programme: Db) -> None:
    who = await enrolled()
    promised = await opportunities(who)

    login = await done(who, "recordAppLogin", "activity { points }", deviceId="phone")
    tap = await done(who, "tapFuel", "activity { points }")
    share = {"sku": "MI-14", "network": "mastodon", "url": "https://social.example/1"}
    sharing = await done(who, "recordShare", "activity { points }", **share)

    earned = {"APP_LOGIN": login, "FUEL": tap, "SHARE": sharing}
    assert {rule: payload["activity"]["points"] for rule, payload in earned.items()} == {
        rule: promised[rule]["points"] for rule in earned
    }
