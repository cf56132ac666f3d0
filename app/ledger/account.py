"""What is an account, a lot, a transfer? Frozen values that the pure parts of the ledger speak in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from app.rules.text import JsonScalar, Text


class Bucket(StrEnum):
    """Where points are. The first four are the member's; the others are the programme's side of a transfer."""

    PENDING = "PENDING"
    AVAILABLE = "AVAILABLE"
    RESERVED = "RESERVED"
    DEBT = "DEBT"
    ISSUED = "ISSUED"
    REDEEMED = "REDEEMED"
    CLAWED_BACK = "CLAWED_BACK"
    EXPIRED = "EXPIRED"
    FORFEITED = "FORFEITED"
    ADJUSTED = "ADJUSTED"


class EntryKind(StrEnum):
    """What a statement line says."""

    EARN = "EARN"
    POST = "POST"
    CLAWBACK = "CLAWBACK"
    DEBT = "DEBT"
    DEBT_REPAID = "DEBT_REPAID"
    REDEEM = "REDEEM"
    RESTORE = "RESTORE"
    RESERVE = "RESERVE"
    RELEASE = "RELEASE"
    CAPTURE = "CAPTURE"
    EXPIRE = "EXPIRE"
    ADJUST = "ADJUST"
    FORFEIT = "FORFEIT"


# Which part of a lot holds the points that stand in a bucket; none for points not yet issued.
LOT_PART: Mapping[Bucket, str] = {
    Bucket.PENDING: "remaining",
    Bucket.AVAILABLE: "remaining",
    Bucket.RESERVED: "reserved",
    Bucket.REDEEMED: "consumed",
    Bucket.DEBT: "consumed",
    Bucket.EXPIRED: "expired",
    Bucket.CLAWED_BACK: "withdrawn",
    Bucket.FORFEITED: "consumed",
    Bucket.ADJUSTED: "consumed",
}


@dataclass(frozen=True)
class Balances:
    """Points of a member, each >= 0. posted = available + reserved - debt (PROGRAMME 5)."""

    pending: int = 0
    available: int = 0
    reserved: int = 0
    debt: int = 0

    @property
    def posted(self) -> int:
        return self.available + self.reserved - self.debt

    def after(self, source: Bucket, target: Bucket, points: int) -> "Balances":
        """The balances once `points` went from `source` to `target`; debt grows when points leave it."""

        def change(bucket: Bucket) -> int:
            return points * ((target is bucket) - (source is bucket))

        return Balances(
            pending=self.pending + change(Bucket.PENDING),
            available=self.available + change(Bucket.AVAILABLE),
            reserved=self.reserved + change(Bucket.RESERVED),
            debt=self.debt - change(Bucket.DEBT),
        )


@dataclass(frozen=True)
class AccountState:
    """An account as the locking statement found it, or as a transfer left it."""

    member_id: int
    market: str
    status: str
    time_zone: str
    balances: Balances
    version: int
    last_at: datetime
    next_change_at: datetime | None

    def after(self, transfer: "Transfer") -> "AccountState":
        return AccountState(
            self.member_id,
            self.market,
            self.status,
            self.time_zone,
            self.balances.after(transfer.source, transfer.target, transfer.points),
            self.version + 1,
            transfer.at,
            self.next_change_at,
        )


@dataclass(frozen=True)
class LotState:
    """A live lot: `remaining` points, pending while `posted_at` is null; every instant aware, in UTC."""

    id: int
    activity_id: int
    remaining: int
    posts_at: datetime
    posted_at: datetime | None
    last_usable_day: date
    expires_at: datetime
    notify_at: datetime | None


@dataclass(frozen=True)
class HoldState:
    """Points held for a checkout until `held_until`: (lot id, points) pairs, in the order in which they were taken."""

    id: int
    held_until: datetime
    moves: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Transfer:
    """One statement line to be: `points` (> 0) from `source` to `target`; `moves` = (lot id, points) in order.

    `reclaims`: the lot of the award that these points are clawed back for, wherever they are found.
    """

    kind: EntryKind
    source: Bucket
    target: Bucket
    points: int
    at: datetime
    moves: tuple[tuple[int, int], ...] = ()
    reclaims: int | None = None
    activity_id: int | None = None
    coupon_id: int | None = None
    reservation_id: int | None = None
    reason: Text | None = None


@dataclass(frozen=True)
class Movement:
    """The transfers of one cause (its natural key), to be written as one operation."""

    cause: str
    transfers: tuple[Transfer, ...]
    actor: str | None = None


@dataclass(frozen=True)
class NoticeDraft:
    """A notice to be written with its cause."""

    kind: str
    at: datetime
    points: int | None = None
    activity_id: int | None = None
    coupon_id: int | None = None
    facts: Mapping[str, JsonScalar] = field(default_factory=dict)
