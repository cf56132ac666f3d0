"""What does a client want next? Operations drawn by seeded chance, over what is known to be there."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.histories.history import Operation

ADULT, TERMS = "1990-05-17", "2020-01"
SERVICE = frozenset(
    (
        "enrolMember",
        "recordPurchase",
        "confirmDelivery",
        "recordReturn",
        "recordReview",
        "approveReview",
        "capturePoints",
    )
)
TOO_DEAR = 1_000_000


@dataclass
class World:
    """What there is to act upon; it grows while operations are acknowledged."""

    hot: list[str]
    cold: list[str]
    offers: dict[str, tuple[str, int]]  # by name: global id and price
    orders: list[tuple[str, str, int]] = field(default_factory=list)  # order id, whose, euros
    reviews: list[str] = field(default_factory=list)
    reservations: list[tuple[str, str, int]] = field(default_factory=list)  # id, whose, points
    newcomers: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def fresh(self, word: str) -> str:
        """A name of this trial that was not used before."""
        self.numbers[word] = self.numbers.get(word, 0) + 1
        return f"{word}-{self.numbers[word]}"

    def everybody(self) -> list[str]:
        return [*self.hot, *self.cold, *self.newcomers]


class Errands:
    """One client's wishes."""

    def __init__(self, client: str, world: World, chance: random.Random) -> None:
        self.client, self.world, self.chance = client, world, chance
        self._kinds: list[tuple[int, Callable[[], Operation | None]]] = [
            (22, lambda: self.redeem("plain")),
            (4, lambda: self.redeem("limited")),
            (4, lambda: self.redeem("stocked")),
            (3, lambda: self.redeem("dear")),
            (8, self.tap),
            (4, self.log_in),
            (16, self.purchase),
            (10, self.delivery),
            (5, self.give_back),
            (6, self.share),
            (5, self.review),
            (4, self.approval),
            (6, self.reserve),
            (5, self.capture),
            (4, self.release),
            (4, self.enrol),
        ]

    def next(self) -> Operation:
        """The next operation; never None, for a purchase can always be made."""
        kinds, weights = [kind for _, kind in self._kinds], [weight for weight, _ in self._kinds]
        return self.chance.choices(kinds, weights)[0]() or self.purchase()

    def one(
        self, mutation: str, who: str | None, /, *, natural: str | None = None, moves: int | None = None, **given: Any
    ) -> Operation:
        return Operation(self.client, self.world.fresh("key"), mutation, given, who, natural, moves)

    def who(self) -> str:
        """Mostly one of the few whom everybody acts for."""
        if self.chance.random() < 0.7:
            return self.chance.choice(self.world.hot)
        return self.chance.choice(self.world.everybody())

    def enrol(self) -> Operation:
        """Somebody new, or once in a while somebody who is a member already."""
        if self.world.newcomers and self.chance.random() < 0.3:
            who = self.chance.choice(self.world.newcomers)
        else:
            who = self.world.fresh("newcomer")
        return self.enrolment(who)

    def enrolment(self, who: str) -> Operation:
        given = {"miAccountId": who, "market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS}
        return self.one("enrolMember", who, natural=f"mi/{who}", moves=50, **given)

    def redeem(self, offer: str) -> Operation:
        offer_id, price = self.world.offers[offer]
        return self.one("redeemCoupon", self.who(), moves=price, offerId=offer_id, expectedPrice=price)

    def tap(self) -> Operation:
        who = self.who()
        return self.one("tapFuel", who, natural=f"fuel/{who}")

    def log_in(self) -> Operation:
        return self.one("recordAppLogin", self.who(), deviceId="telephone")

    def purchase(self) -> Operation:
        """An order; some in a currency that is refused, some of an order that was told before, under another key."""
        if self.world.orders and self.chance.random() < 0.06:
            return self.purchase_of(*self.chance.choice(self.world.orders))
        currency = "GBP" if self.chance.random() < 0.05 else "EUR"
        order_id, euros = self.world.fresh("order"), self.chance.randint(40, 340)
        return self.purchase_of(order_id, self.who(), euros, currency=currency)

    def purchase_of(
        self, order_id: str, who: str, euros: int, *, currency: str = "EUR", occurred_at: str | None = None
    ) -> Operation:
        lines = [{"sku": "MI-BAND", "unitPrice": f"{euros}.99"}]
        given: dict[str, Any] = {"miAccountId": who, "orderId": order_id}
        given["order"] = {"currency": currency, "lines": lines}
        if occurred_at:
            given["occurredAt"] = occurred_at
        return self.one("recordPurchase", who, natural=f"order/{order_id}", moves=euros, **given)

    def delivery(self) -> Operation | None:
        if not self.world.orders:
            return None
        order_id, who, _ = self.chance.choice(self.world.orders[-40:])
        return self.delivery_of(order_id, who)

    def delivery_of(self, order_id: str, who: str, **given: Any) -> Operation:
        return self.one("confirmDelivery", who, natural=f"order/{order_id}", orderId=order_id, **given)

    def give_back(self) -> Operation | None:
        """The one line of an order, once: its return's id is the order's own."""
        if not self.world.orders:
            return None
        order_id, who, _ = self.chance.choice(self.world.orders)
        given: dict[str, Any] = {
            "orderId": order_id,
            "returnId": f"R-{order_id}",
            "lines": [{"sku": "MI-BAND", "quantity": 1}],
        }
        return self.one("recordReturn", who, natural=f"{order_id}/R-{order_id}", **given)

    def share(self) -> Operation:
        given: dict[str, Any] = {
            "sku": self.world.fresh("sku"),
            "network": "mastodon",
            "url": "https://social.example/1",
        }
        return self.one("recordShare", self.who(), **given)

    def review(self) -> Operation:
        who, review_id = self.who(), self.world.fresh("review")
        given = {"miAccountId": who, "sku": f"of-{review_id}", "reviewId": review_id}
        return self.one("recordReview", who, natural=f"review/{review_id}", moves=20, **given)

    def approval(self) -> Operation | None:
        if not self.world.reviews:
            return None
        review_id = self.chance.choice(self.world.reviews)
        return self.one("approveReview", None, natural=f"review/{review_id}", reviewId=review_id)

    def reserve(self) -> Operation:
        who, points, order_id = (
            self.chance.choice(self.world.hot),
            self.chance.randint(1, 40),
            self.world.fresh("basket"),
        )
        order = {"currency": "EUR", "lines": [{"sku": "MI-BAND", "unitPrice": "100.00"}]}
        return self.one("reservePoints", who, moves=points, points=points, orderId=order_id, order=order)

    def capture(self) -> Operation | None:
        if not self.world.reservations:
            return None
        held, who, points = self.chance.choice(self.world.reservations)
        return self.one("capturePoints", who, natural=held, moves=points, reservationId=held)

    def release(self) -> Operation | None:
        if not self.world.reservations:
            return None
        held, who, _ = self.chance.choice(self.world.reservations)
        return self.one("releasePoints", who, natural=held, reservationId=held)

    def learn(self, one: Operation, payload: dict[str, Any]) -> None:
        """What an acknowledged operation has brought into the world."""
        if payload["userErrors"]:
            return
        if one.mutation == "recordPurchase":
            self.world.orders.append((one.given["orderId"], one.given["miAccountId"], one.points or 0))
        if one.mutation == "recordReview":
            self.world.reviews.append(one.given["reviewId"])
        if one.mutation == "reservePoints" and payload["reservation"]:
            self.world.reservations.append((payload["reservation"]["id"], one.mi_account_id or "", one.points or 0))
        if one.mutation == "enrolMember" and one.mi_account_id not in self.world.everybody():
            self.world.newcomers.append(one.mi_account_id or "")
