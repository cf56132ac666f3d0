"""Does a text say the right thing, in the right form, in each language?"""

from datetime import date

import pytest

from app.texts.catalogue import catalogue
from app.texts.render import MissingText, say

FIXED = "\u00a0"  # no-break space
NARROW = "\u202f"  # the French group separator
QUOTE = "\u2019"
PURCHASE = {"points": 31, "units": 31, "net_minor": 3149, "currency": "EUR"}


@pytest.mark.parametrize(
    ("locale", "message_id", "facts", "text"),
    [
        ("es", "rule-SHARE", {}, "Compartir un producto"),
        ("es", "activity-FUEL", {"day_on": "2026-02-02"}, "Fuel del 2 de febrero de 2026"),
        ("es", "entry-EARN", {"activity": "Pedido A-1"}, "Ganados: Pedido A-1"),
        ("es", "entry-REDEEM", {"value_minor": 500, "currency": "EUR"}, f"Cupón de 5,00{FIXED}€"),
        ("es", "offer-title", {"value_minor": 500, "currency": "EUR"}, f"Cupón de 5{FIXED}€"),
        ("es", "error-NOT_ENROLLED", {}, "Todavía no te has unido a Mi Points."),
        ("fr", "rule-REVIEW", {}, "Avis sur un produit"),
        ("fr", "entry-POST", {"activity": "Commande A-1"}, f"Crédités{FIXED}: Commande A-1"),
        ("fr", "offer-title", {"value_minor": 5000, "currency": "EUR"}, f"Bon de réduction de 50{FIXED}€"),
        ("fr", "explain-FUEL", {"points": 10, "day_on": "2026-03-01"}, "10 points pour Fuel le 1er mars 2026"),
        ("fr", "error-NOT_ENROLLED", {}, f"Vous n{QUOTE}avez pas encore rejoint Mi Points."),
        ("it", "rule-FUEL_STREAK", {}, "Serie Fuel"),
        ("it", "activity-SHARE", {"sku": "MI-14", "network": "instagram"}, "MI-14 condiviso su instagram"),
        ("it", "offer-title", {"value_minor": 2000, "currency": "EUR"}, f"Buono sconto da 20{FIXED}€"),
        ("it", "notice-POSTED", {"points": 31, "activity": "Ordine A-1"},
         "Abbiamo accreditato 31 punti sul tuo account: Ordine A-1."),
        ("it", "error-NOT_ENROLLED", {}, "Non ti sei ancora iscritto a Mi Points."),
        ("en", "opportunity-FUEL", {"points": 10}, "Tap Fuel today and get 10 points"),
        ("en", "entry-EARN-PENDING", {"activity": "Order A-1"}, "Pending: Order A-1"),
        ("en", "offer-title", {"value_minor": 1000, "currency": "GBP"}, "£10 coupon"),
        ("en", "offer-title", {"value_minor": 1050, "currency": "GBP"}, "£10.50 coupon"),
        ("en", "error-BELOW_MINIMUM_ORDER", {"minimum_minor": 123456, "currency": "GBP"},
         "This coupon needs an order of at least £1,234.56 in qualifying products."),
        ("en", "explain-SHARE", {"points": 5, "number": 2, "limit": 3, "month_on": "2026-03-01"},
         "5 points for sharing a product, 2 of 3 in March 2026"),
    ],
)  # fmt: skip
def test_a_text_in_its_language(locale: str, message_id: str, facts: dict[str, object], text: str) -> None:
    assert say(locale, message_id, facts) == text


