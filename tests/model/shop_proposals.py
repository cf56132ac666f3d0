"""What could be bought, given back, held or spent next? See `proposals.py`."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.model import deeds as d
from tests.model import shop_deeds as s
from tests.model.choosing import Choose
from tests.model.instants import an_instant_before
from tests.model.oracle.books import Books, Lot, Member, Reservation
from tests.model.oracle.coupons import Coupon
from tests.model.oracle.numbers import CURRENCIES
from tests.model.oracle.orders import Item, Order


class Kind(NamedTuple):
    """A kind of deed: how often it is tried beside the others, and what there must be for it."""

    weight: int
    propose: Callable[[Books, Choose], d.Deed]
    needs: Callable[[Books], bool] = lambda books: True


SKUS = ["BAND", "PHONE-1", "CASE", "LAMP"]
PRICES = [1, 99, 999, 1075, 2997, 10_000, 33_333, 60_000, 150_000]
ORDERS_OF_ONE = 5


def who(books: Books, choose: Choose) -> str:
    """Somebody, seldom one who is not a member."""
    if not books.members or choose.chance(2):
        return "nobody"
    return choose.one(list(books.members))


def basket(choose: Choose) -> tuple[Item, ...]:
    """One to three lines of different products."""
    first = choose.number(0, len(SKUS) - 1)
    items = []
    for number in range(choose.number(1, 3)):
        sku = SKUS[(first + number) % len(SKUS)]
        price, quantity = choose.one(PRICES), choose.one([1, 1, 2, 3, 7])
        discount = choose.one([0, 0, 0, price // 3])
        items.append(Item(sku, quantity, price, discount, "PHONE" if sku.startswith("PHONE") else "OTHER"))
    return tuple(items)


def money(books: Books, name: str, choose: Choose) -> str:
    if name not in books.members or choose.chance(1):
        return choose.one(["EUR", "GBP"])
    return CURRENCIES[books.members[name].market]


def order_id(name: str, choose: Choose) -> str:
    """An order of this shopper, seldom one that two of them name."""
    return "shared" if choose.chance(6) else f"o-{name}-{choose.number(1, ORDERS_OF_ONE)}"


def buy(books: Books, choose: Choose) -> d.Deed:
    name = who(books, choose)
    coupons = [one for one in books.coupons if one.stands(books.now) in ("ISSUED", "RESERVED")]
    coupon = choose.one(coupons) if coupons and choose.chance(30) else None
    if coupon is not None and choose.chance(95):
        name = coupon.member.name
    named = order_id(name, choose)
    if coupon is not None and coupon.order is not None and choose.chance(80):
        named = coupon.order.order_id
    items = basket(choose)
    points = choose.one([0, 0, 0, 0, 1, 37, 5_000])
    at = an_instant_before(books, choose, choose.one([48, 24 * 40, 24 * 420]))
    return s.Buy(name, named, items, money(books, name, choose), at, points, coupon.number if coupon else None)


def pay(books: Books, choose: Choose) -> d.Deed:
    """An order that names its reservation."""
    hold = choose.one(_open(books)[-4:])
    name, named = hold.member.name, hold.order.order_id if choose.chance(95) else order_id(hold.member.name, choose)
    price = hold.points + choose.one([0, 1, 99, 5_000])
    items = (Item("BAND", 2, -(-price // 2)), Item("CASE", 3, choose.one(PRICES), category="OTHER"))
    return s.Buy(name, named, items, money(books, name, choose), reservation=hold.number)


def deliver(books: Books, choose: Choose) -> d.Deed:
    at = an_instant_before(books, choose, 24 * 20)
    recorded = _recorded(books)
    pending = [one for one in recorded if any(lot.posted_at is None for lot in _lots(one))] or recorded
    early = not pending or choose.chance(20)
    return s.Deliver(order_id(who(books, choose), choose) if early else choose.one(pending).order_id, at)


def give_back(books: Books, choose: Choose) -> d.Deed:
    kept = [one for one in _recorded(books) if any(line.kept for line in one.lines)]
    return_id = f"r-{choose.number(1, 12)}"
    if not kept or choose.chance(12):
        return s.GiveBack(order_id(who(books, choose), choose), return_id, ((choose.one(SKUS), 1),))
    order = choose.one(kept)
    lines = [line for line in order.lines if line.kept]
    chosen = lines if choose.chance(25) else [choose.one(lines)]
    pieces = tuple((line.item.sku, choose.number(1, line.kept)) for line in chosen)
    if choose.chance(5):
        pieces = ((chosen[0].item.sku, chosen[0].kept + 1),)
    return s.GiveBack(order.order_id, return_id, pieces, an_instant_before(books, choose, 48))


def cancel(books: Books, choose: Choose) -> d.Deed:
    recorded = _recorded(books)
    if recorded and choose.chance(80):
        return s.CancelOrder(choose.one(recorded).order_id)
    return s.CancelOrder(order_id(who(books, choose), choose))


def reserve(books: Books, choose: Choose) -> d.Deed:
    name = who(books, choose)
    if choose.chance(90):
        name = choose.one(rich(books)).name
    member = books.members.get(name)
    there = member.available if member else 10
    items = (*basket(choose), Item("WATCH", 1, choose.one([10_000, 150_000, 300_000])))
    points = max(1, choose.one([there, there // 2, there // 3, 10, there + 1]))
    known = _open(books)
    named = order_id(name, choose)
    if known and choose.chance(20):
        named, points = known[-1].order.order_id, known[-1].points
    own = [one for one in books.coupons if one.member is member and one.stands(books.now) == "ISSUED"]
    coupon = choose.one(own).number if own and choose.chance(20) else None
    return s.Reserve(name, named, points, items, money(books, name, choose), coupon)


def quote(books: Books, choose: Choose) -> d.Deed:
    member = choose.one([*rich(books), *books.members.values()])
    return s.Quote(member.number, basket(choose), money(books, member.name, choose))


def capture(books: Books, choose: Choose) -> d.Deed:
    hold = _a_hold(books, choose, "HELD")
    return s.Capture(hold.number, choose.one([None, None, 1, max(1, hold.points // 2), hold.points, hold.points + 1]))


def capture_late(books: Books, choose: Choose) -> d.Deed:
    hold = _a_hold(books, choose, "EXPIRED")
    return s.Capture(hold.number, choose.one([None, max(1, hold.points // 2)]))


def release(books: Books, choose: Choose) -> d.Deed:
    hold = _a_hold(books, choose, "HELD")
    return s.Release(hold.number, choose.one([None, hold.member.name, hold.member.name, "ana"]))


def redeem(books: Books, choose: Choose) -> d.Deed:
    name = who(books, choose)
    member = books.members.get(name)
    near = [one for one in books.offers if member is None or one.market == member.market]
    if member and choose.chance(75):
        near = [one for one in near if one.price <= member.available] or near
    offer = choose.one(near if near and choose.chance(95) else books.offers)
    return s.Redeem(name, offer.number, choose.one([None, None, None, None, offer.price, offer.price + 1]))


def reserve_coupon(books: Books, choose: Choose) -> d.Deed:
    coupon = _a_coupon(books, choose)
    name = coupon.member.name
    return s.ReserveCoupon(coupon.number, order_id(name, choose), basket(choose), money(books, name, choose))


def use_coupon(books: Books, choose: Choose) -> d.Deed:
    coupon = _a_coupon(books, choose)
    return s.UseCoupon(coupon.number, _its_order(coupon, choose))


def release_coupon(books: Books, choose: Choose) -> d.Deed:
    coupon = _a_coupon(books, choose)
    return s.ReleaseCoupon(coupon.number, _its_order(coupon, choose))


def cancel_coupon(books: Books, choose: Choose) -> d.Deed:
    coupon = _a_coupon(books, choose)
    return s.CancelCoupon(coupon.member.number, coupon.number)


def _its_order(coupon: Coupon, choose: Choose) -> str:
    if coupon.order is not None and choose.chance(80):
        return coupon.order.order_id
    return order_id(coupon.member.name, choose)


def _a_coupon(books: Books, choose: Choose) -> Coupon:
    live = [one for one in books.coupons if one.stands(books.now) in ("ISSUED", "RESERVED")]
    among = live if live and choose.chance(85) else books.coupons
    return choose.one(among)


def _a_hold(books: Books, choose: Choose, status: str) -> Reservation:
    wanted = [one for one in books.reservations if one.status == status]
    among = wanted if wanted and choose.chance(85) else books.reservations
    return choose.one(among)


def _open(books: Books) -> list[Reservation]:
    """Those whose order is still to come."""
    return [one for one in books.reservations if one.order.activity is None]


def _recorded(books: Books) -> list[Order]:
    return [one for one in books.orders.values() if one.activity is not None]


def _lots(order: Order) -> list[Lot]:
    return list(order.activity.lots) if order.activity else []


def rich(books: Books) -> list[Member]:
    """Who has the balance to possess."""
    return [
        one
        for one in books.members.values()
        if one.status == "ACTIVE" and one.posted >= books.numbers(one.market, books.now).minimum_to_possess
    ]


def _coupons(books: Books) -> bool:
    return bool(books.coupons)


def _held(books: Books) -> bool:
    return any(one.status == "HELD" for one in books.reservations)


def _timed_out(books: Books) -> bool:
    return any(one.status == "EXPIRED" for one in books.reservations)


KINDS: Mapping[str, Kind] = {
    "buy": Kind(12, buy),
    "pay": Kind(5, pay, lambda books: bool(_open(books))),
    "deliver": Kind(9, deliver),
    "give back": Kind(10, give_back),
    "cancel order": Kind(2, cancel),
    "quote": Kind(6, quote, lambda books: bool(books.members)),
    "reserve": Kind(13, reserve, lambda books: bool(rich(books))),
    "capture": Kind(8, capture, _held),
    "capture late": Kind(10, capture_late, _timed_out),
    "release": Kind(7, release, _held),
    "redeem": Kind(10, redeem),
    "reserve coupon": Kind(4, reserve_coupon, _coupons),
    "use coupon": Kind(4, use_coupon, _coupons),
    "release coupon": Kind(5, release_coupon, _coupons),
    "cancel coupon": Kind(5, cancel_coupon, _coupons),
}
