"""What do many ask of several gateways at once, each request of whichever comes next?"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.client import SHOP, STAFF, Client, fresh, member
from tests.journeys.makers import ADULT, TERMS, order

MEMBERS = 12
HOME = """balance { available pending } activities(first: 10) { edges { node { title points } } }
  statement(first: 10) { edges { node { kind points } } }"""
LIABILITY = "{ liability { market opening closing } }"
AUDIT = "{ auditLog(first: 5) { edges { node { action } } } }"


@dataclass
class Crowd:
    """Members and staff before a balancer that gives each request to the next gateway."""

    gateways: Sequence[Client]
    offer_id: str
    members: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next = itertools.cycle(self.gateways)

    @property
    def any(self) -> Client:
        """Whichever gateway comes next."""
        return next(self._next)

    async def join(self) -> None:
        """Enrol the members, each with points to spend."""
        for _ in range(MEMBERS):
            name = fresh("crowd")
            given = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": name}
            await self.any.done(SHOP, "enrolMember", **given)
            self.members.append(name)

    async def live(self, seconds: float) -> None:
        """All of them, at once, for so long."""
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as crowd:
            for name in self.members:
                crowd.create_task(self._repeat(until, self._shop, name))
            crowd.create_task(self._repeat(until, self._report, "staff"))

    async def _repeat(self, until: float, deed: Callable[[str], Awaitable[None]], name: str) -> None:
        while time.monotonic() < until:
            try:
                await deed(name)
            except (AssertionError, httpx.HTTPError) as error:
                self.troubles.append(f"{name}: {str(error)[:200] or type(error).__name__}")

    async def _shop(self, name: str) -> None:
        order_id = fresh("scaled")
        await self.any.done(SHOP, "recordPurchase", miAccountId=name, orderId=order_id, order=order("30"))
        await self.any.done(SHOP, "confirmDelivery", orderId=order_id)
        self.answered["purchases"] += 1
        before = await self._available(name)
        await self.any.done(member(name), "redeemCoupon", offerId=self.offer_id)
        self.answered["redemptions"] += 1
        after = await self._available(name)
        assert before - after == 10, f"{before} before a redemption of 10 points and {after} after it"

    async def _available(self, name: str) -> int:
        seen = await self.any.me(name, HOME)
        self.answered["homes"] += 1
        available: int = seen["balance"]["available"]
        return available

    async def _report(self, name: str) -> None:
        await self.any.read(STAFF, AUDIT)
        report: Any = await self.any.read(STAFF, LIABILITY)
        self.answered["reports"] += 2
        assert report["liability"], "a report of nothing"
