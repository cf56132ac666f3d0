"""What does every member own, lot by lot, by PROGRAMME 4, 5, 6 alone? The books of the model, in plain Python.

Nothing here, nor in the other files of this folder, comes from `app`: a test sees to it.
"""

from collections import Counter
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


LeftOut = tuple[str, str]  # "sku" or "category", and which
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

    `flows`: how the posted balance came about, in the words of PROGRAMME 11's liability. `told`: points, by what the
    member was told of them. `formers`: who this person was
    until they were erased; two, where Mi Account and verified person were not one.
    """

    number: int
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
    told: Counter[str] = field(default_factory=Counter)
    formers: list["Member"] = field(default_factory=list)

    @property
    def line(self) -> list["Member"]:
        """All that this person has been, this first."""
        return list(dict.fromkeys([self, *(one for former in self.formers for one in former.line)]))

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
    """All that the programme knows at `now`.

    `members`: by Mi Account; `people`: all that ever were members, also those who were erased. `tombstones`: who the
    holder of a Mi Account, or of a person key, was until then.
    """

    now: datetime
    people: list[Member] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    tombstones: dict[tuple[str, str], Member] = field(default_factory=dict)
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
    exclusions: list[tuple[str, LeftOut, datetime, datetime | None]] = field(default_factory=list)
    revisions: dict[str, list[Numbers]] = field(default_factory=lambda: {market: [SEED_2020] for market in ZONES})

    def numbers(self, market: str, at: datetime) -> Numbers:
        """The revision in force: of those that have begun, the one that began last (PROGRAMME 10)."""
        begun = [one for one in self.revisions[market] if one.in_force_from <= at]
        return max(begun, key=lambda one: one.in_force_from)

    def occurred(self, told: datetime | None) -> datetime:
        """When it happened, as far as that can be believed: never later than now, 5 minutes of skew forgiven."""
        if told is None or self.now < told <= self.now + timedelta(minutes=5):
            return self.now
        if told > self.now or told.year < 2010:
            raise Refused("INVALID_INPUT")
        return told
