"""How are the answers of an operation told one by one, for how long, and how many at once?

A reader that is too slow holds its stream back, and nothing is kept for it: `app.gateway.connections` drops it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, contextmanager
from datetime import UTC, datetime

from graphql import OperationType

from app.gateway.faults import timed_out, too_many
from app.gateway.identity import LEEWAY_S
from app.gateway.operations import Body, Operations, Prepared
from app.gateway.visitors import Visitor

MOST_SEATS = 10_000
MOST_STREAMS_OF_ONE = 50
MOST_CONNECTIONS_OF_ONE = 500  # an address may be that of many members
COME_AGAIN_S = 10.0

Tell = Callable[[Body], Awaitable[None]]


class Seats:
    """How many streams and connections are open in this process, in all and by name."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, name: str, most: int) -> Iterator[None]:
        """One seat of the `most` of this name for as long as the block lasts; raises Fault 429 when there is none."""
        if self._taken.total() >= MOST_SEATS or self._taken[name] >= most:
            raise too_many("Too many streams are open", retry_s=COME_AGAIN_S)
        self._taken[name] += 1
        try:
            yield
        finally:
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]

    def stream(self, visitor: Visitor) -> AbstractContextManager[None]:
        """A seat for an operation of this visitor."""
        principal = visitor.principal
        return self.taken(f"stream {principal.subject if principal else visitor.address}", MOST_STREAMS_OF_ONE)

    def connection(self, address: str) -> AbstractContextManager[None]:
        """A seat for a WebSocket from this address."""
        return self.taken(f"connection {address}", MOST_CONNECTIONS_OF_ONE)

    @property
    def total(self) -> int:
        """The seats that are taken."""
        return self._taken.total()


async def tell_all(operations: Operations, prepared: Prepared, tell: Tell, *, timeout_s: float) -> None:
    """Tells what a subscription brings until it ends, or the one answer of another operation, which has `timeout_s`.

    Raises Fault 503 when that is over. Whichever way this is left, the subscription's source is closed.
    """
    if prepared.kind is not OperationType.SUBSCRIPTION:
        async with within(timeout_s, timed_out(timeout_s)):
            body = await operations.run(prepared)
        await tell(body)
        return
    async with aclosing(operations.bodies(prepared)) as bodies:
        async for body in bodies:
            await tell(body)
            await asyncio.sleep(0)  # neither need have waited: a stream without a pause must not stop the others


@asynccontextmanager
async def within(seconds: float | None, late: Exception) -> AsyncIterator[None]:
    """Raises `late` when the block takes longer; None gives it all the time."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError:
        if limit.expired():
            raise late from None
        raise


def life_of(visitor: Visitor) -> float | None:
    """The seconds until the visitor's token expires, by the real clock; None without a token.

    One that has expired and was taken all the same has what is left of the leeway.
    """
    if visitor.principal is None:
        return None
    left_s = (visitor.principal.expires_at - datetime.now(UTC)).total_seconds()
    return left_s if left_s > 0 else left_s + LEEWAY_S
