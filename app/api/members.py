"""Who is a member, and what do they see of their own?"""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

import strawberry
from strawberry import ID, argument

from app.activities.store import ActivitiesAsked
from app.api.activities import OF_AWARDS, Activity
from app.api.balances import Balance, balance
from app.api.checkout import Reservation, reservation
from app.api.connections import After, Before, Connection, First, Int32, Last, connect, window
from app.api.context import Context
from app.api.coupons import Coupon, coupon
from app.api.enums import ActivityKind, AwardStatus, CouponStatus, MarketCode, MemberStatus, ReservationStatus
from app.api.errors import ApiError
from app.api.fuel import EarningOpportunity, FuelStreak, earning_opportunities, fuel_streak
from app.api.ids import global_id, row_id_of
from app.api.info import Info, begin_moment
from app.api.money import Money, money
from app.api.node import OPAQUE, Node, seen
from app.api.roles import SERVICE, STAFF, everyone, only
from app.api.statement import Entry, Notice, entry, notice
from app.execution.ahead import BEGIN
from app.execution.infos import selects
from app.members.store import SEARCH_LENGTH, MemberView, member_id_of, member_page


@strawberry.type(description="What closing the account would give up now.")
class ClosingQuote:
    points: int = strawberry.field(description="Points: available, reserved and pending.")
    value: Money = strawberry.field(description="What they are worth.")


def begin_activities(info: Info, **given: Any) -> Awaitable[object] | None:
    """The page of the member who asks is read together with who they are."""
    return info.context.begin_activities(activities_asked(info, **given))


def activities_asked(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    kinds: Sequence[ActivityKind] | None = None,
    statuses: Sequence[AwardStatus] | None = None,
) -> ActivitiesAsked:
    """The page that the arguments mean. Raises ApiError (BAD_USER_INPUT) where they cannot be taken."""
    return ActivitiesAsked(
        tuple(sorted({kind.value for kind in kinds})) if kinds is not None else None,
        tuple(sorted({status.value for status in statuses})) if statuses is not None else None,
        window("activities", (datetime, int), first=first, after=after, last=last, before=before),
        selects(info, OF_AWARDS),
    )


def member_global_id(self: "Member") -> ID:
    """Of the type and the row."""
    return global_id("Member", self.view.id, self.view.id)


@strawberry.type(description="A member of the programme.")
class Member(Node):
    view: strawberry.Private[MemberView]
    currency: strawberry.Private[str]
    locale: strawberry.Private[str]
    id: ID = strawberry.field(resolver=member_global_id, description=OPAQUE)
    mi_account_id: str = seen("view.mi_account_id", description="Their Mi Account.")
    display_name: str | None = seen("view.display_name", description="The name they are shown by.")
    market: MarketCode = seen("view.account.market", description="The market they enrolled in.")
    time_zone: str = seen("view.account.time_zone", description="The IANA zone whose local dates count for them.")
    status: MemberStatus = seen("view.account.status", description="How they stand.")
    enrolled_at: datetime = seen("view.enrolled_at", description="When they became a member.")

    @strawberry.field(description="What they own: now, in the past from the ledger, in the future from the lots.")
    async def balance(
        self,
        info: Info,
        at: Annotated[datetime | None, argument(description="The instant; now when not given.")] = None,
    ) -> Balance:
        return await balance(info, self, self.view, at)

    @strawberry.field(description="What they did, newest first.", metadata={BEGIN: begin_activities})
    async def activities(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        kinds: Annotated[list[ActivityKind] | None, argument(description="Only these kinds.")] = None,
        statuses: Annotated[list[AwardStatus] | None, argument(description="Only these statuses.")] = None,
    ) -> Connection[Activity]:
        asked = activities_asked(info, first, after, last, before, kinds, statuses)
        page = await info.context.activities_of(self.view.id, asked)
        place = attrgetter("occurred_at", "id")
        return connect("activities", page, place, lambda row: Activity(row=row, owner=self))

    @strawberry.field(description="Every movement of their points, newest first.")
    async def statement(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Entry]:
        asked = window("statement", (Int32,), first=first, after=after, last=last, before=before)
        page = await info.context.loaders.entries.load((self.view.id, asked))
        return connect("statement", page, lambda row: (row.version,), lambda row: entry(row, self))

    @strawberry.field(description="Their coupons, newest first.")
    async def coupons(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        statuses: Annotated[list[CouponStatus] | None, argument(description="Only these statuses.")] = None,
    ) -> Connection[Coupon]:
        asked = window("coupons", (int,), first=first, after=after, last=last, before=before)
        chosen = ",".join(sorted({status.value for status in statuses})) if statuses is not None else None
        page = await info.context.loaders.coupons.load((self.view.id, asked, chosen))
        nodes = {row.id: await coupon(info, row, self) for row in page.rows}
        return connect("coupons", page, lambda row: (row.id,), lambda row: nodes[row.id])

    @strawberry.field(description="Their points held at checkouts, newest first.")
    async def reservations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        statuses: Annotated[list[ReservationStatus] | None, argument(description="Only these statuses.")] = None,
    ) -> Connection[Reservation]:
        asked = window("reservations", (int,), first=first, after=after, last=last, before=before)
        chosen = ",".join(sorted({status.value for status in statuses})) if statuses is not None else None
        page = await info.context.loaders.reservations.load((self.view.id, asked, chosen))
        nodes = {row.id: await reservation(info, row, self) for row in page.rows}
        return connect("reservations", page, lambda row: (row.id,), lambda row: nodes[row.id])

    @strawberry.field(description="What they were told, newest first.")
    async def notices(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Notice]:
        asked = window("notices", (int,), first=first, after=after, last=last, before=before)
        page = await info.context.loaders.notices.load((self.view.id, asked))
        return connect("notices", page, lambda row: (row.id,), lambda row: notice(row, self))

    @strawberry.field(description="Their Fuel streak.")
    async def fuel(self, info: Info) -> FuelStreak:
        return await fuel_streak(info, self.view)

    @strawberry.field(description="What they can still do now to earn points.")
    async def earning_opportunities(self, info: Info) -> list[EarningOpportunity]:
        return await earning_opportunities(info, self.view)

    @strawberry.field(description="What closing the account would give up now.")
    async def closing(self, info: Info) -> ClosingQuote:
        balances = self.view.account.balances
        points = balances.available + balances.reserved + balances.pending
        value_minor = (await info.context.revision(self.view)).revision.point_value_minor
        return ClosingQuote(points=points, value=money(points * value_minor, self.currency))


