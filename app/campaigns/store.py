"""Which campaigns does a reader see?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.campaigns.running import terms_of
from app.database import connection, rows
from app.keyset import Keyset, Page, Window, page_of
from app.rules.campaigns import CampaignTerms

_ORDER = Keyset((("id", "bigint"),))
_WINDOWS = """
SELECT array_agg(market_id ORDER BY market_id) AS markets, array_agg(starts_at ORDER BY market_id) AS starts,
  array_agg(ends_at ORDER BY market_id) AS ends FROM campaign_window WHERE campaign_id = campaign.id
"""
_BY_ID = f"SELECT * FROM campaign CROSS JOIN LATERAL ({_WINDOWS}) w WHERE id = ANY ($1::bigint[])"
_RUNNING = f"""
SELECT campaign.*, w.* FROM (SELECT coalesce($2::timestamptz, programme_now()) AS at) asked
CROSS JOIN campaign CROSS JOIN LATERAL ({_WINDOWS}) w
WHERE coalesce(ended_at, 'infinity') > asked.at AND EXISTS (
  SELECT FROM campaign_window WHERE campaign_id = campaign.id AND ($1::text IS NULL OR market_id = $1)
    AND starts_at <= asked.at AND ends_at > asked.at)
"""


@dataclass(frozen=True)
class MarketWindow:
    """When a campaign runs in a market: [starts_at, ends_at)."""

    market: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class CampaignView:
    """A campaign as a reader sees it; `titles` by language; `budget` in points (None: none)."""

    terms: CampaignTerms
    slug: str
    titles: dict[str, str]
    windows: tuple[MarketWindow, ...]
    budget: int | None
    ended_at: datetime | None

    @property
    def id(self) -> int:
        return self.terms.id


async def campaigns_by_id(ids: Sequence[int]) -> dict[int, CampaignView]:
    """These campaigns."""
    return {found["id"]: _view(found) for found in await rows(connection(), _BY_ID, list(ids))}


async def campaign_page(market: str | None, at: datetime | None, window: Window) -> Page[CampaignView]:
    """The campaigns that run at an instant (None: now) in a market (None: in any), the last launched first."""
    where, arguments = _ORDER.condition(window, 3)
    found = await rows(connection(), f"{_RUNNING} {where} {_ORDER.order(window)}", market, at, *arguments)
    return page_of([_view(campaign) for campaign in found], window)


def _view(found: asyncpg.Record) -> CampaignView:
    windows = zip(found["markets"], found["starts"], found["ends"], strict=True)
    return CampaignView(
        terms_of(found),
        found["slug"],
        found["titles"],
        tuple(MarketWindow(*window) for window in windows),
        found["budget"],
        found["ended_at"],
    )
