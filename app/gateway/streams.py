"""How long does a stream go on, how many may there be, and what if its reader is slow?"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from datetime import UTC, datetime

from app.gateway.faults import too_many
from app.gateway.operations import Body
from app.gateway.visitors import Visitor

MOST_SEATS = 10_000
MOST_STREAMS_OF_ONE = 50
MOST_CONNECTIONS_OF_ONE = 500  # an address may be that of many members
SLOW_READER_S = 10.0


class TokenExpired(Exception):
    """The token that a stream was opened with is not good any more."""


class SlowReader(Exception):
    """A reader did not take what was sent for SLOW_READER_S seconds; nothing is kept for it."""


class Seats:
    """How many streams and connections are open in this process, in all and by name."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, name: str, most: int) -> Iterator[None]:
        """One seat of the `most` of this name for as long as the block lasts; raises Fault 429 when there is none."""
        if self._taken.total() >= MOST_SEATS or self._taken[name] >= most:
            raise too_many("Too many streams are open", retry_s=SLOW_READER_S)
        self._taken[name] += 1
        try:
            yield
        finally:
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]

    def stream(self, visitor: Visitor) -> AbstractContextManager[None]:
        """A seat for a stream of this visitor."""
        principal = visitor.principal
        return self.taken(f"stream {principal.subject if principal else visitor.address}", MOST_STREAMS_OF_ONE)

    def connection(self, address: str) -> AbstractContextManager[None]:
        """A seat for a WebSocket from this address."""
        return self.taken(f"connection {address}", MOST_CONNECTIONS_OF_ONE)

    @property
    def total(self) -> int:
        """The seats that are taken."""
        return self._taken.total()


async def relay(bodies: AsyncGenerator[Body, None], tell: Callable[[Body], Awaitable[None]], visitor: Visitor) -> None:
    """Tells each body as it comes, until there are no more. Raises TokenExpired and SlowReader."""
    async with aclosing(bodies):
        try:
            async with asyncio.timeout(life_of(visitor)) as life:
                async for body in bodies:
                    await in_time(tell(body))
        except TimeoutError:
            if life.expired():
                raise TokenExpired from None
            raise


async def in_time(sending: Awaitable[None]) -> None:
    """Sends; raises SlowReader when the reader does not take it."""
    try:
        async with asyncio.timeout(SLOW_READER_S) as limit:
            await sending
    except TimeoutError:
        if limit.expired():
            raise SlowReader from None
        raise


def life_of(visitor: Visitor) -> float | None:
    """The seconds that the visitor's token is still good for, by the real clock; None without a token."""
    if visitor.principal is None:
        return None
    return max(0.0, (visitor.principal.expires_at - datetime.now(UTC)).total_seconds())
