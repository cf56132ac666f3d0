"""How does a checkout use a coupon, and how do staff cancel one?"""

from typing import Annotated

import strawberry
from strawberry import ID, argument

from app.api.coupons import Coupon, coupon
from app.api.errors import UserError, user_errors
from app.api.hints import tries_code
from app.api.ids import read_id
from app.api.info import Info
from app.api.inputs import INPUT, KEY, SOURCE, call_of
from app.api.members import Member, member_by_id
from app.api.money import Money, money
from app.api.orders import OrderInput
from app.api.payloads import ERRORS, outcome_coupon, outcome_errors, outcome_member
from app.api.roles import MEMBER, SERVICE, STAFF, only
from app.coupons.cancel import cancel_coupon
from app.coupons.checkout import OrderNamed
from app.coupons.reserve import release_coupon, reserve_coupon
from app.coupons.use import use_coupon
from app.coupons.validate import Validation, validate_coupon
from app.requests.once import reject
from app.requests.outcome import Outcome, Refusal, invalid, refused

CODE = "The coupon's code, however it is typed."
ORDER_ID = "The order's id in its source; it need not be recorded yet."


@strawberry.type(description="What a coupon would take off an order now.")
class CouponQuote:
    coupon: Coupon | None = strawberry.field(description="The coupon; null for an unknown code.")
    discount: Money | None = strawberry.field(description="What it would take off; null where something is in the way.")
    blocked_by: list[UserError] = strawberry.field(description="Every reason why the order cannot have it; empty: can.")


@strawberry.type(description="What became of a coupon.")
class CouponPayload:
    coupon: Coupon | None = strawberry.field(description="The coupon, as it stands now.")
    member: Member | None = strawberry.field(description="Whose it is.")
    discount: Money | None = strawberry.field(description="What a reserved coupon takes off the order; else null.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.input(description="A coupon that a checkout wants to hold for an order.")
class ReserveCouponInput:
    idempotency_key: str = strawberry.field(description=KEY)
    code: str = strawberry.field(description=CODE)
    order_id: str = strawberry.field(description=ORDER_ID)
    order: OrderInput = strawberry.field(
        description="What is being bought; its own couponCode and points do not count."
    )
    source: str = strawberry.field(default="mi.com", description=SOURCE)


@strawberry.input(description="A coupon that an order uses.")
class UseCouponInput:
    idempotency_key: str = strawberry.field(description=KEY)
    code: str = strawberry.field(description=CODE)
    order_id: str = strawberry.field(description=ORDER_ID)
    source: str = strawberry.field(default="mi.com", description=SOURCE)


@strawberry.input(description="A coupon that a checkout does not want any more.")
class ReleaseCouponInput:
    idempotency_key: str = strawberry.field(description=KEY)
    code: str = strawberry.field(description=CODE)
    order_id: str = strawberry.field(description=ORDER_ID)
    source: str = strawberry.field(default="mi.com", description=SOURCE)


@strawberry.input(description="A coupon that staff take back.")
class CancelCouponInput:
    idempotency_key: str = strawberry.field(description=KEY)
    coupon_id: ID = strawberry.field(description="The coupon.")
    reason: str = strawberry.field(description="Why, for the member to read: 1 to 500 characters.")


@strawberry.type
class CouponUseQueries:
    @strawberry.field(
        description="What a coupon would take off an order, or every reason why it cannot; members: their own coupons. "
        "After ten wrong codes within ten minutes (a service: 100) no code is looked up for the rest of them.",
        metadata={**only(MEMBER, SERVICE), **tries_code()},
    )
    async def validate_coupon(
        self,
        info: Info,
        code: Annotated[str, argument(description=CODE)],
        order: Annotated[OrderInput, argument(description="What would be bought.")],
    ) -> CouponQuote | None:
        context = info.context
        me = None if context.sees_members else await context.me()
        if me is None and not context.sees_members:
            return await _quote(info, Validation(refusals=(Refusal("NOT_ENROLLED"),)))
        codes = context.gateway.codes
        found = await validate_coupon(context.caller, me.id if me else None, code, order.given(), codes)
        return await _quote(info, found)


@strawberry.type
class CouponUseMutations:
    @strawberry.mutation(
        description="Hold a coupon for an order; it is free again when the programme's minutes are over.",
        metadata={**only(SERVICE), **tries_code()},
    )
    async def reserve_coupon(
        self, info: Info, input: Annotated[ReserveCouponInput, argument(description=INPUT)]
    ) -> CouponPayload | None:
        context = info.context
        call = call_of(context.caller, "reserveCoupon", input)
        named = OrderNamed(input.source, input.order_id)
        act = reserve_coupon(call, input.code, named, input.order.given(), context.gateway.codes)
        return await _payload(info, await context.write(act))

    @strawberry.mutation(
        description="Use a coupon for an order; again for the same order is the same use.",
        metadata={**only(SERVICE), **tries_code()},
    )
    async def use_coupon(
        self, info: Info, input: Annotated[UseCouponInput, argument(description=INPUT)]
    ) -> CouponPayload | None:
        context = info.context
        call = call_of(context.caller, "useCoupon", input)
        act = use_coupon(call, input.code, OrderNamed(input.source, input.order_id), context.gateway.codes)
        return await _payload(info, await context.write(act))

    @strawberry.mutation(
        description="Let go of a coupon that an order holds.", metadata={**only(SERVICE), **tries_code()}
    )
    async def release_coupon(
        self, info: Info, input: Annotated[ReleaseCouponInput, argument(description=INPUT)]
    ) -> CouponPayload | None:
        context = info.context
        call = call_of(context.caller, "releaseCoupon", input)
        act = release_coupon(call, input.code, OrderNamed(input.source, input.order_id), context.gateway.codes)
        return await _payload(info, await context.write(act))

    @strawberry.mutation(
        description="Cancel a coupon that no order has used: its points go back to where they came from.",
        metadata=only(STAFF),
    )
    async def cancel_coupon(
        self, info: Info, input: Annotated[CancelCouponInput, argument(description=INPUT)]
    ) -> CouponPayload | None:
        context = info.context
        call = call_of(context.caller, "cancelCoupon", input)
        found = read_id(input.coupon_id)
        if found is None:
            act = reject(call, invalid("UNKNOWN_ID", "couponId"))
        elif found.kind != "Coupon":
            act = reject(call, refused("NOT_FOUND", "couponId", what="COUPON"))
        else:
            act = cancel_coupon(call, context.subject, found.member_id, found.row_id, input.reason)
        return await _payload(info, await context.write(act))


async def _payload(info: Info, outcome: Outcome) -> CouponPayload:
    owner = await outcome_member(info, outcome)
    discount_minor = outcome.figures.get("discount_minor")
    return CouponPayload(
        coupon=await outcome_coupon(info, outcome),
        member=owner,
        discount=money(discount_minor, owner.currency) if owner and isinstance(discount_minor, int) else None,
        user_errors=await outcome_errors(info, outcome),
    )


async def _quote(info: Info, found: Validation) -> CouponQuote:
    owner = await member_by_id(info.context, found.member.id) if found.member else None
    row = await info.context.loaders.coupon.load(found.coupon_id) if found.coupon_id is not None else None
    market = found.member.account.market if found.member else None
    return CouponQuote(
        coupon=await coupon(info, row, owner) if row and owner else None,
        discount=money(found.discount_minor, owner.currency) if owner and found.discount_minor is not None else None,
        blocked_by=user_errors(found.refusals, await info.context.locale(market)),
    )
