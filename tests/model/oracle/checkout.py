"""What may be held, spent and let go at checkout? PROGRAMME 8, by the model's own reading."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.model.oracle.books import Activity, Books, Member, Refused, Reservation
from tests.model.oracle.coupons import Coupon, barred, may_have, use, why_not
from tests.model.oracle.days import local_day
from tests.model.oracle.orders import Item, Line, Order, apply_early, earning, enter, order_of, priced
from tests.model.oracle.points import let_go, own, settle, take


def reserve(
    books: Books, name: str, order_id: str, points: int, items: tuple[Item, ...], coupon: Coupon | None, currency: str
) -> Reservation:
    """Pin points for an order: from the balance to possess on, up to the maximum share, and only those available."""
    order = order_of(books, order_id)
    member = own(books, name)
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


def _counts(books: Books, one: Reservation) -> bool:
    """Is an order paid by it, or held by it now?"""
    return one.status == "CAPTURED" or (one.status == "HELD" and books.now < one.held_until)


def judge_capture(books: Books, hold: Reservation, points: int) -> None:
    """May these points be captured now? A late one takes them again, if they are still available (PROGRAMME 8)."""
    if hold.status == "HELD" or (hold.status == "CAPTURED" and hold.captured == points):
        return
    others = [one for one in books.reservations if one.order is hold.order and one is not hold]
    taken = any(_counts(books, one) for one in others)
    anothers = hold.order.activity is not None and hold.order.activity.member is not hold.member
    if hold.status != "EXPIRED" or hold.order.cancelled or anothers or taken:
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
        hold.member.flows["redeemed"] += points
        hold.status, hold.captured = "CAPTURED", points
    settle(books, hold.member)


def release(books: Books, hold: Reservation, by: str | None) -> None:
    """The points go back; `by`: a member who asks for themself."""
    if by is not None and own(books, by) is not hold.member:
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
        if order.activity.member is not books.members.get(name):
            raise Refused("INVALID_INPUT")
        return order.activity
    member = own(books, name)
    if member.status == "CLOSED":
        raise Refused("ACCOUNT_CLOSED")
    when = books.occurred(told)
    hold, coupon, points = named.hold, named.coupon, named.points
    anothers = [one for one in books.reservations if one.order is order and one.member is not member]
    if hold is None and any(_counts(books, one) for one in anothers):
        raise Refused("INVALID_INPUT")  # points are never spent on another member's order
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


def quote(books: Books, member: Member, items: tuple[Item, ...], currency: str) -> dict[str, int]:
    """What points may pay for, how many of them now, and the best way to pay: least money, then fewest points.

    A way has one coupon at most, held or redeemed for it, and then as many points as may be used beside it.
    """
    settle(books, member)
    market = member.market
    lines, _ = priced(books, market, books.now, items, None, 0, currency)
    last_day = local_day(books.now, member.zone)
    anew = [
        Coupon(-1, member, offer, last_day, books.now)
        for offer in books.offers
        if offer.market == market and not why_not(books, member, offer)
    ]
    own = [one for one in books.coupons if one.member is member and one.stands(books.now) == "ISSUED"]
    ways = []
    for coupon, price in [(None, 0), *((one, 0) for one in own), *((one, one.offer.price) for one in anew)]:
        try:
            left, _ = priced(books, market, books.now, items, coupon, 0, currency)
        except Refused:
            continue
        if coupon is not None and member.status != "ACTIVE":
            continue
        points = _most(books, member, price, left)
        ways.append((sum(line.net_minor for line in left) - points, price + points))
    to_pay, points = min(ways)
    return {
        "eligible_minor": earning(lines).net_minor,
        "maximum_points": _most(books, member, 0, lines),
        "to_pay_minor": to_pay,
        "points": points,
    }


def _most(books: Books, member: Member, spent: int, lines: list[Line]) -> int:
    """The most points that may pay for these lines, after so many were spent."""
    numbers = books.numbers(member.market, books.now)
    if member.status != "ACTIVE" or member.posted - spent < numbers.minimum_to_possess:
        return 0
    return max(0, min(earning(lines).net_minor * numbers.maximum_share_bp // 10_000, member.available - spent))
