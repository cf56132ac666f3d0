"""How does a checkout hold, spend and let go of points?"""

from typing import Annotated

import strawberry
from strawberry import ID, argument

from app.api.buyer import account_asked
from app.api.ids import row_id_of_members
from app.api.info import Info
from app.api.inputs import INPUT, KEY, SOURCE, call_of
from app.api.orders import OrderInput
from app.api.payloads import ReservationPayload, reservation_payload
from app.api.roles import MEMBER, SERVICE, only
from app.checkout.capture import capture_points
from app.checkout.release import release_points
from app.checkout.reserve import Wish, reserve_points
from app.requests.once import reject
from app.requests.outcome import Outcome, invalid

RESERVATION = "The reservation."


@strawberry.input(description="Points that a checkout wants to hold for an order.")
class ReservePointsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    order_id: str = strawberry.field(description="The order's id in its source; it need not be recorded yet.")
    points: int = strawberry.field(description="How many: 1 to all available points, and to what the order takes.")
    order: OrderInput = strawberry.field(description="What is being bought; its coupon counts first.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    mi_account_id: str | None = strawberry.field(
        default=None, description="Whose points: needed from the shop; a member's are their own."
    )


@strawberry.input(description="Held points that an order spends.")
class CapturePointsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reservation_id: ID = strawberry.field(description=RESERVATION)
    points: int | None = strawberry.field(
        default=None, description="How many of its points, 1 to all; all when not given. The rest comes free."
    )


@strawberry.input(description="Held points that an order does not spend.")
class ReleasePointsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reservation_id: ID = strawberry.field(description=RESERVATION)


@strawberry.type
class PayingMutations:
    @strawberry.mutation(
        description="Hold points for an order, those that expire soonest first, for the programme's minutes.",
        metadata=only(MEMBER, SERVICE),
    )
    async def reserve_points(
        self, info: Info, input: Annotated[ReservePointsInput, argument(description=INPUT)]
    ) -> ReservationPayload | None:
        context = info.context
        call = call_of(context.caller, "reservePoints", input)
        who = account_asked(context, input.mi_account_id)
        if isinstance(who, Outcome):
            return await reservation_payload(info, await context.write(reject(call, who)))
        wish = Wish(input.source, input.order_id, input.points, input.order.given())
        return await reservation_payload(
            info, await context.write(reserve_points(call, who, wish, context.gateway.codes))
        )

    @strawberry.mutation(
        description="Spend held points, all or a part, once; late, they are taken again where they are still there.",
        metadata=only(SERVICE),
    )
    async def capture_points(
        self, info: Info, input: Annotated[CapturePointsInput, argument(description=INPUT)]
    ) -> ReservationPayload | None:
        context = info.context
        call = call_of(context.caller, "capturePoints", input)
        try:
            act = capture_points(call, row_id_of_members(input.reservation_id, "Reservation"), input.points)
        except ValueError:
            act = reject(call, invalid("UNKNOWN_ID", "reservationId"))
        return await reservation_payload(info, await context.write(act))

    @strawberry.mutation(description="Let held points go back to where they came from.", metadata=only(MEMBER, SERVICE))
    async def release_points(
        self, info: Info, input: Annotated[ReleasePointsInput, argument(description=INPUT)]
    ) -> ReservationPayload | None:
        context = info.context
        call = call_of(context.caller, "releasePoints", input)
        own = None if SERVICE in (context.roles or ()) else context.subject
        try:
            act = release_points(call, row_id_of_members(input.reservation_id, "Reservation"), own)
        except ValueError:
            act = reject(call, invalid("UNKNOWN_ID", "reservationId"))
        return await reservation_payload(info, await context.write(act))
