"""Which revision of the programme is in force in this market at this instant?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database import Db, connection, rows, value
from app.keyset import Keyset, Page, Window, page_of
from app.programmes.models import Exclusion
from app.rows import instances
from app.rules.revision import MarketFacts, Revision, from_body

_NEWEST_FIRST = Keyset((("id", "bigint"),))


@dataclass(frozen=True)
class StoredRevision:
    """A revision with its row id; in force from `in_force_from`, the later of validity and loading (PROGRAMME 10)."""

    id: int
    in_force_from: datetime
    revision: Revision


@dataclass(frozen=True)
class Book:
    """All revisions of all markets as of revision row `head`; each market's are oldest first and never empty."""

    head: int
    markets: Mapping[str, Sequence[StoredRevision]]

    def in_force(self, market: str, at: datetime) -> StoredRevision | None:
        """The revision of a market at an instant, its first one before any; None where the market is not served."""
        stored = self.markets.get(market)
        if stored is None:
            return None
        for one in reversed(stored):
            if one.in_force_from <= at:
                return one
        return stored[0]

    def of(self, market: str, at: datetime) -> StoredRevision:
        """The revision in force in a market that is served: every member's is. Raises KeyError for another."""
        stored = self.in_force(market, at)
        if stored is None:
            raise KeyError(market)
        return stored

    def facts(self, market: str) -> MarketFacts:
        """Currency, zone, locale and operator of a served market. Raises KeyError for another."""
        return self.markets[market][-1].revision.market


_book = Book(0, {})


def known_book() -> Book:
    """The revisions as this process last read them, perhaps none; the present ones where `head` is the newest."""
    return _book


async def revision_book(db: Db, head: int | None = None) -> Book:
    """The revisions, kept in memory and read again when the database has a newer one.

    `head` is the newest revision's id where the caller's own statement has read it, else it is asked for here.
    """
    global _book
    if head is None:
        head = await value(db, "SELECT coalesce(max(id), 0) FROM programme_revision")
    if _book.head != head:
        _book = await _read(db)
    return _book


async def _read(db: Db) -> Book:
    found = await rows(
        db, "SELECT id, market_id, in_force_from, body FROM programme_revision ORDER BY market_id, in_force_from, id"
    )
    markets: dict[str, list[StoredRevision]] = {}
    for stored in found:
        markets.setdefault(stored["market_id"], []).append(
            StoredRevision(stored["id"], stored["in_force_from"], from_body(stored["body"]))
        )
    return Book(max((stored["id"] for stored in found), default=0), markets)


async def exclusion_page(market: str, at: datetime, asked: Window) -> Page[Exclusion]:
    """What staff leave out in a market, in force at an instant or to come, newest first."""
    page, arguments = _NEWEST_FIRST.page(asked, 3)
    found = await instances(
        connection(),
        Exclusion,
        f"SELECT * FROM exclusion WHERE market_id = $1 AND coalesce(until_at, 'infinity') > $2 {page}",
        market,
        at,
        *arguments,
    )
    return page_of(found, asked)
