"""Which offers does a reader see?"""

import asyncio
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from app import catalogue
from app.database import ask
from app.keyset import Keyset, Page, Window, page_of
from app.reads import Read, Rows
from app.rows import Pages

MOST_KEPT = 1_000  # offers; a greater catalogue is read page by page
MOST_LIMITED = 50  # offers whose stocks are read at once; of a greater number each by itself

_ORDER = Keyset((("price_points", "int"), ("id", "bigint")), descending=False)
_COLUMNS = """
line.id, line.market_id, line.price_points, line.value_minor, line.minimum_order_minor, line.valid_days,
line.opens_at, line.closes_at, line.stock, line.stock_left, line.limit_per_member, line.suspended,
line.excluded_skus::text, line.excluded_categories::text, line.titles::text
"""


@dataclass(frozen=True, eq=False)
class OfferView:
    """An entry of the catalogue as a reader sees it: see the model; `titles` by language.

    `kept`: it was answered from memory, and what is left of its stock may be old by now. Nobody can change one, and the
    same row is the same view.
    """

    id: int
    market_id: str
    price_points: int
    value_minor: int
    minimum_order_minor: int | None
    valid_days: int
    opens_at: datetime | None
    closes_at: datetime | None
    stock: int | None
    stock_left: int | None
    limit_per_member: int | None
    suspended: bool
    excluded_skus: tuple[str, ...]
    excluded_categories: tuple[str, ...]
    titles: Mapping[str, str]
    kept: bool = False


class OffersAsked(NamedTuple):
    """Offers of a market (None: of all) priced at most `most_points` that have not ended `at` an instant (None: now).

    `present`: now as who asks knows it. What is kept is judged by it; what is read, by the clock.
    """

    market: str | None
    most_points: int | None
    present: datetime
    window: Window
    at: datetime | None = None

    @property
    def instant(self) -> datetime:
        return self.at or self.present


@dataclass(frozen=True)
class KeptPage(Page[OfferView]):
    """A page of one market that was answered from memory: the same one for all who ask the same."""

    market: str


@dataclass(frozen=True)
class _Shelf:
    """All offers that have not ended at `at`, cheapest first, by market (None: all); None where they are too many.

    `ends`: when they end, in order; who asks between two of them sees the same. `pages`: those that were asked for.
    """

    at: datetime
    offers: Mapping[str | None, Sequence[OfferView]] | None
    ends: Sequence[datetime] = ()
    pages: dict[Hashable, Page[OfferView]] = field(default_factory=dict)

    @cached_property
    def limited(self) -> tuple[int, ...]:
        """The ids of offers that can run out; none where they are too many to ask about all at once."""
        found = tuple(offer.id for offer in (self.offers or {}).get(None, ()) if offer.stock is not None)
        return found if len(found) <= MOST_LIMITED else ()


def known_page(asked: OffersAsked) -> Page[OfferView] | None:
    """A page of offers from memory; None where it has to be read."""
    shelf = _shelf.known() if catalogue.is_kept() else None
    return _page_on(shelf, asked) if shelf is not None else None


def offer_page(asked: OffersAsked) -> asyncio.Future[Page[OfferView]]:
    """A page of offers, cheapest first; from memory where the catalogue is kept."""
    if not catalogue.is_kept():
        return _read_page(asked)
    page = known_page(asked)
    return catalogue.answered(page) if page is not None else asyncio.ensure_future(_fresh_page(asked))


async def _fresh_page(asked: OffersAsked) -> Page[OfferView]:
    page = _page_on(await _shelf.fresh(), asked)
    return page if page is not None else await _read_page(asked)


def _page_on(shelf: _Shelf, asked: OffersAsked) -> Page[OfferView] | None:
    """The page, where the shelf holds it."""
    at, market, window = asked.instant, asked.market, asked.window
    if shelf.offers is None or at < shelf.at:
        return None
    place = (bisect_right(shelf.ends, at), market, asked.most_points, window)
    page = shelf.pages.get(place)
    if page is None:
        found = list(islice(_on_shelf(shelf.offers.get(market, ()), asked), window.size + 1))
        page = page_of(found, window)
        if market is not None:
            page = KeptPage(page.rows, page.has_next, page.has_previous, market)
        if len(shelf.pages) < catalogue.MOST_PAGES:
            shelf.pages[place] = page
    return page


def _read_page(asked: OffersAsked) -> asyncio.Future[Page[OfferView]]:
    pages = _OF_ALL if asked.market is None else _OF_MARKET
    return pages.of(asked.market, asked.window, asked.most_points, asked.at)


def offer_of(offer_id: int) -> asyncio.Future[OfferView | None]:
    """An offer as it stands."""
    return ask(_BY_ID, offer_id)


