"""What does a plan know of a field and of a value at a place of the answer?"""

from collections.abc import Callable, Set
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, get_nullable_type
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path
from strawberry.types.field import StrawberryField

if TYPE_CHECKING:
    from app.execution.run import Run

# A place of the answer: (place of the parent, key, field); of a list's item (place of the list, index, None).
Place = tuple[Any, str | int, "Field | None"]
Function = Callable[[Any, Any, "Run"], Any]
# A field of a selection: its key, how it is completed and by which function of the source; neither for `__typename`.
Part = tuple[str, "Completer | None", str | None]


class Field:
    """A field of a selection: the nodes merged under one key, and what the schema says about it."""

    __slots__ = ("definition", "details", "key", "name", "nodes", "parent", "selects", "strawberry")

    def __init__(
        self, key: str, details: list[FieldDetails], definition: GraphQLField, parent: GraphQLObjectType
    ) -> None:
        self.key = key
        self.details = details
        self.nodes: list[FieldNode] = [detail.node for detail in details]
        self.name: str = self.nodes[0].name.value
        self.definition = definition
        self.parent = parent
        self.selects: dict[Set[str], bool] = {}  # by names of fields: see `app.execution.infos.selects`
        known = definition.extensions.get("strawberry-definition")
        self.strawberry: StrawberryField | None = known if isinstance(known, StrawberryField) else None


class Completer:
    """How a value of a type becomes a part of the answer: what a field gives, or an item of a list.

    `function(value, place, run)` takes a value that is no awaitable, exception or None.
    """

    __slots__ = ("field", "function", "nullable", "type")

    def __init__(self, field: Field, type_: GraphQLOutputType) -> None:
        self.field = field
        self.type = type_
        self.nullable = not isinstance(type_, GraphQLNonNull)
        self.function: Function  # given once the plan's source is compiled


def path_of(place: Place | None) -> Path | None:
    """A place as graphql-core writes it."""
    if place is None:
        return None
    prev, key, field = place
    return Path(path_of(prev), key, field.parent.name if field is not None else None)


def type_at(place: Place) -> GraphQLOutputType:
    """The type that the schema gives a place."""
    depth = 0
    while place[2] is None:
        place = place[0]
        depth += 1
    found: Any = place[2].definition.type
    for _ in range(depth):
        found = get_nullable_type(found).of_type
    return found  # type: ignore[no-any-return]


def is_under(place: Place, other: Place) -> bool:
    """Does a place lie at or below another?"""
    for _ in range(_depth(place) - _depth(other)):
        place = place[0]
    return place == other


def _depth(place: Place | None) -> int:
    depth = 0
    while place is not None:
        depth, place = depth + 1, place[0]
    return depth
