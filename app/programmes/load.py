"""How does a programme document come into force?"""

import json
from importlib.resources import files

from app.commits import note_catalogue
from app.database import Db, row, rows
from app.rules.revision import (
    Document,
    DocumentError,
    Problem,
    Revision,
    from_body,
    parse_document,
    run_examples,
    to_body,
)

LONGEST_DOCUMENT, LONGEST_LINE = 100_000, 1_000  # bytes and characters: reading dotted keys takes their square
SHIPPED = ("seed-2020.toml",)  # in force in every market from the start; other documents wait for an operator

_MARKET = """
INSERT INTO market (code, currency, time_zone, locale, operator) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""
_REVISION = """
INSERT INTO programme_revision (name, market_id, valid_from, in_force_from, body)
VALUES ($1, $2, $3, CASE WHEN $4 THEN $3 ELSE greatest($3, programme_now()) END, $5::jsonb)
ON CONFLICT (market_id, name) DO NOTHING RETURNING id
"""
_LOCK = "LOCK TABLE programme_revision IN SHARE ROW EXCLUSIVE MODE"
_KNOWN = "SELECT market_id, body FROM programme_revision WHERE name = $1 AND market_id = ANY ($2::text[])"
_MONEY = "SELECT code, currency FROM market WHERE code = ANY ($1::text[])"
_OFFER = """
INSERT INTO coupon_offer (market_id, catalogue_key, price_points, value_minor, minimum_order_minor, valid_days,
                          suspended, excluded_skus, excluded_categories, titles)
VALUES ($1, $2, $3, $4, $5, $6, false, '[]', '[]', '{}') ON CONFLICT (catalogue_key) DO NOTHING
"""


def shipped(name: str) -> Document:
    """A document that comes with the software. Raises DocumentError when it is not sound."""
    return parse_document(files("app.programmes").joinpath(name).read_text(encoding="utf-8"))


async def load_shipped(db: Db) -> None:
    """Make sure that the programme's first revision, its markets and their catalogue are there."""
    for name in SHIPPED:
        await load(db, shipped(name), from_the_start=True)


def sound_document(text: str) -> Document:
    """A document as an operator gives it, whose worked examples come out. Raises DocumentError with all its faults."""
    if len(text.encode()) > LONGEST_DOCUMENT:
        raise DocumentError((Problem("document", f"must be at most {LONGEST_DOCUMENT} bytes long"),))
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise DocumentError((Problem(f"line {number}", f"must be at most {LONGEST_LINE} characters long"),))
    document = parse_document(text)
    if faults := run_examples(document):
        raise DocumentError(tuple(faults))
    return document


async def bring_in(db: Db, document: Document) -> list[int]:
    """Load a document for an operator; ids of the revisions that are new.

    The same document again changes nothing. Raises DocumentError where a revision of its name has other numbers, and
    where a market that is served would have another currency.
    """
    await rows(db, _LOCK)
    codes = list(document.markets)
    problems = [
        Problem(f"markets.{known['market_id']}", f"{document.name} is loaded already, with other numbers")
        for known in await rows(db, _KNOWN, document.name, codes)
        if from_body(known["body"]) != document.markets[known["market_id"]]
    ]
    problems += [
        Problem(f"markets.{market['code']}.currency", f"is {market['currency']} and cannot change")
        for market in await rows(db, _MONEY, codes)
        if market["currency"] != document.markets[market["code"]].market.currency
    ]
    if problems:
        raise DocumentError(tuple(problems))
    return await load(db, document)


async def load(db: Db, document: Document, *, from_the_start: bool = False) -> list[int]:
    """Store a sound document's revisions, new markets and catalogue offers; ids of the revisions that are new.

    In force from `valid_from`, or from now where that is past, unless it is the programme's first.
    A revision of that name that is already there is left as it is.
    """
    # One loader at a time: ids then follow the order of commits, and the newest id tells readers that there is more.
    await rows(db, _LOCK)
    loaded = []
    for code, revision in document.markets.items():
        facts = revision.market
        await rows(db, _MARKET, code, facts.currency, facts.time_zone, facts.locale, facts.operator)
        stored = await row(
            db, _REVISION, document.name, code, revision.valid_from, from_the_start, json.dumps(to_body(revision))
        )
        if stored:
            loaded.append(stored["id"])
            await _load_offers(db, document.name, revision)
            note_catalogue()
    return loaded


async def _load_offers(db: Db, name: str, revision: Revision) -> None:
    for offer in revision.offers:
        key = f"{name}/{revision.market.code}/{offer.value_minor}"
        await rows(
            db,
            _OFFER,
            revision.market.code,
            key,
            offer.price_points,
            offer.value_minor,
            offer.minimum_order_minor,
            offer.valid_days,
        )
