"""What does a member own: now, then, or later?"""

from datetime import date, datetime, timedelta
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.errors import ApiError
from app.api.info import Info
from app.api.lazy import LazyMember
from app.api.money import Money, money
from app.ledger.account import Balances
from app.ledger.balances import ExpiryStep as Step
from app.ledger.balances import project
from app.members.store import MemberView
from app.rules.calendar import local_date

LONGEST_LOOK_DAYS = 3_660


@strawberry.type(description="Available points that end together.")
class ExpiryStep:
    points: int = strawberry.field(description="How many.")
    last_usable_day: date = strawberry.field(description="The last local day on which they can be spent.")
    expires_at: datetime = strawberry.field(description="The instant from which they are gone.")


def value(self: "Balance") -> Money:
    """By what a point is worth then."""
    return money(self.available * self.point_value_minor, self.currency)


@strawberry.type(
    description="What a member owns at an instant, true to the clock. posted = available + reserved - debt."
)
class Balance:
    as_of: datetime = strawberry.field(description="The instant.")
    available: int = strawberry.field(description="Points that can be spent.")
    pending: int = strawberry.field(description="Points earned and not yet in the account.")
    reserved: int = strawberry.field(description="Points held for a checkout.")
    debt: int = strawberry.field(description="Points owed: new points repay them first.")
    posted: int = strawberry.field(description="available + reserved - debt.")
    value: Money = strawberry.field(resolver=value, description="The value of the available points.")
    owner: strawberry.Private[LazyMember]
    view: strawberry.Private[MemberView]
    version: strawberry.Private[int | None]
    steps: strawberry.Private[list[Step] | None]
    point_value_minor: strawberry.Private[int]
    currency: strawberry.Private[str]

    @strawberry.field(description="Whose balance this is.")
    def member(self) -> LazyMember:
        return self.owner

    @strawberry.field(description="Available points whose last usable day is at most so many days away.")
    async def expiring(
        self,
        info: Info,
        within_days: Annotated[int, argument(description="Local days from the balance's day on, 0 to 3660.")] = 30,
    ) -> int:
        if not 0 <= within_days <= LONGEST_LOOK_DAYS:
            raise ApiError("BAD_USER_INPUT", f"`withinDays` lies between 0 and {LONGEST_LOOK_DAYS}")
        last = local_date(self.as_of, self.view.account.time_zone) + timedelta(days=within_days)
        return sum(step.points for step in await self._steps(info) if step.last_usable_day <= last)

    @strawberry.field(description="What of the available points ends when, soonest first.")
    async def expiry_schedule(self, info: Info) -> list[ExpiryStep]:
        return [
            ExpiryStep(points=step.points, last_usable_day=step.last_usable_day, expires_at=step.expires_at)
            for step in await self._steps(info)
        ]

    async def _steps(self, info: Info) -> list[Step]:
        if self.steps is not None:
            return self.steps
        if self.version is not None:
            return await info.context.loaders.past_schedule.load((self.view.id, self.version))
        return await info.context.loaders.schedule.load(self.view.id)


async def balance(info: Info, owner: LazyMember, view: MemberView, at: datetime | None) -> Balance:
    """The member's balance now, in the past from the ledger, or in the future from the lots."""
    if at is None or at == view.at:
        return await _balance(info, owner, view, view.at, view.account.balances)
    if at < view.at:
        past = await info.context.loaders.past_balance.load((view.id, at))
        return await _balance(info, owner, view, at, past.balances, version=past.version)
    loaders = info.context.loaders
    lots, holds = await loaders.lots.load(view.id) or [], await loaders.holds.load(view.id) or []
    balances, steps = project(view.account, lots, at, holds)
    return await _balance(info, owner, view, at, balances, steps=steps)


async def _balance(
    info: Info,
    owner: LazyMember,
    view: MemberView,
    as_of: datetime,
    balances: Balances,
    *,
    version: int | None = None,
    steps: list[Step] | None = None,
) -> Balance:
    revision = (await info.context.book()).of(view.account.market, as_of).revision
    return Balance(
        as_of=as_of,
        available=balances.available,
        pending=balances.pending,
        reserved=balances.reserved,
        debt=balances.debt,
        posted=balances.posted,
        owner=owner,
        view=view,
        version=version,
        steps=steps,
        point_value_minor=revision.point_value_minor,
        currency=revision.market.currency,
    )
