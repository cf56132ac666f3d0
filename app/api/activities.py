"""What did members do, and what did it earn?"""

from collections.abc import Mapping
from datetime import date, datetime

import strawberry
from strawberry import ID

from app.activities import models
from app.activities.store import ActivitySeen, AwardSeen
from app.api.campaigns import Campaign, campaign_by_id
from app.api.enums import ActivityKind, AwardStatus
from app.api.ids import global_id
from app.api.info import Info
from app.api.lazy import LazyMember
from app.api.node import OPAQUE, Node, seen
from app.api.programmes import rule_title
from app.rules.revision import Revision
from app.texts.render import pick, say

OF_AWARDS = frozenset({"awards", "postsBy"})  # the fields of an activity that its awards are read for


@strawberry.type(description="Points that an activity earned by one rule.")
class Award:
    id: ID = strawberry.field(description="The opaque id.")
    status: AwardStatus = strawberry.field(description="How it stands.")
    posts_by: datetime | None = strawberry.field(description="While pending: the instant by which it posts.")
    rule: str = strawberry.field(description="The rule's name.")
    title: str = strawberry.field(description="The rule in the reader's language.")
    points: int = strawberry.field(description="Points granted, before clawbacks.")
    withdrawn: int = strawberry.field(description="Points of it that were taken back.")
    revision: str = strawberry.field(description="The programme revision whose rule it was.")
    explanation: str = strawberry.field(description="How the points came about, in the reader's language.")
    last_usable_day: date | None = strawberry.field(description="The last local day of its points, once posted.")
    campaign_id: strawberry.Private[int | None]

    @strawberry.field(description="Of CAMPAIGN: the campaign that gave it.")
    async def campaign(self, info: Info) -> Campaign | None:
        return await campaign_by_id(info, self.campaign_id)


def activity_id(self: "Activity") -> ID:
    """Of the type, the member and the row."""
    return global_id("Activity", self.row.member_id, self.row.id)


@strawberry.type(description="Something a member did.")
class Activity(Node):
    row: strawberry.Private[models.Activity | ActivitySeen]
    owner: strawberry.Private[LazyMember]
    id: ID = strawberry.field(resolver=activity_id, description=OPAQUE)
    source: str = seen("row.source", description="Where it happened: the shop, the app, a network.")
    reference: str | None = seen("row.reference", description="The order, review or share, in its source's words.")
    kind: ActivityKind = seen("row.kind", description="What it was.")
    code: str | None = seen("row.code", description="Of a CUSTOM activity: its name.")
    occurred_at: datetime = seen("row.occurred_at", description="When it happened.")
    points: int = seen("row.points", description="Points earned, net of clawbacks.")
    status: AwardStatus = seen("row.status", description="How its awards stand, the least settled first.")

    @strawberry.field(description="Who did it.")
    def member(self) -> LazyMember:
        return self.owner

    @strawberry.field(description="What it was, in the reader's language.")
    def title(self) -> str:
        return activity_title(self.row, self.owner.locale)

    @strawberry.field(description="While pending: the instant by which the first of its awards posts.")
    async def posts_by(self, info: Info) -> datetime | None:
        if self.row.status != "PENDING":
            return None
        awards = await info.context.loaders.awards.load(self.row.id)
        return min((award.posts_at for award in awards if _status(award) == "PENDING"), default=None)

    @strawberry.field(description="Why it earned nothing or less, or was taken back, in the reader's language.")
    def reason(self) -> str | None:
        if self.row.reason is None:
            return None
        return say(self.owner.locale, f"reason-{self.row.reason}", self.row.reason_facts)

    @strawberry.field(description="What it earned, rule by rule.")
    async def awards(self, info: Info) -> list[Award]:
        book = await info.context.book()
        locale = self.owner.locale
        revisions = {stored.id: stored.revision for stored in book.markets[self.owner.view.account.market]}
        return [
            Award(
                id=global_id("Award", award.member_id, award.id),
                status=AwardStatus(_status(award)),
                posts_by=award.posts_at if _status(award) == "PENDING" else None,
                rule=award.rule,
                title=award_title(award.rule, revisions[award.revision_id], award.titles, locale),
                points=award.points,
                withdrawn=award.reclaimed,
                revision=award.revision,
                explanation=explanation(award.explanation, award.facts, award.titles, locale),
                last_usable_day=award.last_usable_day if award.posted_at else None,
                campaign_id=award.campaign_id,
            )
            for award in await info.context.loaders.awards.load(self.row.id)
        ]


def activity_title(row: models.Activity | ActivitySeen, locale: str) -> str:
    """What an activity was, in a language."""
    return say(locale, f"activity-{row.kind}", {**row.facts, "reference": row.reference, "code": row.code})


Titles = Mapping[str, str] | None  # a campaign's, by language


def award_title(rule: str, revision: Revision, titles: Titles, locale: str) -> str:
    """The rule's title in a language; a campaign's is its own."""
    return pick(titles, locale) if titles is not None else rule_title(rule, revision, locale)


def explanation(code: str, facts: Mapping[str, object], titles: Titles, locale: str) -> str:
    """How points came about, in a language."""
    told = {**facts, "campaign": pick(titles, locale)} if titles is not None else facts
    return say(locale, f"explain-{code}", told)


def _status(award: AwardSeen) -> str:
    if award.reclaimed == award.amount:
        return "WITHDRAWN"
    if award.posted_at is None:
        return "PENDING" if award.remaining > 0 else "WITHDRAWN"  # forfeited with the account
    return "EXPIRED" if award.remaining + award.reserved == 0 and award.expired > 0 else "POSTED"
