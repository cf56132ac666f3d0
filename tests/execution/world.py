"""What happens around a run: what goes wrong in it, what is loaded, who is called?"""

import asyncio
import random
import zlib
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import strawberry
from aiodataloader import DataLoader


@dataclass
class World:
    """The context of one run: how often values go wrong (of 100), and what happened."""

    make: Callable[["World", int], Any]
    wild: int = 0
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    batches: list[tuple[int, ...]] = field(default_factory=list)
    waited: bool = False

    def __post_init__(self) -> None:
        async def batch(seeds: list[int]) -> list[Any]:
            self.batches.append(tuple(seeds))
            return [None if seed % 11 == 0 else self.make(self, seed) for seed in seeds]

        self.loader: DataLoader[int, Any] = DataLoader(batch)

    def __getitem__(self, name: str) -> object:
        return getattr(self, name)

    def called(self, info: strawberry.Info, *arguments: object) -> None:
        self.calls.append((*info.path.as_list(), repr(arguments)))

    def chance(self, seed: int, name: str) -> random.Random | None:
        """What goes wrong at a field of a thing; None where nothing does. The same in every run."""
        rolled = random.Random(zlib.crc32(f"{seed} {name}".encode()))
        return rolled if rolled.randrange(100) < self.wild else None

    def given(self, seed: int, name: str, right: Any) -> Any:
        """The right value, or something else."""
        wrong = self.chance(seed, name)
        if wrong is None:
            return right
        late = [Late(self, right), Late(self, None), Late(self, ValueError("late")), Late(self, Late(self, right))]
        kinds: list[Any] = [
            None,
            None,
            NotImplemented,
            "text",
            7,
            2**40,
            1.5,
            float("nan"),
            ValueError("given"),
            [],
            {"a": 1},
        ]
        return wrong.choice([*kinds, *late])

    def promise(self, value: Any) -> Awaitable[Any]:
        """A future, or a coroutine, that gives the value soon."""
        self.waited = True
        if isinstance(value, list):
            return self._late(value)
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, value)
        return future

    async def _late(self, value: Any) -> Any:
        await asyncio.sleep(0)
        return value

    def fail(self, seed: int, name: str) -> None:
        wrong = self.chance(seed, name)
        if wrong is not None and wrong.randrange(2):
            raise ValueError(f"{name} of {seed} failed")


class Late:
    """Something to await that is no coroutine; nobody misses it when it is not awaited."""

    def __init__(self, world: World, value: Any) -> None:
        self.world = world
        self.value = value

    def __repr__(self) -> str:
        return "late"

    def __await__(self) -> Generator[None, None, Any]:
        self.world.waited = True
        yield
        if isinstance(self.value, Exception):
            raise self.value
        return self.value
