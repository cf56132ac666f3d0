"""How much of an order is still kept, what is it still entitled to, and what comes back? PROGRAMME 4, 8."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.rules.money import whole_units
from app.rules.terms import EarningRule


@dataclass(frozen=True)
class BoughtLine:
    """A line as the order stored it: `returned` of its `quantity` pieces came back.

    `net_minor`, `coupon_minor` and `points_minor` (its shares of the discounts) are those of the whole line. `earns`:
    it is not excluded.
    """

    id: int
    line_id: str
    sku: str
    quantity: int
    returned: int
    net_minor: int
    coupon_minor: int
    points_minor: int
    earns: bool
    categories: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        """Pieces still kept."""
        return self.quantity - self.returned

    @property
    def kept_net_minor(self) -> int:
        return self.net_minor - share(self.net_minor, self.returned, self.quantity)


@dataclass(frozen=True)
class GrantedAward:
    """An award and what became of its lot: `reclaimed` was clawed back already, `gone` has expired or was given up."""

    points: int
    reclaimed: int
    gone: int


def share(total: int, pieces: int, quantity: int) -> int:
    """What the first `pieces` (0..`quantity`) of a line have of its `total`: part units stay with the pieces kept.

    The differences of a line returned in parts sum to the line.
    """
    return total * pieces // quantity


def returned(lines: Sequence[BoughtLine], pieces: Mapping[int, int]) -> tuple[BoughtLine, ...] | None:
    """The lines once `pieces` more of each (by the line's id) came back; None when that is more than is kept."""
    after = tuple(replace(line, returned=line.returned + pieces.get(line.id, 0)) for line in lines)
    return after if all(line.kept >= 0 for line in after) else None


def all_kept(lines: Iterable[BoughtLine]) -> dict[int, int]:
    """The pieces that an order still keeps, by the line's id."""
    return {line.id: line.kept for line in lines if line.kept > 0}


def kept_net_minor(lines: Iterable[BoughtLine]) -> int:
    """The net of what is kept, in minor units, excluded products included."""
    return sum(line.kept_net_minor for line in lines)


def kept_earning_minor(lines: Iterable[BoughtLine]) -> int:
    """The net of what is kept and earns, in minor units."""
    return sum(line.kept_net_minor for line in lines if line.earns)


def entitled(rule: EarningRule, award: GrantedAward, lines: Sequence[BoughtLine], currency: str) -> int:
    """The points that an order's own rule still grants: one floor over the kept net, never more than was granted.

    Points of a rule that does not count units stay while anything is kept.
    """
    if rule.per_unit:
        return min(award.points, rule.points * whole_units(kept_earning_minor(lines), currency))
    return award.points if any(line.kept > 0 for line in lines) else 0


def delta(award: GrantedAward, still_entitled: int) -> int:
    """How many points must come back now: what is no longer earned, less what came back or went already."""
    return max(0, award.points - award.reclaimed - award.gone - still_entitled)


def points_back(paid_points: int, lines: Sequence[BoughtLine]) -> int:
    """How many of the points that paid for an order have come back once `lines` stand so: each line its share.

    Points that no line was discounted for are shared out by net.
    """
    if all(line.kept == 0 for line in lines):
        return paid_points
    weights = [line.points_minor for line in lines]
    if not any(weights):
        weights = [line.net_minor for line in lines]
    back = sum(share(weight, line.returned, line.quantity) for weight, line in zip(weights, lines, strict=True))
    return paid_points * back // max(1, sum(weights))
