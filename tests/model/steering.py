"""How are states reached that chance alone seldom meets? By deeds that can be done only a step before them.

What ends soon is held; what is held is left alone beyond its end; temporary offers are taken; a gap in a streak is
filled by a late tap. Each such kind of deed is possible seldom, and then weighs more than the others.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.model import deeds as d
from tests.model import shop_deeds as shop
from tests.model import staff_deeds as s
from tests.model.choosing import Choose
from tests.model.instants import MICROSECOND, SHORTLY
from tests.model.oracle.books import Books, Lot, Member
from tests.model.oracle.coupons import Coupon, Offer
from tests.model.oracle.days import DAY, local_day
from tests.model.oracle.numbers import CURRENCIES
from tests.model.oracle.orders import Item
from tests.model.shop_proposals import ORDERS_OF_ONE, Kind, rich

SOON = 2 * SHORTLY  # what is held now is held for longer
HEAVY = 40  # beside about 200 of all the others
DEAR = (Item("WATCH", 1, 150_000, category="WATCH"),)


def near_an_end(books: Books, choose: Choose) -> d.Deed:
    """Time goes on to shortly before points or a coupon end that could be held at a checkout."""
    return s.Wait(choose.one(choose.one(_ends(books))) - SHORTLY)


def hold_what_ends(books: Books, choose: Choose) -> d.Deed:
    lots, coupons = _lots_that_end(books), _coupons_that_end(books)
    if coupons and (not lots or choose.chance(50)):
        coupon = choose.one(coupons)
        return shop.ReserveCoupon(coupon.number, *_order_of(books, coupon.member))
    lot = choose.one(lots)
    member = lot.activity.member
    order_id, items, currency = _order_of(books, member)
    return shop.Reserve(member.name, order_id, choose.number(1, lot.remaining), items, currency)


def outlive(books: Books, choose: Choose) -> d.Deed:
    """Time goes on to the end of what is held, which keeps it."""
    return s.Wait(choose.one(_outlived(books)) + choose.one([timedelta(), MICROSECOND]))


def fill_a_gap(books: Books, choose: Choose) -> d.Deed:
    return d.TapFuel(choose.one(_with_a_gap(books)).name, books.now - DAY)


def redeem_for_a_time(books: Books, choose: Choose) -> d.Deed:
    member, offer = choose.one(_for_a_time(books))
    return shop.Redeem(member.name, offer.number, None)


def _for_a_time(books: Books) -> list[tuple[Member, Offer]]:
    """Who can afford which temporary offer."""
    offers = [one for one in books.offers if one.closes_at is not None and one.open_at(books.now) and not one.suspended]
    return [
        (member, offer)
        for member in books.members.values()
        for offer in offers
        if (member.status, member.market) == ("ACTIVE", offer.market) and offer.price <= member.available
    ]


def _ends(books: Books) -> list[list[datetime]]:
    """When the first points of somebody who may hold them end, and when coupons do that are free; not too soon."""
    points = [min(lot.ends_at for lot in lots) for one in rich(books) if (lots := _usable(one))]
    coupons = [one.ends_at for one in books.coupons if one.stands(books.now) == "ISSUED"]
    later = [sorted(end for end in ends if end > books.now + SHORTLY) for ends in (points, coupons)]
    return [ends for ends in later if ends]


def _usable(member: Member) -> list[Lot]:
    return [lot for lot in member.lots if lot.remaining and lot.posted_at is not None]


def _lots_that_end(books: Books) -> list[Lot]:
    """Those that are spent first, of who may hold them."""
    lots = [min(_usable(one), key=lambda lot: lot.ends_at) for one in rich(books) if _usable(one)]
    return [lot for lot in lots if books.now < lot.ends_at <= books.now + SOON]


def _coupons_that_end(books: Books) -> list[Coupon]:
    return [
        one
        for one in books.coupons
        if one.stands(books.now) == "ISSUED" and one.ends_at <= books.now + SOON and one.member.status == "ACTIVE"
    ]


def _outlived(books: Books) -> list[datetime]:
    points = [
        lot.ends_at
        for hold in books.reservations
        for lot, _ in hold.moves
        if hold.status == "HELD" and books.now < lot.ends_at < hold.held_until
    ]
    coupons = [
        one.ends_at
        for one in books.coupons
        if one.reserved_until is not None and books.now < one.ends_at < one.reserved_until
    ]
    return sorted(points + coupons)


def _with_a_gap(books: Books) -> list[Member]:
    """Who would have most of a week, had they tapped yesterday."""
    found = []
    for one in books.members.values():
        yesterday = local_day(books.now - DAY, one.zone)
        before = one.taps.get(yesterday - DAY)
        if one.status == "ACTIVE" and yesterday not in one.taps and before is not None and before.count >= 4:
            found.append(one)
    return found


def _order_of(books: Books, member: Member) -> tuple[str, tuple[Item, ...], str]:
    """An order that nobody has named, dear enough for whatever is held for it."""
    return f"o-{member.name}-{ORDERS_OF_ONE + len(books.orders)}", DEAR, CURRENCIES[member.market]


KINDS: Mapping[str, Kind] = {
    "near an end": Kind(3, near_an_end, lambda books: bool(_ends(books))),
    "hold what ends": Kind(
        HEAVY, hold_what_ends, lambda books: bool(_lots_that_end(books) or _coupons_that_end(books))
    ),
    "outlive": Kind(HEAVY, outlive, lambda books: bool(_outlived(books))),
    "redeem for a time": Kind(10, redeem_for_a_time, lambda books: bool(_for_a_time(books))),
    "fill a gap": Kind(HEAVY, fill_a_gap, lambda books: bool(_with_a_gap(books))),
}
