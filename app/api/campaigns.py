"""Which temporary earning rules are there?"""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.connections import MAXIMUM_SIZE, MOST_PAGES, After, Before, Connection, First, Last, connect, window
from app.api.enums import ActivityKind, LimitPeriod, MarketCode
from app.api.hints import CATALOGUE_S, public
from app.api.ids import global_id
from app.api.info import Info, begin_moment
from app.api.node import Node
from app.api.roles import everyone
from app.api.scalars import BigInt
from app.campaigns.store import MOST_KEPT, CampaignsAsked, CampaignView, known_page
from app.execution.ahead import BEGIN
from app.execution.kept import FIXED_IF, Keepable, keep
from app.keyset import Page
from app.texts.render import pick


@strawberry.type(description="When a campaign runs in a market.")
class CampaignWindow:
    market: MarketCode = strawberry.field(description="The market.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when, exclusive.")


async def budget_left(info: Info, view: CampaignView) -> int | None:
    """The points of a campaign's budget that are left now."""
    if view.budget is None or not view.kept:
        return view.terms.budget_left
    return await info.context.loaders.budget_left.load(view.id)


async def shown_budget_left(self: "Campaign", info: Info) -> BigInt | None:
    """As clients read it."""
    left = await budget_left(info, self.view)
    return BigInt(left) if left is not None else None


@strawberry.type(description="A temporary earning rule. Exactly one of its three effects is set.")
class Campaign(Node, Keepable):
    view: strawberry.Private[CampaignView]
    locale: strawberry.Private[str]
    slug: str = strawberry.field(description="Its name among campaigns.")
    trigger: ActivityKind = strawberry.field(description="What it rewards.")
    activity_code: str | None = strawberry.field(description="Of CUSTOM: the activity's code.")
    condition: str | None = strawberry.field(description="What must be true, in CEL; null: nothing more.")
    windows: list[CampaignWindow] = strawberry.field(description="When it runs, market by market.")
    bonus_points: int | None = strawberry.field(description="Points for each time.")
    multiplier: Decimal | None = strawberry.field(description="The activity's own points count so many times.")
    points_per_unit: Decimal | None = strawberry.field(description="Points for each whole unit of an order's net.")
    limit_per_member: int | None = strawberry.field(description="How often it rewards a member; null: no limit.")
    limit_period: LimitPeriod | None = strawberry.field(description="Over what the limit counts; null: no limit.")
    budget: BigInt | None = strawberry.field(description="Points that it may give in all; null: no limit.")
    budget_left: BigInt | None = strawberry.field(
        resolver=shown_budget_left,
        description="Points of the budget that are left.",
        metadata={FIXED_IF: "knows_budget"},
    )
    ended_at: datetime | None = strawberry.field(description="When it was ended early; null: it was not.")

    @property
    def knows_budget(self) -> bool:
        """Does it say itself what is left of its budget?"""
        return self.view.budget is None or not self.view.kept

    @strawberry.field(description="Its title in the reader's language.")
    def title(self) -> str:
        return pick(self.view.titles, self.locale)


@strawberry.type
class CampaignQueries:
    @strawberry.field(
        description="The campaigns that run, the last launched first: in a market, else in the signed-in member's, "
        "else in any.",
        metadata={**everyone(), **public(CATALOGUE_S), BEGIN: begin_moment},
    )
    async def campaigns(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        market: Annotated[MarketCode | None, argument(description="Those that run in this market.")] = None,
        at: Annotated[datetime | None, argument(description="Those that run at this instant; else now.")] = None,
    ) -> Connection[Campaign] | None:
        asked = window("campaigns", (int,), first=first, after=after, last=last, before=before)
        moment = await info.context.moment()
        code = market.value if market else moment.member.account.market if moment.member else None
        known = known_page(CampaignsAsked(code, at, moment.now, asked))
        locale = await info.context.locale()
        if known is not None:
            return _connection(known, locale)
        # A page from the front is cut out of the longest one, which a member's opportunities read as well.
        front = asked.after is None and asked.before is None and not asked.backward
        read = asked._replace(size=MAXIMUM_SIZE) if front else asked
        page = await info.context.loaders.running.load(CampaignsAsked(code, at, moment.now, read))
        shown = Page(page.rows[: asked.size], page.has_next or len(page.rows) > asked.size, page.has_previous)
        return _connection(shown, locale)


@lru_cache(2 * MOST_KEPT)
def campaign(view: CampaignView, locale: str) -> Campaign:
    """A campaign as clients read it in a language. Nothing in it belongs to a request."""
    terms = view.terms
    limited = terms.limit_per_member is not None
    made = Campaign(
        id=global_id("Campaign", 0, view.id),
        view=view,
        locale=locale,
        slug=view.slug,
        trigger=ActivityKind(terms.trigger),
        activity_code=terms.code,
        condition=terms.condition,
        windows=[
            CampaignWindow(market=MarketCode(one.market), starts_at=one.starts_at, ends_at=one.ends_at)
            for one in view.windows
        ],
        bonus_points=terms.bonus_points,
        multiplier=terms.multiplier,
        points_per_unit=terms.points_per_unit,
        limit_per_member=terms.limit_per_member,
        limit_period=LimitPeriod(terms.limit_period.value) if limited else None,
        budget=BigInt(view.budget) if view.budget is not None else None,
        ended_at=view.ended_at,
    )
    return keep(made)


@lru_cache(MOST_PAGES)
def _connection(page: Page[CampaignView], locale: str) -> Connection[Campaign]:
    return keep(connect("campaigns", page, lambda view: (view.id,), lambda view: campaign(view, locale)))


async def campaign_by_id(info: Info, campaign_id: int | None) -> Campaign | None:
    """The campaign of this id, if there is one."""
    view = await info.context.loaders.campaign.load(campaign_id) if campaign_id is not None else None
    return campaign(view, await info.context.locale()) if view else None
