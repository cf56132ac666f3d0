"""How do staff launch a temporary earning rule, and end it?"""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.campaigns import Campaign, campaign_by_id
from app.api.enums import ActivityKind, LimitPeriod, MarketCode
from app.api.errors import UserError
from app.api.info import Info
from app.api.inputs import INPUT, KEY, call_of
from app.api.payloads import ERRORS, outcome_errors
from app.api.roles import STAFF, only
from app.api.scalars import BigInt, LocalDateTime
from app.api.titles import LocalizedTextInput
from app.campaigns.draft import Draft
from app.campaigns.launch import Launch, end_campaign, launch_campaign
from app.requests.outcome import Outcome
from app.rules.terms import Period


@strawberry.type(description="What became of a campaign.")
class CampaignPayload:
    campaign: Campaign | None = strawberry.field(description="The campaign, as it stands now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.input(description="A campaign to launch, with exactly one effect.")
class LaunchCampaignInput:
    idempotency_key: str = strawberry.field(description=KEY)
    slug: str = strawberry.field(description="Its own name: 1 to 64 letters, digits, dots, hyphens and underscores.")
    titles: list[LocalizedTextInput] = strawberry.field(description="One for each language; en, then the first, else.")
    trigger: ActivityKind = strawberry.field(description="What it rewards.")
    markets: list[MarketCode] = strawberry.field(description="Where it runs.")
    starts_at: LocalDateTime = strawberry.field(description="From when, on each market's clock; may be past.")
    ends_at: LocalDateTime = strawberry.field(description="Until when, exclusive, on each market's clock.")
    activity_code: str | None = strawberry.field(default=None, description="Of CUSTOM: the activity's code.")
    condition: str | None = strawberry.field(default=None, description="What must be true: CEL, 2,000 characters.")
    bonus_points: int | None = strawberry.field(default=None, description="Points for each time: 1 to 10,000,000.")
    multiplier: Decimal | None = strawberry.field(default=None, description="More than 1, at most 100; 4 decimals.")
    points_per_unit: Decimal | None = strawberry.field(
        default=None, description="Of PURCHASE: points for each whole unit of the net, at most 100; 4 decimals."
    )
    limit_per_member: int | None = strawberry.field(default=None, description="How often it rewards a member.")
    limit_period: LimitPeriod = strawberry.field(
        default=LimitPeriod.LIFETIME, description="Over what the limit counts; PRODUCT: of SHARE and REVIEW."
    )
    posting_days: int | None = strawberry.field(
        default=None, description="Local days until its points post, 0: at once; as the activity's own when not given."
    )
    budget: BigInt | None = strawberry.field(default=None, description="Points that it may give in all.")


@strawberry.input(description="A campaign that is not yet launched, with exactly one effect.")
class CampaignDraftInput:
    trigger: ActivityKind = strawberry.field(description="What it rewards.")
    markets: list[MarketCode] = strawberry.field(description="Where it runs.")
    activity_code: str | None = strawberry.field(default=None, description="Of CUSTOM: the activity's code.")
    condition: str | None = strawberry.field(default=None, description="What must be true: CEL, 2,000 characters.")
    bonus_points: int | None = strawberry.field(default=None, description="Points for each time.")
    multiplier: Decimal | None = strawberry.field(default=None, description="The activity's own points count so often.")
    points_per_unit: Decimal | None = strawberry.field(default=None, description="Points for each whole unit.")
    limit_per_member: int | None = strawberry.field(default=None, description="How often it rewards a member.")
    limit_period: LimitPeriod = strawberry.field(
        default=LimitPeriod.LIFETIME, description="Over what the limit counts; PRODUCT: of SHARE and REVIEW."
    )
    budget: BigInt | None = strawberry.field(default=None, description="Points that it may give in all.")


@strawberry.input(description="A campaign to end now.")
class EndCampaignInput:
    idempotency_key: str = strawberry.field(description=KEY)
    slug: str = strawberry.field(description="Its name.")


@strawberry.type
class CampaignMutations:
    @strawberry.mutation(
        description="Launch a campaign. What is recorded from now on earns it, also of a window that began before.",
        metadata=only(STAFF),
    )
    async def launch_campaign(
        self, info: Info, input: Annotated[LaunchCampaignInput, argument(description=INPUT)]
    ) -> CampaignPayload | None:
        context = info.context
        call = call_of(context.caller, "launchCampaign", input)
        launch = Launch(
            input.slug,
            tuple((title.locale, title.text) for title in input.titles),
            input.starts_at,
            input.ends_at,
            draft_of(input),
            input.posting_days,
        )
        return await _payload(info, await context.write(launch_campaign(call, context.subject, launch)))

    @strawberry.mutation(
        description="End a campaign now; what was earned stays, and what happened before still earns.",
        metadata=only(STAFF),
    )
    async def end_campaign(
        self, info: Info, input: Annotated[EndCampaignInput, argument(description=INPUT)]
    ) -> CampaignPayload | None:
        context = info.context
        call = call_of(context.caller, "endCampaign", input)
        return await _payload(info, await context.write(end_campaign(call, context.subject, input.slug)))


async def _payload(info: Info, outcome: Outcome) -> CampaignPayload:
    return CampaignPayload(
        campaign=await campaign_by_id(info, outcome.campaign_id), user_errors=await outcome_errors(info, outcome)
    )


def draft_of(given: LaunchCampaignInput | CampaignDraftInput) -> Draft:
    """What is judged of a campaign before it is launched, or run over the past."""
    return Draft(
        given.trigger.value,
        tuple(market.value for market in given.markets),
        given.activity_code,
        given.condition,
        given.bonus_points,
        given.multiplier,
        given.points_per_unit,
        given.limit_per_member,
        Period(given.limit_period.value),
        given.budget,
    )