def stock_left_of(offer_id: int) -> asyncio.Future[int | None]:
    """How many coupons of an offer are left; None: there is no limit."""
    return ask(_STOCK, offer_id)


def stocks_left() -> asyncio.Future[Mapping[int, int | None]] | None:
    """The same of each offer that is in memory and can run out; None where none is, or where they are many."""
    shelf = _shelf.known() if catalogue.is_kept() else None
    return ask(_STOCKS, shelf.limited) if shelf is not None and shelf.limited else None


def _on_shelf(offers: Sequence[OfferView], asked: OffersAsked) -> Iterator[OfferView]:
    """The offers of the window, from the end that it is read from."""
    after, before, most, at = asked.window.after, asked.window.before, asked.most_points, asked.instant
    for offer in reversed(offers) if asked.window.backward else offers:
        place = (offer.price_points, offer.id)
        if (
            (offer.closes_at is None or offer.closes_at > at)
            and (most is None or offer.price_points <= most)
            and (after is None or place > after)
            and (before is None or place < before)
        ):
            yield offer


async def _read_shelf() -> _Shelf:
    return await ask(_ALL_OFFERS, None)


def _shelved(_: None, found: Rows) -> _Shelf:
    at = found[0][1]
    if len(found) > MOST_KEPT:
        return _Shelf(at, None)
    offers = [_view(line[2:], kept=True) for line in found if line[2] is not None]
    by_market: dict[str | None, list[OfferView]] = {None: offers}
    for offer in offers:
        by_market.setdefault(offer.market_id, []).append(offer)
    return _Shelf(at, by_market, sorted(offer.closes_at for offer in offers if offer.closes_at is not None))


@lru_cache(2 * MOST_KEPT)  # what was read again and is as it was is the same view: what was made of it serves again
def _view(line: tuple[Any, ...], *, kept: bool = False) -> OfferView:
    *plain, skus, categories, titles = line
    words = [tuple(orjson.loads(text)) for text in (skus, categories)]
    facts: list[Any] = [*plain, *words, MappingProxyType(orjson.loads(titles)), kept]
    return OfferView(*facts)


def _page_of(chosen: str) -> str:
    return f"""SELECT * FROM coupon_offer WHERE {chosen} AND (asked.points IS NULL OR price_points <= asked.points)
      AND (closes_at IS NULL OR closes_at > (SELECT coalesce(asked.at, programme_now()))) {{page}}"""


def _pages(chosen: str) -> Pages[OfferView]:
    given = {"points": "int", "at": "timestamptz"}
    return Pages(_ORDER, _page_of(chosen), lambda: _COLUMNS, _view, given, "text", fixed=True)


_OF_MARKET, _OF_ALL = _pages("market_id = asked.id"), _pages("asked.id IS NULL")
_BY_ID: Read[int, OfferView | None] = Read(
    f"SELECT asked.number, {_COLUMNS} FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, number)"
    " JOIN coupon_offer line ON line.id = asked.id",
    lambda ids: (list(ids),),
    lambda _, found: _view(found[0][1:]) if found else None,
)
_STOCK: Read[int, int | None] = Read(
    "SELECT asked.number, stock_left FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, number)"
    " JOIN coupon_offer USING (id)",
    lambda ids: (list(ids),),
    lambda _, found: found[0][1] if found else None,
)
_STOCKS: Read[tuple[int, ...], Mapping[int, int | None]] = Read(
    "SELECT asked.number, coupon_offer.id, stock_left FROM unnest($1::bigint[], $2::bigint[]) AS asked (number, id)"
    " JOIN coupon_offer USING (id)",
    lambda keys: (
        [number for number, ids in enumerate(keys, 1) for _ in ids],
        [offer_id for ids in keys for offer_id in ids],
    ),
    lambda _, found: MappingProxyType({offer_id: left for _, offer_id, left in found}),
    fixed=True,
    plain=3,
)
# Whatever is not yet over a minute before the present: a request judges by its own.
_ALL_OFFERS: Read[None, _Shelf] = Read(
    f"""SELECT 1, moment.at, {_COLUMNS} FROM (SELECT programme_now() - interval '1 minute' AS at) moment
    CROSS JOIN unnest($1::text[]) asked
    LEFT JOIN LATERAL (SELECT * FROM coupon_offer WHERE closes_at IS NULL OR closes_at > moment.at
      ORDER BY price_points, id LIMIT {MOST_KEPT + 1}) line ON true ORDER BY line.price_points, line.id""",
    lambda asked: (list(asked),),
    _shelved,
)
_shelf: catalogue.Kept[_Shelf] = catalogue.Kept(_read_shelf)
