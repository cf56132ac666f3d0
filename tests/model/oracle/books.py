"""What does a member own, and how do points move, by PROGRAMME 4, 5, 6 and 8 alone?

Plain books in memory: lots of points, a debt, and holds that pin points for an order. Nothing here knows the software
that is proved.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.model.oracle.days import end_of, months_later

EXPIRY_MONTHS = 12
Parts = list[tuple["Lot", int]]  # points of lots, in the order of taking


@dataclass(eq=False)
class Lot:
    """The points of one award. amount = remaining + reserved + consumed + expired + withdrawn."""

    number: int  # in the order in which lots came into being
    award: tuple[str, str]  # what earned it (an activity) and by which rule or campaign
    amount: int
    posting_date: date
    posts_at: datetime  # at the latest
    last_day: date
    expires_at: datetime
    early: bool  # a delivery or an approval may post it before
    posted_at: datetime | None = None
    remaining: int = 0
    reserved: int = 0
    consumed: int = 0
    expired: int = 0
    withdrawn: int = 0
    reclaimed: int = 0
    forfeited: int = 0
    taken_back: "Taken | None" = None

    @property
    def pending(self) -> bool:
        return self.posted_at is None


@dataclass
class Taken:
    """How what was taken back of a lot was found: of itself, of other lots, as debt."""

    own: int = 0
    others: Parts = field(default_factory=list)
    debt: int = 0


@dataclass(eq=False)
class Hold:
    """Points that a checkout pins for an order: HELD, CAPTURED, RELEASED or EXPIRED."""

    number: int
    order: str
    points: int
    held_until: datetime
    pinned: Parts
    status: str = "HELD"
    captured: int = 0
    spent: Parts = field(default_factory=list)  # of what was captured, less what came back


class Books:
    """The points of one member."""

    def __init__(self, at: datetime) -> None:
        self.lots: list[Lot] = []
        self.holds: list[Hold] = []
        self.debt = 0
        self.last_at = at
        self.repaid: dict[Lot, int] = {}  # what lots paid of debts, the last at the end

    @property
    def pending(self) -> int:
        return sum(lot.remaining for lot in self.lots if lot.pending)

    @property
    def available(self) -> int:
        return sum(lot.remaining for lot in self.lots if not lot.pending)

    @property
    def reserved(self) -> int:
        return sum(lot.reserved for lot in self.lots)

    @property
    def posted(self) -> int:
        """The balance to possess (PROGRAMME 8)."""
        return self.available + self.reserved - self.debt

    # The clock: what is due happens in its order, at one instant first what ends a hold, then what ends, then what
    # begins (PROGRAMME 5: true at every instant).

    def settle(self, now: datetime) -> None:
        """All that the clock has changed up to `now`."""
        while due := min(self._due(now), key=lambda event: event[:3], default=None):
            instant, rank, _, what = due
            when = max(instant, self.last_at)
            if rank == 0 and isinstance(what, Hold):
                what.status = "EXPIRED"
                self.free(what, when)
            elif rank == 1 and isinstance(what, Lot):
                what.expired += what.remaining
                what.remaining = 0
                self.last_at = when
            elif isinstance(what, Lot):
                self.post(what, when)

    def _due(self, now: datetime) -> Iterator[tuple[datetime, int, int, Lot | Hold]]:
        for hold in self.holds:
            if hold.status == "HELD" and hold.held_until <= now:
                yield hold.held_until, 0, hold.number, hold
        for lot in self.lots:
            if not lot.remaining:
                continue
            if lot.pending and lot.posts_at <= now:
                yield lot.posts_at, 2, lot.number, lot
            elif not lot.pending and lot.expires_at <= now:
                yield lot.expires_at, 1, lot.number, lot

    def post(self, lot: Lot, when: datetime) -> None:
        """A lot's points become available; new points repay debt first (PROGRAMME 4)."""
        lot.posted_at = when
        self.last_at = when
        self._repay(lot, lot.remaining)

    def _repay(self, lot: Lot, points: int) -> int:
        """How many of these points of a lot pay debt off."""
        paid = min(points, self.debt)
        self.debt -= paid
        lot.remaining -= paid
        lot.consumed += paid
        if paid:
            self.repaid[lot] = self.repaid.pop(lot, 0) + paid
        return paid

    # Taking and giving back.

    def take(self, points: int, beside: Lot | None = None) -> Parts:
        """Available points, soonest expiry first; ties by posting time, then id (PROGRAMME 6)."""
        parts: Parts = []
        there = [lot for lot in self.lots if lot.posted_at is not None and lot.remaining and lot is not beside]
        for lot in sorted(there, key=lambda each: (each.expires_at, each.posted_at, each.number)):
            if not points:
                break
            part = min(points, lot.remaining)
            lot.remaining -= part
            points -= part
            parts.append((lot, part))
        assert not points, "more was to be taken than there is"
        return parts

    def spend(self, points: int, at: datetime) -> Parts:
        """Take points for good."""
        parts = self.take(points)
        for lot, part in parts:
            lot.consumed += part
        self.last_at = at
        return parts

    def come_back(self, parts: Parts, at: datetime) -> None:
        """Points return to their lots (the caller has taken them from where they were): debt is repaid first, and what
        has ended meanwhile expires."""
        for lot, part in parts:
            lot.remaining += part
        for lot, part in parts:
            left = part - self._repay(lot, part)
            if lot.expires_at <= at:
                lot.remaining -= left
                lot.expired += left
        self.last_at = at

    def free(self, hold: Hold, at: datetime, captured: int = 0) -> None:
        """End a hold: spend `captured` of it, first taken first; the rest goes back, last taken first."""
        spent = first(hold.pinned, captured)
        for lot, part in hold.pinned:
            lot.reserved -= part
        for lot, part in spent:
            lot.consumed += part
        hold.spent, hold.captured = spent, captured
        freed = last(hold.pinned, hold.points - captured)
        hold.pinned = []
        self.last_at = at
        if freed:
            self.come_back(freed, at)

    def give_back(self, spent: Parts, points: int, at: datetime) -> Parts:
        """Return points that were spent, in reverse order of taking; what is left spent."""
        back = last(spent, points)
        for lot, part in back:
            lot.consumed -= part
        if back:
            self.come_back(back, at)
        return first(spent, total(spent) - total(back))

    def claw_back(self, lot: Lot, points: int, at: datetime) -> int:
        """Take an award back: what is left of its lot, other lots, the rest is debt (PROGRAMME 4); how many came."""
        wanted = min(points, lot.amount - lot.reclaimed - lot.expired - lot.forfeited)
        if wanted <= 0:
            return 0
        own = min(wanted, lot.remaining)
        lot.remaining -= own
        lot.withdrawn += own
        lot.reclaimed += wanted
        others = [] if lot.pending else self.take(min(wanted - own, self.available), beside=lot)
        for other, part in others:
            other.consumed += part
        owed = wanted - own - total(others)
        self.debt += owed
        taken = lot.taken_back = lot.taken_back or Taken()
        taken.own += own
        taken.others += others
        taken.debt += owed
        self.last_at = at
        return wanted

    def reinstate(self, lots: Iterable[Lot], at: datetime) -> None:
        """Undo what was taken back of these lots: debt first, then what lots gave, each to its own (PROGRAMME 4)."""
        for lot in lots:
            taken, lot.taken_back = lot.taken_back, None
            if taken is None:
                continue
            back: dict[Lot, int] = {}
            for payer, part in last(list(self.repaid.items()), max(0, taken.debt - self.debt)):
                self.repaid[payer] -= part
                if not self.repaid[payer]:
                    del self.repaid[payer]
                payer.consumed -= part
                self.debt += part
                back[payer] = back.get(payer, 0) + part
            undone = min(taken.debt, self.debt)
            self.debt -= undone
            lot.reclaimed -= undone + taken.own + total(taken.others)
            lot.withdrawn -= taken.own
            if lot.pending:
                lot.remaining += taken.own
            elif taken.own:
                back[lot] = back.get(lot, 0) + taken.own
            for other, part in last(taken.others, total(taken.others)):
                other.consumed -= part
                back[other] = back.get(other, 0) + part
            self.come_back(list(back.items()), at)

    def forfeit(self, at: datetime) -> None:
        """Give everything up: holds end, points are gone, a debt is written off (PROGRAMME 2)."""
        for hold in sorted(self.holds, key=lambda each: (each.held_until, each.number)):
            if hold.status == "HELD":
                hold.status = "RELEASED"
                self.free(hold, at)
        for lot in self.lots:
            lot.forfeited += lot.remaining
            lot.consumed += lot.remaining
            lot.remaining = 0
        self.debt = 0

    def confirm(self, lots: Iterable[Lot], day: date, zone: str, at: datetime) -> None:
        """Post pending lots now, with the posting date of their confirmation (PROGRAMME 3)."""
        for lot in lots:
            if lot.pending and lot.remaining:
                lot.posting_date = day
                lot.last_day = months_later(day, EXPIRY_MONTHS)
                lot.expires_at = end_of(lot.last_day, zone)
                self.post(lot, at)


def total(parts: Sequence[tuple[Lot, int]]) -> int:
    return sum(part for _, part in parts)


def first(parts: Sequence[tuple[Lot, int]], points: int) -> Parts:
    """The first so many points of what was taken."""
    found: Parts = []
    for lot, part in parts:
        some = min(part, points)
        if some > 0:
            found.append((lot, some))
        points -= some
    return found


def last(parts: Sequence[tuple[Lot, int]], points: int) -> Parts:
    """The last so many points of what was taken, the last first."""
    return first(list(parts)[::-1], points)
