"""Which ways to write a schema are rare: permissions, extensions, types that find out themselves what they are?"""

import asyncio
import enum
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Annotated, Any, Generic, TypeVar, cast

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig
from strawberry.types.cast import cast as cast_to

T = TypeVar("T")


class Knows(BasePermission):
    """Who has the word may ask."""

    message = "say the word"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return "word" in info.context


class KnowsSoon(Knows):
    """The same, but it takes time to find out."""

    async def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:  # type: ignore[override]
        await asyncio.sleep(0)
        return "word" in info.context


class Louder(FieldExtension):
    """Changes what is given and what is answered."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return f"{next_(source, info, **{**kwargs, 'n': kwargs.get('n', 0) + 1})}!"

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return f"{await next_(source, info, **kwargs)}!"


@strawberry.interface
class Shape:
    name: str

    @classmethod
    def resolve_type(cls, value: Any, info: Any, type_: Any) -> Any:
        chosen = getattr(value, "chosen", value["chosen"] if isinstance(value, dict) else None)
        if chosen == "later":
            return _later("Square")
        if chosen == "raises":
            raise ValueError("no shape")
        return chosen


async def _later(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


@strawberry.type
class Square(Shape):
    chosen: strawberry.Private[Any] = "Square"
    sides: int = 4

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return getattr(value, "sides", 0) == 4


@strawberry.type
class Round(Shape):
    chosen: strawberry.Private[Any] = "Round"

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> Any:
        return _later(isinstance(value, Round))


@strawberry.type
class Box(Generic[T]):
    content: T
    größe: int = strawberry.field(name="size", default=3)


@strawberry.enum
class Listed(enum.Enum):
    """An enum whose values are no keys."""

    FIRST = [1]  # noqa: RUF012
    SECOND = [2]  # noqa: RUF012


@strawberry.type
class Left:
    side: str = "left"


@strawberry.type
class Right:
    side: str = "right"


class Row:
    """A row of a table, which is no type of the schema."""

    side = "row"


class Counted:
    def __init__(self, many: int) -> None:
        self.many = many

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._items()

    async def _items(self) -> AsyncIterator[Any]:
        for number in range(self.many):
            await asyncio.sleep(0)
            yield number if number < 3 else "three"


@strawberry.type
class Query:
    @strawberry.field(permission_classes=[Knows])
    def secret(self) -> str | None:
        return "found"

    @strawberry.field(permission_classes=[KnowsSoon])
    async def later_secret(self, n: int = 1) -> str | None:
        return f"found {n}"

    @strawberry.field(extensions=[Louder()])
    def loud(self, n: int = 1) -> str:
        return f"loud {n}"

    @strawberry.field(extensions=[Louder()])
    async def loud_later(self, info: strawberry.Info) -> str:
        return info.field_name

    @strawberry.field
    @staticmethod
    def of_nobody(n: int = 2) -> int:
        return n

    @strawberry.field
    def with_parent(parent: strawberry.Parent["Query"], info: strawberry.Info) -> str:
        return f"{parent} {info.path.key}"

    @strawberry.field
    def with_root(root: Any, größe: Annotated[int, strawberry.argument(name="size")] = 2) -> str:
        return f"{root} {größe}"

    @strawberry.field
    def with_other_info(self, ínfo: strawberry.Info) -> str:
        return ínfo.field_name

    @strawberry.field
    def shapes(self) -> list[Shape | None]:
        chosen = ["Square", "Round", None, "Query", "Nothing", "Shape", 5, "later", "raises", "Box"]
        return [Square(name="s", chosen=one) for one in chosen] + [Round(name="r"), cast(Shape, {"chosen": "Square"})]

    @strawberry.field
    def square(self, sides: int = 4) -> Square | None:
        return Square(name="q", sides=sides)

    @strawberry.field
    async def round(self, right: bool = True) -> Round | None:
        return Round(name="r") if right else cast(Round, Square(name="no"))

    @strawberry.field
    def boxes(self) -> list[Box[int]]:
        return [Box(content=1), Box(content=2, größe=5), cast(Box[int], Box(content="x"))]

    @strawberry.field
    def either(self) -> list[Annotated[Box[int] | Box[str] | Left, strawberry.union("Either")] | None]:
        return [Box(content=1), Box(content="x"), Left(), cast(Left, Right()), cast(Left, 5)]

    @strawberry.field
    def sides(self) -> list[Annotated[Left | Right, strawberry.union("Side")] | None]:
        rows = [cast_to(Left, Row()), cast_to(Right, Row()), Row()]
        return cast(list[Left | Right | None], [Left(), *rows, Right()])

    @strawberry.field
    def counted(self, many: int = 3) -> list[int] | None:
        return cast(list[int], Counted(many))

    @strawberry.field
    async def counted_later(self, many: int = 3) -> list[int] | None:
        await asyncio.sleep(0)
        return cast(list[int], Counted(many))

    @strawberry.field
    def mixed(self) -> list[int] | None:
        return cast(list[int], [_later(1), 2, "x", _later(3)])

    @strawberry.field
    def listed(self) -> Listed:
        return Listed.SECOND

    @strawberry.field
    def iterated(self, kind: str) -> list[str] | None:
        def several() -> Iterator[str]:
            yield from "ab"

        kinds = {"generator": several(), "tuple": ("a",), "set": {"a"}, "dict": {"k": 1}, "text": "ab", "number": 5}
        return cast(list[str], kinds[kind])

    @strawberry.field
    async def twice_later(self) -> str | None:
        return cast(str, Again())


class Again:
    """Can be awaited still, after it was awaited for."""

    def __repr__(self) -> str:
        return "again"

    def __await__(self) -> Iterator[None]:
        yield


class OwnInfo(strawberry.Info[Any, Any]):
    """A project's own info."""


def read(source: Any, name: str) -> Any:
    """A project's own way to read a field."""
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, f"no {name}")


SCHEMAS = {
    "as usual": strawberry.Schema(Query, types=[Square, Round]),
    "an info of its own": strawberry.Schema(Query, types=[Square, Round], config=StrawberryConfig(info_class=OwnInfo)),
    "read in its own way": strawberry.Schema(
        Query, types=[Square, Round], config=StrawberryConfig(default_resolver=read)
    ),
}
