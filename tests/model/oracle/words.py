"""Which things does the oracle speak of? Members, activities, orders, coupons, campaigns, and the programme's numbers."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.model.oracle.books import Books, Lot, Parts

FUEL, STREAK, STREAK_DAYS = 10, 100, 7
REVIEW = 20
SHARES_A_MONTH = 3
POSTING_DAYS = 16
COUPON_DAYS = 180
HOLD = timedelta(minutes=30)
LATE_TAP = timedelta(hours=48)
AHEAD = timedelta(minutes=5)  # a caller's clock may be so far before the programme's
ZONES = {"ES": "Europe/Madrid", "FR": "Europe/Paris", "IT": "Europe/Rome", "GB": "Europe/London"}


@dataclass(frozen=True)
class Numbers:
    """What differs between revisions of the programme (PROGRAMME 3, 10)."""

    registration: int
    login: int
    share: int
    minimum_to_possess: int
    maximum_share_bp: int
    browsing: int | None


SEED_2020 = Numbers(50, 30, 5, 1_000, 10_000, None)
UK_2025 = Numbers(200, 100, 10, 1, 500, 10)


@dataclass(frozen=True)
class Answer:
    """What a deed is answered with: the activity that it is about, or why it is refused, in the order of reasons."""

    refusals: tuple[str, ...] = ()
    activity: str | None = None
    deferred: bool = False
    clawed_back: int | None = None
    restored: int | None = None


@dataclass(eq=False)
class Activity:
    """What a member did on a local day of theirs, and the lots of what it earned, its own rule's first."""

    key: str
    member: "Member"
    kind: str
    day: date
    lots: list[Lot] = field(default_factory=list)
    base: int = 0  # points of its own rules


@dataclass(eq=False)
class Tap:
    """A Fuel tap: its place in the streak, and the interval of its local day in the zone of then."""

    day: int
    starts_at: datetime
    ends_at: datetime
    activity: Activity


@dataclass(eq=False)
class Member:
    """A holder of a Mi Account."""

    name: str
    market: str
    zone: str
    books: Books
    status: str = "ACTIVE"
    suspended: bool = False
    granted: Counter[tuple[object, ...]] = field(default_factory=Counter)  # limits count grants
    taps: dict[date, Tap] = field(default_factory=dict)
    shares: dict[tuple[str, str, date], Activity] = field(default_factory=dict)
    coupons: list["Coupon"] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A line as the shop tells it, in cents."""

    sku: str
    price_minor: int
    quantity: int = 1


@dataclass(eq=False)
class Bought:
    """A line as it was bought: its net and its shares of the discounts are those of the whole line."""

    line: Line
    net_minor: int
    points_minor: int
    earns: bool
    returned: int = 0

    @property
    def kept(self) -> int:
        return self.line.quantity - self.returned

    @property
    def kept_net_minor(self) -> int:
        """A line returned in parts splits its net cumulatively, so that the parts sum to the line (PROGRAMME 4)."""
        return self.net_minor - self.net_minor * self.returned // self.line.quantity


@dataclass(eq=False)
class Order:
    """An order, known or only spoken of: what was said of it before it came waits in `early`."""

    key: str
    member: Member | None = None
    lines: list[Bought] = field(default_factory=list)
    activity: Activity | None = None
    bought_at: datetime | None = None
    cancelled: bool = False
    returns: dict[str, Answer] = field(default_factory=dict)
    early: list[tuple[datetime, int, str, object]] = field(default_factory=list)


@dataclass(eq=False)
class Coupon:
    """A coupon of a member; `until`: of its reservation for an order."""

    number: int
    member: Member
    points: int
    value_minor: int
    last_day: date
    expires_at: datetime
    spent: Parts
    status: str = "ISSUED"
    order: str | None = None
    until: datetime | None = None

    def standing(self, now: datetime) -> str:
        """A reservation ends by itself, and outlives the coupon's last day; then the coupon has expired."""
        if self.status == "RESERVED" and self.until is not None and now < self.until:
            return "RESERVED"
        if self.status in ("ISSUED", "RESERVED"):
            return "ISSUED" if now < self.expires_at else "EXPIRED"
        return self.status


@dataclass(eq=False)
class Offer:
    """An entry of the catalogue."""

    market: str
    price: int
    value_minor: int
    stock_left: int | None = None
    limit: int | None = None


@dataclass(eq=False)
class Campaign:
    """A temporary rule: exactly one of `bonus`, `multiplier` and `rate`."""

    slug: str
    trigger: str
    market: str
    starts_at: datetime
    ends_at: datetime
    bonus: int | None = None
    multiplier: Fraction | None = None
    rate: Fraction | None = None
    least_items: int | None = None  # its condition, of an order
    limit: int | None = None
    budget_left: int | None = None

    def worth(self, base: int, net_minor: int) -> int:
        """Its own result is floored once (PROGRAMME 3)."""
        if self.bonus is not None:
            return self.bonus
        if self.multiplier is not None:
            return int(base * self.multiplier) - base
        return int((self.rate or Fraction(0)) * (net_minor // 100))


@dataclass(eq=False)
class Review:
    """A review, known or only spoken of."""

    key: str
    activity: Activity | None = None
    state: str = "UNKNOWN"
    early: list[tuple[datetime, int, str]] = field(default_factory=list)


@dataclass(eq=False)
class Adjustment:
    """Points that staff give or take, at once or once another has agreed."""

    member: Member
    points: int
    asked_by: str
    applied: bool = False
