"""How do points move between the lots of the books: with the clock, when they are spent, held, freed, taken back?

PROGRAMME 4, 5, 6 and 8, by the model's own reading.
"""

from collections.abc import Iterable
from datetime import datetime

from tests.model.oracle.books import Books, Lot, Member, Moves, Refused, Reservation, Taking


def own(books: Books, name: str) -> Member:
    """The account of a Mi Account, true to the clock."""
    if name not in books.members:
        raise Refused("NOT_ENROLLED")
    settle(books, books.members[name])
    return books.members[name]


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
            member.told["EXPIRED"] += lot.remaining
            lot.expired += lot.remaining
            lot.remaining = 0
        else:
            member.flows["granted"] += lot.remaining
            member.told["POSTED"] += lot.remaining
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
        member.told["RESTORED"] += points
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
    member.told["CLAWED_BACK"] += wanted
    lot.reclaimed += wanted
    return Taking(lot, own, others, debt)
