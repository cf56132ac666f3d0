"""Who decides what happens next: a seeded generator, or Hypothesis? Both choose by the same few words."""

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choose(Protocol):
    """Choices are steered by lists: what stands in one twice is chosen twice as often."""

    def number(self, least: int, most: int) -> int: ...

    def one(self, among: Sequence[T]) -> T: ...

    def chance(self, percent: int) -> bool: ...


class Seeded:
    """The same choices for the same seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def one(self, among: Sequence[T]) -> T:
        return among[self.number(0, len(among) - 1)]

    def chance(self, percent: int) -> bool:
        return self.number(1, 100) <= percent


class Drawn:
    """Hypothesis chooses, and makes a failure smaller."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def number(self, least: int, most: int) -> int:
        return self._data.draw(st.integers(least, most))

    def one(self, among: Sequence[T]) -> T:
        return among[self.number(0, len(among) - 1)]

    def chance(self, percent: int) -> bool:
        return self.number(1, 100) > 100 - percent  # the least number, to which it shrinks, is no
