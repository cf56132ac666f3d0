"""Is a reader answered in the language they asked for?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.texts.locales import LONGEST_HEADER
from app.texts.render import LOCALES, locale_of, negotiate, pick


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, None),
        ("", None),
        ("es", "es"),
        ("ES", "es"),
        ("es-MX", "es"),
        ("fr-CA-x-private", "fr"),
        ("de", None),
        ("de, it", "it"),
        ("es, fr", "es"),
        ("es;q=0.5, fr", "fr"),
        ("es;q=0.5, fr;q=0.9, it;q=0.7", "fr"),
        ("fr;q=0.5, en;q=0.8, fr-CA;q=0.8", "en"),
        ("en;q=0.123,it;q=0.124", "it"),
        ("it ; q=1.000 , en", "it"),
        ("it\t;\tQ=0.9, en;q=0.8", "it"),
        ("es;q=0", None),
        ("es;q=0.000, it;q=0.001", "it"),
        ("*", None),
        ("*, fr;q=0.1", "fr"),
        ("de-DE,de;q=0.9,en;q=0.8", "en"),
        ("es;q=1.5, fr;q=0.1", "fr"),
        ("es;q=.9, fr;q=0.1", "fr"),
        ("es;q=0.1234, fr;q=0.1", "fr"),
        ("es;q=-1, fr;q=0.1", "fr"),
        ("es;q=nan, fr;q=0.1", "fr"),
        ("es;level=1, fr;q=0.1", "fr"),
        ("es q=1, ,, fr;q=0.1,", "fr"),
        ("es_ES, fr;q=0.1", "fr"),
        ("español, fr;q=0.1", "fr"),
        ("e\u017f, fr;q=0.1", "fr"),
        ("essssssss, fr;q=0.1", "fr"),
        ("es\x00, fr;q=0.1", "fr"),
        ("es;q=\u0661, fr;q=0.1", "fr"),
        ("es\n", None),
    ],
)
def test_the_language_is_negotiated_by_weight_then_by_order(header: str | None, locale: str | None) -> None:
    assert negotiate(header) == locale


def test_an_overlong_header_asks_for_nothing() -> None:
    padding = "de," * LONGEST_HEADER

    assert negotiate("es," + padding) is None
    assert negotiate(("es," + padding)[:LONGEST_HEADER]) == "es"


@given(st.text(alphabet="esfritn*;q=01.,- \t", max_size=80) | st.text())
def test_any_header_is_answered(header: str) -> None:
    assert negotiate(header) in (*LOCALES, None)


@pytest.mark.parametrize(
    ("name", "locale"),
    [
        ("es", "es"),
        ("fr", "fr"),
        ("it", "it"),
        ("en", "en"),
        ("es-ES", "es"),
        ("fr_FR", "fr"),
        ("IT", "it"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_a_market_locale_is_served_by_one_of_ours(name: str, locale: str) -> None:
    assert locale_of(name) == locale


def test_a_title_falls_back_to_english_then_to_the_first() -> None:
    titles = {"fr": "Double points", "en": "Double points weekend", "de": "Doppelte Punkte"}

    assert pick(titles, "fr") == "Double points"
    assert pick(titles, "de") == "Doppelte Punkte"
    assert pick(titles, "it") == "Double points weekend"
    assert pick({"es": "Puntos dobles", "fr": "Double points"}, "it") == "Puntos dobles"
