"""Does a programme document say for each market what PROGRAMME 2, 3, 6, 7, 8 and 10 say?"""

import json

import pytest

from app.rules.revision import Kind, OfferFacts, Posts, from_body, parse_document, to_body
from tests.rules.makers import BROWSING, SEED_TEXT, revision, seed, seed_with, utc


def test_the_seed_names_four_markets_with_their_own_facts() -> None:
    facts = {
        code: (each.market.currency, each.market.time_zone, each.market.locale) for code, each in seed().markets.items()
    }

    assert facts == {
        "ES": ("EUR", "Europe/Madrid", "es"),
        "FR": ("EUR", "Europe/Paris", "fr"),
        "IT": ("EUR", "Europe/Rome", "it"),
        "GB": ("GBP", "Europe/London", "en"),
    }
    assert revision("IT").market.operator == "Xiaomi Technology Netherlands B.V."
    assert revision("GB").market.operator == "Xiaomi Technology UK Limited"


@pytest.mark.parametrize("market", ["ES", "FR", "IT", "GB"])
def test_the_seeds_numbers_are_the_programmes(market: str) -> None:
    terms = revision(market)

    assert {rule.rule: rule.points for rule in terms.rules} == {
        "REGISTRATION": 50,
        "APP_LOGIN": 30,
        "PURCHASE": 1,
        "SHARE": 5,
        "REVIEW": 20,
        "FUEL": 10,
        "FUEL_STREAK": 100,
    }
    assert (terms.minimum_age, terms.point_value_minor, terms.minimum_to_possess) == (18, 1, 1000)
    assert (terms.maximum_share_bp, terms.expiry_months, terms.posting_days) == (10_000, 12, 16)
    assert (terms.reservation_minutes, terms.late_tap_hours, terms.terms_version) == (30, 48, "2020-01")
    assert terms.offers == tuple(OfferFacts(100 * value, 100 * value, 180) for value in (5, 10, 20, 50))
    assert terms.terms_url.startswith("https://www.mi.com/")


def test_a_revision_starts_with_its_day_in_each_market() -> None:
    assert revision("ES").valid_from == utc("2019-12-31T23:00")
    assert revision("GB").valid_from == utc("2020-01-01T00:00")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-06-17", "2025-06-16T22:00"),
        ("2025-06-17T09:00:00", "2025-06-17T07:00"),
        ("2025-06-17T09:00:00Z", "2025-06-17T09:00"),
        ("2025-06-17T09:00:00+01:00", "2025-06-17T08:00"),
    ],
)
def test_valid_from_is_a_day_a_wall_clock_time_or_an_instant(written: str, expected: str) -> None:
    document = parse_document(seed_with("valid_from = 2020-01-01", f"valid_from = {written}"))

    assert document.markets["ES"].valid_from == utc(expected)


def test_a_market_overrides_single_numbers_rules_and_the_catalogue() -> None:
    uk = """
    [markets.GB.rules.SHARE]
    points = 10
    [[markets.GB.offers]]
    value_minor = 300
    price_points = 250
    valid_days = 30
    minimum_order_minor = 1000
    """
    text = seed_with('currency = "GBP"', 'currency = "GBP"\nmaximum_share_bp = 500\nvalid_from = 2025-06-17') + uk

    document = parse_document(text)

    share = {code: next(rule for rule in each.rules if rule.rule == "SHARE") for code, each in document.markets.items()}
    assert (share["GB"].points, share["GB"].limit, share["ES"].points) == (10, 3, 5)
    assert (document.markets["GB"].maximum_share_bp, document.markets["ES"].maximum_share_bp) == (500, 10_000)
    assert document.markets["GB"].offers == (OfferFacts(300, 250, 30, 1000),)
    assert len(document.markets["ES"].offers) == 4
    assert document.markets["GB"].valid_from == utc("2025-06-16T23:00")


def test_a_custom_activity_is_a_rule_with_code_and_titles() -> None:
    rule = parse_document(SEED_TEXT + BROWSING).markets["ES"].rules[-1]

    assert (rule.rule, rule.trigger, rule.code, rule.points, rule.posts) == (
        "BROWSE_PAGES",
        Kind.CUSTOM,
        "BROWSE",
        10,
        Posts.AT_ONCE,
    )
    assert rule.titles["es"] == "Visita nuestras páginas"


@pytest.mark.parametrize("market", ["ES", "GB"])
def test_a_revision_is_the_same_after_being_stored(market: str) -> None:
    document = parse_document(
        SEED_TEXT.replace("late_tap_hours", 'excluded_skus = ["GIFT-1"]\nlate_tap_hours') + BROWSING
    )
    terms = document.markets[market]

    assert from_body(json.loads(json.dumps(to_body(terms)))) == terms


def test_a_stored_body_without_later_keys_is_still_read() -> None:
    body = to_body(revision())
    del body["excluded_skus"], body["excluded_categories"]

    assert from_body(body) == revision()
