"""What can points be spent on, and what was issued?"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import lru_cache
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.connections import MOST_PAGES, After, Before, Connection, First, Int32, Last, connect, window
from app.api.enums import CouponStatus, MarketCode
from app.api.errors import UserError, user_errors
from app.api.hints import CATALOGUE_S, of_reader, public
from app.api.ids import global_id
from app.api.info import Info
from app.api.lazy import LazyMember
from app.api.money import Money, money
from app.api.node import Node
from app.api.roles import everyone
from app.coupons import models
from app.coupons.catalogue import MOST_KEPT, KeptPage, OffersAsked, OfferView, known_page
from app.coupons.judge import OfferTerms, Redeemer, blocks, offer_blocks
from app.coupons.qr import qr_svg
from app.coupons.store import status_now
from app.execution.ahead import BEGIN
from app.execution.infos import selects
from app.execution.kept import FIXED_IF, Keepable, keep
from app.keyset import Page
from app.requests.outcome import Refusal
from app.texts.render import pick, say

OF_STOCKS = frozenset({"stockLeft", "blockedBy"})  # the fields of an offer that its stock is read for


def stock_left(self: "CouponOffer", info: Info) -> Awaitable[int | None] | int | None:
    """How many coupons of an offer are left now; nothing is waited for where there is no limit."""
    if self.knows_stock:
        return self.row.stock_left
    return info.context.stock_left(self.row.id)


@strawberry.type(description="An entry of the coupon catalogue.")
class CouponOffer(Node, Keepable):
    row: strawberry.Private[OfferView]
    currency: strawberry.Private[str]
    locale: strawberry.Private[str]
    market: MarketCode = strawberry.field(description="Where it is offered.")
    price: int = strawberry.field(description="Its price in points.")
    value: Money = strawberry.field(description="The discount of its coupons.")
    minimum_order: Money | None = strawberry.field(description="What the eligible lines of an order must come to.")
    valid_days: int = strawberry.field(description="Local days after the day of issue on which a coupon can be used.")
    opens_at: datetime | None = strawberry.field(description="From when it can be redeemed; null: always.")
    closes_at: datetime | None = strawberry.field(description="Until when, exclusive; null: for ever.")
    stock_left: Awaitable[int | None] | int | None = strawberry.field(
        resolver=stock_left,
        graphql_type=int | None,
        description="How many are left; null: no limit.",
        metadata={FIXED_IF: "knows_stock"},
    )
    limit_per_member: int | None = strawberry.field(description="How many a member may redeem; null: no limit.")
    temporary: bool = strawberry.field(description="Is it offered within a window only?")
    suspended: bool = strawberry.field(description="Is it suspended?")
    excluded_skus: list[str] = strawberry.field(description="Products that take no discount.")
    excluded_categories: list[str] = strawberry.field(description="Categories that take no discount.")

    @property
    def knows_stock(self) -> bool:
        """Does it say itself how many are left?"""
        return self.row.stock is None or not self.row.kept

    @strawberry.field(description="Its title in the reader's language.")
    def title(self) -> str:
        own = pick(self.row.titles, self.locale) if self.row.titles else None
        told = {"value_minor": self.row.value_minor, "currency": self.currency}
        return own or say(self.locale, "offer-title", told)

    @strawberry.field(
        description="Has the signed-in member the points for it? null without a member.", metadata=of_reader()
    )
    async def affordable(self, info: Info) -> bool | None:
        me = await info.context.me()
        return me.account.balances.available >= self.row.price_points if me is not None else None

    @strawberry.field(
        description="Why the signed-in member (or anybody) cannot redeem it now; empty: they can.", metadata=of_reader()
    )
    async def blocked_by(self, info: Info) -> list[UserError]:
        return user_errors(await _blocks(info, self.row), self.locale)


@strawberry.type(description="A coupon issued to a member.")
class Coupon(Node):
    row: strawberry.Private[models.Coupon]
    owner: strawberry.Private[LazyMember]
    code: str = strawberry.field(description="What is typed at checkout.")
    status: CouponStatus = strawberry.field(description="How it stands, by the clock.")
    value: Money = strawberry.field(description="Its discount.")
    points_spent: int = strawberry.field(description="What it cost.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    expires_at: datetime = strawberry.field(description="The instant from which it cannot be used.")
    reserved_until: datetime | None = strawberry.field(description="Until when a checkout holds it.")
    used_at: datetime | None = strawberry.field(description="When it was used.")

    @strawberry.field(description="Whose coupon this is.")
    def member(self) -> LazyMember:
        return self.owner

    @strawberry.field(description="The offer it was redeemed from.")
    async def offer(self, info: Info) -> CouponOffer:
        row = await info.context.loaders.offer.load(self.row.offer_id)
        if row is None:
            raise LookupError(f"coupon {self.row.id} has no offer")
        return await coupon_offer(info, row)

    @strawberry.field(description="The order that holds or uses it, in its source's words.")
    async def order_id(self, info: Info) -> str | None:
        if self.row.order_id is None or self.status not in (CouponStatus.RESERVED, CouponStatus.USED):
            return None
        order = await info.context.loaders.order.load(self.row.order_id)
        return order.order_id if order else None

    @strawberry.field(description="Its code as a QR code: an SVG image without scripts.")
    def qr_svg(self) -> str:
        return qr_svg(self.code)


async def coupon(info: Info, row: models.Coupon, owner: LazyMember) -> Coupon:
    """A coupon of a member as clients read it."""
    moment = await info.context.moment()
    status = CouponStatus(status_now(row, moment.now))
    return Coupon(
        id=global_id("Coupon", row.member_id, row.id),
        row=row,
        owner=owner,
        code=info.context.gateway.codes.code(row.nonce),
        status=status,
        value=money(row.value_minor, owner.currency),
        points_spent=row.points_spent,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        reserved_until=row.reserved_until if status is CouponStatus.RESERVED else None,
        used_at=row.used_at,
    )


async def coupon_offer(info: Info, row: OfferView) -> CouponOffer:
    """An offer as clients read it."""
    currency = (await info.context.book()).facts(row.market_id).currency
    locale = await info.context.locale(row.market_id)
    return _offer(row, currency, locale)


@lru_cache(2 * MOST_KEPT)
def _offer(row: OfferView, currency: str, locale: str) -> CouponOffer:
    """Nothing in it belongs to a request."""
    made = CouponOffer(
        id=global_id("CouponOffer", 0, row.id),
        row=row,
        currency=currency,
        locale=locale,
        market=MarketCode(row.market_id),
        price=row.price_points,
        value=money(row.value_minor, currency),
        minimum_order=money(row.minimum_order_minor, currency) if row.minimum_order_minor is not None else None,
        valid_days=row.valid_days,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        limit_per_member=row.limit_per_member,
        temporary=row.opens_at is not None or row.closes_at is not None,
        suspended=row.suspended,
        excluded_skus=list(row.excluded_skus),
        excluded_categories=list(row.excluded_categories),
    )
    return keep(made)


async def _blocks(info: Info, row: OfferView) -> tuple[Refusal, ...]:
    """Why whoever asks cannot redeem an offer now."""
    moment = await info.context.moment()
    me, loaders = moment.member, info.context.loaders
    # Both are asked for before either is waited for: they are read together.
    counting = loaders.had.load((me.id, row.id)) if me is not None and row.limit_per_member is not None else None
    left = info.context.stock_left(row.id) if row.kept and row.stock is not None else row.stock_left
    stock_left = await left if isinstance(left, Awaitable) else left
    had = await counting if counting is not None else 0
    terms = OfferTerms(
        row.id,
        row.market_id,
        row.price_points,
        row.value_minor,
        row.valid_days,
        row.opens_at,
        row.closes_at,
        stock_left,
        row.limit_per_member,
        row.suspended,
    )
    if me is None:
        return offer_blocks(terms, moment.now)
    redeemer = Redeemer(me.account.status, me.account.balances.available, had, me.account.market)
    return blocks(terms, redeemer, moment.now)


def begin_offers(info: Info, **arguments: object) -> Awaitable[object] | None:
    """Stocks are read together with who asks."""
    moment = info.context.begin()
    return (info.context.begin_stocks() if selects(info, OF_STOCKS) else None) or moment


@strawberry.type
class CouponQueries:
    @strawberry.field(
        description="The coupon catalogue, cheapest first: of a market, else of the signed-in member's, else of all.",
        metadata={**everyone(), **public(CATALOGUE_S), BEGIN: begin_offers},
    )
    async def coupon_offers(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        market: Annotated[MarketCode | None, argument(description="Offers of this market.")] = None,
        affordable_only: Annotated[
            bool | None, argument(description="Only what the signed-in member has the points for.")
        ] = None,
    ) -> Connection[CouponOffer] | None:
        asked = window("couponOffers", (Int32, int), first=first, after=after, last=last, before=before)
        moment = await info.context.moment()
        me = moment.member
        code = market.value if market else me.account.market if me else None
        most = me.account.balances.available if me and affordable_only else None
        question = OffersAsked(code, most, moment.now, asked)
        page = known_page(question) or await info.context.loaders.offers.load(question)
        return await _connection(info, page)


async def _connection(info: Info, page: Page[OfferView]) -> Connection[CouponOffer]:
    """A page of offers as clients read it; the same one for all that read the same offers in a language."""
    markets = {page.market} if isinstance(page, KeptPage) else {row.market_id for row in page.rows}
    if len(markets) > 1:
        nodes = {row: await coupon_offer(info, row) for row in page.rows}
        return _connect(page, nodes.__getitem__)
    market, book = next(iter(markets), None), await info.context.book()
    currency = book.facts(market).currency if market in book.markets and market is not None else ""
    return _of_market(page, currency, await info.context.locale(market))


@lru_cache(MOST_PAGES)
def _of_market(page: Page[OfferView], currency: str, locale: str) -> Connection[CouponOffer]:
    offers = {row: _offer(row, currency, locale) for row in page.rows}
    limited = [row.id for row in page.rows if not offers[row].knows_stock]
    return keep(_connect(page, offers.__getitem__), lambda context: context.stocks(limited) if limited else True)


def _connect(page: Page[OfferView], node: Callable[[OfferView], CouponOffer]) -> Connection[CouponOffer]:
    return connect("couponOffers", page, lambda row: (row.price_points, row.id), node)
