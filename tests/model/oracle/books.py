"""What does every member own, lot by lot, by PROGRAMME 4, 5, 6 alone? The books of the model, in plain Python.

Nothing here, nor in the other files of this folder, comes from `app`: a test sees to it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.model.oracle.numbers import SEED_2020, ZONES, Numbers

if TYPE_CHECKING:
    from tests.model.oracle.coupons import Coupon, Offer
    from tests.model.oracle.earning import Campaign
    from tests.model.oracle.fuel import Tap
    from tests.model.oracle.members import Adjustment
    from tests.model.oracle.orders import Early, Order
    from tests.model.oracle.posts import Review


class Refused(Exception):
    """The programme says no, with these codes; whoever raises it has changed nothing yet."""

    def __init__(self, *codes: str) -> None:
        super().__init__(*codes)
        self.codes = codes


@dataclass(eq=False)
class Activity:
    """What a member did. `takings`: what was taken back of it since it was last reinstated."""

    number: int
    member: "Member"
    kind: str
    occurred_at: datetime
    local_date: date
    lots: list["Lot"] = field(default_factory=list)
    takings: list["Taking"] = field(default_factory=list)
    debit: int = 0

    @property
    def points(self) -> int:
        """What it shows: granted less taken back."""
        return sum(lot.amount - lot.reclaimed for lot in self.lots) - self.debit


@dataclass(eq=False)
class Lot:
    """The points of one award: amount = remaining + reserved + consumed + expired + withdrawn.

    `reclaimed`: taken back of its award, wherever found. `known_at`: since when it stands here as pending.
    """

    number: int
    activity: Activity
    rule: str
    amount: int
    numbers: Numbers
    posting_date: date
    posts_at: datetime
    last_usable_day: date
    ends_at: datetime
    posted_at: datetime | None
    known_at: datetime
    awaits_approval: bool = False
    campaign: "Campaign | None" = None
    inputs: dict[str, Any] = field(default_factory=dict)
    remaining: int = 0
    reserved: int = 0
    consumed: int = 0
    expired: int = 0
    withdrawn: int = 0
    reclaimed: int = 0
    forfeited: int = 0


Moves = list[tuple[Lot, int]]  # points of which lots, in the order of taking


@dataclass(eq=False)
class Taking:
    """What a clawback took for `lot`: its own points, other lots' in order of taking, and what became debt."""

    lot: Lot
    own: int
    others: Moves
    debt: int

    @property
    def points(self) -> int:
        return self.own + self.debt + sum(points for _, points in self.others)


@dataclass(eq=False)
class Member:
    """A person with an account. `repaid`: what lots paid of debts, whoever paid last at the end.

    `flows`: how the posted balance came about, in the words of PROGRAMME 11's liability.
    """

    name: str
    market: str
    born: date
    person_key: str | None
    enrolled_at: datetime
    zone: str
    status: str = "ACTIVE"
    suspended: bool = False
    debt: int = 0
    lots: list[Lot] = field(default_factory=list)
    repaid: dict[Lot, int] = field(default_factory=dict)
    grants: Counter[tuple[str, str]] = field(default_factory=Counter)
    taps: dict[date, "Tap"] = field(default_factory=dict)
    shares: dict[Any, Activity] = field(default_factory=dict)
    purchases: int = 0
    flows: Counter[str] = field(default_factory=Counter)

    @property
    def pending(self) -> int:
        return sum(lot.remaining for lot in self.lots if lot.posted_at is None)

    @property
    def available(self) -> int:
        return sum(lot.remaining for lot in self.lots if lot.posted_at is not None)

    @property
    def reserved(self) -> int:
        return sum(lot.reserved for lot in self.lots)

    @property
    def posted(self) -> int:
        return self.available + self.reserved - self.debt


@dataclass(eq=False)
class Reservation:
    """Points held for an order; `moves` are what is held, or what was spent and has not come back."""

    number: int
    member: Member
    order: "Order"
    points: int
    held_until: datetime
    moves: Moves
    status: str = "HELD"
    captured: int = 0
    restored: int = 0


@dataclass
class Books:
    """All that the programme knows at `now`."""

    now: datetime
    members: dict[str, Member] = field(default_factory=dict)
    activities: list[Activity] = field(default_factory=list)
    lots: int = 0
    reservations: list[Reservation] = field(default_factory=list)
    orders: dict[str, "Order"] = field(default_factory=dict)
    reviews: dict[str, "Review"] = field(default_factory=dict)
    early_shares: dict[tuple[str, str], list["Early"]] = field(default_factory=dict)
    customs: dict[tuple[str, str], Activity] = field(default_factory=dict)
    offers: list["Offer"] = field(default_factory=list)
    coupons: list["Coupon"] = field(default_factory=list)
    campaigns: list["Campaign"] = field(default_factory=list)
    adjustments: list["Adjustment"] = field(default_factory=list)
    exclusions: list[tuple[str, str, datetime, datetime | None]] = field(default_factory=list)
    revisions: dict[str, list[Numbers]] = field(default_factory=lambda: {market: [SEED_2020] for market in ZONES})

    def numbers(self, market: str, at: datetime) -> Numbers:
        """The revision in force: of those that have begun, the one that began last (PROGRAMME 10)."""
        begun = [one for one in self.revisions[market] if one.in_force_from <= at]
        return max(begun, key=lambda one: one.in_force_from)

    def own(self, name: str) -> Member:
        """The account of a Mi Account, true to the clock."""
        if name not in self.members:
            raise Refused("NOT_ENROLLED")
        settle(self, self.members[name])
        return self.members[name]

    def occurred(self, told: datetime | None) -> datetime:
        """When it happened, as far as that can be believed: never later than now, 5 minutes of skew forgiven."""
        if told is None or self.now < told <= self.now + timedelta(minutes=5):
            return self.now
        if told > self.now or told.year < 2010:
            raise Refused("INVALID_INPUT")
        return told


