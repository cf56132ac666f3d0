"""Who reads and writes while something happens to the gateway, and has it troubled them?"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.client import SHOP, Client, member
from tests.journeys.makers import enrolled, offered, order

WAIT_S = 90
HOME = "{ me { balance { available pending } activities(first: 3) { edges { node { points } } } } }"


@dataclass
class Customers:
    """Members who buy, redeem, pay with points and look, each one thing after the other, at any of the gateways."""

    gateways: list[Client]
    offer_id: str
    members: list[str]
    bought: list[str] = field(default_factory=list)
    answered: int = 0
    trouble: list[str] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self, mi_account_id: str) -> None:
        """One member's days, until it is enough or an answer is not what it should be."""
        for day in itertools.count(1):
            gateway = self.gateways[day % len(self.gateways)]
            try:
                await self.day(gateway, mi_account_id, f"{mi_account_id}-order-{day}")
            except (httpx.TransportError, AssertionError) as error:
                self.trouble.append(f"{type(error).__name__}: {error}")
            if self.enough.is_set() or self.trouble:
                return

    async def day(self, gateway: Client, mi_account_id: str, order_id: str) -> None:
        """A purchase, a coupon, a checkout paid with points, and a look at home."""
        whose = {"miAccountId": mi_account_id}
        await gateway.done(SHOP, "recordPurchase", orderId=order_id, order=order("20.00"), **whose)
        self.bought.append(order_id)
        self.answered += 1
        await gateway.done(member(mi_account_id), "redeemCoupon", offerId=self.offer_id)
        self.answered += 1
        paid = {"orderId": f"{order_id}-paid", "points": 5, "order": order("10.00")}
        held = await gateway.done(SHOP, "reservePoints", "reservation { id }", **paid, **whose)
        self.answered += 1
        await gateway.done(SHOP, "capturePoints", reservationId=held["reservation"]["id"])
        self.answered += 1
        await gateway.read(member(mi_account_id), HOME)
        self.answered += 1

    async def go_on(self, many: int = 40) -> bool:
        """Whether so many more answers came, all as they should be; else there is `trouble`."""
        wanted = self.answered + many
        async with asyncio.timeout(WAIT_S):
            while self.answered < wanted and not self.trouble:
                await asyncio.sleep(0.01)
        return not self.trouble


@asynccontextmanager
async def customers_of(gateway: Client, *, how_many: int = 4) -> AsyncIterator[Customers]:
    """Members with points to spend, busy until the end."""
    members = [await enrolled(gateway, points=20_000) for _ in range(how_many)]
    customers = Customers([gateway], await offered(gateway, 10), members)
    async with asyncio.TaskGroup() as living:
        for mi_account_id in members:
            living.create_task(customers.live(mi_account_id))
        try:
            yield customers
        finally:
            customers.enough.set()
