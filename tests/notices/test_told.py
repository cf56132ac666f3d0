"""Does a member read every kind of notice in their language, whatever told it?"""

import pytest

from app.database import Db, transaction
from app.ledger.account import NoticeDraft
from app.ledger.posting import announce
from app.texts.locales import LOCALES
from tests.api.asking import read
from tests.client import Who, member
from tests.ledger.makers import START, bought, enrolled, lot_of, redeemed

NOTICES = "{ me { notices(first: 20) { edges { node { id kind at points text activity { id } coupon { id } } } } } }"
TOLD = {
    "POSTED": {
        "es": "Hemos abonado 29 puntos en tu cuenta: Pedido",
        "fr": "29 points",
        "it": "29 punti",
        "en": "29 points added to your account: Order",
    },
    "CLAWED_BACK": {"es": "29 puntos", "fr": "29 points", "it": "29 punti", "en": "29 points taken back: Order"},
    "RESTORED": {"es": "29 puntos", "fr": "29 points", "it": "29 punti", "en": "29 points returned to you: Order"},
    "EXPIRING": {
        "es": "28 de febrero de 2027",
        "fr": "28 février 2027",
        "it": "28 febbraio 2027",
        "en": "Time to use 1 point: your last day is 28 February 2027.",
    },
    "EXPIRED": {"es": "1 punto", "fr": "1 point", "it": "1 punto", "en": "1 point expired."},
    "ADJUSTED": {"es": "-50", "fr": "-50", "it": "-50", "en": "Our team adjusted your balance by -50 points."},
    "COUPON_EXPIRING": {"es": "1,00 €", "fr": "1,00 €", "it": "1,00 €", "en": "€1.00"},
}


async def told_everything() -> Who:
    """A member with a notice of each kind."""
    person = await enrolled()
    order = await bought(person, 29)
    await lot_of(order)
    coupon = await redeemed(person, 10)
    ends = {"last_usable_on": "2027-02-28"}
    drafts = [
        *(NoticeDraft(kind, START, 29, order.activity_id) for kind in ("POSTED", "CLAWED_BACK", "RESTORED")),
        NoticeDraft("EXPIRING", START, 1, facts=ends),
        NoticeDraft("EXPIRED", START, 1),
        NoticeDraft("ADJUSTED", START, -50),
        NoticeDraft(
            "COUPON_EXPIRING",
            START,
            coupon_id=coupon.coupon_id,
            facts={"value_minor": 100, "currency": "EUR", **ends},
        ),
    ]
    async with transaction() as db:
        await announce(db, person.id, drafts)
    return member(person.name)


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_kind_of_notice_is_told_in(db: Db, locale: str, caplog: pytest.LogCaptureFixture) -> None:
    who = await told_everything()

    edges = (await read(NOTICES, as_=who, language=locale))["me"]["notices"]["edges"]

    texts = {edge["node"]["kind"]: edge["node"]["text"].replace("\u00a0", " ").replace("\u202f", " ") for edge in edges}
    assert set(texts) == set(TOLD)
    for kind, words in TOLD.items():
        assert words[locale] in texts[kind], texts[kind]
        assert texts[kind].endswith(".")
    assert caplog.records == []


async def test_a_notice_leads_to_what_it_is_about(db: Db) -> None:
    who = await told_everything()

    edges = (await read(NOTICES, as_=who))["me"]["notices"]["edges"]

    leads = {edge["node"]["kind"]: (edge["node"]["activity"], edge["node"]["coupon"]) for edge in edges}
    assert all(leads[kind][0] for kind in ("POSTED", "CLAWED_BACK", "RESTORED"))
    assert leads["COUPON_EXPIRING"][1]
    assert leads["EXPIRED"] == (None, None)
