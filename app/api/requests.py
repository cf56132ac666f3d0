"""What happened to my request?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.activities import Activity
from app.api.checkout import Reservation
from app.api.coupons import Coupon
from app.api.enums import OperationState
from app.api.errors import UserError
from app.api.info import Info
from app.api.members import Member
from app.api.payloads import (
    ERRORS,
    outcome_activity,
    outcome_coupon,
    outcome_errors,
    outcome_member,
    outcome_reservation,
)
from app.api.roles import MEMBER, SERVICE, STAFF, only
from app.requests.once import find


@strawberry.type(description="A mutation that was asked for, by its idempotency key.")
class Operation:
    idempotency_key: str = strawberry.field(description="The key.")
    mutation: str = strawberry.field(description="The mutation's name.")
    state: OperationState = strawberry.field(description="What became of it.")
    accepted_at: datetime = strawberry.field(description="When it was first seen.")
    completed_at: datetime | None = strawberry.field(description="When it had its answer; null while parked.")
    deferred: bool = strawberry.field(description="Does it still wait for its cause?")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)
    activity: Activity | None = strawberry.field(description="The activity it is about.")
    coupon: Coupon | None = strawberry.field(description="The coupon it is about.")
    reservation: Reservation | None = strawberry.field(description="The reservation it is about.")
    member: Member | None = strawberry.field(description="The member it is about.")


@strawberry.type
class RequestQueries:
    @strawberry.field(
        description="What happened to one of your own requests; null when it was never seen.",
        metadata=only(MEMBER, SERVICE, STAFF),
    )
    async def operation(
        self, info: Info, idempotency_key: Annotated[str, argument(description="The request's key.")]
    ) -> Operation | None:
        stored = await find(info.context.caller, idempotency_key)
        if stored is None:
            return None
        return Operation(
            idempotency_key=idempotency_key,
            mutation=stored.mutation,
            state=OperationState(stored.state),
            accepted_at=stored.accepted_at,
            completed_at=stored.completed_at,
            deferred=stored.outcome.deferred,
            user_errors=await outcome_errors(info, stored.outcome),
            activity=await outcome_activity(info, stored.outcome),
            coupon=await outcome_coupon(info, stored.outcome),
            reservation=await outcome_reservation(info, stored.outcome),
            member=await outcome_member(info, stored.outcome),
        )
