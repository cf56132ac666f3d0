"""Do all four catalogues say everything, in the same facts?"""

import re

import pytest

from app.texts.catalogue import REGIONS, CatalogueError, catalogue, parse
from app.texts.render import LOCALES, say
from tests.texts.samples import SAMPLES

PARTS = {
    "points",
    "of-activity",
    "reopens",
    "at-most",
    "at-least",
    "bounds",
    "at-place",
}  # of other messages, not told by themselves
PARTS |= {"checkout-ends", "checkout-expiring"}
PARTS |= {"explain-coupon", "explain-points-discount", "explain-excluded"}
ALIKE = {"rule-FUEL"}  # a brand, the same everywhere
ERROR_CODES = set(
    """
    NOT_ENROLLED ALREADY_ENROLLED MARKET_NOT_SERVED UNDER_AGE ACCOUNT_SUSPENDED ACCOUNT_CLOSED TERMS_NOT_ACCEPTED
    INSUFFICIENT_POINTS BELOW_MINIMUM LIMIT_REACHED OUT_OF_STOCK OFFER_NOT_OPEN OFFER_SUSPENDED NO_ELIGIBLE_LINES
    ABOVE_MAXIMUM_SHARE COUPON_NOT_FOUND COUPON_NOT_USABLE COUPON_EXPIRED BELOW_MINIMUM_ORDER RESERVATION_NOT_HELD
    CAPTURE_SHORTFALL IDEMPOTENCY_KEY_REUSED CURRENCY_NOT_OF_MARKET UNKNOWN_ACTIVITY PERSON_ALREADY_ENROLLED
    FORFEIT_MISMATCH TAP_TOO_OLD PRICE_CHANGED CAMPAIGN_EXISTS ALREADY_DECIDED RETURN_EXCEEDS_ORDER NEEDS_APPROVAL
    INVALID_INPUT NOT_FOUND CONDITION_INVALID
    """.split()
)


def told(locale: str) -> dict[str, str]:
    """Every text of the locale, by message id and the number of its sample."""
    return {f"{name} {at}": say(locale, name, facts) for name, each in SAMPLES.items() for at, facts in enumerate(each)}


def test_every_locale_has_a_region() -> None:
    assert set(REGIONS) == set(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_catalogue_has_exactly_the_messages_that_the_programme_tells(locale: str) -> None:
    assert set(catalogue(locale).messages) == set(SAMPLES) | PARTS


@pytest.mark.parametrize("locale", LOCALES)
def test_a_message_wants_and_spares_the_same_facts_in_every_language(locale: str) -> None:
    english = catalogue("en").messages

    for name, message in catalogue(locale).messages.items():
        assert (name, message.wants, message.optional) == (name, english[name].wants, english[name].optional)


def test_every_error_code_has_its_message() -> None:
    assert {name.removeprefix("error-") for name in SAMPLES if name.startswith("error-")} == ERROR_CODES


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_complete_with_the_facts_that_the_programme_gives(
    locale: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name, text in told(locale).items():
        assert text and text == text.strip(), name
        assert not re.search(r"[{}$]|\bnone\b|\?\?\?|  ", text), (name, text)
        assert text != name.split()[0]
    assert not caplog.records


@pytest.mark.parametrize("locale", LOCALES)
def test_sentences_end_with_a_full_stop_and_titles_without(locale: str) -> None:
    for name, text in told(locale).items():
        sentence = name.startswith(("notice-", "reason-", "error-"))
        assert text.endswith(".") == sentence, (name, text)
        assert not text.endswith(".."), (name, text)


@pytest.mark.parametrize("locale", [each for each in LOCALES if each != "en"])
def test_nothing_is_left_in_english(locale: str) -> None:
    english = told("en")

    same = {name for name, text in told(locale).items() if text == english[name]}

    assert {name.split()[0] for name in same} <= ALIKE


def test_french_puts_a_fixed_space_before_its_high_punctuation() -> None:
    for name, text in told("fr").items():
        assert not re.search(r"[^\u00a0]([;!?]|:(?!\d))", text), (name, text)


@pytest.mark.parametrize("locale", LOCALES)
def test_apostrophes_are_typographic(locale: str) -> None:
    assert [text for text in told(locale).values() if "'" in text] == []


def test_italian_puts_no_article_before_a_date() -> None:
    dated = [text for name, text in told("it").items() if "2026" in text or "2027" in text]

    assert dated
    assert not [text for text in dated if re.search(r"\b(il|al|dal|del|entro) \d+ [a-z]+ 20", text)]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("hello = { $name", "not a message"),
        ("hello = Hello\nhello = Hi", "hello is there twice"),
        ("hello =\n    .title = Hello", "hello has no text"),
        ("hello = Hello { friend }", "no message friend"),
    ],
)
def test_a_faulty_catalogue_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(CatalogueError, match=complaint):
        parse(source, "en-GB")