@pytest.mark.parametrize(
    ("locale", "points", "text"),
    [
        ("es", 0, "0 puntos"),
        ("es", 1, "1 punto"),
        ("es", 2, "2 puntos"),
        ("es", 12345, "12.345 puntos"),
        ("es", 1_000_000, "1.000.000 de puntos"),
        ("fr", 0, "0 point"),
        ("fr", 1, "1 point"),
        ("fr", 2, "2 points"),
        ("fr", 12345, f"12{NARROW}345 points"),
        ("fr", 1_000_000, f"1{NARROW}000{NARROW}000 de points"),
        ("it", 0, "0 punti"),
        ("it", 1, "1 punto"),
        ("it", 2, "2 punti"),
        ("it", 2_000_000, "2.000.000 di punti"),
        ("en", 0, "0 points"),
        ("en", 1, "1 point"),
        ("en", -1, "-1 point"),
        ("en", 12345, "12,345 points"),
    ],
)
def test_points_agree_with_their_number(locale: str, points: int, text: str) -> None:
    assert say(locale, "points", {"points": points}) == text


def test_verbs_agree_with_their_number() -> None:
    short = {"available": 499, "required": 500, "missing": 1}

    assert say("es", "error-INSUFFICIENT_POINTS", short).endswith("tienes 499 y te falta 1.")
    assert say("es", "error-INSUFFICIENT_POINTS", {**short, "missing": 2}).endswith("te faltan 2.")
    assert say("it", "error-INSUFFICIENT_POINTS", short).endswith("te ne manca 1.")
    assert say("es", "notice-EXPIRED", {"points": 1}) == "Ha caducado 1 punto."
    assert say("it", "notice-EXPIRED", {"points": 2}) == "Sono scaduti 2 punti."
    assert say("fr", "notice-EXPIRED", {"points": 1}) == "1 point a expiré."


@pytest.mark.parametrize(
    ("locale", "more", "text"),
    [
        ("en", {"coupon_minor": 500}, "31 whole euros of 31.49 net of a 5.00 coupon"),
        ("en", {}, "31 whole euros of 31.49 net"),
        ("en", {"units": 1, "currency": "GBP"}, "1 whole pound of 31.49 net"),
        ("en", {"currency": "PLN"}, "31 whole PLN of 31.49 net"),
        ("en", {"units": 3149, "currency": "ISK"}, "3,149 whole ISK of 3,149 net"),
        ("en", {"points_discount_minor": 200}, "31 whole euros of 31.49 net of 2.00 paid with points"),
        ("en", {"coupon_minor": 500, "points_discount_minor": 200, "excluded_minor": 999},
         "31 whole euros of 31.49 net of a 5.00 coupon and 2.00 paid with points, without 9.99 of excluded products"),
        ("es", {"coupon_minor": 500}, "31 euros enteros de 31,49 netos tras un cupón de 5,00"),
        ("fr", {"coupon_minor": 500}, "31 euros entiers sur 31,49 nets après un bon de réduction de 5,00"),
        ("it", {"coupon_minor": 500}, "31 euro interi su 31,49 netti dopo un buono sconto da 5,00"),
        ("it", {"units": 1, "currency": "GBP"}, "1 sterlina intera su 31,49 netti"),
    ],
)  # fmt: skip
def test_a_purchase_explains_its_points(locale: str, more: dict[str, object], text: str) -> None:
    assert say(locale, "explain-PURCHASE", {**PURCHASE, **more}) == text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"limit": 1, "period": "LIFETIME", "resets_on": None}, "This earns points only once per Mi Account."),
        ({"limit": 1, "period": "PRODUCT", "resets_on": None}, "This earns points only once per product."),
        ({"limit": 3, "period": "MONTH", "resets_on": "2026-04-01"},
         "This earns points only 3 times per calendar month; it is possible again from 1 April 2026."),
        ({"limit": 1, "period": "DAY", "resets_on": "2026-04-01"},
         "This earns points only once a day; it is possible again from 1 April 2026."),
    ],
)  # fmt: skip
def test_a_reached_limit_says_when_it_opens_again(facts: dict[str, object], text: str) -> None:
    assert say("en", "reason-LIMIT_REACHED", facts) == text


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("es", "Esto solo se puede hacer una vez; vuelve a ser posible a partir del 1 de abril de 2026, 0:30."),
        ("fr", f"Cela n{QUOTE}est possible qu{QUOTE}une fois{FIXED}; "
         "ce sera de nouveau possible à partir du 1er avril 2026, 00:30."),
        ("it", "Questo è possibile solo una volta; prossima possibilità: 1 aprile 2026 00:30."),
        ("en", "You can do this only once; it is possible again from 1 April 2026, 00:30."),
    ],
)  # fmt: skip
def test_an_instant_is_told_on_the_clock_of_its_zone(locale: str, text: str) -> None:
    facts = {"limit": 1, "resets_at": "2026-03-31T22:30:00Z", "zone": "Europe/Madrid"}

    assert say(locale, "error-LIMIT_REACHED", facts) == text


