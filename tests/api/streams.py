"""How does a test read a subscription of the GraphQL face, without a transport in between?"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.api.context import Context, Gateway
from app.changes import Listener
from tests.api.asking import CODES, Principal, schema
from tests.client import Who
from tests.telling import LONG, eventually

SILENCE = 0.5  # seconds in which a change would have been told
BALANCE = "subscription { balanceChanged { available pending reserved debt } }"
ACTIVITY = "subscription { activityRecorded { kind points status } }"


def context_of(who: Who | None, listener: Listener | None, language: str | None = None) -> Context:
    """The context of a subscription, as a transport makes it."""
    principal = Principal(who.subject, frozenset({who.role})) if who else None
    return Context(Gateway(CODES, listener=listener), principal, language)


async def results_of(document: str, context: Context) -> AsyncGenerator[Any, None]:
    """What a transport reads."""
    return await schema().subscribe(document, context_value=context)


class Stream:
    """A subscription that goes on; it is read only when it is asked."""

    def __init__(self, results: AsyncGenerator[Any, None], first: asyncio.Task[Any]) -> None:
        self._results = results
        self._reading: asyncio.Task[Any] | None = first

    def read(self) -> asyncio.Task[Any]:
        """The task that waits for the next event, begun now unless it waits already."""
        if self._reading is None:
            self._reading = asyncio.create_task(anext(self._results))
        return self._reading

    async def result(self) -> Any:
        """The next event, errors and all."""
        async with asyncio.timeout(LONG):
            result = await self.read()
        self._reading = None
        return result

    async def next(self) -> Any:
        """What the next event says of its one field."""
        result = await self.result()
        assert not result.errors, result.errors
        (told,) = result.data.values()
        return told

    async def is_silent(self) -> bool:
        """Is nothing told of what has been committed?"""
        told, _ = await asyncio.wait({self.read()}, timeout=SILENCE)
        return not told

    async def ended(self) -> bool:
        """Does it end without another word?"""
        async with asyncio.timeout(LONG):
            await asyncio.wait({self.read()})
        return isinstance(self.read().exception(), StopAsyncIteration)

    async def leave(self) -> None:
        """Close it, as for a client whose connection is gone."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        await self._results.aclose()


@asynccontextmanager
async def subscribed(
    who: Who, document: str, listener: Listener, *, language: str | None = None
) -> AsyncIterator[Stream]:
    """A subscription that has begun: what happens from here on is told."""

    async def begun() -> bool:
        return sum(map(len, listener._watches.values())) > before or first.done()

    before = sum(map(len, listener._watches.values()))
    results = await results_of(document, context_of(who, listener, language))
    first = asyncio.create_task(anext(results))
    await eventually(begun)
    stream = Stream(results, first)
    try:
        yield stream
    finally:
        await stream.leave()
