"""How could this order be paid, best first?"""

from typing import Annotated

import strawberry
from strawberry import argument

from app.api.buyer import account_asked
from app.api.coupons import Coupon, CouponOffer, coupon, coupon_offer
from app.api.enums import CheckoutOptionKind
from app.api.errors import UserError, user_errors
from app.api.hints import tries_code
from app.api.info import Info
from app.api.members import Member, member, member_by_id
from app.api.money import Money, money
from app.api.orders import OrderInput
from app.api.roles import MEMBER, SERVICE, only
from app.checkout.quote import Quote, quote_checkout
from app.coupons.search import CodeSearch
from app.database import connection
from app.members.store import member_id_of
from app.requests.outcome import Outcome, Refusal, refused
from app.rules.checkout import Way
from app.texts.render import say


@strawberry.type(description="One way to pay for an order.")
class CheckoutOption:
    kind: CheckoutOptionKind = strawberry.field(description="With what.")
    coupon: Coupon | None = strawberry.field(description="The coupon held that it uses.")
    offer: CouponOffer | None = strawberry.field(description="The offer to redeem for it.")
    points: int = strawberry.field(description="All points that it spends; with an offer, its price among them.")
    discount: Money = strawberry.field(description="What coupon and points take off together.")
    to_pay: Money = strawberry.field(description="What is left to pay, shipping included.")
    explanation: str = strawberry.field(description="What it does, in the reader's language, and what is about to end.")
    blocked_by: list[UserError] = strawberry.field(description="Why it cannot be used now; empty: it can.")


@strawberry.type(description="The ways to pay for an order.")
class CheckoutQuote:
    eligible: Money = strawberry.field(
        description="What of the order points may pay for, after the coupon that it names."
    )
    maximum_points: int = strawberry.field(description="The most points that can be reserved for it now.")
    options: list[CheckoutOption] = strawberry.field(
        description="At most 20, best first: lowest to pay, fewest points, what ends soonest. What is blocked is last."
    )
    user_errors: list[UserError] = strawberry.field(description="Why there is no quote; empty: there is.")


@strawberry.type
class CheckoutQueries:
    @strawberry.field(
        description="Ways to pay for an order with points and coupons, judged as the acts judge; it reserves nothing.",
        metadata={**only(MEMBER, SERVICE), **tries_code()},
    )
    async def quote_checkout(
        self,
        info: Info,
        order: Annotated[OrderInput, argument(description="What is being bought; the points it names do not count.")],
        mi_account_id: Annotated[
            str | None, argument(description="Who buys: needed from the shop; a member buys for themself.")
        ] = None,
    ) -> CheckoutQuote | None:
        context = info.context
        owner = await _buyer(info, mi_account_id)
        if isinstance(owner, Outcome):
            return await _refused(info, owner, order.currency.value)
        search = CodeSearch(context.caller, context.gateway.codes)
        revision = (await context.revision(owner.view)).revision
        schedule = await context.loaders.schedule.load(owner.view.id)
        asked = quote_checkout(connection(), owner.view, revision, order.given(), schedule, search)
        found = await search.counted(asked)
        if isinstance(found, Outcome):
            return await _refused(info, found, order.currency.value)
        return await _quote(info, found, owner)


async def _buyer(info: Info, mi_account_id: str | None) -> Member | Outcome:
    who = account_asked(info.context, mi_account_id)
    if isinstance(who, Outcome):
        return who
    me = await info.context.me()
    if me is not None and me.mi_account_id == who:
        return await member(info.context, me)
    row_id = await member_id_of(who) if "\0" not in who else None
    owner = await member_by_id(info.context, row_id) if row_id is not None else None
    return owner or refused("NOT_ENROLLED")


async def _refused(info: Info, outcome: Outcome, currency: str) -> CheckoutQuote:
    errors = user_errors(outcome.errors, await info.context.locale())
    return CheckoutQuote(eligible=money(0, currency), maximum_points=0, options=[], user_errors=errors)


async def _quote(info: Info, quote: Quote, owner: Member) -> CheckoutQuote:
    loaders = info.context.loaders
    await loaders.coupon.load_many([way.coupon_id for way in quote.ways if way.coupon_id is not None])
    await loaders.offer.load_many([way.offer_id for way in quote.ways if way.offer_id is not None])
    return CheckoutQuote(
        eligible=money(quote.eligible_minor, owner.currency),
        maximum_points=quote.maximum_points,
        options=[await _option(info, way, owner) for way in quote.ways],
        user_errors=[],
    )


async def _option(info: Info, way: Way, owner: Member) -> CheckoutOption:
    loaders, locale = info.context.loaders, await info.context.locale(owner.view.account.market)
    held = await loaders.coupon.load(way.coupon_id) if way.coupon_id is not None else None
    offer = await loaders.offer.load(way.offer_id) if way.offer_id is not None else None
    reasons = [Refusal(one.code, {**one.facts, "currency": owner.currency}) for one in way.blocked_by]
    return CheckoutOption(
        kind=CheckoutOptionKind(way.kind),
        coupon=await coupon(info, held, owner) if held else None,
        offer=await coupon_offer(info, offer) if offer else None,
        points=way.points,
        discount=money(way.discount_minor, owner.currency),
        to_pay=money(way.to_pay_minor, owner.currency),
        explanation=say(locale, f"checkout-{way.explanation.code}", way.explanation.facts),
        blocked_by=user_errors(reasons, locale),
    )
