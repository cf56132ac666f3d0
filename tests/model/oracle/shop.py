"""What do orders earn, use, pay with points and give back, by PROGRAMME 3, 4, 7 and 8 alone?"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tests.model.oracle.books import Hold, Lot, total
from tests.model.oracle.days import ONE_DAY, end_of, local_day
from tests.model.oracle.pricing import priced
from tests.model.oracle.programme import PENDING, Programme
from tests.model.oracle.words import (
    COUPON_DAYS,
    HOLD,
    Answer,
    Bought,
    Campaign,
    Coupon,
    Line,
    Member,
    Offer,
    Order,
)

NO_ID = ""  # of the one return that a cancellation is


class Shop(Programme):
    """The programme with orders, coupons and points at checkout."""

    def order(self, key: str) -> Order:
        return self.orders.setdefault(key, Order(key))

    # Purchases.

    def buy(
        self,
        name: str,
        key: str,
        lines: Sequence[Line],
        when: datetime,
        *,
        points: int = 0,
        coupon: int | None = None,
        hold: int | None = None,
    ) -> Answer:
        order = self.order(key)
        if order.activity is not None:
            own = order.member is not None and order.member.name == name
            return Answer(activity=order.activity.key) if own else Answer(("INVALID_INPUT",))
        member = self.held(name)
        if member is None or member.status == "CLOSED":
            return Answer(self.barred(member))
        if hold is not None:
            refusal = self._can_pay(member, hold, key)
            if refusal:
                return Answer((refusal,))
            points = self.holds[hold][1].captured or self.holds[hold][1].points
        if coupon is not None and (refusal := self._cannot_have(member, coupon, key, when)):
            return Answer((refusal,))
        value = self.coupons[coupon].value_minor if coupon is not None else None
        bought = priced(lines, self.excluded[member.market], value, points)
        if isinstance(bought, str):
            return Answer((bought,))
        if hold is not None:
            self._capture(member, self.holds[hold][1], points)
        order.member, order.lines, order.bought_at = member, bought, when
        self._earn(order, member, when)
        if coupon is not None:
            found = self.coupons[coupon]
            found.status, found.order, found.until = "USED", key, None
        for at, _, event, facts in sorted(order.early, key=lambda each: each[:2]):
            self._apply(order, event, facts, at)
        member.books.settle(self.now)
        assert order.activity is not None
        return Answer(activity=order.activity.key)

    def _earn(self, order: Order, member: Member, when: datetime) -> None:
        activity = order.activity = self.activity(f"order/{order.key}", member, "PURCHASE", when)
        net = sum(line.net_minor for line in order.lines if line.earns)
        if member.status == "ACTIVE" and net >= 100:
            self.own_award(activity, "PURCHASE", net // 100, PENDING)
        items = sum(line.line.quantity for line in order.lines if line.earns)
        self.reward(activity, when, PENDING, net_minor=net, items=items)

    def deliver(self, key: str, when: datetime) -> Answer:
        return self._told(key, "deliver", None, when)

    def return_(self, key: str, return_id: str, pieces: Mapping[str, int], when: datetime) -> Answer:
        return self._told(key, "return", (return_id, dict(pieces)), when)

    def cancel_order(self, key: str, when: datetime) -> Answer:
        return self._told(key, "cancel", None, when)

    def _told(self, key: str, event: str, facts: object, when: datetime) -> Answer:
        """What is told of an order: now, or once the order comes; the outcome is the same (PROGRAMME 3)."""
        order = self.order(key)
        if order.activity is None or order.member is None:
            order.early.append((when, len(order.early), event, facts))
            return Answer(deferred=True)
        order.member.books.settle(self.now)
        return self._apply(order, event, facts, when)

    def _apply(self, order: Order, event: str, facts: object, when: datetime) -> Answer:
        assert order.activity is not None
        if event == "deliver":
            self.confirm(order.activity, when)
            return Answer(activity=order.activity.key)
        if event == "cancel":
            return self._cancel(order)
        assert isinstance(facts, tuple)
        return_id, pieces = facts
        if return_id in order.returns:
            return order.returns[return_id]
        for line in order.lines:
            if pieces.get(line.line.sku, 0) > line.kept:
                return Answer(("RETURN_EXCEEDS_ORDER",))
        return self._come_back(order, return_id, pieces)

    def _cancel(self, order: Order) -> Answer:
        if NO_ID in order.returns:
            return order.returns[NO_ID]
        member = order.member
        assert member is not None
        for owner, hold in self.holds.values():
            if owner is member and hold.order == order.key and hold.status == "HELD":
                hold.status = "RELEASED"
                member.books.free(hold, self.now)
        for coupon in member.coupons:
            if coupon.order == order.key and coupon.status in ("RESERVED", "USED"):
                coupon.status, coupon.order, coupon.until = "ISSUED", None, None
        order.cancelled = True
        return self._come_back(order, NO_ID, {line.line.sku: line.kept for line in order.lines})

    def _come_back(self, order: Order, return_id: str, pieces: Mapping[str, int]) -> Answer:
        """entitled = floor(net still kept); clawed back is what was granted so far less that (PROGRAMME 4)."""
        member, activity = order.member, order.activity
        assert member is not None
        assert activity is not None
        for line in order.lines:
            line.returned += pieces.get(line.line.sku, 0)
        clawed = restored = 0
        if member.status != "CLOSED":
            still = self._still_earned(order)
            for lot in sorted(activity.lots, key=lambda each: (not each.pending, each.number)):
                points = lot.amount - lot.reclaimed - lot.expired - lot.forfeited - still[lot]
                clawed += member.books.claw_back(lot, points, self.now)
            restored = self._restore(order, member)
        answer = order.returns[return_id] = Answer(activity=activity.key, clawed_back=clawed, restored=restored)
        return answer

    def _still_earned(self, order: Order) -> dict[Lot, int]:
        assert order.activity is not None
        kept = [line for line in order.lines if line.earns and line.kept]
        net = sum(line.kept_net_minor for line in order.lines if line.earns)
        items = sum(line.kept for line in kept)
        base = 0
        still: dict[Lot, int] = {}
        for lot in order.activity.lots:
            if lot.award[1] == "PURCHASE":
                base = still[lot] = min(lot.amount, net // 100)
        campaigns = {campaign.slug: campaign for campaign in self.campaigns}
        for lot in order.activity.lots:
            if lot not in still:
                still[lot] = min(lot.amount, _kept_worth(campaigns[lot.award[1]], base, net, items))
        return still

    def _restore(self, order: Order, member: Member) -> int:
        """Each line's share of points goes back, in reverse order of taking (PROGRAMME 8)."""
        holds = [hold for owner, hold in self.holds.values() if hold.order == order.key and hold.captured]
        paid, left = sum(hold.captured for hold in holds), sum(total(hold.spent) for hold in holds)
        back = _points_back(paid, order.lines) - (paid - left)
        restored = 0
        for hold in sorted(holds, key=lambda each: -each.number):
            points = min(back - restored, total(hold.spent))
            hold.spent = member.books.give_back(hold.spent, points, self.now)
            restored += points
        return restored

    # Points at checkout (PROGRAMME 8).

    def reserve(self, name: str, key: str, points: int, lines: Sequence[Line], number: int) -> Answer:
        order, member = self.order(key), self.held(name)
        if member is None or self.barred(member):
            return Answer(self.barred(member))
        if order.activity is not None:
            return Answer(("INVALID_INPUT",))
        for owner, hold in sorted(self.holds.values(), key=lambda each: -each[1].number):
            if hold.order != key:
                continue
            if hold.status == "CAPTURED":
                return Answer(("INVALID_INPUT",))
            if hold.status == "HELD" and owner is not member and hold.held_until > self.now:
                return Answer(("INVALID_INPUT",))
            if hold.status == "HELD" and owner is member:
                return Answer() if hold.points == points else Answer(("INVALID_INPUT",))
        numbers, books = self.numbers(member.market, self.now), member.books
        bought = priced(lines, self.excluded[member.market], None, 0)
        assert not isinstance(bought, str)
        if books.posted < numbers.minimum_to_possess:
            return Answer(("BELOW_MINIMUM",))
        eligible = sum(line.net_minor for line in bought if line.earns)
        refusals = []
        if not eligible:
            refusals.append("NO_ELIGIBLE_LINES")
        elif points > eligible * numbers.maximum_share_bp // 10_000:
            refusals.append("ABOVE_MAXIMUM_SHARE")
        if points > books.available:
            refusals.append("INSUFFICIENT_POINTS")
        if refusals:
            return Answer(tuple(refusals))
        pinned = books.take(points)
        for lot, part in pinned:
            lot.reserved += part
        books.last_at = self.now
        hold = Hold(number, key, points, self.now + HOLD, pinned)
        books.holds.append(hold)
        self.holds[number] = (member, hold)
        return Answer()

    def capture(self, number: int, points: int | None) -> Answer:
        member, hold = self.holds[number]
        member.books.settle(self.now)
        wanted = hold.points if points is None else points
        if refusal := self._cannot_capture(member, hold, wanted):
            return Answer((refusal,))
        self._capture(member, hold, wanted)
        return Answer()

    def release(self, number: int) -> Answer:
        member, hold = self.holds[number]
        member.books.settle(self.now)
        if hold.status == "HELD":
            hold.status = "RELEASED"
            member.books.free(hold, self.now)
        return Answer() if hold.status == "RELEASED" else Answer(("RESERVATION_NOT_HELD",))

    def _can_pay(self, member: Member, number: int, key: str) -> str | None:
        owner, hold = self.holds[number]
        if owner is not member or hold.order != key:
            return "RESERVATION_NOT_HELD"
        return self._cannot_capture(member, hold, hold.captured or hold.points)

    def _cannot_capture(self, member: Member, hold: Hold, points: int) -> str | None:
        if hold.status == "HELD" or (hold.status == "CAPTURED" and hold.captured == points):
            return None
        others = [each for _, each in self.holds.values() if each.order == hold.order and each is not hold]
        gone = self.orders[hold.order].cancelled or any(each.status in ("HELD", "CAPTURED") for each in others)
        if hold.status != "EXPIRED" or gone:
            return "RESERVATION_NOT_HELD"
        if member.status != "ACTIVE":
            return self.barred(member)[0]
        return "CAPTURE_SHORTFALL" if points > member.books.available else None

    def _capture(self, member: Member, hold: Hold, points: int) -> None:
        """What is held, or what can be taken again after its time; the rest of a hold is freed."""
        if hold.status == "HELD":
            hold.status = "CAPTURED"
            member.books.free(hold, self.now, points)
        elif hold.status == "EXPIRED":
            hold.status, hold.captured = "CAPTURED", points
            hold.spent = member.books.spend(points, self.now)

    # Coupons (PROGRAMME 7).

    def redeem(self, name: str, offer_id: int, number: int) -> Answer:
        member, offer = self.held(name), self.offers[offer_id]
        if member is None:
            return Answer(("NOT_ENROLLED",))
        if refusals := self._cannot_redeem(member, offer, offer_id):
            return Answer(refusals)
        if offer.stock_left is not None:
            offer.stock_left -= 1
        member.granted["offer", offer_id] += 1
        last_day = local_day(self.now, member.zone) + COUPON_DAYS * ONE_DAY
        spent = member.books.spend(offer.price, self.now)
        end = end_of(last_day, member.zone)
        coupon = Coupon(number, member, offer.price, offer.value_minor, last_day, end, spent)
        member.coupons.append(coupon)
        self.coupons[number] = coupon
        return Answer()

    def _cannot_redeem(self, member: Member, offer: Offer, offer_id: int) -> tuple[str, ...]:
        if offer.market != member.market:
            return ("NOT_FOUND",)
        refusals = list(self.barred(member))
        if offer.stock_left == 0:
            refusals.append("OUT_OF_STOCK")
        if offer.limit is not None and member.granted["offer", offer_id] >= offer.limit:
            refusals.append("LIMIT_REACHED")
        if offer.price > member.books.available:
            refusals.append("INSUFFICIENT_POINTS")
        return tuple(refusals)

    def cancel_coupon(self, number: int) -> Answer:
        coupon = self.coupons[number]
        member = coupon.member
        member.books.settle(self.now)
        if coupon.status == "CANCELLED":
            return Answer()
        if coupon.standing(self.now) not in ("ISSUED", "RESERVED"):
            return Answer(("COUPON_NOT_USABLE",))
        if member.status == "CLOSED":
            return Answer(("ACCOUNT_CLOSED",))
        coupon.status, coupon.order, coupon.until = "CANCELLED", None, None
        coupon.spent = member.books.give_back(coupon.spent, coupon.points, self.now)
        return Answer()

    def reserve_coupon(self, number: int, key: str) -> Answer:
        coupon = self.coupons[number]
        order = self.order(key)
        coupon.member.books.settle(self.now)
        if order.member is not None and order.member is not coupon.member:
            return Answer(("COUPON_NOT_USABLE",))
        if order.cancelled:
            return Answer(("COUPON_NOT_USABLE",))
        if refusal := self._cannot_have(coupon.member, number, key, self.now):
            return Answer((refusal,))
        if coupon.standing(self.now) == "ISSUED":
            coupon.status, coupon.order, coupon.until = "RESERVED", key, self.now + HOLD
        return Answer()

    def release_coupon(self, number: int, key: str) -> Answer:
        coupon = self.coupons[number]
        coupon.member.books.settle(self.now)
        own, standing = coupon.order == key, coupon.standing(self.now)
        if standing in ("USED", "CANCELLED") or (standing == "RESERVED" and not own):
            return Answer(("COUPON_NOT_USABLE",))
        if coupon.status == "RESERVED" and own:
            coupon.status, coupon.order, coupon.until = "ISSUED", None, None
        return Answer()

    def _cannot_have(self, member: Member, number: int, key: str, when: datetime) -> str | None:
        """Why an order placed at `when` cannot have a coupon: what it has reserved or used is its own."""
        coupon = self.coupons[number]
        if coupon.member is not member:
            return "COUPON_NOT_FOUND"
        own, standing = coupon.order == key, coupon.standing(self.now)
        if coupon.status == "USED" and not own:
            return "COUPON_NOT_USABLE"
        if coupon.status != "USED":
            if coupon.status == "CANCELLED" or (standing == "RESERVED" and not own):
                return "COUPON_NOT_USABLE"
            end = coupon.expires_at
            if own and coupon.status == "RESERVED" and coupon.until is not None:
                end = max(end, coupon.until)
            if when >= end:
                return "COUPON_EXPIRED"
        if standing not in ("RESERVED", "USED") and self.barred(member):
            return self.barred(member)[0]
        used = any(each.order == key and each.status == "USED" for each in self.coupons.values() if each is not coupon)
        return "COUPON_NOT_USABLE" if used else None


def _kept_worth(campaign: Campaign, base: int, net_minor: int, items: int) -> int:
    """What is still earned of a campaign; a fixed bonus stays while its condition holds (PROGRAMME 3)."""
    if not items or (campaign.bonus is not None and items < (campaign.least_items or 0)):
        return 0
    return campaign.worth(base, net_minor)


def _points_back(paid: int, lines: Sequence[Bought]) -> int:
    if all(not line.kept for line in lines):
        return paid
    weights = [line.points_minor for line in lines]
    if not any(weights):
        weights = [line.net_minor for line in lines]
    back = sum(weight * line.returned // line.line.quantity for weight, line in zip(weights, lines, strict=True))
    return paid * back // max(1, sum(weights))
