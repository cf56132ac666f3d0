"""Which leaves and inputs does the schema of these tests have?"""

import enum
from typing import Any, NewType

import strawberry

Odd = NewType("Odd", int)


def show_odd(value: Any) -> str | None:
    """A serializer that refuses even numbers, and gives nothing for -1."""
    if value % 2 == 0:
        raise ValueError(f"{value} is even")
    return None if value == -1 else f"odd {value}"


@strawberry.enum
class Color(enum.Enum):
    RED = "red"
    BLUE = 2


@strawberry.input
class Pair:
    left: int
    right: list[str] = strawberry.field(default_factory=lambda: ["r"])
    color: Color = Color.BLUE
    more: "Pair | None" = None
