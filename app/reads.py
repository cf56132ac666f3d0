"""What is a read that may go to the database together with others, and which statement sends several?"""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, count
from typing import Any, Generic, TypeVar

_PARAMETER = re.compile(r"\$(\d+)")

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")
Rows = Sequence[tuple[Any, ...]]
Columns = Sequence[Sequence[object]]


@dataclass(frozen=True, eq=False)
class Read(Generic[Key, Answer]):
    """A read of one kind for many keys at once.

    `sql`: its parameters from $1 on are arrays, and the first column of its rows is the place of their key, from 1 on;
    json is selected as text. `columns`: the arrays of these keys. `answer`: what a key and its rows are to who asked,
    made anew for each, as nothing that can be changed is shared; made once of all who ask for a key where the answer is
    `fixed`. `plain`: how many columns its rows have where none of them holds arrays or rows; such rows come as columns,
    in a third of the time.
    """

    sql: str
    columns: Callable[[Sequence[Key]], Columns]
    answer: Callable[[Key, Rows], Answer]
    fixed: bool = False
    plain: int | None = None
    width: int = field(init=False)
    serial: int = field(init=False, default_factory=count().__next__)

    def __post_init__(self) -> None:
        numbers = {int(number) for number in _PARAMETER.findall(self.sql)}
        object.__setattr__(self, "width", max(numbers, default=0))

    def numbered(self, name: str, first: int) -> str:
        """Its rows as one row called `name`, of a column for each of theirs or of one for all.

        `first`: the number of its first parameter.
        """
        shifted = _PARAMETER.sub(lambda found: f"${int(found[1]) + first - 1}", self.sql)
        if self.plain is None:
            return f"(SELECT array_agg(line) FROM ({shifted}) line) {name}"
        names = [f"c{number}" for number in range(self.plain)]
        gathered = ", ".join(f"array_agg({column})" for column in names)
        return f"(SELECT {gathered} FROM ({shifted}) line ({', '.join(names)})) {name}"

    @cached_property
    def alone(self) -> str:
        """The statement that sends it by itself."""
        return statement([self])

    def rows(self, found: Sequence[Any]) -> Rows:
        """Its rows out of what `numbered` gives."""
        if found[0] is None:
            return ()
        return found[0] if self.plain is None else list(zip(*found, strict=True))


def statement(reads: Sequence[Read[Any, Any]]) -> str:
    """The statement that sends these reads; the parameters of each follow on those of the one before."""
    starts = accumulate((read.width for read in reads), initial=1)
    numbered = [
        read.numbered(f"r{place}", start) for place, (read, start) in enumerate(zip(reads, starts, strict=False))
    ]
    return f"SELECT * FROM {', '.join(numbered)}"


def apart(reads: Sequence[Read[Any, Any]], found: Sequence[Any]) -> list[Rows]:
    """The rows of each of these reads out of the one row that their statement gives."""
    apart_, place = [], 0
    for read in reads:
        wide = read.plain or 1
        apart_.append(read.rows(found[place : place + wide]))
        place += wide
    return apart_
