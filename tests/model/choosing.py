"""Who decides what happens next? A generator of chance by its seed, which a run tells or Hypothesis draws."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choose:
    """The same choices for the same seed. They are steered by lists: what stands in one twice is twice as likely."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def one(self, among: Sequence[T]) -> T:
        return among[self.number(0, len(among) - 1)]

    def chance(self, percent: int) -> bool:
        return self.number(1, 100) <= percent