async def member(context: Context, view: MemberView) -> Member:
    """A member as clients read them."""
    market = view.account.market
    currency = (await context.book()).facts(market).currency
    return Member(view=view, currency=currency, locale=await context.locale(market))


async def member_by_id(context: Context, row_id: int) -> Member | None:
    """The member of a row id, when whoever asks may see them."""
    view = await (context.member(row_id) if context.sees_members else context.me())
    return await member(context, view) if view is not None and view.id == row_id else None


@strawberry.type
class MemberQueries:
    @strawberry.field(
        description="The signed-in member; null without a token or before enrolment.",
        metadata={**everyone(), BEGIN: begin_moment},
    )
    async def me(self, info: Info) -> Member | None:
        view = await info.context.me()
        return await member(info.context, view) if view else None

    @strawberry.field(
        description="A member by id or by Mi Account, exactly one of them; null when there is none.",
        metadata=only(SERVICE, STAFF),
    )
    async def member(
        self,
        info: Info,
        id: Annotated[ID | None, argument(description="The member's global id.")] = None,
        mi_account_id: Annotated[str | None, argument(description="The member's Mi Account.")] = None,
    ) -> Member | None:
        if (id is None) == (mi_account_id is None):
            raise ApiError("BAD_USER_INPUT", "Give either `id` or `miAccountId`")
        if id is not None:
            try:
                row_id = row_id_of(id, "Member")
            except ValueError as error:
                raise ApiError("BAD_USER_INPUT", "The id is malformed") from error
        else:
            row_id = await member_id_of(mi_account_id) if mi_account_id and "\0" not in mi_account_id else None
        return await member_by_id(info.context, row_id) if row_id is not None else None

    @strawberry.field(description="Members in order of enrolment.", metadata=only(STAFF))
    async def members(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        market: Annotated[MarketCode | None, argument(description="Only of this market.")] = None,
        search: Annotated[str | None, argument(description="How their Mi Account or name begins.")] = None,
    ) -> Connection[Member] | None:
        asked = window("members", (int,), first=first, after=after, last=last, before=before)
        if search is not None and (len(search) > SEARCH_LENGTH or not search.isprintable()):
            raise ApiError("BAD_USER_INPUT", f"`search` has at most {SEARCH_LENGTH} printable characters")
        page = await member_page(market.value if market else None, search or None, asked)
        views = await info.context.loaders.member.load_many(list(page.rows))
        nodes = {view.id: await member(info.context, view) for view in views if view is not None}
        return connect("members", page, lambda row: (row,), lambda row: nodes[row])
