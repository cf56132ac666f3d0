"""How much of an order may points pay for, and which way to pay is best? Pure. (PROGRAMME 7, 8)"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.rules.orders import CouponTerms, Exclusions, Line, OrderRefusal, PricedOrder, price_order
from app.rules.terms import Revision
from app.rules.text import JsonScalar, Text

MAXIMUM_WAYS = 20


@dataclass(frozen=True)
class Purse:
    """What a member has: `posted` points (reserved included, debt deducted) and those `available`.

    `barred`: why they may spend nothing at all, if so.
    """

    posted: int
    available: int
    barred: OrderRefusal | None = None

    def after(self, price_points: int) -> "Purse":
        """What is left once a coupon was paid."""
        return replace(self, posted=self.posted - price_points, available=self.available - price_points)


@dataclass(frozen=True)
class CouponAtHand:
    """A coupon that is held (`coupon_id`) or could be redeemed now (`offer_id`, for `price_points`).

    `last_usable_on`, `ends_at`: of a held one. `blocked_by`: why it cannot be had, whatever the order.
    """

    terms: CouponTerms
    coupon_id: int | None = None
    offer_id: int | None = None
    price_points: int = 0
    last_usable_on: date | None = None
    ends_at: datetime | None = None
    blocked_by: tuple[OrderRefusal, ...] = ()


@dataclass(frozen=True)
class Ending:
    """Points about to expire: how many, their last local day, and the instant from which they are gone."""

    points: int
    last_usable_on: date
    ends_at: datetime


@dataclass(frozen=True)
class Basket:
    """An order being paid for, and by whom: its lines, what the programme leaves out of it, its shipping."""

    revision: Revision
    lines: tuple[Line, ...]
    exclusions: Exclusions
    shipping_minor: int
    purse: Purse
    ending: Ending | None = None

    def priced(self, coupon: CouponTerms | None, points: int = 0) -> PricedOrder | OrderRefusal:
        points_minor = points * self.revision.point_value_minor
        return price_order(self.lines, coupon=coupon, points_minor=points_minor, exclusions=self.exclusions)


@dataclass(frozen=True)
class Way:
    """One way to pay: `points` are all that it spends, `coupon_points` of them for a coupon redeemed for it.

    `ends_at`: the soonest end of what it uses. With `blocked_by` it is what would be, and cannot be used now.
    """

    kind: str
    points: int
    discount_minor: int
    to_pay_minor: int
    explanation: Text
    coupon_points: int = 0
    coupon_id: int | None = None
    offer_id: int | None = None
    ends_at: datetime | None = None
    blocked_by: tuple[OrderRefusal, ...] = ()


def maximum_points(revision: Revision, priced: PricedOrder) -> int:
    """The most points that the revision's share lets pay for an order, priced with its coupon and without points.

    The share is of the eligible amount after the coupon, floored to the minor unit (PROGRAMME 8).
    """
    maximum_minor = priced.earning_net_minor * revision.maximum_share_bp // 10_000  # part units pay nothing
    return maximum_minor // revision.point_value_minor  # a point is used whole


def points_blocks(revision: Revision, purse: Purse, priced: PricedOrder, points: int) -> tuple[OrderRefusal, ...]:
    """Every reason why `points` (>= 1) cannot pay for a part of this order now; none: they can.

    BELOW_MINIMUM stands alone: below the balance to possess no points can be used at all.
    """
    if purse.barred:
        return (purse.barred,)
    if purse.posted < revision.minimum_to_possess:
        return (OrderRefusal("BELOW_MINIMUM", {"posted": purse.posted, "minimum": revision.minimum_to_possess}),)
    found = []
    most = maximum_points(revision, priced)
    if priced.earning_net_minor == 0:
        found.append(OrderRefusal("NO_ELIGIBLE_LINES"))
    elif points > most:
        found.append(OrderRefusal("ABOVE_MAXIMUM_SHARE", {"maximum": most}))
    if missing := max(0, points - purse.available):
        facts = {"available": purse.available, "required": points, "missing": missing}
        found.append(OrderRefusal("INSUFFICIENT_POINTS", facts))
    return tuple(found)


def usable_points(revision: Revision, purse: Purse, priced: PricedOrder) -> int:
    """The most points that can be used on this order now; 0 where none can."""
    most = min(maximum_points(revision, priced), purse.available)
    return most if most > 0 and not points_blocks(revision, purse, priced, most) else 0


def ways_to_pay(basket: Basket, coupons: Sequence[CouponAtHand]) -> list[Way]:
    """At most `MAXIMUM_WAYS` ways to pay, best first: lowest to pay, fewest points, what ends soonest (PROGRAMME 7, 8).

    Those that cannot be used now come last, in the same order.
    """
    plain = basket.priced(None)
    if isinstance(plain, OrderRefusal):
        return []
    ways = [_way(basket, "NONE", plain), *_with_points(basket, plain, None)]
    for coupon in coupons:
        ways.extend(_with_coupon(basket, plain, coupon))
    return sorted(ways, key=_rank)[:MAXIMUM_WAYS]


def _rank(way: Way) -> tuple[object, ...]:
    # What ends never comes after what ends some day; ids last, so that the order is the same every time.
    ends = (way.ends_at is None, way.ends_at.timestamp() if way.ends_at else 0.0)
    return (bool(way.blocked_by), way.to_pay_minor, way.points, ends, way.coupon_id or 0, way.offer_id or 0, way.kind)


def _with_coupon(basket: Basket, plain: PricedOrder, coupon: CouponAtHand) -> Iterator[Way]:
    priced = basket.priced(coupon.terms)
    refused = (priced,) if isinstance(priced, OrderRefusal) else ()
    blocked_by = (basket.purse.barred,) if basket.purse.barred else (*coupon.blocked_by, *refused)
    shown = plain if isinstance(priced, OrderRefusal) else priced
    way = _way(basket, "COUPON", shown, coupon, blocked_by=blocked_by)
    yield way
    if not way.blocked_by:
        yield from _with_points(basket, shown, coupon)


def _with_points(basket: Basket, priced: PricedOrder, coupon: CouponAtHand | None) -> Iterator[Way]:
    revision = basket.revision
    purse = basket.purse.after(coupon.price_points) if coupon else basket.purse
    most = maximum_points(revision, priced)
    if most == 0 and coupon:
        return  # the coupon alone says it
    points = min(most, purse.available) or most
    paid = basket.priced(coupon.terms if coupon else None, points)
    if isinstance(paid, PricedOrder):
        blocked_by = points_blocks(revision, purse, priced, max(points, 1))
        kind = "COUPON_AND_POINTS" if coupon else "POINTS"
        yield _way(basket, kind, paid, coupon, points=points, blocked_by=blocked_by)


def _way(
    basket: Basket,
    kind: str,
    priced: PricedOrder,
    coupon: CouponAtHand | None = None,
    *,
    points: int = 0,
    blocked_by: tuple[OrderRefusal, ...] = (),
) -> Way:
    price_points = coupon.price_points if coupon else 0
    to_pay_minor = priced.net_minor + basket.shipping_minor
    ends = [coupon.ends_at] if coupon and coupon.ends_at else []
    if basket.ending and price_points + points > 0:
        ends.append(basket.ending.ends_at)
    return Way(
        kind,
        price_points + points,
        priced.coupon_minor + priced.points_minor,
        to_pay_minor,
        Text(
            kind.replace("COUPON", "OFFER") if coupon and coupon.offer_id is not None else kind,
            _facts(basket, priced, coupon, points, to_pay_minor),
        ),
        price_points,
        coupon.coupon_id if coupon else None,
        coupon.offer_id if coupon else None,
        min(ends, default=None),
        blocked_by,
    )


def _facts(
    basket: Basket, priced: PricedOrder, coupon: CouponAtHand | None, points: int, to_pay_minor: int
) -> dict[str, JsonScalar]:
    ending = basket.ending
    return {
        "currency": basket.revision.market.currency,
        "to_pay_minor": to_pay_minor,
        "points": points,
        "points_discount_minor": priced.points_minor,
        "price": coupon.price_points if coupon else 0,
        "coupon_minor": priced.coupon_minor,
        "coupon_ends_on": coupon.last_usable_on.isoformat() if coupon and coupon.last_usable_on else None,
        "expiring": ending.points if ending else None,
        "expires_on": ending.last_usable_on.isoformat() if ending else None,
    }
