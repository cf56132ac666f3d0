"""What can be bought, given back, held and spent, and what do staff do for everybody? Deeds, as in `deeds.py`."""

from dataclasses import dataclass
from datetime import datetime

from app.checkout.capture import capture_points
from app.checkout.quote import quote_checkout
from app.checkout.release import release_points
from app.checkout.reserve import Wish, reserve_points
from app.coupons.cancel import cancel_coupon as app_cancel_coupon
from app.coupons.checkout import OrderNamed
from app.coupons.redeem import redeem as app_redeem
from app.coupons.reserve import release_coupon as app_release_coupon
from app.coupons.reserve import reserve_coupon as app_reserve_coupon
from app.coupons.search import CodeSearch
from app.coupons.use import use_coupon as app_use_coupon
from app.database import connection
from app.ledger.balances import schedule_of
from app.members.store import members_by_id
from app.orders.cancel import Cancellation, cancel_order
from app.orders.delivery import Delivery, confirm_delivery
from app.orders.purchase import Purchase, record_purchase
from app.orders.returns import Return, ReturnLine, record_return
from app.programmes.store import revision_book
from app.requests.once import Call
from app.requests.outcome import Outcome
from tests.model.app_side import CODES, SOURCE, AppSide
from tests.model.oracle import checkout, coupons, members
from tests.model.oracle.books import Books
from tests.model.oracle.orders import Item

Items = tuple[Item, ...]


@dataclass(frozen=True)
class Buy:
    """`coupon`, `reservation`: their numbers. `points`: as the shop tells them with the order."""

    name: str
    order_id: str
    items: Items
    currency: str
    at: datetime | None = None
    points: int = 0
    coupon: int | None = None
    reservation: int | None = None

    def told(self, books: Books) -> object:
        named = checkout.Named(
            books.coupons[self.coupon] if self.coupon is not None else None,
            books.reservations[self.reservation] if self.reservation is not None else None,
            self.points,
        )
        return checkout.buy(books, self.name, self.order_id, self.items, self.currency, self.at, named)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        order = await app.order(self.items, self.currency, self.coupon, self.points)
        held = app.ids["reservation", self.reservation] if self.reservation is not None else None
        return await record_purchase(call, self.name, Purchase(SOURCE, self.order_id, order, self.at, held), CODES)


@dataclass(frozen=True)
class Deliver:
    order_id: str
    at: datetime | None = None

    def told(self, books: Books) -> object:
        return members.of_order(books, self.order_id, "delivery", self.at)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await confirm_delivery(call, Delivery(SOURCE, self.order_id, self.at))


@dataclass(frozen=True)
class GiveBack:
    """`pieces`: how many of which product."""

    order_id: str
    return_id: str
    pieces: tuple[tuple[str, int], ...]
    at: datetime | None = None

    def told(self, books: Books) -> object:
        return members.of_order(books, self.order_id, "return", self.at, (self.return_id, dict(self.pieces)))

    async def done(self, app: AppSide, call: Call) -> Outcome:
        lines = tuple(ReturnLine(sku, many) for sku, many in self.pieces)
        return await record_return(call, Return(SOURCE, self.order_id, self.return_id, lines, self.at))


@dataclass(frozen=True)
class CancelOrder:
    order_id: str
    at: datetime | None = None

    def told(self, books: Books) -> object:
        return members.of_order(books, self.order_id, "cancel", self.at)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await cancel_order(call, Cancellation(SOURCE, self.order_id, self.at))


@dataclass(frozen=True)
class Quote:
    """A member, by number, asks which ways there are to pay; the best one stands first."""

    member: int
    items: Items
    currency: str

    def told(self, books: Books) -> object:
        return checkout.quote(books, books.people[self.member], self.items, self.currency)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        member_id = app.ids["member", self.member]
        member = (await members_by_id([member_id]))[member_id]
        revision = (await revision_book(connection())).of(member.account.market, member.at).revision
        order = await app.order(self.items, self.currency, None, 0)
        schedule = await schedule_of(member_id)
        seen = await quote_checkout(connection(), member, revision, order, schedule, CodeSearch("member:model", CODES))
        if isinstance(seen, Outcome):
            return seen
        best = seen.ways[0]
        told = {"to_pay_minor": best.to_pay_minor, "points": best.points}
        return Outcome(figures={"eligible_minor": seen.eligible_minor, "maximum_points": seen.maximum_points, **told})


@dataclass(frozen=True)
class Reserve:
    name: str
    order_id: str
    points: int
    items: Items
    currency: str
    coupon: int | None = None

    def told(self, books: Books) -> object:
        coupon = books.coupons[self.coupon] if self.coupon is not None else None
        return checkout.reserve(books, self.name, self.order_id, self.points, self.items, coupon, self.currency)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        order = await app.order(self.items, self.currency, self.coupon, 0)
        return await reserve_points(call, self.name, Wish(SOURCE, self.order_id, self.points, order), CODES)


@dataclass(frozen=True)
class Capture:
    reservation: int
    points: int | None

    def told(self, books: Books) -> None:
        checkout.capture(books, books.reservations[self.reservation], self.points)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await capture_points(call, app.ids["reservation", self.reservation], self.points)


@dataclass(frozen=True)
class Release:
    """`by`: a member who asks for themself; None: the shop."""

    reservation: int
    by: str | None

    def told(self, books: Books) -> None:
        checkout.release(books, books.reservations[self.reservation], self.by)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await release_points(call, app.ids["reservation", self.reservation], self.by)


@dataclass(frozen=True)
class Redeem:
    name: str
    offer: int
    expected: int | None

    def told(self, books: Books) -> object:
        return coupons.redeem(books, self.name, books.offers[self.offer], self.expected)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await app_redeem(call, self.name, app.ids["offer", self.offer], self.expected, CODES, till=app.till)


@dataclass(frozen=True)
class ReserveCoupon:
    coupon: int
    order_id: str
    items: Items
    currency: str

    def told(self, books: Books) -> object:
        return coupons.reserve_coupon(books, books.coupons[self.coupon], self.order_id, self.items, self.currency)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        order = await app.order(self.items, self.currency, None, 0)
        named = OrderNamed(SOURCE, self.order_id)
        return await app_reserve_coupon(call, await app.code(self.coupon), named, order, CODES)


@dataclass(frozen=True)
class UseCoupon:
    coupon: int
    order_id: str

    def told(self, books: Books) -> None:
        coupons.use_coupon(books, books.coupons[self.coupon], self.order_id)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await app_use_coupon(call, await app.code(self.coupon), OrderNamed(SOURCE, self.order_id), CODES)


@dataclass(frozen=True)
class ReleaseCoupon:
    coupon: int
    order_id: str

    def told(self, books: Books) -> None:
        coupons.release_coupon(books, books.coupons[self.coupon], self.order_id)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await app_release_coupon(call, await app.code(self.coupon), OrderNamed(SOURCE, self.order_id), CODES)


@dataclass(frozen=True)
class CancelCoupon:
    member: int
    coupon: int

    def told(self, books: Books) -> None:
        coupons.cancel_coupon(books, books.coupons[self.coupon])

    async def done(self, app: AppSide, call: Call) -> Outcome:
        ids = app.ids["member", self.member], app.ids["coupon", self.coupon]
        return await app_cancel_coupon(call, "ana of staff", *ids, "Lost")
