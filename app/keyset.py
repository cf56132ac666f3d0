"""Which rows of an ordered list come after, or before, this one? Keyset pages of constant cost at any depth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class Window:
    """A page to read: `size` rows after/before a key, from the front or (`backward`) from the back of the list."""

    size: int
    after: tuple[object, ...] | None = None
    before: tuple[object, ...] | None = None
    backward: bool = False


@dataclass(frozen=True)
class Keyset:
    """The order of a list: columns with their SQL types; `descending`: greatest first."""

    columns: tuple[tuple[str, str], ...]
    descending: bool = True

    def condition(self, window: Window, parameter: int) -> tuple[str, list[object]]:
        """SQL that keeps the rows within the window, beginning with AND, and its arguments from `$parameter` on."""
        sql = ""
        arguments: list[object] = []
        later, earlier = ("<", ">") if self.descending else (">", "<")
        for key, beyond in ((window.after, later), (window.before, earlier)):
            if key is None:
                continue
            names = ", ".join(name for name, _ in self.columns)
            slots = ", ".join(
                f"${parameter + len(arguments) + place}::{kind}" for place, (_, kind) in enumerate(self.columns)
            )
            sql += f" AND ({names}) {beyond} ({slots})"
            arguments.extend(key)
        return sql, arguments

    def order(self, window: Window) -> str:
        """ORDER BY ... LIMIT: one row more than the page, to know whether the list goes on."""
        direction = "DESC" if self.descending != window.backward else "ASC"
        return f"ORDER BY {', '.join(f'{name} {direction}' for name, _ in self.columns)} LIMIT {window.size + 1}"


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of a window in the list's order, and whether more lie beyond either end."""

    rows: tuple[Row, ...]
    has_next: bool
    has_previous: bool


def page_of(found: Sequence[Row], window: Window) -> Page[Row]:
    """The page of a window out of the rows that `Keyset.order` answered, one more than the page where there is more."""
    more = len(found) > window.size
    kept = found[: window.size]
    if window.backward:
        return Page(tuple(reversed(kept)), has_next=window.before is not None, has_previous=more)
    return Page(tuple(kept), has_next=more, has_previous=window.after is not None)
