"""What does an order earn and cost, and what comes back of it? PROGRAMME 3, 4, 7, 8, by the model's own reading."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.model.oracle.books import Activity, Books, Member, Refused, Reservation
from tests.model.oracle.earning import Basket, confirm, excluded_at, record
from tests.model.oracle.numbers import CURRENCIES
from tests.model.oracle.points import claw_back, first_of, give_back, let_go, settle


@dataclass(frozen=True)
class Item:
    """A line as the shop tells it: pieces at a price in cents, with a discount of the shop's own."""

    sku: str
    quantity: int
    price_minor: int
    discount_minor: int = 0
    category: str = "OTHER"

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.price_minor - self.discount_minor


@dataclass(eq=False)
class Line:
    """A line of a recorded order: its net, its share of the points discount, and how many pieces came back."""

    item: Item
    net_minor: int
    points_minor: int
    earns: bool
    returned: int = 0

    @property
    def kept(self) -> int:
        return self.item.quantity - self.returned

    @property
    def kept_net_minor(self) -> int:
        """Its net is split cumulatively, so that the parts sum to the line."""
        return self.net_minor - self.net_minor * self.returned // self.item.quantity


@dataclass(eq=False)
class Early:
    """What was told of something before it was known: `answer` fills in when it is applied."""

    event: str
    occurred_at: datetime
    facts: Any = None
    answer: Any = None


@dataclass(eq=False)
class Order:
    """An order by its id; known to the programme once its `activity` is recorded."""

    order_id: str
    activity: Activity | None = None
    lines: list[Line] = field(default_factory=list)
    returns: dict[str, dict[str, int]] = field(default_factory=dict)
    early: list[Early] = field(default_factory=list)
    cancelled: bool = False

    @property
    def discounted(self) -> bool:
        return any(line.net_minor < line.item.gross_minor for line in self.lines)


def order_of(books: Books, order_id: str) -> Order:
    return books.orders.setdefault(order_id, Order(order_id))


def share_out(total: int, weights: list[int]) -> list[int]:
    """By largest remainder, in cents; ties go to the first."""
    if total == 0:
        return [0] * len(weights)
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    places = sorted(range(len(weights)), key=lambda place: -(total * weights[place] % whole))
    for place in places[: total - sum(shares)]:
        shares[place] += 1
    return shares


def priced(
    books: Books, market: str, when: datetime, items: tuple[Item, ...], coupon: Any, points_minor: int, currency: str
) -> tuple[list[Line], int]:
    """The lines after the coupon's and the points' discount, and what the coupon takes off; or why that cannot be."""
    if currency != CURRENCIES[market]:
        raise Refused("CURRENCY_NOT_OF_MARKET")
    earns = [not excluded_at(books, market, when, ("sku", item.sku), ("category", item.category)) for item in items]
    off = [0] * len(items)
    if coupon is not None:
        takes = [may and not coupon.offer.excludes(item) for item, may in zip(items, earns, strict=True)]
        weights = [item.gross_minor if may else 0 for item, may in zip(items, takes, strict=True)]
        if sum(weights) == 0:
            raise Refused("NO_ELIGIBLE_LINES")
        if sum(weights) < coupon.offer.minimum_minor:
            raise Refused("BELOW_MINIMUM_ORDER")
        off = share_out(min(coupon.offer.value_minor, sum(weights)), weights)
    left = [item.gross_minor - part for item, part in zip(items, off, strict=True)]
    weights = [part if may else 0 for part, may in zip(left, earns, strict=True)]
    if points_minor and not sum(weights):
        raise Refused("NO_ELIGIBLE_LINES")
    if points_minor > sum(weights):
        raise Refused("ABOVE_MAXIMUM_SHARE")
    paid = share_out(points_minor, weights)
    lines = [Line(item, rest - part, part, may) for item, rest, part, may in zip(items, left, paid, earns, strict=True)]
    return lines, sum(off)


def earning(lines: list[Line]) -> Basket:
    """What of an order's kept lines earns."""
    kept = [line for line in lines if line.earns and line.kept]
    return Basket(
        sum(line.kept_net_minor for line in kept),
        sum(line.kept for line in kept),
        frozenset(line.item.category for line in kept),
    )


