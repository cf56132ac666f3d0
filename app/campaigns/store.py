"""Which campaigns does a reader see?"""

import asyncio
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from app import catalogue
from app.campaigns.running import terms_of
from app.database import ask
from app.keyset import Keyset, Page, Window, page_of
from app.reads import Read, Rows
from app.rows import Pages
from app.rules.campaigns import CampaignTerms

MOST_KEPT = 1_000  # campaigns that have not ended; more of them are read page by page

_NAMES = (
    "id slug titles trigger activity_code condition bonus_points multiplier points_per_unit limit_per_member"
    " limit_period posting_days budget budget_left ended_at markets starts ends"
).split()
_COLUMNS = ", ".join(f"line.{name}{'::text' if name == 'titles' else ''}" for name in _NAMES)
_WINDOWS = """
SELECT array_agg(market_id::text ORDER BY market_id) AS markets, array_agg(starts_at ORDER BY market_id) AS starts,
  array_agg(ends_at ORDER BY market_id) AS ends FROM campaign_window WHERE campaign_id = campaign.id
"""
_RUNNING = f"""
SELECT campaign.*, w.* FROM (SELECT coalesce(asked.at, programme_now()) AS at) moment
CROSS JOIN campaign CROSS JOIN LATERAL ({_WINDOWS}) w
WHERE coalesce(ended_at, 'infinity') > moment.at AND EXISTS (
  SELECT FROM campaign_window WHERE campaign_id = campaign.id AND (asked.id IS NULL OR market_id = asked.id)
    AND starts_at <= moment.at AND ends_at > moment.at) {{page}}
"""


@dataclass(frozen=True)
class MarketWindow:
    """When a campaign runs in a market: [starts_at, ends_at)."""

    market: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, eq=False)
class CampaignView:
    """A campaign as a reader sees it; `titles` by language; `budget` in points (None: none).

    `kept`: it was answered from memory, and what is left of its budget may be old by now. Nobody can change one, and
    the same row is the same view.
    """

    terms: CampaignTerms
    slug: str
    titles: Mapping[str, str]
    windows: tuple[MarketWindow, ...]
    budget: int | None
    ended_at: datetime | None
    kept: bool = False

    @property
    def id(self) -> int:
        return self.terms.id

    @property
    def turns(self) -> Iterator[datetime]:
        """When it begins or ends somewhere."""
        for window in self.windows:
            yield from (window.starts_at, window.ends_at)
        if self.ended_at is not None:
            yield self.ended_at

    def runs(self, market: str | None, at: datetime) -> bool:
        """Does it run at an instant in a market (None: in any)?"""
        return (self.ended_at is None or self.ended_at > at) and any(
            window.starts_at <= at < window.ends_at and market in (None, window.market) for window in self.windows
        )


class CampaignsAsked(NamedTuple):
    """Campaigns that run in a market (None: in any) `at` an instant (None: now).

    `present`: now as who asks knows it. What is kept is judged by it; what is read, by the clock.
    """

    market: str | None
    at: datetime | None
    present: datetime
    window: Window

    @property
    def instant(self) -> datetime:
        return self.at or self.present


@dataclass(frozen=True)
class _Board:
    """All campaigns that have not ended at `at`, the last launched first; None where they are too many.

    `turns`: when one begins or ends somewhere, in order; who asks between two of them sees the same. `pages`: those
    that were asked for.
    """

    at: datetime
    campaigns: Sequence[CampaignView] | None
    turns: Sequence[datetime] = ()
    pages: dict[Hashable, Page[CampaignView]] = field(default_factory=dict)


def campaign_of(campaign_id: int) -> asyncio.Future[CampaignView | None]:
    """A campaign as it stands."""
    return ask(_BY_ID, campaign_id)


def budget_left_of(campaign_id: int) -> asyncio.Future[int | None]:
    """The points of a campaign's budget that are left; None: it has none."""
    return ask(_BUDGET, campaign_id)


def known_page(asked: CampaignsAsked) -> Page[CampaignView] | None:
    """A page of campaigns from memory; None where it has to be read."""
    board = _board.known() if catalogue.is_kept() else None
    return _page_on(board, asked) if board is not None else None


def campaign_page(asked: CampaignsAsked) -> asyncio.Future[Page[CampaignView]]:
    """A page of campaigns, the last launched first; from memory where the catalogue is kept, but for the past."""
    if not catalogue.is_kept():
        return _read_page(asked)
    page = known_page(asked)
    return catalogue.answered(page) if page is not None else asyncio.ensure_future(_fresh_page(asked))


