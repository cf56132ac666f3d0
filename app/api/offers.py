"""How do staff launch a coupon offer, and suspend one?"""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import ID, argument

from app.api.coupons import CouponOffer, coupon_offer
from app.api.enums import MarketCode
from app.api.errors import UserError
from app.api.ids import row_id_of
from app.api.info import Info
from app.api.inputs import INPUT, KEY, call_of
from app.api.payloads import ERRORS, outcome_errors
from app.api.roles import STAFF, only
from app.api.scalars import LocalDateTime
from app.api.titles import LocalizedTextInput
from app.coupons.offers import OfferDraft, launch_offer, suspend_offer
from app.requests.once import reject
from app.requests.outcome import Outcome, invalid


@strawberry.type(description="What became of a coupon offer.")
class CouponOfferPayload:
    offer: CouponOffer | None = strawberry.field(description="The offer, as it stands now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.input(description="A new offer of the coupon catalogue.")
class LaunchCouponOfferInput:
    idempotency_key: str = strawberry.field(description=KEY)
    market: MarketCode = strawberry.field(description="Where it is offered.")
    titles: list[LocalizedTextInput] = strawberry.field(description="Its title by language; one at least.")
    price: int = strawberry.field(description="Its price in points, 1 at least.")
    value: Decimal = strawberry.field(description="What its coupons take off, in the market's currency.")
    valid_days: int = strawberry.field(description="Local days after the day of issue on which a coupon can be used.")
    minimum_order: Decimal | None = strawberry.field(
        default=None, description="What the eligible lines of an order must come to; null: no minimum."
    )
    opens_at: LocalDateTime | None = strawberry.field(
        default=None, description="From when, on the market's clocks; null: at once."
    )
    closes_at: LocalDateTime | None = strawberry.field(
        default=None, description="Until when, exclusive, on the market's clocks; null: for ever."
    )
    stock: int | None = strawberry.field(default=None, description="How many there are; null: no limit.")
    limit_per_member: int | None = strawberry.field(default=None, description="How many a member may redeem.")
    excluded_skus: list[str] = strawberry.field(default_factory=list, description="Products that take no discount.")
    excluded_categories: list[str] = strawberry.field(
        default_factory=list, description="Categories that take no discount."
    )

    def draft(self) -> OfferDraft:
        """The offer as the use case reads it."""
        return OfferDraft(
            self.market.value,
            tuple((title.locale, title.text) for title in self.titles),
            self.price,
            self.value,
            self.valid_days,
            self.minimum_order,
            self.opens_at,
            self.closes_at,
            self.stock,
            self.limit_per_member,
            tuple(self.excluded_skus),
            tuple(self.excluded_categories),
        )


@strawberry.input(description="Suspend an offer, or offer it again.")
class SuspendCouponOfferInput:
    idempotency_key: str = strawberry.field(description=KEY)
    offer_id: ID = strawberry.field(description="The offer.")
    suspended: bool = strawberry.field(description="true: nobody can redeem it; false: they can again.")


@strawberry.type
class OfferMutations:
    @strawberry.mutation(
        description="Launch a coupon offer; one with a window is temporary. Its price is fixed when it is redeemed.",
        metadata=only(STAFF),
    )
    async def launch_coupon_offer(
        self, info: Info, input: Annotated[LaunchCouponOfferInput, argument(description=INPUT)]
    ) -> CouponOfferPayload | None:
        context = info.context
        call = call_of(context.caller, "launchCouponOffer", input)
        return await _payload(info, await context.write(launch_offer(call, context.subject, input.draft())))

    @strawberry.mutation(
        description="Suspend an offer or offer it again; coupons already issued stay good.", metadata=only(STAFF)
    )
    async def suspend_coupon_offer(
        self, info: Info, input: Annotated[SuspendCouponOfferInput, argument(description=INPUT)]
    ) -> CouponOfferPayload | None:
        context = info.context
        call = call_of(context.caller, "suspendCouponOffer", input)
        try:
            offer_id = row_id_of(input.offer_id, "CouponOffer")
        except ValueError:
            return await _payload(info, await context.write(reject(call, invalid("UNKNOWN_ID", "offerId"))))
        act = suspend_offer(call, context.subject, offer_id, input.suspended)
        return await _payload(info, await context.write(act))


async def _payload(info: Info, outcome: Outcome) -> CouponOfferPayload:
    row = await info.context.loaders.offer.load(outcome.offer_id) if outcome.offer_id is not None else None
    return CouponOfferPayload(
        offer=await coupon_offer(info, row) if row else None,
        user_errors=await outcome_errors(info, outcome),
    )
