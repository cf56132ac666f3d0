"""What would an order earn?"""

from collections.abc import Mapping
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.activities import award_title, explanation
from app.api.buyer import account_asked
from app.api.campaigns import Campaign, campaign
from app.api.errors import UserError, user_errors
from app.api.info import Info
from app.api.orders import OrderInput
from app.api.roles import MEMBER, SERVICE, only
from app.campaigns.store import CampaignView
from app.members.store import MemberView, member_id_of
from app.orders.quote import EarningQuote as Quoted
from app.orders.quote import quote_earning
from app.requests.outcome import Outcome, refused
from app.rules.facts import Award
from app.texts.render import say


@strawberry.type(description="Points that an order would earn by one rule.")
class QuotedAward:
    rule: str = strawberry.field(description="The rule's name.")
    title: str = strawberry.field(description="The rule in the reader's language.")
    points: int = strawberry.field(description="The points.")
    revision: str = strawberry.field(description="The programme revision whose rule it is.")
    campaign: Campaign | None = strawberry.field(description="Of CAMPAIGN: the campaign that would give it.")
    explanation: str = strawberry.field(description="How the points come about, in the reader's language.")


@strawberry.type(description="What an order would earn now; recording it decides.")
class EarningQuote:
    points: int = strawberry.field(description="All points together.")
    awards: list[QuotedAward] = strawberry.field(description="Rule by rule, campaigns last.")
    reasons: list[str] = strawberry.field(description="Why it earns nothing, or less, in the reader's language.")
    user_errors: list[UserError] = strawberry.field(description="Why the order would be refused; empty: it would not.")


@strawberry.type
class QuoteQueries:
    @strawberry.field(
        description="What this order would earn the member now, and by which rules.", metadata=only(MEMBER, SERVICE)
    )
    async def quote_earning(
        self,
        info: Info,
        order: Annotated[OrderInput, argument(description="The order.")],
        mi_account_id: Annotated[str | None, argument(description="SERVICE: whose order.")] = None,
    ) -> EarningQuote | None:
        context = info.context
        member = await _member(info, mi_account_id)
        if isinstance(member, Outcome):
            return await _refused(info, member, None)
        stored = await context.revision(member)
        quoted = await quote_earning(context.caller, member, stored, order.given(), context.gateway.codes)
        if isinstance(quoted, Outcome):
            return await _refused(info, quoted, member)
        locale, own = await context.locale(member.account.market), await context.locale()
        ids = [one.campaign_id for one in quoted.decision.awards if one.campaign_id is not None]
        campaigns = {view.id: view for view in await context.loaders.campaign.load_many(ids) if view is not None}
        return EarningQuote(
            points=quoted.decision.points,
            awards=[_award(one, quoted, campaigns, locale, own) for one in quoted.decision.awards],
            reasons=[say(locale, f"reason-{reason.code}", reason.facts) for reason in quoted.decision.reasons],
            user_errors=[],
        )


async def _member(info: Info, mi_account_id: str | None) -> MemberView | Outcome:
    """Whose order is quoted: the member who asks, or whom a service names."""
    whose = account_asked(info.context, mi_account_id)
    if isinstance(whose, Outcome):
        return whose
    member_id = await member_id_of(whose)
    member = await info.context.member(member_id) if member_id is not None else None
    return member or refused("NOT_ENROLLED")


async def _refused(info: Info, outcome: Outcome, member: MemberView | None) -> EarningQuote:
    locale = await info.context.locale(member.account.market if member else None)
    return EarningQuote(points=0, awards=[], reasons=[], user_errors=user_errors(outcome.errors, locale))


def _award(award: Award, quoted: Quoted, campaigns: Mapping[int, CampaignView], locale: str, own: str) -> QuotedAward:
    view = campaigns.get(award.campaign_id) if award.campaign_id is not None else None
    titles = view.titles if view else None
    return QuotedAward(
        rule=award.rule,
        title=award_title(award.rule, quoted.stored.revision, titles, locale),
        points=award.points,
        revision=quoted.stored.revision.name,
        campaign=campaign(view, own) if view else None,
        explanation=explanation(award.explanation.code, award.explanation.facts, titles, locale),
    )
