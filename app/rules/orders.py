"""What does each line of an order cost once discounts are shared out, and how much of it earns? PROGRAMME 3, 7, 8."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.rules.money import GREATEST_MINOR, allocate
from app.rules.text import JsonScalar


@dataclass(frozen=True)
class Line:
    """`quantity` (>= 1) pieces at `unit_price_minor`, VAT included, less the shop's `discount_minor` for the line."""

    line_id: str
    sku: str
    quantity: int
    unit_price_minor: int
    discount_minor: int = 0
    categories: frozenset[str] = frozenset()

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.unit_price_minor - self.discount_minor


@dataclass(frozen=True)
class Exclusions:
    """Products left out, by sku or by category."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()

    def hold(self, line: Line) -> bool:
        return line.sku in self.skus or not self.categories.isdisjoint(line.categories)


@dataclass(frozen=True)
class CouponTerms:
    """A coupon as an order sees it: its value, and what it asks of the order."""

    value_minor: int
    minimum_order_minor: int | None = None
    excluded_skus: frozenset[str] = frozenset()
    excluded_categories: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PricedLine:
    """A line with its shares of the discounts: `net_minor` = gross - coupon - points; `earns`: it is not excluded."""

    line: Line
    gross_minor: int
    coupon_minor: int
    points_minor: int
    net_minor: int
    earns: bool


@dataclass(frozen=True)
class PricedOrder:
    """The lines in their order, and their sums; `earning_net_minor` leaves excluded products out."""

    lines: tuple[PricedLine, ...]
    net_minor: int
    coupon_minor: int
    points_minor: int
    earning_net_minor: int

    @property
    def excluded_minor(self) -> int:
        return self.net_minor - self.earning_net_minor


@dataclass(frozen=True)
class OrderRefusal:
    """Why an order cannot be priced so: a UserErrorCode, and facts (`*_minor` in the order's currency)."""

    code: str
    facts: Mapping[str, JsonScalar] = field(default_factory=dict)


def price_order(
    lines: Sequence[Line], *, coupon: CouponTerms | None, points_minor: int, exclusions: Exclusions
) -> PricedOrder | OrderRefusal:
    """Shares the coupon and then the points discount out over the eligible lines, by largest remainder.

    The coupon takes min(value, eligible gross); products that it or the programme excludes neither count for its
    minimum order nor take its discount. Points go over what is left of the lines that the programme does not exclude.
    Refuses with INVALID_INPUT (an impossible line), NO_ELIGIBLE_LINES, BELOW_MINIMUM_ORDER or ABOVE_MAXIMUM_SHARE (the
    points discount is more than is left).
    """
    if refusal := _impossible(lines, points_minor):
        return refusal
    gross = [line.gross_minor for line in lines]
    earns = [not exclusions.hold(line) for line in lines]

    coupon_shares = _coupon_shares(lines, gross, earns, coupon)
    if isinstance(coupon_shares, OrderRefusal):
        return coupon_shares

    left = [total - share for total, share in zip(gross, coupon_shares, strict=True)]
    point_shares = _point_shares(left, earns, points_minor)
    if isinstance(point_shares, OrderRefusal):
        return point_shares

    net = [total - share for total, share in zip(left, point_shares, strict=True)]
    priced = zip(lines, gross, coupon_shares, point_shares, net, earns, strict=True)
    return PricedOrder(
        lines=tuple(PricedLine(*line) for line in priced),
        net_minor=sum(net),
        coupon_minor=sum(coupon_shares),
        points_minor=points_minor,
        earning_net_minor=sum(_only(net, earns)),
    )


def _coupon_shares(
    lines: Sequence[Line], gross: list[int], earns: list[bool], coupon: CouponTerms | None
) -> list[int] | OrderRefusal:
    if coupon is None:
        return [0] * len(lines)
    excluded = Exclusions(coupon.excluded_skus, coupon.excluded_categories)
    takes = [may and not excluded.hold(line) for line, may in zip(lines, earns, strict=True)]
    weights = _only(gross, takes)
    eligible_minor = sum(weights)
    if eligible_minor == 0:
        return OrderRefusal("NO_ELIGIBLE_LINES")
    if eligible_minor < (coupon.minimum_order_minor or 0):
        facts = {"minimum_minor": coupon.minimum_order_minor, "eligible_minor": eligible_minor}
        return OrderRefusal("BELOW_MINIMUM_ORDER", facts)
    return allocate(min(coupon.value_minor, eligible_minor), weights)


def _point_shares(left: list[int], earns: list[bool], points_minor: int) -> list[int] | OrderRefusal:
    weights = _only(left, earns)
    eligible_minor = sum(weights)
    if points_minor > 0 and eligible_minor == 0:
        return OrderRefusal("NO_ELIGIBLE_LINES")
    if points_minor > eligible_minor:
        return OrderRefusal("ABOVE_MAXIMUM_SHARE", {"maximum_minor": eligible_minor})
    return allocate(points_minor, weights)


def _only(amounts: list[int], chosen: list[bool]) -> list[int]:
    return [amount if is_chosen else 0 for amount, is_chosen in zip(amounts, chosen, strict=True)]


def _impossible(lines: Sequence[Line], points_minor: int) -> OrderRefusal | None:
    for line in lines:
        if line.quantity < 1 or min(line.unit_price_minor, line.discount_minor, line.gross_minor) < 0:
            return OrderRefusal("INVALID_INPUT", {"problem": "OUT_OF_RANGE", "line_id": line.line_id})
    if points_minor < 0 or sum(line.gross_minor for line in lines) > GREATEST_MINOR:
        return OrderRefusal("INVALID_INPUT", {"problem": "OUT_OF_RANGE"})
    if len({line.line_id for line in lines}) < len(lines):
        return OrderRefusal("INVALID_INPUT", {"problem": "DUPLICATE_LINE"})
    return None
