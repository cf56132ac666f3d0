"""How is a coupon issued, and what becomes of it? PROGRAMME 7, by the model's own reading."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.model.oracle.books import Books, Member, Moves, Refused
from tests.model.oracle.days import end_of, local_day
from tests.model.oracle.orders import Item, Order, order_of, priced
from tests.model.oracle.points import give_back, own, settle, take


@dataclass(eq=False)
class Offer:
    """An entry of the catalogue: a price in points for a value in cents, within [opens_at, closes_at)."""

    number: int
    market: str
    price: int
    value_minor: int
    valid_days: int
    minimum_minor: int = 0
    stock_left: int | None = None
    limit: int | None = None
    excluded: frozenset[str] = frozenset()
    excluded_categories: frozenset[str] = frozenset()
    suspended: bool = False
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def excludes(self, item: Item) -> bool:
        return item.sku in self.excluded or item.category in self.excluded_categories

    def open_at(self, now: datetime) -> bool:
        return (self.opens_at or now) <= now and (self.closes_at is None or now < self.closes_at)


@dataclass(eq=False)
class Coupon:
    """A coupon of a member; `moves`: the points that it cost, from the lots that paid."""

    number: int
    member: Member
    offer: Offer
    last_day: date
    ends_at: datetime
    moves: Moves = field(default_factory=list)
    status: str = "ISSUED"
    order: Order | None = None
    reserved_until: datetime | None = None

    def stands(self, now: datetime) -> str:
        """By the clock: a reservation ends by itself, and outlives the coupon's last day until then."""
        if self.status == "RESERVED" and self.reserved_until is not None and now < self.reserved_until:
            return "RESERVED"
        if self.status in ("ISSUED", "RESERVED"):
            return "ISSUED" if now < self.ends_at else "EXPIRED"
        return self.status

    def free(self) -> None:
        if self.status in ("RESERVED", "USED"):
            self.status, self.order, self.reserved_until = "ISSUED", None, None


def barred(member: Member) -> None:
    if member.status != "ACTIVE":
        raise Refused(f"ACCOUNT_{member.status}")


def redeem(books: Books, name: str, offer: Offer, expected: int | None) -> Coupon:
    """Spend an offer's price, and issue a coupon that ends with its last day."""
    member = own(books, name)
    if offer.market != member.market:
        raise Refused("NOT_FOUND")
    if reasons := why_not(books, member, offer):
        raise Refused(*reasons)
    if expected not in (None, offer.price):
        raise Refused("PRICE_CHANGED")
    last_day = local_day(books.now, member.zone) + timedelta(days=offer.valid_days)
    coupon = Coupon(len(books.coupons), member, offer, last_day, end_of(last_day, member.zone))
    coupon.moves = take(member, offer.price, "consumed")
    member.flows["redeemed"] += offer.price
    if offer.stock_left is not None:
        offer.stock_left -= 1
    books.coupons.append(coupon)
    return coupon


def why_not(books: Books, member: Member, offer: Offer) -> list[str]:
    """Why this member cannot redeem an offer of their market now."""
    had = [one for one in books.coupons if (one.member, one.offer) == (member, offer) and one.status != "CANCELLED"]
    reasons = {
        f"ACCOUNT_{member.status}": member.status != "ACTIVE",
        "OFFER_SUSPENDED": offer.suspended,
        "OFFER_NOT_OPEN": not offer.open_at(books.now),
        "OUT_OF_STOCK": offer.stock_left == 0,
        "LIMIT_REACHED": offer.limit is not None and len(had) >= offer.limit,
        "INSUFFICIENT_POINTS": member.available < offer.price,
    }
    return [code for code, holds in reasons.items() if holds]


def may_have(books: Books, coupon: Coupon, order: Order, when: datetime) -> None:
    """May this order, placed then, have the coupon? What the order reserved or used is its own."""
    own = coupon.order is order
    held = coupon.status == "RESERVED" and coupon.reserved_until is not None
    until = coupon.reserved_until if held and coupon.reserved_until else coupon.ends_at
    if coupon.status == "CANCELLED" or (coupon.status == "USED" and not own):
        raise Refused("COUPON_NOT_USABLE")
    if held and not own and books.now < until:
        raise Refused("COUPON_NOT_USABLE")
    if coupon.status != "USED" and when >= (max(until, coupon.ends_at) if own else coupon.ends_at):
        raise Refused("COUPON_EXPIRED")
    if coupon.stands(books.now) not in ("RESERVED", "USED"):
        barred(coupon.member)
    if any(one.order is order and one.status == "USED" and one is not coupon for one in books.coupons):
        raise Refused("COUPON_NOT_USABLE")


def at_checkout(books: Books, coupon: Coupon, order_id: str, *, begins: bool = True) -> Order:
    """The order that a coupon is brought to."""
    order = order_of(books, order_id)
    if order.activity is not None and order.activity.member is not coupon.member:
        raise Refused("INVALID_INPUT")
    settle(books, coupon.member)
    if begins and order.cancelled:
        raise Refused("COUPON_NOT_USABLE")
    if begins:
        may_have(books, coupon, order, books.now)
    return order


def reserve_coupon(books: Books, coupon: Coupon, order_id: str, items: tuple[Item, ...], currency: str) -> int:
    """Hold it for an order; what it takes off, in cents."""
    order = at_checkout(books, coupon, order_id)
    market = coupon.member.market
    _, off = priced(books, market, books.now, items, coupon, 0, currency)
    if coupon.stands(books.now) == "ISSUED":
        minutes = books.numbers(market, books.now).reservation_minutes
        coupon.status, coupon.order = "RESERVED", order
        coupon.reserved_until = books.now + timedelta(minutes=minutes)
    return off


def use_coupon(books: Books, coupon: Coupon, order_id: str) -> None:
    use(coupon, at_checkout(books, coupon, order_id))


def use(coupon: Coupon, order: Order) -> None:
    coupon.status, coupon.order, coupon.reserved_until = "USED", order, None


def release_coupon(books: Books, coupon: Coupon, order_id: str) -> None:
    order = at_checkout(books, coupon, order_id, begins=False)
    now, own = coupon.stands(books.now), coupon.order is order
    if now in ("USED", "CANCELLED") or (now == "RESERVED" and not own):
        raise Refused("COUPON_NOT_USABLE")
    if coupon.status == "RESERVED" and own:
        coupon.free()


def cancel_coupon(books: Books, coupon: Coupon) -> None:
    """By staff: its points go back to the lots that they came from, with their own ends."""
    settle(books, coupon.member)
    if coupon.status == "CANCELLED":
        return
    if coupon.stands(books.now) not in ("ISSUED", "RESERVED"):
        raise Refused("COUPON_NOT_USABLE")
    if coupon.member.status == "CLOSED":
        raise Refused("ACCOUNT_CLOSED")
    coupon.status, coupon.order, coupon.reserved_until = "CANCELLED", None, None
    give_back(books, coupon.member, coupon.moves[::-1], out_of="consumed")
    coupon.moves = []
