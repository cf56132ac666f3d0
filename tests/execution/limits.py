"""What lies at the edges of what each leaf type takes?"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, cast

import strawberry

from tests.execution.kinds import Color, Odd


@strawberry.type
class Limits:
    """Values at the edges of what each leaf type takes."""

    ints: list[int | None]
    floats: list[float | None]
    texts: list[str | None]
    flags: list[bool | None]
    ids: list[strawberry.ID | None]
    colors: list[Color | None]
    odds: list[Odd | None]
    days: list[date | None]
    nested: list["Limits | None"]
    matrix: list[list[list[int]] | None]
    broken: list[int | None] | None


def limits(depth: int = 1) -> Limits:
    values: Any = [
        *(
            2**31 - 1,
            2**31,
            -(2**31),
            -(2**31) - 1,
            0,
            1.0,
            1.5,
            float("inf"),
            float("nan"),
            1e308,
            True,
            None,
            "7",
            "x",
        ),
        *(
            "",
            b"x",
            Color.RED,
            "red",
            "RED",
            2,
            -1,
            3,
            [],
            {},
            ValueError("an item"),
            Decimal("2"),
            object,
            date(2026, 1, 1),
        ),
    ]
    below: Any = [limits(depth - 1), None, 5, ValueError("below"), "text"] if depth else []
    matrix: Any = [[[1], [2, 3]], None, [[4], None], [["x"]], ([5],), "no list", {}]
    return Limits(
        ints=values,
        floats=values,
        texts=values,
        flags=values,
        ids=values,
        colors=values,
        odds=values,
        days=values,
        nested=below,
        matrix=matrix,
        broken=cast(Any, broken_off()),
    )


def broken_off() -> Iterator[int]:
    """A list that ends in an error."""
    yield 1
    raise ValueError("broken off")
