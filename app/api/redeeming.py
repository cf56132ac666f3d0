"""How does a member spend points on a coupon?"""

from typing import Annotated

import strawberry
from strawberry import ID, argument

from app.api.ids import row_id_of
from app.api.info import Info
from app.api.inputs import INPUT, KEY, call_of
from app.api.payloads import RedeemCouponPayload, outcome_coupon, outcome_errors, outcome_member
from app.api.roles import MEMBER, only
from app.coupons.redeem import redeem
from app.requests.once import reject
from app.requests.outcome import invalid


@strawberry.input(description="A coupon that a member wants for points.")
class RedeemCouponInput:
    idempotency_key: str = strawberry.field(description=KEY)
    offer_id: ID = strawberry.field(description="The offer.")
    expected_price: int | None = strawberry.field(
        default=None, description="The price that was shown; another one refuses as PRICE_CHANGED."
    )


@strawberry.type
class RedeemingMutations:
    @strawberry.mutation(
        description="Spend points, those that expire soonest first, on one coupon.", metadata=only(MEMBER)
    )
    async def redeem_coupon(
        self, info: Info, input: Annotated[RedeemCouponInput, argument(description=INPUT)]
    ) -> RedeemCouponPayload | None:
        context = info.context
        call = call_of(context.caller, "redeemCoupon", input)
        try:
            offer_id = row_id_of(input.offer_id, "CouponOffer")
        except ValueError:
            outcome = await context.write(reject(call, invalid("UNKNOWN_ID", "offerId")))
        else:
            act = redeem(call, context.subject, offer_id, input.expected_price, context.gateway.codes)
            outcome = await context.write(act)
        return RedeemCouponPayload(
            coupon=await outcome_coupon(info, outcome),
            member=await outcome_member(info, outcome),
            user_errors=await outcome_errors(info, outcome),
        )
