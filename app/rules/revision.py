"""What does this document make of the programme, market by market, and where is it wrong?

A document has the numbers common to all markets under [programme] and [rules.NAME] and [[offers]]; a market's own table
([markets.GB], [markets.GB.rules.SHARE], [[markets.GB.offers]]) says what is different there. PROGRAMME 10.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from app.rules.calendar import day_start, is_zone, local_instant
from app.rules.examples import Example, read_examples, run_example
from app.rules.places import lines_of
from app.rules.reading import Problem, Problems, Table
from app.rules.rulebook import read_rules
from app.rules.terms import (
    COUNTRIES,
    CURRENCIES,
    EarningRule,
    Kind,
    MarketFacts,
    OfferFacts,
    Period,
    Posts,
    Revision,
    from_body,
    to_body,
)

__all__ = [
    "Document",
    "DocumentError",
    "EarningRule",
    "Kind",
    "MarketFacts",
    "OfferFacts",
    "Period",
    "Posts",
    "Problem",
    "Revision",
    "from_body",
    "parse_document",
    "run_examples",
    "to_body",
]

GREATEST_POINTS = 10**7
GREATEST_MINOR = 10**9
MOST_OFFERS = 100


@dataclass(frozen=True)
class Document:
    """A programme document that was read without a problem: a revision per market, and worked examples to try."""

    name: str
    markets: Mapping[str, Revision]
    examples: tuple[Example, ...]


class DocumentError(ValueError):
    """A document that cannot be taken; `problems` names everything that is wrong in it, each with its place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def parse_document(text: str) -> Document:
    """Reads and checks a programme document (TOML). Raises DocumentError with all of its problems."""
    problems = Problems(lines_of(text))
    root = Table([((), _toml(text))], problems)
    name = root.text("name", pattern=r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}", words="a name of letters, digits, '.' and '-'")
    codes = root.inside("markets").names()
    markets = {code: _market(root, code, name) for code in codes if code in COUNTRIES}
    for unknown in (code for code in codes if code not in COUNTRIES):
        problems.note(("markets", unknown), "must be named by an ISO 3166 code of Europe such as ES")
    if not codes:
        root.note("markets", "must hold at least one market")
    examples = read_examples(root, markets)
    root.nothing_else(besides=("programme", "rules", "offers"))
    if found := problems.all():
        raise DocumentError(found)
    return Document(name, markets, examples)


def run_examples(document: Document) -> list[Problem]:
    """Tries the document's revisions on its own worked examples; answers every figure that comes out differently."""
    return [
        problem for example in document.examples for problem in run_example(example, document.markets[example.market])
    ]


def _toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise DocumentError((Problem("document", "is nested too deeply"),)) from error
    except ValueError as error:  # of tomllib, and of Python for numbers of thousands of digits
        raise DocumentError((Problem("document", f"is not TOML: {error}"),)) from error


def _market(root: Table, code: str, name: str) -> Revision:
    own = root.inside("markets").inside(code)
    terms = Table([*own.layers, *root.inside("programme").layers], root.problems)
    common = Table([*own.layers, *root.layers], root.problems)
    market = _market_facts(terms, code)
    revision = Revision(
        name=name,
        market=market,
        valid_from=_valid_from(terms, market.time_zone),
        terms_version=terms.text("terms_version"),
        terms_url=terms.text("terms_url", pattern=r"https://[^\s\x00-\x1f]{1,400}", words="an https address"),
        minimum_age=terms.number("minimum_age", 0, 150),
        point_value_minor=terms.number("point_value_minor", 1, GREATEST_MINOR),
        minimum_to_possess=terms.number("minimum_to_possess", 0, GREATEST_POINTS),
        maximum_share_bp=terms.number("maximum_share_bp", 0, 10_000),
        expiry_months=terms.number("expiry_months", 1, 1_200),
        posting_days=terms.number("posting_days", 0, 366),
        reservation_minutes=terms.number("reservation_minutes", 1, 10_080),
        late_tap_hours=terms.number("late_tap_hours", 0, 144),
        rules=read_rules(common.inside("rules")),
        offers=_offers(common),
        excluded_skus=terms.texts("excluded_skus"),
        excluded_categories=terms.texts("excluded_categories"),
    )
    terms.nothing_else(besides=("rules", "offers"))
    return revision


def _market_facts(terms: Table, code: str) -> MarketFacts:
    zone = terms.text("time_zone")
    if zone and not is_zone(zone):
        terms.note("time_zone", f"{zone!r} is not an IANA time zone")
        zone = ""
    currency = terms.text("currency")
    if currency and currency not in CURRENCIES:
        terms.note("currency", f"{currency!r} is not an ISO 4217 currency of Europe")
    return MarketFacts(
        code=code,
        currency=currency,
        time_zone=zone or "UTC",
        locale=terms.text("locale", pattern=r"[a-z]{2,3}(-[A-Z]{2})?", words='a locale such as "es"'),
        operator=terms.text("operator"),
    )


def _valid_from(terms: Table, zone: str) -> datetime:
    given = terms.day_or_instant("valid_from")
    if not 1971 <= given.year <= 2199:
        if given != date.min:  # else it is noted already
            terms.note("valid_from", "must lie between 1971 and 2199")
        return datetime(1971, 1, 1, tzinfo=UTC)
    if not isinstance(given, datetime):
        return day_start(given, zone)
    return given.astimezone(UTC) if given.tzinfo else local_instant(given, zone)


def _offers(common: Table) -> tuple[OfferFacts, ...]:
    offers: list[OfferFacts] = []
    tables = common.elements("offers")
    if len(tables) > MOST_OFFERS:
        common.note("offers", f"must be at most {MOST_OFFERS}")
    for table in tables[:MOST_OFFERS]:
        offer = OfferFacts(
            value_minor=table.number("value_minor", 1, GREATEST_MINOR),
            price_points=table.number("price_points", 1, GREATEST_POINTS),
            valid_days=table.number("valid_days", 1, 3_660),
            minimum_order_minor=table.number_or_none("minimum_order_minor", 0, GREATEST_MINOR),
        )
        if any(offer.value_minor == other.value_minor for other in offers):
            table.note("value_minor", f"there are two offers of {offer.value_minor}")
        table.nothing_else()
        offers.append(offer)
    return tuple(offers)
