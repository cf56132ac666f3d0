"""Which rows of an ordered list come after, or before, this one? Keyset pages of constant cost at any depth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

Row = TypeVar("Row")


class Window(NamedTuple):
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

    def page(self, window: Window, parameter: int) -> tuple[str, list[object]]:
        """SQL that reads the window, from AND to LIMIT, and its arguments from `$parameter` on."""
        arguments = [*(window.after or ()), *(window.before or ()), window.size + 1]
        slots = [f"${number}" for number in range(parameter, parameter + len(arguments))]
        return self.where(window, slots[:-1]) + f" {self.order(window)} LIMIT {slots[-1]}", arguments

    def where(self, window: Window, slots: Sequence[str]) -> str:
        """SQL that keeps the rows within the window, beginning with AND; `slots` stand for its keys."""
        sql = ""
        later, earlier = ("<", ">") if self.descending else (">", "<")
        names = ", ".join(name for name, _ in self.columns)
        for key, beyond in ((window.after, later), (window.before, earlier)):
            if key is not None:
                own, slots = slots[: len(self.columns)], slots[len(self.columns) :]
                kinds = [kind for _, kind in self.columns]
                typed = ", ".join(f"{slot}::{kind}" for slot, kind in zip(own, kinds, strict=True))
                sql += f" AND ({names}) {beyond} ({typed})"
        return sql

    def order(self, window: Window) -> str:
        """ORDER BY of the window, from the end that it is read from."""
        direction = "DESC" if self.descending != window.backward else "ASC"
        return f"ORDER BY {', '.join(f'{name} {direction}' for name, _ in self.columns)}"


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of a window in the list's order, and whether more lie beyond either end."""

    rows: tuple[Row, ...]
    has_next: bool
    has_previous: bool


def page_of(found: Sequence[Row], window: Window) -> Page[Row]:
    """The page of a window out of the rows that it read, one more than the page where there is more."""
    more = len(found) > window.size
    kept = found[: window.size]
    if window.backward:
        return Page(tuple(reversed(kept)), has_next=window.before is not None, has_previous=more)
    return Page(tuple(kept), has_next=more, has_previous=window.after is not None)