def test_bounds_are_told_as_far_as_they_are_known() -> None:
    def out_of_range(**bounds: int | None) -> str:
        return say("en", "error-INVALID_INPUT", {"problem": "OUT_OF_RANGE", **bounds})

    assert out_of_range() == "This is out of range."
    assert out_of_range(minimum=1, maximum=None) == "This is out of range (at least 1)."
    assert out_of_range(maximum=1000) == "This is out of range (at most 1,000)."
    assert out_of_range(minimum=1, maximum=1000) == "This is out of range (1 to 1,000)."


def test_a_null_or_absent_optional_fact_is_left_out() -> None:
    assert say("en", "entry-EXPIRE", {}) == say("en", "entry-EXPIRE", {"activity": None}) == "Expired points"
    assert say("en", "entry-REDEEM", {"value_minor": None, "currency": None}) == "Coupon"


def test_a_date_may_come_as_a_date() -> None:
    assert say("en", "activity-FUEL", {"day_on": date(2026, 2, 2)}) == "Fuel on 2 February 2026"


def test_facts_are_told_as_they_are() -> None:
    assert say("en", "activity-PURCHASE", {"reference": '{ $sku } { "x" } <b>'}) == 'Order { $sku } { "x" } <b>'


def test_truth_and_number_are_not_confused() -> None:
    assert say("en", "activity-PURCHASE", {"reference": 1}) == "Order 1"
    assert say("en", "activity-PURCHASE", {"reference": True}) == "Order true"


def test_facts_that_a_message_does_not_want_are_left_alone() -> None:
    facts = {
        "nonsense": object(),
        "more_on": "tomorrow",
        "price_minor": "dear",
        "late_at": "never",
        "floating": 0.1,
        "list": [1],
    }

    assert say("en", "rule-FUEL", facts) == "Fuel"


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"minimum_minor": 2000},
        {"minimum_minor": "2000", "currency": "EUR"},
        {"minimum_minor": 20.0, "currency": "EUR"},
        {"minimum": 20.0},
        {"minimum_on": "tomorrow"},
        {"minimum_at": "2026-03-31T22:30:00", "zone": "Europe/Madrid"},
        {"minimum_at": "2026-03-31T22:30:00Z"},
        {"minimum_at": "2026-03-31T22:30:00Z", "zone": "Europe/Atlantis"},
        {"minimum": "x" * 5000},
    ],
)
def test_a_missing_or_unreadable_fact_is_logged_and_shows_the_id(
    facts: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    assert say("en", "error-BELOW_MINIMUM_ORDER", facts) == "error-BELOW_MINIMUM_ORDER"
    assert "error-BELOW_MINIMUM_ORDER" in caplog.text


def test_a_message_missing_in_a_language_is_told_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(catalogue("es").messages, "rule-SHARE")

    assert say("es", "rule-SHARE", {}) == "Sharing a product"


def test_a_message_that_nobody_wrote_is_a_bug() -> None:
    with pytest.raises(MissingText, match="rule-UNHEARD_OF"):
        say("es", "rule-UNHEARD_OF", {})


@pytest.mark.parametrize("locale", ["de", "en-IE", "", "xx-invalid"])
def test_a_locale_that_we_do_not_speak_is_answered_in_english(locale: str) -> None:
    assert say(locale, "rule-PURCHASE", {}) == "Purchase"
