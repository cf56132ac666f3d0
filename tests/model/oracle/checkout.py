"""What may be held, spent and let go at checkout, and what becomes of a coupon? PROGRAMME 7, 8."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.model.oracle.books import (
    Activity,
    Books,
    Member,
    Moves,
    Refused,
    Reservation,
    give_back,
    let_go,
    settle,
    take,
)
from tests.model.oracle.days import end_of, local_day
from tests.model.oracle.orders import Item, Order, apply_early, earning, enter, order_of, priced


@dataclass(eq=False)
class Offer:
    """An entry of the catalogue: a price in points for a value in cents."""

    number: int
    market: str
    price: int
    value_minor: int
    valid_days: int
    minimum_minor: int = 0
    stock_left: int | None = None
    limit: int | None = None
    excluded: frozenset[str] = frozenset()
    suspended: bool = False


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
    member = books.own(name)
    if offer.market != member.market:
        raise Refused("NOT_FOUND")
    had = [one for one in books.coupons if (one.member, one.offer) == (member, offer) and one.status != "CANCELLED"]
    reasons = {
        f"ACCOUNT_{member.status}": member.status != "ACTIVE",
        "OFFER_SUSPENDED": offer.suspended,
        "OUT_OF_STOCK": offer.stock_left == 0,
        "LIMIT_REACHED": offer.limit is not None and len(had) >= offer.limit,
        "INSUFFICIENT_POINTS": member.available < offer.price,
    }
    if any(reasons.values()):
        raise Refused(*(code for code, holds in reasons.items() if holds))
    if expected not in (None, offer.price):
        raise Refused("PRICE_CHANGED")
    last_day = local_day(books.now, member.zone) + timedelta(days=offer.valid_days)
    coupon = Coupon(len(books.coupons), member, offer, last_day, end_of(last_day, member.zone))
    coupon.moves = take(member, offer.price, "consumed")
    if offer.stock_left is not None:
        offer.stock_left -= 1
    books.coupons.append(coupon)
    return coupon


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


def reserve(
    books: Books, name: str, order_id: str, points: int, items: tuple[Item, ...], coupon: Coupon | None, currency: str
) -> Reservation:
    """Pin points for an order: from the balance to possess on, up to the maximum share, and only those available."""
    order = order_of(books, order_id)
    member = books.own(name)
    barred(member)
    if order.activity is not None:
        raise Refused("INVALID_INPUT")
    if known := _known(books, member, order, points):
        return known
    if coupon is not None:
        if coupon.member is not member:
            raise Refused("COUPON_NOT_FOUND")
        may_have(books, coupon, order, books.now)
    numbers = books.numbers(member.market, books.now)
    eligible = earning(priced(books, member.market, books.now, items, coupon, 0, currency)[0]).net_minor
    if member.posted < numbers.minimum_to_possess:
        raise Refused("BELOW_MINIMUM")
    reasons = {
        "NO_ELIGIBLE_LINES": eligible == 0,
        "ABOVE_MAXIMUM_SHARE": eligible > 0 and points > eligible * numbers.maximum_share_bp // 10_000,
        "INSUFFICIENT_POINTS": points > member.available,
    }
    if any(reasons.values()):
        raise Refused(*(code for code, holds in reasons.items() if holds))
    until = books.now + timedelta(minutes=numbers.reservation_minutes)
    moves = take(member, points, "reserved")
    books.reservations.append(Reservation(len(books.reservations), member, order, points, until, moves))
    return books.reservations[-1]


def _known(books: Books, member: Member, order: Order, points: int) -> Reservation | None:
    """What the order has already: the same reservation, or it is another's, or paid."""
    for one in reversed(books.reservations):
        if one.order is not order:
            continue
        own = one.member is member
        live = one.status == "HELD" and books.now < one.held_until
        if one.status == "CAPTURED" or (live and not own) or (live and one.points != points):
            raise Refused("INVALID_INPUT")
        if live:
            return one
    return None


def judge_capture(books: Books, hold: Reservation, points: int) -> None:
    """May these points be captured now? A late one takes them again, if they are still available (PROGRAMME 8)."""
    if hold.status == "HELD" or (hold.status == "CAPTURED" and hold.captured == points):
        return
    others = [one for one in books.reservations if one.order is hold.order and one is not hold]
    taken = any(one.status == "CAPTURED" or (one.status == "HELD" and books.now < one.held_until) for one in others)
    if hold.status != "EXPIRED" or hold.order.cancelled or taken:
        raise Refused("RESERVATION_NOT_HELD")
    barred(hold.member)
    if hold.member.available < points:
        raise Refused("CAPTURE_SHORTFALL")


def capture(books: Books, hold: Reservation, points: int | None) -> None:
    """Spend any part, once; the rest is freed."""
    settle(books, hold.member)
    wanted = hold.points if points is None else points
    if not 1 <= wanted <= hold.points:
        raise Refused("INVALID_INPUT")
    judge_capture(books, hold, wanted)
    spend(books, hold, wanted)


def spend(books: Books, hold: Reservation, points: int) -> None:
    """Spend points of a reservation that may be captured."""
    if hold.status == "HELD":
        let_go(hold, "CAPTURED", captured=points)
    elif hold.status == "EXPIRED":
        hold.moves = take(hold.member, points, "consumed")
        hold.status, hold.captured = "CAPTURED", points
    settle(books, hold.member)


def release(books: Books, hold: Reservation, by: str | None) -> None:
    """The points go back; `by`: a member who asks for themself."""
    if by is not None and books.own(by) is not hold.member:
        raise Refused("NOT_FOUND")
    settle(books, hold.member)
    if hold.status not in ("HELD", "RELEASED"):
        raise Refused("RESERVATION_NOT_HELD")
    if hold.status == "HELD":
        let_go(hold, "RELEASED")
        settle(books, hold.member)


@dataclass(frozen=True)
class Named:
    """What an order names: a coupon, a reservation, and points that the shop tells of."""

    coupon: Coupon | None
    hold: Reservation | None
    points: int


def buy(
    books: Books, name: str, order_id: str, items: tuple[Item, ...], currency: str, told: datetime | None, named: Named
) -> Activity:
    """An order of a signed-in member, with the coupon and the reservation that it names (PROGRAMME 3, 7, 8)."""
    order = order_of(books, order_id)
    if order.activity is not None:
        if order.activity.member.name != name:
            raise Refused("INVALID_INPUT")
        return order.activity
    member = books.own(name)
    if member.status == "CLOSED":
        raise Refused("ACCOUNT_CLOSED")
    when = books.occurred(told)
    hold, coupon, points = named.hold, named.coupon, named.points
    if hold is not None:
        if hold.member is not member or hold.order is not order:
            raise Refused("RESERVATION_NOT_HELD")
        wanted = hold.captured or hold.points
        if hold.status != "RELEASED" and points not in (0, wanted):
            raise Refused("INVALID_INPUT")
        points = wanted
        judge_capture(books, hold, points)
    if coupon is not None:
        if coupon.member is not member:
            raise Refused("COUPON_NOT_FOUND")
        may_have(books, coupon, order, when)
    lines, _ = priced(books, member.market, when, items, coupon, points, currency)
    if hold is not None:
        spend(books, hold, points)
    activity = enter(books, member, order, when, lines)
    if coupon is not None:
        use(coupon, order)
    apply_early(books, order)
    return activity
