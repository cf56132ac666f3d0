"""Is a member shown what can still be earned today, and no more?"""

from app.rules.earning import Granted
from app.rules.opportunities import Opportunity, limits_on, opportunities
from app.rules.revision import Kind
from tests.rules.makers import day, revision

TODAY = day("2026-03-31")


def open_rules(granted: Granted) -> dict[str, Opportunity]:
    return {each.rule: each for each in opportunities(revision(), TODAY, granted)}


def test_a_new_member_sees_every_rule_with_its_points_and_limit() -> None:
    shown = open_rules({})

    assert list(shown) == ["REGISTRATION", "APP_LOGIN", "PURCHASE", "SHARE", "REVIEW", "FUEL", "FUEL_STREAK"]
    assert shown["PURCHASE"] == Opportunity("PURCHASE", Kind.PURCHASE, None, 1, "EUR", None, None)
    assert shown["SHARE"] == Opportunity("SHARE", Kind.SHARE, None, 5, None, 3, day("2026-04-01"))
    assert shown["REVIEW"] == Opportunity("REVIEW", Kind.REVIEW, None, 20, None, None, None)
    assert shown["FUEL"] == Opportunity("FUEL", Kind.FUEL, None, 10, None, 1, day("2026-04-01"))
    assert shown["FUEL_STREAK"].points == 100


def test_what_is_used_up_is_not_shown() -> None:
    granted = {
        ("REGISTRATION", "LIFETIME"): 1,
        ("APP_LOGIN", "LIFETIME"): 1,
        ("SHARE", "2026-03"): 2,
        ("FUEL", "2026-03-31"): 1,
    }

    shown = open_rules(granted)

    assert list(shown) == ["PURCHASE", "SHARE", "REVIEW", "FUEL_STREAK"]
    assert shown["SHARE"].remaining == 1


def test_yesterdays_and_last_months_grants_leave_today_open() -> None:
    shown = open_rules({("SHARE", "2026-02"): 3, ("FUEL", "2026-03-30"): 1})

    assert (shown["SHARE"].remaining, shown["FUEL"].remaining) == (3, 1)


def test_the_limits_to_count_leave_single_products_out() -> None:
    keys = [(limit.rule, limit.key) for limit in limits_on(revision(), TODAY)]

    assert keys == [
        ("REGISTRATION", "LIFETIME"),
        ("APP_LOGIN", "LIFETIME"),
        ("SHARE", "2026-03"),
        ("FUEL", "2026-03-31"),
    ]
