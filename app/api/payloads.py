"""How is the outcome of a mutation answered? Its things are read afresh."""

import strawberry

from app.api.activities import Activity
from app.api.checkout import Reservation, reservation_by_id
from app.api.coupons import Coupon, coupon
from app.api.errors import UserError, user_errors
from app.api.info import Info
from app.api.members import Member, member_by_id
from app.requests.outcome import Outcome

ERRORS = "Why the request changed nothing; empty: it was done."


@strawberry.type(description="What became of an activity.")
class ActivityPayload:
    activity: Activity | None = strawberry.field(description="The activity, as it stands now.")
    member: Member | None = strawberry.field(description="Whose it is.")
    deferred: bool = strawberry.field(description="Stored: to be applied when what it waits for arrives.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of an enrolment.")
class EnrolMemberPayload:
    member: Member | None = strawberry.field(description="The new member.")
    activity: Activity | None = strawberry.field(description="The registration and its award.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of a member.")
class MemberPayload:
    member: Member | None = strawberry.field(description="The member, as they stand now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of a redemption.")
class RedeemCouponPayload:
    coupon: Coupon | None = strawberry.field(description="The coupon issued.")
    member: Member | None = strawberry.field(description="The member, with the points left.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of points at checkout.")
class ReservationPayload:
    reservation: Reservation | None = strawberry.field(description="The reservation, as it stands now.")
    member: Member | None = strawberry.field(description="Whose it is, with the points left.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


async def reservation_payload(info: Info, outcome: Outcome) -> ReservationPayload:
    """The answer of a mutation about a reservation."""
    return ReservationPayload(
        reservation=await outcome_reservation(info, outcome),
        member=await outcome_member(info, outcome),
        user_errors=await outcome_errors(info, outcome),
    )


async def activity_payload(info: Info, outcome: Outcome) -> ActivityPayload:
    """The answer of a mutation about an activity."""
    return ActivityPayload(
        activity=await outcome_activity(info, outcome),
        member=await outcome_member(info, outcome),
        deferred=outcome.deferred,
        user_errors=await outcome_errors(info, outcome),
    )


async def member_payload(info: Info, outcome: Outcome) -> MemberPayload:
    """The answer of a mutation about a member."""
    return MemberPayload(member=await outcome_member(info, outcome), user_errors=await outcome_errors(info, outcome))


async def outcome_errors(info: Info, outcome: Outcome, market: str | None = None) -> list[UserError]:
    """Why a request was refused, in the reader's language."""
    return user_errors(outcome.errors, await info.context.locale(market)) if outcome.errors else []


async def outcome_member(info: Info, outcome: Outcome) -> Member | None:
    """The member an outcome is about."""
    return await member_by_id(info.context, outcome.member_id) if outcome.member_id is not None else None


async def outcome_activity(info: Info, outcome: Outcome) -> Activity | None:
    """The activity an outcome is about."""
    owner = await outcome_member(info, outcome)
    if owner is None or outcome.activity_id is None:
        return None
    row = await info.context.loaders.activity.load(outcome.activity_id)
    return Activity(row=row, owner=owner) if row else None


async def outcome_coupon(info: Info, outcome: Outcome) -> Coupon | None:
    """The coupon an outcome is about."""
    owner = await outcome_member(info, outcome)
    if owner is None or outcome.coupon_id is None:
        return None
    row = await info.context.loaders.coupon.load(outcome.coupon_id)
    return await coupon(info, row, owner) if row else None


async def outcome_reservation(info: Info, outcome: Outcome) -> Reservation | None:
    """The reservation an outcome is about."""
    return await reservation_by_id(info, outcome.reservation_id, await outcome_member(info, outcome))
