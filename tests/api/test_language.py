"""Does everyone read their own language: their market's, or the one that they ask for?"""

import re
from pathlib import Path
from typing import Any

import pytest

from app.database import Db
from app.texts.locales import LOCALES
from tests.api.asking import do, done, read
from tests.api.makers import bought, enrolled, offered, order, redeemed
from tests.api.refusals import REFUSALS
from tests.client import SHOP, STAFF, Who, fresh, member

APP = Path(__file__).resolve().parents[2] / "app"
MARKETS = {"es": "ES", "fr": "FR", "it": "IT", "en": "GB"}
REGISTRATION = {
    "es": ("Alta en Mi Points", "Ganados: Alta en Mi Points"),
    "fr": ("Inscription à Mi Points", "Gagnés\u00a0: Inscription à Mi Points"),
    "it": ("Iscrizione a Mi Points", "Guadagnati: Iscrizione a Mi Points"),
    "en": ("Joined Mi Points", "Earned: Joined Mi Points"),
}
SOLD_OUT = {
    "es": "Esta oferta está agotada.",
    "fr": "Cette offre est épuisée.",
    "it": "Questa offerta è esaurita.",
    "en": "This offer is sold out.",
}
REJECTED = {
    "es": "La opinión no cumple las normas de publicación.",
    "fr": "L’avis ne respecte pas les conditions de publication des avis.",
    "it": "La recensione non rispetta le condizioni per le recensioni.",
    "en": "The review does not comply with the review terms.",
}
TITLES = """{ me { activities(last: 1) { edges { node { title awards { title explanation } } } }
                   statement(last: 1) { edges { node { title } } } earningOpportunities { title } } }"""


async def registration(who: Who, language: str | None = None) -> tuple[str, str]:
    """How the first activity and the first statement line of a member are called."""
    me = (await read(TITLES, as_=who, language=language))["me"]
    activity, entry = (me[name]["edges"][0]["node"]["title"] for name in ("activities", "statement"))
    return activity, entry


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_member_reads_their_markets_language(programme: Db, locale: str) -> None:
    assert await registration(await enrolled(MARKETS[locale])) == REGISTRATION[locale]


async def test_whoever_asks_for_a_language_reads_it(programme: Db) -> None:
    who = await enrolled("ES")

    for header, locale in {
        "fr": "fr",
        "fr-CA, en;q=0.5": "fr",
        "de, it;q=0.3, en;q=0.7": "en",
        "IT": "it",
        "de": "es",
        "*": "es",
        "": "es",
        "fr;q=0": "es",
        ";;;": "es",
        "x" * 5_000: "es",
    }.items():
        assert await registration(who, header) == REGISTRATION[locale], header


async def test_staff_read_a_member_in_the_members_language_unless_they_ask(programme: Db) -> None:
    who = await enrolled("FR")
    document = "query ($mi: String) { member(miAccountId: $mi) { activities { edges { node { title } } } } }"

    for language, locale in ((None, "fr"), ("it", "it")):
        found = await read(document, as_=STAFF, language=language, mi=who.subject)

        assert found["member"]["activities"]["edges"][0]["node"]["title"] == REGISTRATION[locale][0]


