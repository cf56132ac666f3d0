"""Which temporary earning rules are there?"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import ID, argument

from app.api.connections import MAXIMUM_SIZE, After, Before, Connection, First, Last, connect, window
from app.api.enums import ActivityKind, LimitPeriod, MarketCode
from app.api.hints import CATALOGUE_S, public
from app.api.ids import GlobalId
from app.api.info import Info
from app.api.node import Node
from app.api.roles import everyone
from app.api.scalars import BigInt
from app.campaigns.store import CampaignView
from app.keyset import Page
from app.texts.render import pick


@strawberry.type(description="When a campaign runs in a market.")
class CampaignWindow:
    market: MarketCode = strawberry.field(description="The market.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when, exclusive.")


@strawberry.type(description="A temporary earning rule. Exactly one of its three effects is set.")
class Campaign(Node):
    view: strawberry.Private[CampaignView]
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
    budget_left: BigInt | None = strawberry.field(description="Points of the budget that are left.")
    ended_at: datetime | None = strawberry.field(description="When it was ended early; null: it was not.")

    @strawberry.field(description="Its title in the reader's language.")
    async def title(self, info: Info) -> str:
        return pick(self.view.titles, await info.context.locale())


@strawberry.type
class CampaignQueries:
    @strawberry.field(
        description="The campaigns that run, the last launched first: in a market, else in the signed-in member's, "
        "else in any.",
        metadata={**everyone(), **public(CATALOGUE_S)},
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
        me = await info.context.me()
        code = market.value if market else me.account.market if me else None
        # A page from the front is cut out of the longest one, which a member's opportunities read as well.
        front = asked.after is None and asked.before is None and not asked.backward
        read = replace(asked, size=MAXIMUM_SIZE) if front else asked
        page = await info.context.loaders.running.load((code, at, read))
        shown = Page(page.rows[: asked.size], page.has_next or len(page.rows) > asked.size, page.has_previous)
        return connect("campaigns", shown, lambda view: (view.id,), campaign)


def campaign(view: CampaignView) -> Campaign:
    """A campaign as clients read it."""
    terms = view.terms
    limited = terms.limit_per_member is not None
    return Campaign(
        id=ID(str(GlobalId("Campaign", 0, view.id))),
        view=view,
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
        budget_left=BigInt(terms.budget_left) if terms.budget_left is not None else None,
        ended_at=view.ended_at,
    )


async def campaign_by_id(info: Info, campaign_id: int | None) -> Campaign | None:
    """The campaign of this id, if there is one."""
    view = await info.context.loaders.campaign.load(campaign_id) if campaign_id is not None else None
    return campaign(view) if view else None
