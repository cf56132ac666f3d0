"""Which schema has all kinds of fields, and values that go wrong in all ways?"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar, cast

import strawberry
from strawberry.schema.config import StrawberryConfig

from tests.execution.kinds import Color, Odd, Pair, show_odd
from tests.execution.limits import Limits, limits
from tests.execution.world import World

Right = TypeVar("Right")


@strawberry.interface
class Named:
    name: str

    @strawberry.field
    def shout(self, info: strawberry.Info[World]) -> str:
        info.context.called(info)
        return self.name.upper()


@strawberry.type
class Stone:
    weight: int
    name: str | None


@strawberry.type
class Cat(Named):
    lives: int
    color: Color | None


@strawberry.type
class Dog(Named):
    color: Color
    lives: int | None

    @strawberry.field
    async def master(self, info: strawberry.Info[World]) -> "Thing":
        info.context.waited = True
        info.context.called(info)
        return thing(info.context, len(self.name))


class Wolf(Dog):
    """No type of the schema: a dog to it all the same."""


Pet = Annotated[Cat | Dog | Stone, strawberry.union("Pet")]


@strawberry.type
class Thing(Named):
    seed: strawberry.Private[int]
    id: strawberry.ID
    count: int
    maybe_count: int | None
    ratio: float | None
    flag: bool | None
    color: Color | None
    odd: Odd | None
    must_odd: Odd
    at: datetime | None
    tags: list[str] | None
    must_tags: list[str]
    grid: list[list[int] | None] | None
    pet: Pet | None

    @strawberry.field
    def child(self, info: strawberry.Info[World], by: int = 1) -> "Thing | None":
        return made(info, self.seed, "child", thing(info.context, self.seed + by))

    @strawberry.field
    def must(self, info: strawberry.Info[World], by: int = 2) -> "Thing":
        return made(info, self.seed, "must", thing(info.context, self.seed + by))

    @strawberry.field
    async def later(self, info: strawberry.Info[World], by: int | None = 3) -> "Thing | None":
        info.context.waited = True
        if self.seed % 2:
            await asyncio.sleep(0)
        return made(info, self.seed, "later", thing(info.context, self.seed + (by or 0)))

    @strawberry.field
    async def later_must(self, info: strawberry.Info[World]) -> "Thing":
        info.context.waited = True
        return made(info, self.seed, "later_must", thing(info.context, self.seed + 4))

    @strawberry.field
    async def soon(self, info: strawberry.Info[World]) -> str:
        info.context.waited = True
        return made(info, self.seed, "soon", f"soon {self.seed}")

    @strawberry.field
    async def loaded(self, info: strawberry.Info[World], seed: int = 5) -> "Thing | None":
        info.context.waited = True
        info.context.called(info, seed)
        return cast(Thing | None, await info.context.loader.load(seed))

    @strawberry.field
    def promised(self, info: strawberry.Info[World]) -> "Thing | None":
        info.context.waited = True
        info.context.called(info)
        return cast(Thing, info.context.loader.load(self.seed + 6))

    @strawberry.field
    def things(self, info: strawberry.Info[World], first: int = 2) -> "list[Thing]":
        found = [thing(info.context, self.seed + 10 * n) for n in range(1, first + 1)]
        return made(info, self.seed, "things", found, first)

    @strawberry.field
    async def maybe_things(self, info: strawberry.Info[World]) -> "list[Thing | None] | None":
        info.context.waited = True
        world = info.context
        found = [world.given(self.seed, f"item {n}", thing(world, self.seed + 20 * n)) for n in range(3)]
        return made(info, self.seed, "maybe_things", found)

    @strawberry.field
    def promised_things(self, info: strawberry.Info[World]) -> "list[Thing] | None":
        info.context.called(info)
        things = [thing(info.context, self.seed + 30 * n) for n in range(2)]
        return cast(list[Thing], info.context.promise([info.context.promise(one) for one in things]))

    @strawberry.field
    def animals(self, info: strawberry.Info[World]) -> list[Named | None]:
        found: list[Named | None] = [
            info.context.given(self.seed, f"animal {n}", animal(self.seed + n)) for n in range(3)
        ]
        return made(info, self.seed, "animals", found)

    @strawberry.field
    def named(self, info: strawberry.Info[World]) -> Named | None:
        return made(info, self.seed, "named", cast(Named, animal(self.seed)))

    @strawberry.field
    def pets(self, info: strawberry.Info[World]) -> list[Pet] | None:
        return made(info, self.seed, "pets", [animal(self.seed + n) for n in range(3)])

    @strawberry.field
    def told(
        self,
        info: strawberry.Info[World],
        text: str = "nothing",
        n: int | None = None,
        color: Color = Color.RED,
        many: list[int] | None = None,
        pair: Pair | None = None,
    ) -> str:
        info.context.called(info, text, n, color, many, pair)
        said = repr((text, n, color, many, pair))
        if many is not None:
            many.append(0)  # nobody else may see it
        if pair is not None:
            pair.right.append("more")
        return said

    @strawberry.field
    def seen(self, info: strawberry.Info[World]) -> str:
        fields = (info.field_name, info.python_name, info.path.as_list(), dict(info.variable_values))
        return repr((*fields, str(info.operation.operation), str(info.return_type), info.selected_fields))

    @strawberry.field
    def quiet(self) -> int:
        return self.seed


def made(info: strawberry.Info[World], seed: int, name: str, right: Right, *arguments: object) -> Right:
    """What a resolver gives: it says that it was called, and fails or gives something else where chance has it."""
    info.context.called(info, *arguments)
    info.context.fail(seed, name)
    wrong = info.context.chance(seed, name)
    return right if wrong is None else cast(Right, wrong.choice([None, None, right, ValueError("made"), 5]))


def animal(seed: int) -> Cat | Dog | Stone:
    kinds: list[Cat | Dog | Stone] = [
        Cat(name=f"cat {seed}", lives=9, color=None),
        Dog(name=f"dog {seed}", color=Color.RED, lives=1),
        Stone(weight=seed, name=None),
        Wolf(name=f"wolf {seed}", color=Color.BLUE, lives=None),
    ]
    return kinds[seed % 4]


def thing(world: World, seed: int) -> Thing:
    right = {
        "name": f"thing {seed}",
        "id": strawberry.ID(str(seed)),
        "count": seed,
        "maybe_count": seed or None,
        "ratio": seed / 2,
        "flag": seed % 2 == 0,
        "color": Color.BLUE if seed % 3 else Color.RED,
        "odd": 2 * seed + 1,
        "must_odd": 2 * seed + 1,
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "tags": ["a", "b"],
        "must_tags": [],
        "grid": [[seed, 2], None, [3]],
        "pet": animal(seed),
    }
    return Thing(seed=seed, **{name: world.given(seed, name, value) for name, value in right.items()})


@strawberry.type
class Query:
    @strawberry.field
    def at_limits(self) -> Limits | None:
        return limits()

    @strawberry.field
    def no_limits(self) -> Limits | None:
        return cast(Limits, {"ints": [1]})

    @strawberry.field
    def failing_limits(self) -> Limits | None:
        return cast(Limits, ValueError("returned"))

    @strawberry.field
    def thing(self, info: strawberry.Info[World], seed: int = 1) -> Thing | None:
        info.context.called(info, seed)
        return thing(info.context, seed)

    @strawberry.field
    async def later_thing(self, info: strawberry.Info[World], seed: int = 1) -> Thing:
        info.context.called(info, seed)
        return cast(Thing, await info.context.promise(thing(info.context, seed)))

    @strawberry.field
    def forbidden(self) -> int | None:
        raise AssertionError("nobody may call it")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def act(self, info: strawberry.Info[World], seed: int = 1, pair: Pair | None = None) -> Thing | None:
        info.context.called(info, seed, pair)
        await info.context.promise([])
        return thing(info.context, seed)

    @strawberry.mutation
    def forbidden(self) -> int | None:
        raise AssertionError("nobody may call it")

    @strawberry.mutation
    def act_at_once(self, info: strawberry.Info[World], seed: int = 2) -> Thing:
        return made(info, seed, "act", thing(info.context, seed))


SCALARS: dict[Any, Any] = {Odd: strawberry.scalar(name="Odd", serialize=show_odd, parse_value=int)}
schema = strawberry.Schema(Query, Mutation, types=[Cat, Dog, Thing], config=StrawberryConfig(scalar_map=SCALARS))
