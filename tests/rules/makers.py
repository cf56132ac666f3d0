"""What do the tests of the rule engine talk about: the seed's revisions, and activities in few words."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.rules.earning import ActivityFacts, Decision, OrderFacts, award
from app.rules.revision import Document, Revision, parse_document

SEED = Path(__file__).parents[2] / "app" / "programmes" / "seed-2020.toml"

SEED_TEXT = SEED.read_text(encoding="utf-8")

ZONES = ("Europe/Madrid", "Europe/Paris", "Europe/Rome", "Europe/London")


BROWSING = """
[rules.BROWSE_PAGES]
trigger = "CUSTOM"
code = "BROWSE"
points = 10
posts = "AT_ONCE"
titles = { en = "Browse our pages", es = "Visita nuestras páginas" }
"""


@cache
def seed() -> Document:
    return parse_document(SEED_TEXT)


def seed_with(old: str, new: str) -> str:
    """The seed's text with the first `old` changed to `new`."""
    assert old in SEED_TEXT, old
    return SEED_TEXT.replace(old, new, 1)


def revision(market: str = "ES", **changes: Any) -> Revision:
    return replace(seed().markets[market], **changes)


def day(text: str) -> date:
    return date.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def activity(kind: str, on: str, *, zone: str = "Europe/Madrid", **facts: Any) -> ActivityFacts:
    return ActivityFacts(kind=kind, local_date=day(on), zone=zone, **facts)


def purchase(net_minor: int, on: str = "2026-03-14", *, currency: str = "EUR", **facts: Any) -> ActivityFacts:
    return activity("PURCHASE", on, order=OrderFacts(currency, net_minor, **facts))


def decide(facts: ActivityFacts, granted: Mapping[tuple[str, str], int] | None = None, market: str = "ES") -> Decision:
    return award(facts, revision(market), granted or {})
