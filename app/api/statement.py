"""What does a member's statement say, and what were they told?"""

from datetime import datetime

import strawberry

from app.api.activities import Activity, activity_title
from app.api.checkout import Reservation, reservation_by_id
from app.api.coupons import Coupon, coupon
from app.api.enums import EntryKind, NoticeKind
from app.api.ids import global_id
from app.api.info import Info
from app.api.lazy import LazyMember
from app.api.node import Node
from app.ledger import models
from app.ledger.account import Bucket
from app.texts.render import say

# What comes to the member counts up, what leaves counts down; repaying a debt leaves less to spend.
_DOWN = frozenset({"CLAWBACK", "DEBT", "DEBT_REPAID", "REDEEM", "RESERVE", "CAPTURE", "EXPIRE", "FORFEIT"})

# Lines that say something else than the others of their kind.
_SPECIAL = {
    (EntryKind.EARN.value, Bucket.PENDING.value): "entry-EARN-PENDING",
    (EntryKind.FORFEIT.value, Bucket.DEBT.value): "entry-FORFEIT-DEBT",
}


@strawberry.type(description="One line of a member's statement; never changed, a mistake is reversed by another line.")
class Entry(Node):
    row: strawberry.Private[models.Entry]
    owner: strawberry.Private[LazyMember]
    kind: EntryKind = strawberry.field(description="What happened.")
    points: int = strawberry.field(
        description="How many points: above 0 when they come to the member, below when they leave."
    )
    available_after: int = strawberry.field(description="Points available after this line.")
    at: datetime = strawberry.field(description="When it took effect; never earlier than the line before.")

    @strawberry.field(description="Whose line this is.")
    def member(self) -> LazyMember:
        return self.owner

    @strawberry.field(description="What happened, in the reader's language.")
    async def title(self, info: Info) -> str:
        locale = await info.context.locale(self.owner.view.account.market)
        facts: dict[str, object] = {}
        if self.row.activity_id is not None:
            found = await info.context.loaders.activity.load(self.row.activity_id)
            facts["activity"] = activity_title(found, locale) if found else None
        if self.row.coupon_id is not None:
            spent_on = await info.context.loaders.coupon.load(self.row.coupon_id)
            if spent_on:
                facts |= {"value_minor": spent_on.value_minor, "currency": self.owner.currency}
        return say(locale, _SPECIAL.get((self.row.kind, self.row.target), f"entry-{self.kind.value}"), facts)

    @strawberry.field(description="Why, in the reader's language, where it needs saying.")
    async def reason(self, info: Info) -> str | None:
        if self.row.reason is None:
            return None
        return say(
            await info.context.locale(self.owner.view.account.market), f"reason-{self.row.reason}", self.row.facts
        )

    @strawberry.field(description="Who of staff did it, if one did.")
    async def actor(self, info: Info) -> str | None:
        operation = await info.context.loaders.operation.load(self.row.operation_id)
        return operation.actor if operation else None

    @strawberry.field(description="The activity behind it, if there is one.")
    async def activity(self, info: Info) -> Activity | None:
        return await _activity(info, self.row.activity_id, self.owner)

    @strawberry.field(description="The coupon behind it, if there is one.")
    async def coupon(self, info: Info) -> Coupon | None:
        return await _coupon(info, self.row.coupon_id, self.owner)

    @strawberry.field(description="The reservation behind it, if there is one.")
    async def reservation(self, info: Info) -> Reservation | None:
        return await reservation_by_id(info, self.row.reservation_id, self.owner)


@strawberry.type(description="Something the member should know.")
class Notice(Node):
    row: strawberry.Private[models.Notice]
    owner: strawberry.Private[LazyMember]
    kind: NoticeKind = strawberry.field(description="What it tells.")
    at: datetime = strawberry.field(description="When it came to be so.")
    points: int | None = strawberry.field(description="How many points it is about.")

    @strawberry.field(description="The notice in the reader's language.")
    async def text(self, info: Info) -> str:
        locale = await info.context.locale(self.owner.view.account.market)
        facts: dict[str, object] = {**self.row.facts, "points": self.points}
        if self.row.activity_id is not None:
            found = await info.context.loaders.activity.load(self.row.activity_id)
            facts["activity"] = activity_title(found, locale) if found else None
        return say(locale, f"notice-{self.kind.value}", facts)

    @strawberry.field(description="The activity it is about, if it is one.")
    async def activity(self, info: Info) -> Activity | None:
        return await _activity(info, self.row.activity_id, self.owner)

    @strawberry.field(description="The coupon it is about, if it is one.")
    async def coupon(self, info: Info) -> Coupon | None:
        return await _coupon(info, self.row.coupon_id, self.owner)


def entry(row: models.Entry, owner: LazyMember) -> Entry:
    """A statement line of a member as clients read it."""
    adjusted_down = row.kind == "ADJUST" and row.target == Bucket.ADJUSTED.value
    written_off = row.kind == "FORFEIT" and row.target == Bucket.DEBT.value
    return Entry(
        id=global_id("Entry", row.member_id, row.id),
        row=row,
        owner=owner,
        kind=EntryKind(row.kind),
        points=-row.points if (row.kind in _DOWN and not written_off) or adjusted_down else row.points,
        available_after=row.available_after,
        at=row.at,
    )


def notice(row: models.Notice, owner: LazyMember) -> Notice:
    """A notice of a member as clients read it."""
    return Notice(
        id=global_id("Notice", row.member_id, row.id),
        row=row,
        owner=owner,
        kind=NoticeKind(row.kind),
        at=row.at,
        points=row.points,
    )


async def _activity(info: Info, row_id: int | None, owner: LazyMember) -> Activity | None:
    row = await info.context.loaders.activity.load(row_id) if row_id is not None else None
    return Activity(row=row, owner=owner) if row else None


async def _coupon(info: Info, row_id: int | None, owner: LazyMember) -> Coupon | None:
    row = await info.context.loaders.coupon.load(row_id) if row_id is not None else None
    return await coupon(info, row, owner) if row else None
