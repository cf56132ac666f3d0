"""Which page of a list is meant, and how is it answered?"""

from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry
from strawberry import argument

from app.api.errors import ApiError
from app.api.ids import opaque
from app.execution.kept import Keepable
from app.keyset import Page, Window

DEFAULT_SIZE, MAXIMUM_SIZE = 20, 100
MOST_WINDOWS = 1_000  # that were asked for last, of 300 bytes each
MOST_PAGES = 200  # of a list that is the same for all who read it, kept as clients read them

First = Annotated[int | None, argument(description="How many from the front: 1 to 100; 20 when nothing is said.")]
Last = Annotated[int | None, argument(description="How many from the back: 1 to 100; not together with `first`.")]
After = Annotated[str | None, argument(description="Only what comes after this cursor.")]
Before = Annotated[str | None, argument(description="Only what comes before this cursor.")]

Node = TypeVar("Node")
Row = TypeVar("Row")
KeyPart = int | datetime


class Int32(int):
    """A part of a key that its column holds in 32 bits; a plain int is one of 64."""


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A list: its name, and a row's place in it; a cursor is written for who asks for it."""

    name: str
    key: Callable[[Row], tuple[KeyPart, ...]]

    def cursor(self, row: Row) -> str:
        """Names the place of a row."""
        return opaque(orjson.dumps((self.name, *self.key(row))))


def start_cursor(self: "PageInfo") -> str | None:
    """Of the first edge, where there is one."""
    return self.listing.cursor(self.page.rows[0]) if self.page.rows else None


def end_cursor(self: "PageInfo") -> str | None:
    """Of the last edge, where there is one."""
    return self.listing.cursor(self.page.rows[-1]) if self.page.rows else None


def cursor(self: "Edge[Any]") -> str:
    """Of this edge."""
    return self.listing.cursor(self.row)


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    listing: strawberry.Private[Listing[Any]]
    page: strawberry.Private[Page[Any]]
    has_next_page: bool = strawberry.field(description="Does more follow?")
    has_previous_page: bool = strawberry.field(description="Does more come before?")
    start_cursor: str | None = strawberry.field(resolver=start_cursor, description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(resolver=end_cursor, description="The cursor of the last edge.")


@strawberry.type(description="One entry of a list with its cursor.")
class Edge(Generic[Node]):
    listing: strawberry.Private[Listing[Any]]
    row: strawberry.Private[Any]
    cursor: str = strawberry.field(
        resolver=cursor, description="Names this place in the list, for `after` and `before`."
    )
    node: Node = strawberry.field(description="What stands here.")


@strawberry.type(description="A page of a list.")
class Connection(Keepable, Generic[Node]):
    edges: list[Edge[Node]] = strawberry.field(description="The page, in the list's order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@lru_cache(MOST_WINDOWS)
def window(
    list_name: str,
    key: tuple[type[KeyPart], ...],
    *,
    first: int | None,
    after: str | None,
    last: int | None = None,
    before: str | None = None,
) -> Window:
    """The window that the paging arguments mean. Raises ApiError (BAD_USER_INPUT) where they cannot be taken."""
    if first is not None and last is not None:
        raise ApiError("BAD_USER_INPUT", "`first` and `last` cannot be used together")
    size = next((given for given in (first, last) if given is not None), DEFAULT_SIZE)
    if not 1 <= size <= MAXIMUM_SIZE:
        raise ApiError("BAD_USER_INPUT", f"A page has 1 to {MAXIMUM_SIZE} entries")
    return Window(
        size,
        after=_read_cursor(list_name, key, after) if after is not None else None,
        before=_read_cursor(list_name, key, before) if before is not None else None,
        backward=last is not None,
    )


def connect(
    list_name: str, page: Page[Row], key: Callable[[Row], tuple[KeyPart, ...]], node: Callable[[Row], Node]
) -> Connection[Node]:
    """A page of rows as clients read it; `key` gives a row's place in the list."""
    listing = Listing(list_name, key)
    return Connection(
        edges=[Edge(listing=listing, row=row, node=node(row)) for row in page.rows],
        page_info=PageInfo(
            listing=listing, page=page, has_next_page=page.has_next, has_previous_page=page.has_previous
        ),
    )


def _read_cursor(list_name: str, key: Sequence[type[KeyPart]], cursor: str) -> tuple[object, ...]:
    try:
        if len(cursor) > 200:
            raise ValueError("longer than any cursor")
        given = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        name, *parts = given
        read = tuple(_part(kind, part) for kind, part in zip(key, parts, strict=True))
    except (Error, ValueError, TypeError, OverflowError) as error:
        raise ApiError("BAD_USER_INPUT", "The cursor is not one of this list's") from error
    if name != list_name:
        raise ApiError("BAD_USER_INPUT", "The cursor is not one of this list's")
    return read


def _part(kind: type[KeyPart], part: object) -> KeyPart:
    if kind is datetime and isinstance(part, str):
        instant = datetime.fromisoformat(part)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    most = 2**31 if kind is Int32 else 2**63
    if kind is not datetime and isinstance(part, int) and not isinstance(part, bool) and 0 <= part < most:
        return part
    raise ValueError("not a key")
