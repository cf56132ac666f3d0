"""To which instants does time jump? To those at which something changes: a microsecond before, at, and after."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.model.choosing import Choose
from tests.model.oracle.books import Books, Lot
from tests.model.oracle.days import DAY, end_of, first_instant, local_day, months_later

MICROSECOND = timedelta(microseconds=1)
SHORTLY = timedelta(minutes=10)  # before an end: what is held now is held beyond it
BESIDE = [-MICROSECOND, timedelta(), timedelta(), MICROSECOND, -SHORTLY, -SHORTLY]
LEAPS = [timedelta(minutes=5)] * 3 + [timedelta(hours=3)] * 3 + [DAY] * 3 + [3 * DAY, 16 * DAY, 31 * DAY, 200 * DAY]


def next_instant(books: Books, choose: Choose) -> datetime:
    """Later than now: beside an instant at which something changes, or simply a while later."""
    if choose.chance(40):
        return books.now + choose.one(LEAPS)
    kinds = {kind: sorted(at for at in ats if at > books.now) for kind, ats in _changes(books).items()}
    soon = [ats[: 1 if kind == "midnight" else 3] for kind, ats in kinds.items() if ats]
    soon += [kinds["hold"]] * 4 if kinds["hold"] else []  # what is held is seldom left alone before its time
    if not soon:
        return books.now + SHORTLY
    at = choose.one(choose.one(soon)) + choose.one(BESIDE)
    return max(at, books.now + MICROSECOND)


def an_instant_before(books: Books, choose: Choose, hours: int) -> datetime | None:
    """When something happened that is told only now; None: now."""
    if choose.chance(60):
        return None
    back = timedelta(hours=choose.number(0, hours), microseconds=choose.number(-1, 1))
    ends = [
        at for ats in _changes(books).values() for at in ats if books.now - timedelta(hours=hours) <= at <= books.now
    ]
    if ends and choose.chance(40):
        return choose.one(sorted(ends)) + choose.one([-MICROSECOND, timedelta()])
    return books.now - back


def _changes(books: Books) -> dict[str, list[datetime]]:
    return {
        "posting": [lot.posts_at for lot in _lots(books) if lot.posted_at is None],
        "expiry": [lot.ends_at for lot in _lots(books)],
        "hold": [hold.held_until for hold in books.reservations if hold.status == "HELD"],
        "coupon": [coupon.ends_at for coupon in books.coupons if coupon.stands(books.now) == "ISSUED"],
        "coupon's hold": [coupon.reserved_until for coupon in books.coupons if coupon.reserved_until],
        "campaign": [at for campaign in books.campaigns for window in campaign.windows.values() for at in window],
        "offer": [at for offer in books.offers for at in (offer.opens_at, offer.closes_at) if at is not None],
        "midnight": list(_midnights(books)),
        "month": [
            first_instant(months_later(local_day(books.now, each.zone).replace(day=1), 1), each.zone)
            for each in books.members.values()
        ],
    }


def _midnights(books: Books) -> Iterator[datetime]:
    for member in books.members.values():
        today = local_day(books.now, member.zone)
        yield first_instant(today, member.zone)
        yield end_of(today, member.zone)


def _lots(books: Books) -> list[Lot]:
    return [lot for member in books.members.values() for lot in member.lots if lot.remaining or lot.reserved]
