"""How does a test send redemptions by a till, and make them wait for each other?"""

import asyncio
from collections.abc import Sequence

import pytest

from app.coupons import till as tills
from app.coupons.redeem import redeem
from app.coupons.till import Till
from app.requests.once import Call
from app.requests.outcome import Outcome
from tests.ledger.makers import CODES, Person, call
from tests.telling import LONG


class Gate:
    """Holds every batch back until it is opened, and notes them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.open = asyncio.Event()
        self.batches: list[Sequence[tills.Ticket]] = []
        serve = tills._serve

        async def held_back(batch: Sequence[tills.Ticket]) -> list[tills.Ticket]:
            self.batches.append(batch)
            await self.open.wait()
            return await serve(batch)

        patch.setattr(tills, "_serve", held_back)

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]

    async def reached(self, times: int = 1) -> None:
        async with asyncio.timeout(LONG):
            while len(self.sizes) < times:
                await asyncio.sleep(0)


def asked(person: Person, offer_id: int, till: Till, key: Call | None = None) -> asyncio.Task[Outcome]:
    wish = redeem(key or call("redeemCoupon"), person.name, offer_id, None, CODES, till=till)
    return asyncio.create_task(wish)


def is_empty(till: Till) -> bool:
    """Nobody waits, and nobody is thought to be served. Those who left may still stand in line."""
    waiting = [ticket for line in till._ready.values() for ticket in line if not ticket.left]
    return (till._leading, till._busy, waiting) == (0, {}, [])
