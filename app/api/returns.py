"""What becomes of an order that comes back, in part or as a whole?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.activities import Activity
from app.api.checkout import Reservation
from app.api.coupons import Coupon
from app.api.errors import UserError
from app.api.info import Info
from app.api.inputs import INPUT, KEY, SOURCE, call_of
from app.api.members import Member
from app.api.money import Money, money
from app.api.payloads import (
    ERRORS,
    outcome_activity,
    outcome_coupon,
    outcome_errors,
    outcome_member,
    outcome_reservation,
)
from app.api.roles import SERVICE, only
from app.orders.cancel import CANCEL, Cancellation, cancel_order
from app.orders.returns import RETURN, Return, ReturnLine, record_return
from app.requests.outcome import Outcome

DEFERRED = "Stored: to be applied when its order arrives; the figures are null until then."
CLAWED_BACK = "Points taken back: debt included, what had expired not."
RESTORED = "Points that paid for the order and came back to their lots."
DEBT = "The member's debt afterwards."
REFUND = "The net of what came back: what the order's discounts left of its price."


@strawberry.input(description="Pieces of a line of an order.")
class ReturnLineInput:
    sku: str = strawberry.field(description="The product.")
    line_id: str | None = strawberry.field(
        default=None, description="The line; needed where the sku stands on several lines."
    )
    quantity: int = strawberry.field(default=1, description="Pieces that came back: 1 to 10,000.")


@strawberry.input(description="Lines of an order that came back.")
class RecordReturnInput:
    idempotency_key: str = strawberry.field(description=KEY)
    order_id: str = strawberry.field(description="The order's id in its source.")
    return_id: str = strawberry.field(description="The return's id within its order.")
    lines: list[ReturnLineInput] = strawberry.field(description="1 to 200 lines.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")


@strawberry.input(description="An order that is cancelled.")
class CancelOrderInput:
    idempotency_key: str = strawberry.field(description=KEY)
    order_id: str = strawberry.field(description="The order's id in its source.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")


@strawberry.type(description="What a return changed.")
class RecordReturnPayload:
    activity: Activity | None = strawberry.field(description="The purchase, as it stands now.")
    member: Member | None = strawberry.field(description="Whose it is.")
    deferred: bool = strawberry.field(description=DEFERRED)
    clawed_back: int | None = strawberry.field(description=CLAWED_BACK)
    restored: int | None = strawberry.field(description=RESTORED)
    debt: int | None = strawberry.field(description=DEBT)
    refund: Money | None = strawberry.field(description=REFUND)
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What a cancellation changed.")
class CancelOrderPayload:
    activity: Activity | None = strawberry.field(description="The purchase, as it stands now.")
    member: Member | None = strawberry.field(description="Whose it is.")
    deferred: bool = strawberry.field(description=DEFERRED)
    clawed_back: int | None = strawberry.field(description=CLAWED_BACK)
    restored: int | None = strawberry.field(description=RESTORED)
    debt: int | None = strawberry.field(description=DEBT)
    refund: Money | None = strawberry.field(description=REFUND)
    coupon: Coupon | None = strawberry.field(description="The coupon that came back.")
    reservation: Reservation | None = strawberry.field(description="The points that were reserved for it.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


def _figure(outcome: Outcome, name: str) -> int | None:
    figure = outcome.figures.get(name)
    return int(figure) if figure is not None else None


def _refund(outcome: Outcome) -> Money | None:
    minor = _figure(outcome, "refund_minor")
    return money(minor, str(outcome.figures["currency"])) if minor is not None else None


@strawberry.type
class ReturnMutations:
    @strawberry.mutation(
        description="Record a return: what the kept part of the order no longer earns is taken back, what paid for the"
        " rest in points comes back. Of an order not yet known it is stored.",
        metadata=only(SERVICE),
    )
    async def record_return(
        self, info: Info, input: Annotated[RecordReturnInput, argument(description=INPUT)]
    ) -> RecordReturnPayload | None:
        context = info.context
        lines = tuple(ReturnLine(line.sku, line.quantity, line.line_id) for line in input.lines)
        given = Return(input.source, input.order_id, input.return_id, lines, input.occurred_at)
        outcome = await context.write(record_return(call_of(context.caller, RETURN, input), given))
        return RecordReturnPayload(
            activity=await outcome_activity(info, outcome),
            member=await outcome_member(info, outcome),
            deferred=outcome.deferred,
            clawed_back=_figure(outcome, "clawed_back"),
            restored=_figure(outcome, "restored"),
            debt=_figure(outcome, "debt"),
            refund=_refund(outcome),
            user_errors=await outcome_errors(info, outcome),
        )

    @strawberry.mutation(
        description="Cancel an order: all that is kept comes back, with its coupon and the points that paid for it.",
        metadata=only(SERVICE),
    )
    async def cancel_order(
        self, info: Info, input: Annotated[CancelOrderInput, argument(description=INPUT)]
    ) -> CancelOrderPayload | None:
        context = info.context
        given = Cancellation(input.source, input.order_id, input.occurred_at)
        outcome = await context.write(cancel_order(call_of(context.caller, CANCEL, input), given))
        return CancelOrderPayload(
            activity=await outcome_activity(info, outcome),
            member=await outcome_member(info, outcome),
            deferred=outcome.deferred,
            clawed_back=_figure(outcome, "clawed_back"),
            restored=_figure(outcome, "restored"),
            debt=_figure(outcome, "debt"),
            refund=_refund(outcome),
            coupon=await outcome_coupon(info, outcome),
            reservation=await outcome_reservation(info, outcome),
            user_errors=await outcome_errors(info, outcome),
        )
