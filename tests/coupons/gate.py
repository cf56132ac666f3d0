"""How does a test make redemptions wait for each other?"""

import asyncio
from collections.abc import Sequence

import pytest

from app.coupons import till as tills


class Gate:
    """Holds every batch back until it is opened, and counts them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.open = asyncio.Event()
        self.sizes: list[int] = []
        serve = tills._serve

        async def held_back(batch: Sequence[tills.Ticket]) -> list[tills.Ticket]:
            self.sizes.append(len(batch))
            await self.open.wait()
            return await serve(batch)

        patch.setattr(tills, "_serve", held_back)

    async def reached(self, times: int = 1) -> None:
        async with asyncio.timeout(5):
            while len(self.sizes) < times:
                await asyncio.sleep(0)
