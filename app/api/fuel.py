"""How does the Fuel streak stand, and what else can be earned now?"""

import asyncio
from dataclasses import replace
from datetime import date as calendar_date
from datetime import datetime

import strawberry

from app.activities.streaks import fuel_view
from app.api.campaigns import Campaign, budget_left, campaign
from app.api.connections import MAXIMUM_SIZE
from app.api.enums import ActivityKind
from app.api.info import Info
from app.api.programmes import rule_title
from app.campaigns.store import CampaignsAsked
from app.keyset import Window
from app.members.store import MemberView
from app.rules.calendar import day_start, local_date
from app.rules.campaigns import campaign_limits
from app.rules.opportunities import campaign_opportunities, limits_on, opportunities
from app.texts.render import pick


@strawberry.type(description="A local day of the last seven.")
class FuelDay:
    date: calendar_date = strawberry.field(description="The day.")
    tapped: bool = strawberry.field(description="Was Fuel tapped on it?")
    points: int = strawberry.field(description="What its tap earned, with a streak bonus.")


@strawberry.type(description="Seven local days in a row earn a bonus on top of the seventh tap.")
class FuelStreak:
    day: int = strawberry.field(description="Days in a row so far; 0 after a completed streak or a missed day.")
    tapped_today: bool = strawberry.field(description="Is today's tap made?")
    next_tap_points: int = strawberry.field(description="What the next tap earns.")
    opens_at: datetime = strawberry.field(description="From when the next tap counts.")
    closes_at: datetime = strawberry.field(description="Until when it continues the streak, exclusive.")
    week: list[FuelDay] = strawberry.field(description="The last seven local days, today last.")


@strawberry.type(description="Something the member can do now to earn points.")
class EarningOpportunity:
    kind: ActivityKind = strawberry.field(description="What to do.")
    code: str | None = strawberry.field(description="Of a CUSTOM activity: its name.")
    campaign: Campaign | None = strawberry.field(description="Of CAMPAIGN: the campaign that rewards it, on top.")
    per: str | None = strawberry.field(
        description="Points are for each whole unit of this currency; null: for each time."
    )
    rule: str = strawberry.field(description="The rule that rewards it.")
    title: str = strawberry.field(description="The invitation, in the reader's language.")
    points: int = strawberry.field(description="What it earns.")
    remaining: int | None = strawberry.field(description="How often it still earns in this period; null: no limit.")
    resets_at: datetime | None = strawberry.field(description="When the limit opens anew; null: never, or no limit.")


async def fuel_streak(info: Info, view: MemberView) -> FuelStreak:
    """A member's streak now."""
    taps = await info.context.loaders.taps.load(view.id)
    seen = fuel_view(taps, (await info.context.revision(view)).revision, view.account.time_zone, view.at)
    return FuelStreak(
        day=seen.day,
        tapped_today=seen.tapped_today,
        next_tap_points=seen.next_tap_points,
        opens_at=seen.opens_at,
        closes_at=seen.closes_at,
        week=[FuelDay(date=day.date, tapped=day.tapped, points=day.points) for day in seen.week],
    )


async def earning_opportunities(info: Info, view: MemberView) -> list[EarningOpportunity]:
    """The rules and campaigns whose limits are open for a member now; none for one who may not earn."""
    if view.account.status != "ACTIVE":
        return []
    revision = (await info.context.revision(view)).revision
    locale, own = await info.context.locale(view.account.market), await info.context.locale()
    zone = view.account.time_zone
    today = local_date(view.at, zone)
    loaders, now = info.context.loaders, (await info.context.moment()).now
    page = await loaders.running.load(CampaignsAsked(view.account.market, None, now, Window(MAXIMUM_SIZE)))
    running = {one.id: one for one in page.rows}
    terms = [one.terms for one in running.values()]
    limits = tuple((one.rule, one.key) for one in (*limits_on(revision, today), *campaign_limits(terms, today, None)))
    counting = loaders.grants.load((view.id, limits))  # before the budgets are waited for: they are read together
    left = await asyncio.gather(*(budget_left(info, one) for one in running.values()))
    terms = [replace(one, budget_left=points) for one, points in zip(terms, left, strict=True)]
    granted = await counting
    found = (*opportunities(revision, today, granted), *campaign_opportunities(terms, revision, today, granted))
    return [
        EarningOpportunity(
            kind=ActivityKind(one.trigger.value),
            code=one.code,
            per=one.per,
            campaign=campaign(running[one.campaign_id], own) if one.campaign_id is not None else None,
            rule=one.rule,
            title=pick(running[one.campaign_id].titles, locale)
            if one.campaign_id is not None
            else rule_title(one.rule, revision, locale, prefix="opportunity", points=one.points, currency=one.per),
            points=one.points,
            remaining=one.remaining,
            resets_at=day_start(one.resets_on, zone) if one.resets_on else None,
        )
        for one in found
    ]
