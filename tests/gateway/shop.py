"""Which small schema and server do the tests of the HTTP door use?"""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import httpx
import strawberry
import uvicorn
from graphql import DocumentNode
from starlette.applications import Starlette
from strawberry.extensions import SchemaExtension

from app.api.hints import of_reader, public
from app.gateway.identity import Principal
from app.gateway.keys import Keys
from app.gateway.observed import Observed
from app.gateway.routes import serve_graphql
from app.gateway.tokens import AUDIENCE
from app.settings import DEVELOPMENT_ISSUER, Settings, read_settings

SECRET = "SELECT code FROM coupon"


class OfferClosed(Exception):
    """A refusal of our own: public, with a code."""

    public = True
    code = "NOT_FOUND"


@strawberry.enum
class Fuel(Enum):
    """An enum to mistype."""

    FULL = "full"
    EMPTY = "empty"


@dataclass
class Seen:
    """What the resolvers saw."""

    cancelled: list[str] = field(default_factory=list)
    documents: list[DocumentNode | None] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)
    visits: int = 0
    context_fails: bool = False


@dataclass
class Context:
    """The context of one request of the small schema."""

    principal: Principal | None
    accept_language: str | None
    seen: Seen


class Watching(SchemaExtension):
    """Notes which document runs."""

    def on_execute(self) -> Iterator[None]:
        """Called around the execution."""
        self.execution_context.context.seen.documents.append(self.execution_context.graphql_document)
        yield


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
        """The subject of the token."""
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
        info.context.seen.visits += 1
        return info.context.seen.visits


@dataclass
class Door:
    """A running server, and a client to knock with."""

    client: httpx.Client
    seen: Seen

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


@contextmanager
def open_door(settings: Settings, keys: Keys) -> Iterator[Door]:
    """The small schema behind the real endpoint."""
    seen = Seen()

    async def make_context(*, principal: Principal | None, accept_language: str | None) -> Context:
        if seen.context_fails:
            raise ConnectionError(SECRET)
        return Context(principal, accept_language, seen)

    schema = strawberry.Schema(Query, Mutation, extensions=[Watching])
    graphql = serve_graphql(schema, make_context, keys, settings, observers=(seen.observed.append,))
    app = Starlette(routes=graphql.routes)
    with served(app) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield Door(client, seen)


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
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
