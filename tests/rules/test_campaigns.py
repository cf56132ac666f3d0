"""What does a campaign award, and what is left of that when a part of the order comes back? (PROGRAMME 3, 9)"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.campaigns import CampaignTerms, KeptOrder, MemberFacts, Running, age_years, still_worth, worth
from app.rules.earning import OrderFacts, award, limits_of
from app.rules.terms import Period
from tests.rules.makers import activity, day, purchase, revision

MEMBER = MemberFacts("ES", 35, 10, 2)


def terms(**given: Any) -> CampaignTerms:
    effects = {"bonus_points", "multiplier", "points_per_unit"} & given.keys()
    return CampaignTerms(**{"id": 7, "trigger": "PURCHASE", **({} if effects else {"bonus_points": 10}), **given})


def running(*campaigns: CampaignTerms) -> Running:
    return Running(campaigns, MEMBER, 12)


def kept(net_minor: int, *skus: str, pieces: int = 1) -> KeptOrder:
    return KeptOrder("EUR", net_minor, pieces, skus, ())


@pytest.mark.parametrize(
    ("effect", "base", "net_minor", "points"),
    [
        ({"multiplier": Decimal(2)}, 10, 1075, 10),
        ({"multiplier": Decimal("1.5")}, 31, 3149, 15),
        ({"multiplier": Decimal("1.0001")}, 9_999, 999_900, 0),
        ({"multiplier": Decimal("1.0001")}, 10_000, 1_000_000, 1),
        ({"points_per_unit": Decimal("0.3333")}, 0, 399, 0),
        ({"points_per_unit": Decimal("0.3334")}, 0, 399, 1),
        ({"points_per_unit": Decimal(3)}, 3, 399, 9),
        ({"bonus_points": 25}, 0, 0, 25),
    ],
)
def test_each_effect_is_floored_once_in_decimals(
    effect: dict[str, Any], base: int, net_minor: int, points: int
) -> None:
    assert worth(terms(**effect), base, OrderFacts("EUR", net_minor, item_count=1)) == points


@pytest.mark.parametrize(
    ("effect", "order", "base", "points"),
    [
        ({"multiplier": Decimal("1.5")}, kept(1500), 15, 7),
        ({"points_per_unit": Decimal("0.25")}, kept(1500), 15, 3),
        ({"bonus_points": 25}, kept(1), 0, 25),
        ({"bonus_points": 25, "condition": "'A' in order.skus"}, kept(1500, "A"), 15, 25),
        ({"bonus_points": 25, "condition": "'A' in order.skus"}, kept(1500, "B"), 15, 0),
        ({"bonus_points": 25, "condition": "order.net_minor >= 2000"}, kept(1999), 19, 0),
        ({"bonus_points": 25, "condition": "member.purchases == 2"}, kept(1), 0, 25),
        ({"multiplier": Decimal(2), "condition": "order.net_minor >= 2000"}, kept(1500), 15, 15),
        ({"bonus_points": 25}, kept(0, pieces=0), 0, 0),
        ({"multiplier": Decimal(2)}, kept(0, pieces=0), 0, 0),
    ],
)
def test_what_is_kept_is_computed_again_and_a_bonus_stays_while_its_condition_holds(
    effect: dict[str, Any], order: KeptOrder, base: int, points: int
) -> None:
    granted = award(
        purchase(3149, item_count=2, skus=("A", "B")), revision(), {}, running(terms(**{**effect, "condition": None}))
    ).awards[-1]

    assert still_worth(terms(**effect), base, order, granted.inputs) == points


@given(
    rate=st.decimals("1.0001", 100, places=4),
    net=st.lists(st.integers(0, 10**6), min_size=1, max_size=6),
    condition=st.sampled_from([None, "order.net_minor > 500"]),
)
def test_returning_all_in_any_steps_takes_back_exactly_the_grant(
    rate: Decimal, net: list[int], condition: str | None
) -> None:
    for effect in ({"multiplier": rate}, {"points_per_unit": rate}, {"bonus_points": 25}):
        one = terms(condition=condition, **effect)
        granted = worth(one, sum(net) // 100, kept(sum(net)))
        left = granted
        for gone in range(1, len(net) + 1):
            rest = sum(net[gone:])
            still = still_worth(one, rest // 100, kept(rest, pieces=len(net) - gone), _then())
            assert 0 <= still <= left, "what is kept never earns more than before"
            left = still
        assert left == 0


def _then() -> Any:
    decided = award(purchase(100, item_count=1), revision(), {}, running(terms()))
    return decided.awards[-1].inputs


def test_a_multiplier_multiplies_the_rules_and_no_other_campaign() -> None:
    double, bonus = terms(id=1, multiplier=Decimal(2)), terms(id=2, bonus_points=1_000)
    for campaigns in ((double, bonus), (bonus, double)):
        decided = award(purchase(1075, item_count=1), revision(), {}, running(*campaigns))

        assert {one.campaign_id: one.points for one in decided.awards} == {None: 10, 1: 10, 2: 1_000}


def test_a_streak_of_another_day_is_multiplied_by_nobody() -> None:
    tap = activity("FUEL", "2026-02-01", streak_dates=(day("2026-02-02"),))

    decided = award(tap, revision(), {}, running(terms(trigger="FUEL", multiplier=Decimal(2))))

    assert [(one.rule, one.points) for one in decided.awards] == [("FUEL", 10), ("FUEL_STREAK", 100), ("CAMPAIGN", 10)]


@pytest.mark.parametrize(
    ("period", "key"),
    [
        (Period.LIFETIME, "campaign:7:LIFETIME"),
        (Period.PRODUCT, "campaign:7:sku:MI-14"),
        (Period.MONTH, "campaign:7:2026-03"),
        (Period.DAY, "campaign:7:2026-03-31"),
    ],
)
def test_a_limit_has_a_key_of_its_own_for_each_period(period: Period, key: str) -> None:
    share = activity("SHARE", "2026-03-31", sku="MI-14")
    limited = running(terms(trigger="SHARE", limit_per_member=2, limit_period=period))

    slots = [
        [one.slot for one in award(share, revision(), {("CAMPAIGN", key): had}, limited).awards if one.campaign_id]
        for had in (0, 1, 2)
    ]

    assert slots == [[1], [2], []]
    assert [one.key for one in limits_of(share, revision(), limited)] == ["2026-03", key]


def test_why_there_is_nothing_is_said_once_for_each_campaign() -> None:
    used_up = terms(id=1, limit_per_member=1)
    spent = terms(id=2, budget_left=9)
    other = terms(id=3, condition="false")
    granted = {("CAMPAIGN", "campaign:1:LIFETIME"): 1}

    decided = award(purchase(99, item_count=1), revision(), granted, running(used_up, spent, other))

    assert [reason.code for reason in decided.reasons] == ["BELOW_ONE_UNIT", "CAMPAIGN_LIMIT", "BUDGET_EXHAUSTED"]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"suspended": True}, "ACCOUNT_SUSPENDED"), ({"excluded": True}, "EXCLUDED")],
)
def test_who_is_suspended_and_what_is_excluded_earn_nothing(facts: dict[str, Any], reason: str) -> None:
    share = activity("SHARE", "2026-03-31", sku="MI-14", **facts)

    decided = award(share, revision(), {}, running(terms(trigger="SHARE")))

    assert decided.awards == () and decided.reason is not None and decided.reason.code == reason


@pytest.mark.parametrize(
    ("kind", "posting_days", "posting_date", "at_once", "awaits"),
    [
        ("PURCHASE", None, "2026-03-30", False, False),
        ("PURCHASE", 0, "2026-03-14", True, False),
        ("PURCHASE", 3, "2026-03-17", False, False),
        ("SHARE", None, "2026-03-14", True, False),
        ("SHARE", 3, "2026-03-17", False, False),
        ("REVIEW", None, "2026-03-30", False, True),
        ("REVIEW", 0, "2026-03-14", True, False),
        ("CUSTOM", None, "2026-03-14", True, False),
    ],
)
def test_points_post_as_the_activitys_own_unless_the_campaign_says(
    kind: str, posting_days: int | None, posting_date: str, at_once: bool, awaits: bool
) -> None:
    facts = activity(kind, "2026-03-14", order=OrderFacts("EUR", 5_000, item_count=1) if kind == "PURCHASE" else None)

    (one,) = [
        each
        for each in award(facts, revision(), {}, running(terms(trigger=kind, posting_days=posting_days))).awards
        if each.campaign_id
    ]

    assert (one.posting_date, one.posts_at is None, one.awaits_approval) == (day(posting_date), at_once, awaits)
    assert one.last_usable_day == one.posting_date.replace(year=2027)


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        ("1990-05-17", "2026-05-16", 35),
        ("1990-05-17", "2026-05-17", 36),
        ("2004-02-29", "2026-02-28", 21),
        ("2004-02-29", "2026-03-01", 22),
        ("2004-02-29", "2028-02-29", 24),
        ("2026-03-02", "2026-03-01", 0),
    ],
)
def test_years_are_whole_and_a_29_february_counts_from_1_march(born: str, on: str, years: int) -> None:
    assert age_years(day(born), day(on)) == years