def enter(books: Books, member: Member, order: Order, when: datetime, lines: list[Line]) -> Activity:
    """Record a purchase that was judged, and apply what was told of it before, in the order in which it happened."""
    early = sorted(order.early, key=lambda one: one.occurred_at)
    delivered = next((one.occurred_at for one in early if one.event == "delivery"), None)
    order.lines = lines
    activity = record(books, member, "PURCHASE", when, basket=earning(lines), confirmed_at=delivered)
    member.purchases += 1
    order.activity = activity
    return activity


def apply_early(books: Books, order: Order) -> None:
    for one in sorted(order.early, key=lambda one: one.occurred_at):
        try:
            one.answer = _apply(books, order, one)
        except Refused as refusal:
            one.answer = refusal
    order.early = []


def _apply(books: Books, order: Order, early: Early) -> dict[str, int]:
    assert order.activity is not None
    if early.event == "return":
        return take_back(books, order, *early.facts)
    if early.event == "cancel":
        return cancel(books, order)
    confirm(books, order.activity, early.occurred_at)
    return {}


def take_back(books: Books, order: Order, return_id: str, pieces: Mapping[str, int]) -> dict[str, int]:
    """A return of pieces of lines; the same return again answers its first result."""
    assert order.activity is not None
    if return_id in order.returns:
        return order.returns[return_id]
    known = {line.item.sku: line for line in order.lines}
    if any(sku not in known for sku in pieces):
        raise Refused("INVALID_INPUT")
    if any(many > known[sku].kept for sku, many in pieces.items()):
        raise Refused("RETURN_EXCEEDS_ORDER")
    settle(books, order.activity.member)
    before = sum(line.kept_net_minor for line in order.lines)
    for sku, many in pieces.items():
        known[sku].returned += many
    clawed = restored = 0
    if order.activity.member.status != "CLOSED":
        clawed = _claw_back(order)
        restored = _restore(books, order)
    order.returns[return_id] = {
        "clawed_back": clawed,
        "restored": restored,
        "debt": order.activity.member.debt,
        "refund_minor": before - sum(line.kept_net_minor for line in order.lines),
    }
    return order.returns[return_id]


def cancel(books: Books, order: Order) -> dict[str, int]:
    """All that is kept comes back, what is held for it is let go, and its coupon is free again."""
    assert order.activity is not None
    if "" in order.returns:
        return order.returns[""]
    member = order.activity.member
    settle(books, member)
    for hold in books.reservations:
        if hold.order is order and hold.member is member and hold.status == "HELD":
            let_go(hold, "RELEASED")
            settle(books, member)
    for coupon in books.coupons:
        if coupon.order is order:
            coupon.free()
    order.cancelled = True
    return take_back(books, order, "", {line.item.sku: line.kept for line in order.lines if line.kept})


def _claw_back(order: Order) -> int:
    """Granted so far less what the kept net is still entitled to; pending awards come first."""
    assert order.activity is not None
    kept = earning(order.lines)
    base = 0
    still = {}
    for lot in order.activity.lots:
        if lot.campaign is None:
            still[lot] = min(lot.amount, kept.net_minor // 100)
            base += still[lot]
    for lot in order.activity.lots:
        if lot.campaign is not None:
            still[lot] = min(lot.amount, lot.campaign.still_worth(base, kept, lot.inputs))
    clawed = 0
    for lot in sorted(order.activity.lots, key=lambda one: (one.posted_at is not None, one.number)):
        gone = lot.reclaimed + lot.expired + lot.forfeited
        clawed += claw_back(order.activity.member, lot, lot.amount - gone - still[lot]).points
    return clawed


def _restore(books: Books, order: Order) -> int:
    """The lines' share of the points that paid goes back, in reverse order of taking."""
    assert order.activity is not None
    restored = 0
    for paid in books.reservations:
        if paid.order is order and paid.captured and paid.member is order.activity.member:
            restored += _give_back(books, order, paid)
    return restored


def _give_back(books: Books, order: Order, paid: Reservation) -> int:
    weights = [line.points_minor for line in order.lines]
    if not any(weights):
        weights = [line.net_minor for line in order.lines]
    back = [weight * line.returned // line.item.quantity for weight, line in zip(weights, order.lines, strict=True)]
    everything = all(line.kept == 0 for line in order.lines)
    points = (paid.captured if everything else paid.captured * sum(back) // max(1, sum(weights))) - paid.restored
    moves = first_of(paid.moves[::-1], points)
    paid.moves = first_of(paid.moves, sum(part for _, part in paid.moves) - points)
    paid.restored += points
    give_back(books, paid.member, moves, out_of="consumed")
    return points