def settle(books: Books, member: Member) -> None:
    """What the clock has changed: holds end, points expire, points post; at one instant in this order."""
    while events := sorted(_due(books, member)):
        instant, rank, number = events[0]
        if rank == 0:
            let_go(books.reservations[number], "EXPIRED")
            continue
        lot = next(one for one in member.lots if one.number == number)
        if rank == 1:
            member.flows["expired"] += lot.remaining
            lot.expired += lot.remaining
            lot.remaining = 0
        else:
            member.flows["granted"] += lot.remaining
            lot.posted_at = max(instant, lot.known_at)
            repay(member, lot, lot.remaining)


def _due(books: Books, member: Member) -> Iterable[tuple[datetime, int, int]]:
    for hold in books.reservations:
        if hold.member is member and hold.status == "HELD" and hold.held_until <= books.now:
            yield hold.held_until, 0, hold.number
    for lot in member.lots:
        if lot.remaining and lot.posted_at is not None and lot.ends_at <= books.now:
            yield lot.ends_at, 1, lot.number
        if lot.remaining and lot.posted_at is None and lot.posts_at <= books.now:
            yield lot.posts_at, 2, lot.number


def repay(member: Member, lot: Lot, points: int) -> None:
    """New points, and those that come back, repay debt first."""
    paid = min(member.debt, points)
    if paid:
        member.debt -= paid
        lot.remaining -= paid
        lot.consumed += paid
        member.repaid[lot] = member.repaid.pop(lot, 0) + paid


def take(member: Member, points: int, into: str) -> Moves:
    """Spend, or pin, available points: the soonest-expiring first; ties by posting time, then id (PROGRAMME 6)."""
    usable = [lot for lot in member.lots if lot.remaining and lot.posted_at is not None]
    moves: Moves = []
    for lot in sorted(usable, key=lambda one: (one.ends_at, one.posted_at, one.number)):
        part = min(points, lot.remaining)
        if part:
            lot.remaining -= part
            setattr(lot, into, getattr(lot, into) + part)
            moves.append((lot, part))
            points -= part
    assert points == 0, "the model took more than there is"
    return moves


def first_of(moves: Moves, points: int) -> Moves:
    """The first so many points of what was taken."""
    chosen: Moves = []
    for lot, part in moves:
        if points > 0:
            chosen.append((lot, min(part, points)))
            points -= part
    return chosen


def give_back(books: Books, member: Member, moves: Moves, *, out_of: str) -> None:
    """Points return to the lots that they came from; debt is repaid first, and what has ended expires."""
    for lot, points in moves:
        member.flows["restored"] += points
        setattr(lot, out_of, getattr(lot, out_of) - points)
        lot.remaining += points
    for lot, points in moves:
        repay(member, lot, points)
    settle(books, member)


def let_go(hold: Reservation, status: str, captured: int = 0) -> None:
    """A hold ends: its first points are spent, the others go back, those taken last first."""
    spent = first_of(hold.moves, captured)
    freed = first_of(hold.moves[::-1], hold.points - captured)
    hold.member.flows["redeemed"] += captured
    for lot, points in spent:
        lot.reserved -= points
        lot.consumed += points
    for lot, points in freed:
        lot.reserved -= points
        lot.remaining += points
    for lot, points in freed:
        repay(hold.member, lot, points)
    hold.status, hold.captured, hold.moves = status, captured, spent


def claw_back(member: Member, lot: Lot, points: int) -> Taking:
    """The pending award, or what is left of its lot; other available lots; the rest is debt (PROGRAMME 4).

    What has expired, or was given up, is not taken twice.
    """
    wanted = max(0, min(points, lot.amount - lot.reclaimed - lot.expired - lot.forfeited))
    own = min(wanted, lot.remaining)
    lot.remaining -= own
    lot.withdrawn += own
    others = take(member, min(wanted - own, member.available), "consumed")
    debt = wanted - own - sum(part for _, part in others)
    member.debt += debt
    member.flows["clawed_back"] += wanted if lot.posted_at is not None else wanted - own
    lot.reclaimed += wanted
    return Taking(lot, own, others, debt)
