"""How is a temporary earning rule launched, and how is it ended early? (PROGRAMME 9)"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.campaigns.draft import Draft, unfit_draft
from app.commits import note_catalogue
from app.database import Db, row, rows
from app.programmes.store import Book, revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.requests.titles import read_titles
from app.rules.calendar import local_instant
from app.staff.audit import audit

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_CAMPAIGN = """
INSERT INTO campaign (slug, titles, trigger, activity_code, condition, bonus_points, multiplier, points_per_unit,
                      limit_per_member, limit_period, posting_days, budget, budget_left, launched_at)
VALUES ($1, $2::jsonb, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, programme_now())
ON CONFLICT (slug) DO NOTHING RETURNING id
"""
_WINDOWS = """
INSERT INTO campaign_window (campaign_id, market_id, starts_at, ends_at)
SELECT $1, market, starts_at, ends_at
FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) AS w (market, starts_at, ends_at)
"""
_END = """
UPDATE campaign SET ended_at = programme_now() WHERE id = $1 AND ended_at IS NULL RETURNING ended_at
"""


@dataclass(frozen=True)
class Launch:
    """A campaign with its name, its titles (locale, text), and its window on each market's clock (naive)."""

    slug: str
    titles: tuple[tuple[str, str], ...]
    starts_at: datetime
    ends_at: datetime
    draft: Draft
    posting_days: int | None = None


async def launch_campaign(call: Call, actor: str, launch: Launch) -> Outcome:
    """Launch a campaign; it rewards what is recorded from now on, also of a window that began before.

    Refused as CAMPAIGN_EXISTS, MARKET_NOT_SERVED, CONDITION_INVALID or INVALID_INPUT.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        book = await revision_book(db)
        titles = read_titles(launch.titles)
        if isinstance(titles, Outcome):
            return titles
        if problem := _unfit(launch, book):
            return problem
        campaign = await row(db, _CAMPAIGN, launch.slug, json.dumps(titles), *_columns(launch))
        if campaign is None:
            return refused("CAMPAIGN_EXISTS", "slug", slug=launch.slug)
        windows = _windows(launch, book)
        await rows(db, _WINDOWS, campaign["id"], *(list(column) for column in zip(*windows, strict=True)))
        note_catalogue()
        await audit(db, actor, "launchCampaign", f"campaign/{launch.slug}", after=_said(launch))
        return Outcome(campaign_id=campaign["id"])

    return await once(call, act)


async def end_campaign(call: Call, actor: str, slug: str) -> Outcome:
    """End a campaign now: what was earned stays, what happened before still earns; twice is the same as once."""

    async def act(db: Db, request_id: int) -> Outcome:
        campaign = await row(db, "SELECT id FROM campaign WHERE slug = $1", slug)
        if campaign is None:
            return refused("NOT_FOUND", "slug", what="CAMPAIGN")
        ended = await row(db, _END, campaign["id"])
        if ended is not None:
            note_catalogue()
            after = {"ended_at": ended["ended_at"].isoformat()}
            await audit(db, actor, "endCampaign", f"campaign/{slug}", before={"ended_at": None}, after=after)
        return Outcome(campaign_id=campaign["id"])

    return await once(call, act)


def _unfit(launch: Launch, book: Book) -> Outcome | None:
    if not _SLUG.fullmatch(launch.slug):
        return invalid("MALFORMED", "slug")
    return unfit_draft(launch.draft, book) or _unfit_window(launch, book) or _unfit_posting(launch, book)


def _unfit_window(launch: Launch, book: Book) -> Outcome | None:
    # In each market: a window may vanish where its clock jumps over it.
    if all(starts_at < ends_at for _, starts_at, ends_at in _windows(launch, book)):
        return None
    return invalid("OUT_OF_RANGE", "endsAt")


def _unfit_posting(launch: Launch, book: Book) -> Outcome | None:
    # Points are in the account no later than the revision's deadline, earlier where the rule says so (PROGRAMME 3).
    latest = min(book.markets[market][-1].revision.posting_days for market in launch.draft.markets)
    if launch.posting_days is None or 0 <= launch.posting_days <= latest:
        return None
    return invalid("OUT_OF_RANGE", "postingDays", minimum=0, maximum=latest)


def _windows(launch: Launch, book: Book) -> list[tuple[str, datetime, datetime]]:
    zones = {market: book.facts(market).time_zone for market in launch.draft.markets}
    return [
        (market, local_instant(launch.starts_at, zone), local_instant(launch.ends_at, zone))
        for market, zone in zones.items()
    ]


def _columns(launch: Launch) -> tuple[object, ...]:
    draft = launch.draft
    return (
        draft.trigger,
        draft.activity_code,
        draft.condition,
        draft.bonus_points,
        _plain(draft.multiplier),
        _plain(draft.points_per_unit),
        draft.limit_per_member,
        draft.limit_period.value,
        launch.posting_days,
        draft.budget,
    )


def _plain(rate: Decimal | None) -> str | None:
    return format(rate.normalize(), "f") if rate is not None else None


def _said(launch: Launch) -> dict[str, object]:
    draft = launch.draft
    return {
        "trigger": draft.trigger,
        "activity_code": draft.activity_code,
        "condition": draft.condition,
        "markets": list(draft.markets),
        "starts_at": launch.starts_at.isoformat(),
        "ends_at": launch.ends_at.isoformat(),
        "bonus_points": draft.bonus_points,
        "multiplier": _plain(draft.multiplier),
        "points_per_unit": _plain(draft.points_per_unit),
        "limit_per_member": draft.limit_per_member,
        "limit_period": draft.limit_period.value,
        "posting_days": launch.posting_days,
        "budget": draft.budget,
    }
