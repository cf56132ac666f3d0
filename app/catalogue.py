"""What of the catalogue may be answered from memory, and when is it read again?

Offers and campaigns change when staff change them. What was read of them is kept for two seconds at most, and forgotten
at once when a transaction of any process says that it has changed them. What points move is never kept: balances,
activities, what is left of a stock or of a budget.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Generic, TypeVar

from app.changes import Listener
from app.commits import Committed, on_commit, under_way

LONGEST_SECONDS = 2.0
MOST_PAGES = 200  # of what is kept, made once until it is read again

Found = TypeVar("Found")


class Kept(Generic[Found]):
    """What a read answered, for as long as it may be kept; while nothing is kept every reader reads for themselves."""

    def __init__(self, read: Callable[[], Awaitable[Found]]) -> None:
        self._read = read
        self._found: Found | None = None
        self._until = 0.0
        self._reading: asyncio.Task[Found] | None = None
        _all.append(self)

    def known(self) -> Found | None:
        """What is in memory and young enough."""
        found = self._found
        if found is not None and monotonic() >= self._until:
            self._found = found = None
        return found

    async def fresh(self) -> Found:
        """What is in memory, else read for all who ask at this moment. Raises what the read does."""
        if under_way():
            return await self._read()
        found = self.known()
        if found is not None:
            return found
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._again(), name="catalogue")
        return await asyncio.shield(self._reading)

    def forget(self) -> None:
        """What was read so far, or is being read, is old."""
        self._found = None
        self._reading = None

    async def _again(self) -> Found:
        begun = monotonic()
        found = await self._read()
        if self._reading is asyncio.current_task():  # else it was told meanwhile that this is old
            self._found, self._until = found, begun + LONGEST_SECONDS
        return found


def answered(found: Found) -> asyncio.Future[Found]:
    """An answer that need not be waited for."""
    future: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
    future.set_result(found)
    return future


_all: list[Kept[Any]] = []
_keepers = 0


def is_kept() -> bool:
    """Does this process keep the catalogue?"""
    return _keepers > 0


def forget() -> None:
    """The catalogue has changed: from here on it is read anew."""
    for kept in _all:
        kept.forget()


@asynccontextmanager
async def keeping(listener: Listener | None = None) -> AsyncIterator[None]:
    """While the block runs this process keeps the catalogue; it hears from `listener` what other processes change."""
    global _keepers
    leave = on_commit(_note)
    if listener is not None:
        listener.tell_of_catalogue(forget)
    forget()
    _keepers += 1
    try:
        yield
    finally:
        _keepers -= 1
        leave()
        forget()


def _note(committed: Committed) -> None:
    if committed.catalogue:
        forget()
