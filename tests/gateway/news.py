"""What does the small schema of these tests tell as it happens, and what do its resolvers note?"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import strawberry
from graphql import OperationDefinitionNode

from app.gateway.identity import Principal
from app.gateway.observed import Observed

SECRET = "SELECT code FROM coupon"
PARCEL = "x" * 50_000


class OfferClosed(Exception):
    """A refusal of our own: public, with a code."""

    public = True
    code = "NOT_FOUND"


@dataclass
class Seen:
    """What the resolvers saw."""

    cancelled: list[str] = field(default_factory=list)
    operations: list[OperationDefinitionNode] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)
    visits: int = 0
    context_fails: type[Exception] | None = None
    watching: set["asyncio.Queue[int]"] = field(default_factory=set)
    parcels: int = 0
    ended: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Nothing was seen yet; who watches goes on."""
        self.cancelled.clear()
        self.operations.clear()
        self.observed.clear()
        self.ended.clear()
        self.visits = self.parcels = 0
        self.context_fails = None


@dataclass
class Context:
    """The context of one request of the small schema."""

    principal: Principal | None
    accept_language: str | None
    seen: Seen


@contextmanager
def _noted(name: str, info: strawberry.Info[Context, None]) -> Iterator[None]:
    """Whichever way a subscription ends, it is seen."""
    try:
        yield
    finally:
        info.context.seen.ended.append(name)


@strawberry.type
class Subscription:
    """Streams of each kind."""

    @strawberry.subscription
    async def ticks(self, info: strawberry.Info[Context, None], to: int) -> AsyncGenerator[int, None]:
        """Counts."""
        with _noted("ticks", info):
            for tick in range(1, to + 1):
                yield tick

    @strawberry.subscription
    async def visits(self, info: strawberry.Info[Context, None]) -> AsyncGenerator[int, None]:
        """Tells of each visit; it has no end."""
        queue: asyncio.Queue[int] = asyncio.Queue()
        info.context.seen.watching.add(queue)
        with _noted("visits", info):
            try:
                while True:
                    yield await queue.get()
            finally:
                info.context.seen.watching.remove(queue)

    @strawberry.subscription
    async def breaking(self, info: strawberry.Info[Context, None]) -> AsyncGenerator[int, None]:
        """Fails midway."""
        with _noted("breaking", info):
            yield 1
            raise RuntimeError(SECRET)

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        """Does not begin."""
        raise OfferClosed("No such offer")

    @strawberry.subscription
    async def parcels(self, info: strawberry.Info[Context, None]) -> AsyncGenerator[str, None]:
        """Sends and sends, without a pause."""
        with _noted("parcels", info):
            while True:
                info.context.seen.parcels += 1
                yield PARCEL