async def _fresh_page(asked: CampaignsAsked) -> Page[CampaignView]:
    page = _page_on(await _board.fresh(), asked)
    return page if page is not None else await _read_page(asked)


def _page_on(board: _Board, asked: CampaignsAsked) -> Page[CampaignView] | None:
    """The page, where the board holds it."""
    if board.campaigns is None or asked.instant < board.at:
        return None
    place = (bisect_right(board.turns, asked.instant), asked.market, asked.window)
    page = board.pages.get(place)
    if page is None:
        page = page_of(list(islice(_on_board(board.campaigns, asked), asked.window.size + 1)), asked.window)
        if len(board.pages) < catalogue.MOST_PAGES:
            board.pages[place] = page
    return page


def _read_page(asked: CampaignsAsked) -> asyncio.Future[Page[CampaignView]]:
    return _PAGES.of(asked.market, asked.window, asked.at)


def _on_board(campaigns: Sequence[CampaignView], asked: CampaignsAsked) -> Iterator[CampaignView]:
    """Those of the window, from the end that it is read from."""
    after, before, at = asked.window.after, asked.window.before, asked.instant
    for one in reversed(campaigns) if asked.window.backward else campaigns:
        if (
            one.runs(asked.market, at)
            and (after is None or (one.id,) < after)
            and (before is None or (one.id,) > before)
        ):
            yield one


async def _read_board() -> _Board:
    return await ask(_ALL_CAMPAIGNS, None)


def _boarded(_: None, found: Rows) -> _Board:
    at = found[0][1]
    if len(found) > MOST_KEPT:
        return _Board(at, None)
    campaigns = [_view(line[2:], kept=True) for line in found if line[2] is not None]
    return _Board(at, campaigns, sorted({turn for one in campaigns for turn in one.turns}))


def _view(line: Sequence[Any], *, kept: bool = False) -> CampaignView:
    return _same_view(tuple(tuple(part) if isinstance(part, list) else part for part in line), kept)


@lru_cache(2 * MOST_KEPT)  # what was read again and is as it was is the same view: what was made of it serves again
def _same_view(line: tuple[Any, ...], kept: bool) -> CampaignView:
    found = dict(zip(_NAMES, line, strict=True))
    windows = zip(found["markets"], found["starts"], found["ends"], strict=True)
    return CampaignView(
        terms_of(found),
        found["slug"],
        MappingProxyType(orjson.loads(found["titles"])),
        tuple(MarketWindow(*window) for window in windows),
        found["budget"],
        found["ended_at"],
        kept,
    )


_PAGES = Pages(
    Keyset((("id", "bigint"),)),
    _RUNNING,
    lambda: _COLUMNS,
    _view,
    {"at": "timestamptz"},
    "text",
    fixed=True,
    plain=False,
)
_BY_ID: Read[int, CampaignView | None] = Read(
    f"""SELECT asked.number, {_COLUMNS} FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, number)
    JOIN LATERAL (SELECT campaign.*, w.* FROM campaign CROSS JOIN LATERAL ({_WINDOWS}) w
      WHERE campaign.id = asked.id) line ON true""",
    lambda ids: (list(ids),),
    lambda _, found: _view(found[0][1:]) if found else None,
)
_BUDGET: Read[int, int | None] = Read(
    "SELECT asked.number, budget_left FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, number)"
    " JOIN campaign USING (id)",
    lambda ids: (list(ids),),
    lambda _, found: found[0][1] if found else None,
)
# Whatever is not yet over a minute before the present: a request judges by its own.
_ALL_CAMPAIGNS: Read[None, _Board] = Read(
    f"""SELECT 1, moment.at, {_COLUMNS} FROM (SELECT programme_now() - interval '1 minute' AS at) moment
    CROSS JOIN unnest($1::text[]) asked
    LEFT JOIN LATERAL (SELECT campaign.*, w.* FROM campaign CROSS JOIN LATERAL ({_WINDOWS}) w
      WHERE coalesce(ended_at, 'infinity') > moment.at
        AND EXISTS (SELECT FROM campaign_window WHERE campaign_id = campaign.id AND ends_at > moment.at)
      ORDER BY id DESC LIMIT {MOST_KEPT + 1}) line ON true ORDER BY line.id DESC""",
    lambda asked: (list(asked),),
    _boarded,
)
_board: catalogue.Kept[_Board] = catalogue.Kept(_read_board)
