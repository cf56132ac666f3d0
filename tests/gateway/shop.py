"""Which small schema and server do the tests of the HTTP door use?"""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import httpx
import strawberry
import uvicorn
from starlette.applications import Starlette

from app.api.hints import of_reader, public
from app.gateway.connections import OPTIONS, Reading
from app.gateway.identity import Principal
from app.gateway.keys import Keys
from app.gateway.routes import serve_graphql
from app.gateway.streams import Seats
from app.gateway.tokens import AUDIENCE
from app.settings import DEVELOPMENT_ISSUER, Settings, read_settings
from tests.gateway.news import PARCEL, Context, OfferClosed, Seen, Subscription
from tests.gateway.news import SECRET as SECRET

Kind = TypeVar("Kind", bound=Reading)


@strawberry.enum
class Fuel(Enum):
    """An enum to mistype."""

    FULL = "full"
    EMPTY = "empty"


async def _wait(name: str, info: strawberry.Info[Context, None]) -> str:
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        info.context.seen.cancelled.append(name)
        raise
    return name


@strawberry.type
class Offer:
    """Something to be had."""

    title: str = "Five euros"

    @strawberry.field(metadata=of_reader())
    def affordable(self) -> bool:
        """Depends on who asks."""
        return True


@strawberry.type
class Query:
    """Fields that show one thing each."""

    @strawberry.field
    def who(self, info: strawberry.Info[Context, None]) -> str | None:
        """The subject of the token; notes which operation runs, where it is asked for by its own name."""
        if info.path.key == "who":
            info.context.seen.operations.append(info.operation)
        return info.context.principal.subject if info.context.principal else None

    @strawberry.field
    def roles(self, info: strawberry.Info[Context, None]) -> list[str]:
        """The roles of the token."""
        return sorted(info.context.principal.roles) if info.context.principal else []

    @strawberry.field
    def language(self, info: strawberry.Info[Context, None]) -> str | None:
        """What the client reads."""
        return info.context.accept_language

    @strawberry.field
    def double(self, points: int) -> int:
        """Twice as many."""
        return points * 2

    @strawberry.field
    def parcels(self, many: int) -> list[str]:
        """A long answer."""
        return [PARCEL] * many

    @strawberry.field
    def fuel(self, level: Fuel = Fuel.FULL) -> str:
        """Takes an enum."""
        return level.name

    @strawberry.field(metadata=public(60))
    def terms(self) -> str:
        """The same for all, for a minute."""
        return "https://shop.example/terms"

    @strawberry.field(metadata=public(10))
    def offers(self) -> list[Offer]:
        """The same for all, but for what it says to its reader."""
        return [Offer()]

    @strawberry.field
    def broken(self) -> str | None:
        """Fails in a way that nobody meant."""
        raise RuntimeError(SECRET)

    @strawberry.field
    def required(self) -> str:
        """Fails where null is not allowed."""
        raise RuntimeError(SECRET)

    @strawberry.field
    def closed(self) -> str | None:
        """Refuses."""
        raise OfferClosed("No such offer")

    @strawberry.field
    def overflow(self) -> int | None:
        """Answers what an Int cannot hold."""
        return 2**40

    @strawberry.field
    async def slow(self, info: strawberry.Info[Context, None]) -> str:
        """Waits for half a minute."""
        return await _wait("slow", info)

    @strawberry.field
    async def slower(self, info: strawberry.Info[Context, None]) -> str:
        """Waits as well."""
        return await _wait("slower", info)


@strawberry.type
class Mutation:
    """One thing that changes."""

    @strawberry.mutation
    def visit(self, info: strawberry.Info[Context, None]) -> int:
        """Counts."""
        seen = info.context.seen
        seen.visits += 1
        for watching in seen.watching:
            watching.put_nowait(seen.visits)
        return seen.visits


@dataclass
class Door:
    """A running server, and a client to knock with."""

    client: httpx.Client
    seen: Seen
    seats: Seats
    loop: asyncio.AbstractEventLoop
    server: uvicorn.Server

    def ask(self, query: str, variables: object = None, *, token: str | None = None, **headers: str) -> httpx.Response:
        """One GraphQL request by POST."""
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/graphql", json={"query": query, "variables": variables}, headers=named)

    def code(self, response: httpx.Response) -> str:
        """The code of the first error of an answer."""
        body: dict[str, Any] = response.json()
        code: str = body["errors"][0]["extensions"]["code"]
        return code

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        return self.client.base_url.host, self.client.base_url.port or 80

    def wait_until_empty(self) -> None:
        """Waits until nobody has a seat."""
        deadline = time.monotonic() + 20
        while self.seats.total:
            assert time.monotonic() < deadline, f"{self.seats.total} seats are still taken"
            time.sleep(0.005)

    def behind(self, kind: type[Kind]) -> list[Kind]:
        """The connections of this kind whose clients do not read."""
        opened: tuple[object, ...] = tuple(self.server.server_state.connections)
        return [each for each in opened if isinstance(each, kind) and each.is_behind]

    @property
    def tasks(self) -> int:
        """How many tasks the server has."""
        return len(asyncio.all_tasks(self.loop))


@contextmanager
def open_door(settings: Settings, keys: Keys) -> Iterator[Door]:
    """The small schema behind the real endpoint."""
    seen = Seen()
    loops: list[asyncio.AbstractEventLoop] = []

    async def make_context(*, principal: Principal | None, accept_language: str | None) -> Context:
        if seen.context_fails is not None:
            raise seen.context_fails(SECRET)
        return Context(principal, accept_language, seen)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        loops.append(asyncio.get_running_loop())
        yield

    schema = strawberry.Schema(Query, Mutation, Subscription)
    graphql = serve_graphql(schema, make_context, keys, settings, observers=(seen.observed.append,))
    app = Starlette(routes=graphql.routes, lifespan=lifespan)
    with running(app) as (url, server), httpx.Client(base_url=url, timeout=10) as client:
        yield Door(client, seen, graphql.seats, loops[0], server)


def development_settings(folder: Path) -> Settings:
    """Settings of the development profile with a short request time-out."""
    return read_settings(profile="development", data_dir=folder, request_timeout_s=1)


def claims(**changed: object) -> dict[str, Any]:
    """Good claims of member mi-1; a change to None leaves the claim out, a timedelta is that long from now."""
    at = int(datetime.now(UTC).timestamp())
    good = {"iss": DEVELOPMENT_ISSUER, "aud": AUDIENCE, "iat": at, "exp": at + 60, "sub": "mi-1", "roles": ["member"]}
    return {
        name: at + int(value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in {**good, **changed}.items()
        if value is not None
    }


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """A real HTTP server on a free port of the loopback; gives its address."""
    with running(app) as (url, _):
        yield url


@contextmanager
def running(app: Starlette) -> Iterator[tuple[str, uvicorn.Server]]:
    """The same with what serves it. Its end waits for all that is open, so that what does not end is found."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", **OPTIONS))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", server
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
        assert not thread.is_alive(), "the server did not stop"
