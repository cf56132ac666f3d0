"""Would we see it? Each fault of campaigns, put into the running program, is caught by a checker."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from app.activities import judging, record
from app.campaigns import running
from app.database import Db, rows
from app.orders import swift_purchase
from app.rules import campaigns, earning
from app.rules.campaigns import Running
from app.rules.facts import OrderFacts
from tests.api.makers import enrolled
from tests.campaigns.makers import agrees, budget_left, buys, by_campaign, launched, lines
from tests.faults.fault import Checker, Fault, at_once, changed, each_checker_of, each_of, replaced
from tests.ledger.faults import nothing_swift

pytestmark = pytest.mark.fault

soundly_worth = campaigns.worth


async def together(*asked: Awaitable[Any]) -> list[Any]:
    """The answers of requests sent at the same instant; the first error, once all have ended."""
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return list(answers)


async def twenty_at_once_never_overrun_a_budget(db: Db) -> None:
    slug = await launched(bonusPoints=7, budget="50")
    members = [await enrolled() for _ in range(10)]

    earned = await together(*(buys(members[number % 10], "1.00") for number in range(20)))

    assert sum(by_campaign(one).get(slug, 0) for one in earned) == 49
    assert await budget_left(slug) == 1
    assert await agrees()


async def twenty_at_once_earn_a_once_per_member_bonus_once(db: Db) -> None:
    slug = await launched(bonusPoints=7, limitPerMember=1)
    who = await enrolled()

    earned = await together(*(buys(who, "1.00") for _ in range(20)))

    assert sum(by_campaign(one).get(slug, 0) for one in earned) == 7
    assert await agrees()


async def a_window_holds_its_start_and_not_its_end(db: Db) -> None:
    slug = await launched(startsAt="2026-03-02T11:00", endsAt="2026-03-02T12:00")
    who = await enrolled()
    instants = ("09:59:59", "10:00:00", "10:59:59", "11:00:00")

    earned = [await buys(who, "5.00", occurredAt=f"2026-03-02T{instant}Z") for instant in instants]

    assert [slug in by_campaign(one) for one in earned] == [False, True, True, False]


async def a_multiplier_multiplies_the_day_to_day_rules_alone(db: Db) -> None:
    bonus, double = await launched(bonusPoints=100), await launched()

    earned = await buys(await enrolled(), "10.75")

    assert by_campaign(earned) == {"own": 10, bonus: 100, double: 10}


async def a_condition_is_judged(db: Db) -> None:
    slug = await launched(bonusPoints=5, condition="order.item_count == 3")
    who = await enrolled()

    earned = [await buys(who, lines(("1.00", quantity))) for quantity in (2, 3)]

    assert [slug in by_campaign(one) for one in earned] == [False, True]


async def what_was_ended_rewards_nothing_more(db: Db) -> None:
    slug, who = await launched(bonusPoints=5), await enrolled()
    (found,) = await rows(db, "UPDATE campaign SET ended_at = programme_now() WHERE slug = $1 RETURNING id", slug)

    earned = by_campaign(await buys(who, "5.00"))

    assert found["id"] is not None
    assert slug not in earned


# Reads what is left, and then waits for whoever is spending.
READ_BEFORE = """
WITH was AS MATERIALIZED (SELECT budget_left FROM campaign WHERE id = $1)
UPDATE campaign SET budget_left = was.budget_left - $2 FROM was WHERE id = $1 AND was.budget_left >= $2 RETURNING id
"""


def multiplied_first(terms: campaigns.CampaignTerms, base_points: int, order: OrderFacts | None) -> int:
    if terms.multiplier is None or order is None:
        return soundly_worth(terms, base_points, order)
    return int(terms.multiplier * order.net_minor // 100) - base_points


def without_budgets(*given: Any) -> Running | None:
    found = running.running_among(*given)
    if found is None:
        return None
    return replace(found, campaigns=tuple(replace(terms, budget_left=None) for terms in found.campaigns))


async def nothing_spent(*_: object) -> frozenset[int]:
    return frozenset()


def bonuses_multiplied(patch: pytest.MonkeyPatch) -> None:
    """Adds up what campaigns gave before."""
    judge = campaigns.campaign_awards

    def with_bonuses(facts: object, revision: object, granted: object, one: Running, base_points: int) -> object:
        bonuses = sum(terms.bonus_points or 0 for terms in one.campaigns)
        return judge(facts, revision, granted, one, base_points + bonuses)  # type: ignore[arg-type]

    patch.setattr(earning, "campaign_awards", with_bonuses)


def always(*_: object) -> bool:
    return True


FAULTS = (
    Fault(
        "a budget is judged before the wait",
        changed(running, "_SPEND", "AND budget_left >= $2", ""),
        twenty_at_once_never_overrun_a_budget,
    ),
    Fault(
        "a budget is never spent",
        replaced(record, spend=nothing_spent),
        twenty_at_once_never_overrun_a_budget,
    ),
    Fault(
        "a budget is spent by one point more",
        changed(running, "_SPEND", "budget_left - $2", "budget_left - $2 - 1"),
        twenty_at_once_never_overrun_a_budget,
    ),
    Fault(
        "a limit is not counted",
        replaced(earning, campaign_limits=lambda *_: ()),
        twenty_at_once_earn_a_once_per_member_bonus_once,
    ),
    Fault(
        "a window holds its end",
        changed(swift_purchase, "_READ", "w.ends_at > happened.at", "w.ends_at >= happened.at"),
        a_window_holds_its_start_and_not_its_end,
    ),
    Fault(
        "a window holds its end under a lock",
        at_once(nothing_swift, changed(running, "_RUNNING", "w.ends_at > $2", "w.ends_at >= $2")),
        a_window_holds_its_start_and_not_its_end,
    ),
    Fault(
        "a window leaves out its start",
        changed(swift_purchase, "_READ", "w.starts_at <= happened.at", "w.starts_at < happened.at"),
        a_window_holds_its_start_and_not_its_end,
    ),
    Fault("bonuses are multiplied", bonuses_multiplied, a_multiplier_multiplies_the_day_to_day_rules_alone),
    Fault(
        "a budget is read before it is locked",
        replaced(running, _SPEND=READ_BEFORE),
        twenty_at_once_never_overrun_a_budget,
    ),
    Fault(
        "a budget that ran out meanwhile gives all the same",
        replaced(record, exhausted=lambda running, ran_out: running),
        twenty_at_once_never_overrun_a_budget,
    ),
    Fault(
        "a campaign with a budget rewards without a lock",
        replaced(judging, running_among=without_budgets),
        twenty_at_once_never_overrun_a_budget,
    ),
    Fault(
        "an order is multiplied before it is floored",
        replaced(campaigns, worth=multiplied_first),
        a_multiplier_multiplies_the_day_to_day_rules_alone,
    ),
    Fault(
        "an ended campaign rewards on",
        at_once(
            changed(swift_purchase, "_READ", "coalesce(ended_at, 'infinity') > happened.at", "true"),
            changed(running, "_RUNNING", "coalesce(ended_at, 'infinity') > $2", "true"),
        ),
        what_was_ended_rewards_nothing_more,
    ),
    Fault("a condition always holds", replaced(campaigns, holds=always), a_condition_is_judged),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(programme: Db, checker: Checker) -> None:
    await checker(programme)


@each_of(FAULTS)
async def test_it_is_caught_that(programme: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(programme, monkeypatch)
