"""Does every rule of PROGRAMME 3 earn what it says, when it says, and say why?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.earning import ActivityFacts, LimitKey, OrderFacts, award, confirmed, limits_of
from app.rules.revision import EarningRule, Kind, Period, Posts
from app.rules.text import Text
from tests.rules.makers import activity, day, decide, purchase, revision, utc


@pytest.mark.parametrize(
    ("facts", "points"),
    [
        (activity("REGISTRATION", "2026-03-14"), 50),
        (activity("APP_LOGIN", "2026-03-14"), 30),
        (activity("SHARE", "2026-03-14", sku="AB-1"), 5),
        (activity("FUEL", "2026-03-14"), 10),
    ],
)
def test_what_posts_at_once_is_dated_on_its_own_local_day(facts: ActivityFacts, points: int) -> None:
    (only,) = decide(facts).awards

    assert (only.rule, only.points) == (facts.kind, points)
    assert (only.posts_at, only.awaits_approval) == (None, False)
    assert only.local_date == only.posting_date == day("2026-03-14")
    assert (only.last_usable_day, only.expires_at) == (day("2027-03-14"), utc("2027-03-14T23:00"))


def test_a_purchase_earns_one_point_a_whole_unit_and_is_pending_until_day_16_ends() -> None:
    (only,) = decide(purchase(2997)).awards

    assert (only.rule, only.points) == ("PURCHASE", 29)
    assert (only.posting_date, only.posts_at) == (day("2026-03-30"), utc("2026-03-30T22:00"))
    assert (only.last_usable_day, only.expires_at) == (day("2027-03-30"), utc("2027-03-30T22:00"))
    assert (only.limit_key, only.slot, only.awaits_approval) == (None, None, False)


def test_the_purchase_is_explained_with_only_the_discounts_that_it_had() -> None:
    plain = decide(purchase(2997)).awards[0]
    discounted = decide(purchase(3149, coupon_minor=500, points_minor=20, excluded_minor=1000)).awards[0]

    assert plain.explanation == Text("PURCHASE", {"points": 29, "units": 29, "net_minor": 2997, "currency": "EUR"})
    assert discounted.explanation.facts == {
        "points": 31,
        "units": 31,
        "net_minor": 3149,
        "currency": "EUR",
        "coupon_minor": 500,
        "points_discount_minor": 20,
        "excluded_minor": 1000,
    }


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (purchase(99), Text("BELOW_ONE_UNIT", {"net_minor": 99, "currency": "EUR"})),
        (purchase(0), Text("BELOW_ONE_UNIT", {"net_minor": 0, "currency": "EUR"})),
        (purchase(0, excluded_minor=9999), Text("EXCLUDED")),
        (activity("SHARE", "2026-03-14", sku="AB-1", excluded=True), Text("EXCLUDED")),
        (activity("FUEL", "2026-03-14", suspended=True), Text("ACCOUNT_SUSPENDED")),
        (activity("CUSTOM", "2026-03-14", code="BROWSE"), Text("NO_RULE")),
        (activity("ADJUSTMENT", "2026-03-14"), Text("NO_RULE")),
    ],
)
def test_nothing_earned_is_no_error_and_says_why(facts: ActivityFacts, reason: Text) -> None:
    decision = decide(facts)

    assert (decision.awards, decision.points, decision.reason) == ((), 0, reason)


def test_a_product_that_the_revision_excludes_earns_nothing() -> None:
    facts = activity("REVIEW", "2026-03-14", sku="AB-1")

    assert award(facts, revision(excluded_skus=("AB-1",)), {}).reason == Text("EXCLUDED")
    assert award(facts, revision(excluded_skus=("AB-2",)), {}).points == 20


@pytest.mark.parametrize(
    ("facts", "limits"),
    [
        (activity("REGISTRATION", "2026-03-31"), (LimitKey("REGISTRATION", "LIFETIME", 1, Period.LIFETIME),)),
        (activity("APP_LOGIN", "2026-03-31"), (LimitKey("APP_LOGIN", "LIFETIME", 1, Period.LIFETIME),)),
        (activity("SHARE", "2026-03-31", sku="AB-1"), (LimitKey("SHARE", "2026-03", 3, Period.MONTH),)),
        (activity("REVIEW", "2026-03-31", sku="AB-1"), (LimitKey("REVIEW", "sku:AB-1", 1, Period.PRODUCT),)),
        (activity("FUEL", "2026-03-31"), (LimitKey("FUEL", "2026-03-31", 1, Period.DAY),)),
        (purchase(2997), ()),
        (activity("CUSTOM", "2026-03-31", code="BROWSE"), ()),
    ],
)
def test_what_has_to_be_counted(facts: ActivityFacts, limits: tuple[LimitKey, ...]) -> None:
    assert limits_of(facts, revision()) == limits


@pytest.mark.parametrize(
    ("facts", "granted", "limit", "resets_on"),
    [
        (activity("REGISTRATION", "2026-03-31"), {("REGISTRATION", "LIFETIME"): 1}, 1, None),
        (activity("REVIEW", "2026-03-31", sku="AB-1"), {("REVIEW", "sku:AB-1"): 1}, 1, None),
        (activity("SHARE", "2026-12-31", sku="AB-1"), {("SHARE", "2026-12"): 3}, 3, "2027-01-01"),
        (activity("FUEL", "2028-02-28"), {("FUEL", "2028-02-28"): 1}, 1, "2028-02-29"),
    ],
)
def test_a_limit_reached_says_when_it_opens_again(
    facts: ActivityFacts, granted: dict[tuple[str, str], int], limit: int, resets_on: str | None
) -> None:
    decision = decide(facts, granted)

    assert decision.awards == ()
    assert decision.reason is not None
    assert decision.reason.code == "LIMIT_REACHED"
    assert (decision.reason.facts["limit"], decision.reason.facts["resets_on"]) == (limit, resets_on)


def test_the_third_share_of_a_month_is_granted_and_numbered_and_the_next_month_starts_anew() -> None:
    third = decide(activity("SHARE", "2026-03-31", sku="AB-1"), {("SHARE", "2026-03"): 2}).awards[0]
    first = decide(activity("SHARE", "2026-04-01", sku="AB-1"), {("SHARE", "2026-03"): 3}).awards[0]

    assert (third.limit_key, third.slot) == ("2026-03", 3)
    assert third.explanation == Text("SHARE", {"points": 5, "number": 3, "limit": 3, "month_on": "2026-03-01"})
    assert (first.limit_key, first.slot) == ("2026-04", 1)


def test_a_review_awaits_its_approval_and_posts_by_day_16_without_it() -> None:
    (only,) = decide(activity("REVIEW", "2026-12-20", sku="AB-1")).awards

    assert (only.awaits_approval, only.points, only.limit_key) == (True, 20, "sku:AB-1")
    assert (only.posting_date, only.posts_at) == (day("2027-01-05"), utc("2027-01-05T23:00"))
    assert only.explanation == Text("REVIEW", {"points": 20, "sku": "AB-1"})


def test_the_seventh_tap_earns_its_own_ten_and_a_hundred_on_top() -> None:
    seventh = activity("FUEL", "2026-02-02", streak_dates=(day("2026-02-02"),))

    fuel, streak = decide(seventh).awards

    assert (fuel.points, streak.points) == (10, 100)
    assert fuel.explanation == Text("FUEL", {"points": 10, "day_on": "2026-02-02"})
    assert streak.explanation == Text("FUEL_STREAK", {"points": 100, "days": 7, "day_on": "2026-02-02"})
    assert (streak.rule, streak.posts_at, streak.limit_key) == ("FUEL_STREAK", None, None)


def test_a_bonus_that_a_late_tap_completes_is_dated_on_the_seventh_day() -> None:
    late = activity("FUEL", "2026-01-31", streak_dates=(day("2026-02-02"),))

    fuel, streak = decide(late).awards

    assert fuel.local_date == day("2026-01-31")
    assert streak.local_date == streak.posting_date == day("2026-02-02")
    assert streak.last_usable_day == day("2027-02-02")


def test_a_purchase_without_its_order_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="needs its order"):
        decide(activity("PURCHASE", "2026-03-14"))


def test_a_custom_activity_earns_by_its_own_code() -> None:
    browse = EarningRule(
        "BROWSE_PAGES", Kind.CUSTOM, "BROWSE", 10, False, 2, Period.DAY, Posts.AT_ONCE, titles={"en": "Browse"}
    )
    with_browsing = revision(rules=(*revision().rules, browse))

    (only,) = award(activity("CUSTOM", "2026-03-14", code="BROWSE"), with_browsing, {}).awards

    assert (only.rule, only.points, only.limit_key, only.slot) == ("BROWSE_PAGES", 10, "2026-03-14", 1)
    assert only.explanation == Text("CUSTOM", {"points": 10, "code": "BROWSE"})
    assert award(activity("CUSTOM", "2026-03-14", code="QUIZ"), with_browsing, {}).reason == Text("NO_RULE")


@pytest.mark.parametrize(
    ("delivered", "posting_date", "last_day"),
    [
        ("2026-03-20", "2026-03-20", "2027-03-20"),
        ("2026-03-14", "2026-03-14", "2027-03-14"),
        ("2026-03-10", "2026-03-14", "2027-03-14"),  # a delivery that claims to be earlier than its purchase
    ],
)
def test_a_confirmed_award_posts_on_the_later_of_purchase_and_delivery(
    delivered: str, posting_date: str, last_day: str
) -> None:
    posting = confirmed(day("2026-03-14"), day(delivered), revision(), "Europe/Madrid")

    assert (posting.posting_date, posting.last_usable_day) == (day(posting_date), day(last_day))
    assert posting.expires_at == utc(f"{last_day}T23:00")


@given(st.integers(0, 10**12), st.dates(date(2020, 1, 1), date(2050, 1, 1)), st.sampled_from(["ES", "GB"]))
def test_a_purchase_is_floored_once_and_lives_twelve_months_from_day_16(net_minor: int, on: date, market: str) -> None:
    rules = revision(market)
    facts = ActivityFacts("PURCHASE", on, rules.market.time_zone, order=OrderFacts(rules.market.currency, net_minor))

    decision = award(facts, rules, {})

    assert decision.points == net_minor // 100
    for only in decision.awards:
        assert only.posting_date == on + timedelta(days=16)
        assert only.posts_at is not None
        assert only.posts_at < only.expires_at
    assert (decision.reason is None) == (net_minor >= 100)


@given(st.integers(0, 10))
def test_a_limit_grants_exactly_as_often_as_it_says(attempts: int) -> None:
    granted: dict[tuple[str, str], int] = {}
    for _ in range(attempts):
        for each in decide(activity("SHARE", "2026-03-14", sku="AB-1"), granted).awards:
            assert each.limit_key is not None
            granted[each.rule, each.limit_key] = granted.get((each.rule, each.limit_key), 0) + 1
            assert each.slot == granted[each.rule, each.limit_key]

    assert granted.get(("SHARE", "2026-03"), 0) == min(attempts, 3)