async def test_reasons_are_told_in_the_readers_language(programme: Db) -> None:
    who = await enrolled("IT")
    review = fresh("review")
    await done(SHOP, "recordReview", miAccountId=who.subject, sku="MI-14", reviewId=review)
    await done(SHOP, "rejectReview", reviewId=review)
    document = """{ me { activities(first: 1) { edges { node { reason } } }
                         statement(first: 1) { edges { node { reason } } } } }"""

    for language, locale in ((None, "it"), *((one, one) for one in LOCALES)):
        me = (await read(document, as_=who, language=language))["me"]
        told = {me[name]["edges"][0]["node"]["reason"] for name in ("activities", "statement")}

        assert told == {REJECTED[locale]}


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_catalogue_and_the_programme_speak_their_markets_language(programme: Db, locale: str) -> None:
    await offered(1, market=MARKETS[locale], titles={"es": "Oferta", "en": "Offer"}, stock=1, stock_left=0)
    document = """query ($m: MarketCode!) { programme(market: $m) { earningRules { title } }
      couponOffers(market: $m) { edges { node { title blockedBy { message } } } } }"""

    found = await read(document, m=MARKETS[locale])
    own, five = (edge["node"] for edge in found["couponOffers"]["edges"][:2])

    first = {"es": "Alta en Mi Points", "fr": "Inscription à Mi Points", "it": "Iscrizione a Mi Points"}
    assert found["programme"]["earningRules"][0]["title"] == first.get(locale, "Joining Mi Points")
    assert own == {"title": "Oferta" if locale == "es" else "Offer", "blockedBy": [{"message": SOLD_OUT[locale]}]}
    coupon = {"es": "Cupón de 5", "fr": "Bon de réduction de 5", "it": "Buono sconto da 5", "en": "£5 coupon"}
    assert five["title"].startswith(coupon[locale])
    assert five["blockedBy"] == []


async def test_everything_that_is_read_differs_from_language_to_language(programme: Db) -> None:
    who = await enrolled(points=600)
    await bought(who, "31.49")
    await redeemed(who, await offered(500))
    document = """{ me { activities(first: 1) { edges { node { title awards { title explanation } } } }
      statement(first: 3) { edges { node { title } } } notices(first: 1) { edges { node { text } } }
      earningOpportunities { title } coupons(first: 1) { edges { node { offer { title } } } } } }"""

    told = [_sentences(await read(document, as_=who, language=locale)) for locale in LOCALES]

    assert len(told[0]) > 12
    for same in zip(*told, strict=True):
        assert len(set(same)) >= 3, same
        assert not any(re.search(r"[{}$]|\b[A-Z]+_[A-Z]+\b|-[A-Z]{3,}", text) for text in same), same


def _sentences(value: Any) -> list[str]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value] if isinstance(value, str) else [text for part in parts for text in _sentences(part)]


async def test_each_refusal_has_its_message_in_four_languages(programme: Db) -> None:
    for code, make in REFUSALS.items():
        refused = await make()
        told = []
        for locale in LOCALES:
            payload = await do(refused.who, refused.mutation, language=locale, **refused.given)
            errors = {error["code"]: error["message"] for error in payload["userErrors"]}
            assert code in errors, (code, payload)
            told.append(errors[code])

        assert len(set(told)) == len(LOCALES), told
        assert all(text.endswith(".") and "error-" not in text for text in told), told


def test_there_is_no_refusal_that_these_tests_do_not_know() -> None:
    sources = [path.read_text(encoding="utf-8") for path in APP.rglob("*.py")]
    spoken = {code for text in sources for code in re.findall(r'(?:refused|Refusal)\(\s*"([A-Z_]+)"', text)}
    spoken |= {"ACCOUNT_SUSPENDED", "COUPON_EXPIRED", "INVALID_INPUT"}

    assert spoken == set(REFUSALS)


async def test_a_refusal_is_told_in_the_language_of_the_market_that_it_is_about(programme: Db) -> None:
    french = await enrolled("FR")
    offer = await offered(10, market="FR", stock=1, stock_left=0)

    own = await do(french, "redeemCoupon", offerId=offer)
    young = {"market": "IT", "birthDate": "2020-01-01", "acceptedTerms": "2020-01"}
    not_yet = await do(member(fresh("mi")), "enrolMember", **young)
    shop = await do(SHOP, "recordPurchase", miAccountId=french.subject, orderId="", order=order("1.00"))

    assert own["userErrors"][0]["message"] == SOLD_OUT["fr"]
    assert not_yet["userErrors"][0]["message"] == "Puoi iscriverti a Mi Points a partire da 18 anni."
    assert shop["userErrors"][0]["message"] == "This must not be empty."
