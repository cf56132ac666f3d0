"""Which deep states has an example reached? Those in which faults like to hide."""

from collections.abc import Callable, Iterator, Mapping

from tests.model.oracle.books import Books, Lot


def deep_states(books: Books) -> Iterator[str]:
    """The states in which these books are."""
    return (state for state, holds in STATES.items() if holds(books))


def _lots(books: Books) -> Iterator[Lot]:
    return (lot for member in books.people for lot in member.lots)


def _completed_later(books: Books, lot: Lot) -> bool:
    """Is something that the member did since older than this award of theirs?"""
    since = (one for one in books.activities if one.number > lot.activity.number)
    return any(one.member is lot.activity.member and one.lots and one.lots[0].number < lot.number for one in since)


STATES: Mapping[str, Callable[[Books], bool]] = {
    "a debt": lambda books: any(one.debt for one in books.members.values()),
    "a debt that new points repaid": lambda books: any(one.repaid for one in books.members.values()),
    "points expired": lambda books: any(lot.expired for lot in _lots(books)),
    "points pinned past their end": lambda books: any(
        lot.reserved and lot.ends_at <= books.now for lot in _lots(books)
    ),
    "an award taken back in part": lambda books: any(0 < lot.reclaimed < lot.amount for lot in _lots(books)),
    "an award taken back from other lots or as debt": lambda books: any(
        lot.reclaimed > lot.withdrawn for lot in _lots(books)
    ),
    "an order that came back in part": lambda books: any(
        0 < line.returned < line.item.quantity for order in books.orders.values() for line in order.lines
    ),
    "an order that coupon or points paid came back in part": lambda books: any(
        any(line.returned for line in order.lines) and any(line.kept for line in order.lines) and order.discounted
        for order in books.orders.values()
    ),
    "points that paid came back in part": lambda books: any(
        0 < one.restored < one.captured for one in books.reservations
    ),
    "a part captured": lambda books: any(0 < one.captured < one.points for one in books.reservations),
    "a reservation timed out": lambda books: any(one.status == "EXPIRED" for one in books.reservations),
    "a coupon cancelled": lambda books: any(one.status == "CANCELLED" for one in books.coupons),
    "a coupon expired": lambda books: any(one.stands(books.now) == "EXPIRED" for one in books.coupons),
    "a coupon reserved past its end": lambda books: any(
        one.stands(books.now) == "RESERVED" and one.ends_at <= books.now for one in books.coupons
    ),
    "an order of which a category earns nothing": lambda books: any(
        not line.earns and ("category", line.item.category) in [left_out for _, left_out, _, _ in books.exclusions]
        for order in books.orders.values()
        for line in order.lines
    ),
    "a coupon of an offer that is over": lambda books: any(
        one.offer.closes_at is not None and one.offer.closes_at <= books.now for one in books.coupons
    ),
    "a campaign's award": lambda books: any(lot.campaign for lot in _lots(books)),
    "a streak completed": lambda books: any(lot.rule == "FUEL_STREAK" for lot in _lots(books)),
    "a streak completed by a late tap": lambda books: any(
        lot.rule == "FUEL_STREAK" and _completed_later(books, lot) for lot in _lots(books)
    ),
    "something told before its cause": lambda books: any(one.early for one in books.orders.values()),
    "somebody who came back": lambda books: any(
        lot.forfeited and one.status == "ACTIVE" for one in books.members.values() for lot in one.lots
    ),
    "points of who was erased": lambda books: any(
        lot.forfeited for one in books.people if one not in books.members.values() for lot in one.lots
    ),
    "somebody who came back after an erasure": lambda books: any(one.formers for one in books.people),
}
