"""What does this table of a document say, key by key, and what is wrong in it?

A wrong value is noted and a harmless one takes its place, so that one reading names every problem of a document.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from app.rules.places import Path, nearest_line, spell

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")

PLAIN_TEXT = r"[^\x00-\x1f\x7f]{1,200}"


@dataclass(frozen=True)
class Problem:
    """Where something is wrong (key path, and line where known) and what, in a sentence."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Problems:
    """What is wrong in one document, in the order of reading, each once."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines
        self._found: dict[Problem, None] = {}

    def note(self, path: Path, message: str) -> None:
        self._found[Problem(self.place_of(path), message)] = None

    def place_of(self, path: Path) -> str:
        line = nearest_line(path, self._lines)
        place = spell(path) or "document"
        return place if line is None else f"{place} (line {line})"

    def all(self) -> tuple[Problem, ...]:
        return tuple(self._found)


@dataclass
class Table:
    """A table of a document, with the tables that speak where it is silent (`layers`, the closest first)."""

    layers: Sequence[tuple[Path, Mapping[str, Any]]]
    problems: Problems
    asked: set[str] = field(default_factory=set)

    @property
    def path(self) -> Path:
        return self.layers[0][0]

    def place(self) -> str:
        """Where this table stands: its key path, and its line where known."""
        return self.problems.place_of(self.path)

    def values(self) -> dict[str, Any]:
        """What the closest layer holds, as it stands there."""
        return dict(self.layers[0][1])

    def has(self, key: str) -> bool:
        self.asked.add(key)
        return any(key in values for _, values in self.layers)

    def note(self, key: str, message: str) -> None:
        """Notes a problem at the key, in the layer that holds it."""
        self.problems.note((*self._layer_of(key), key), message)

    def text(self, key: str, *, pattern: str = PLAIN_TEXT, words: str = "a short text") -> str:
        """A text that the whole pattern matches; `words` say what is expected."""
        value = self._value(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.note(key, f"must be {words}, not {_shown(value)}")
            return ""
        return value

    def number(self, key: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self._value(key)
        if value is None:
            return low
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.note(key, f"must be a whole number from {low} to {high}, not {_shown(value)}")
            return low
        return value

    def number_or_none(self, key: str, low: int, high: int) -> int | None:
        return self.number(key, low, high) if self.has(key) else None

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        value = self._value(key)
        if value is not None and value not in list(choices):
            self.note(key, f"must be one of {', '.join(choices)}, not {_shown(value)}")
        return choices(value) if value in list(choices) else next(iter(choices))

    def flag(self, key: str) -> bool:
        """True or false; false when the document is silent."""
        value = self._value(key) if self.has(key) else False
        if not isinstance(value, bool):
            self.note(key, f"must be true or false, not {_shown(value)}")
        return value is True

    def day_or_instant(self, key: str) -> date | datetime:
        """A local date, a wall-clock time, or an instant with its offset."""
        value = self._value(key)
        if isinstance(value, date):  # a datetime is one as well
            return value
        if value is not None:
            self.note(key, f"must be a date or an instant, not {_shown(value)}")
        return date.min

    def exactly(self, key: str, kind: type[Value], words: str) -> Value | None:
        """A value of just that type (a bool is no int, a datetime no date); `words` say what is expected."""
        value = self._value(key)
        if type(value) is kind:
            return value
        if value is not None:
            self.note(key, f"must be {words}, not {_shown(value)}")
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts without repetition; empty when the document is silent."""
        value = self._value(key) if self.has(key) else []
        if not isinstance(value, list) or not all(
            isinstance(text, str) and re.fullmatch(PLAIN_TEXT, text) for text in value
        ):
            self.note(key, f"must be a list of texts, not {_shown(value)}")
            return ()
        if len(set(value)) < len(value):
            self.note(key, "names something twice")
        return tuple(value)

    def inside(self, key: str) -> "Table":
        """The table at the key, layer over layer; an empty one where no layer has it."""
        self.asked.add(key)
        found: list[tuple[Path, Mapping[str, Any]]] = []
        for path, values in self.layers:
            if isinstance(values.get(key), dict):
                found.append(((*path, key), values[key]))
            elif key in values:
                self.problems.note((*path, key), f"must be a table, not {_shown(values[key])}")
        return Table(found or [((*self.path, key), {})], self.problems)

    def elements(self, key: str) -> list["Table"]:
        """The tables of the array at the key, of the closest layer that has one."""
        value = self._value(key) if self.has(key) else []
        if not isinstance(value, list) or not all(isinstance(element, dict) for element in value):
            self.note(key, f"must be an array of tables, not {_shown(value)}")
            return []
        path = (*self._layer_of(key), key)
        return [Table([((*path, place), element)], self.problems) for place, element in enumerate(value)]

    def names(self) -> list[str]:
        """Every key of every layer, once: those of the farthest layer (the common one) first."""
        return list(dict.fromkeys(key for _, values in reversed(self.layers) for key in values))

    def nothing_else(self, besides: Collection[str] = ()) -> None:
        """Notes every key that nobody asked for; `besides` are those of the closest layer that are read elsewhere."""
        for layer, (path, values) in enumerate(self.layers):
            known = self.asked if layer else self.asked.union(besides)
            for key in values:
                if key not in known:
                    self.problems.note((*path, key), "is not a key that is known here")

    def _layer_of(self, key: str) -> Path:
        return next((path for path, values in self.layers if key in values), self.path)

    def _value(self, key: str) -> Any:
        if not self.has(key):
            self.note(key, "is missing")
            return None
        return next(values[key] for _, values in self.layers if key in values)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
