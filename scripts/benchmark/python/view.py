"""How fast is this very schema behind Strawberry's own view, with graphql-core parsing, validating and executing?"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from app.api.context import Context, Gateway, context_maker
from app.api.schema import build_schema
from app.coupons.codes import CouponCodes
from app.database import close_database, open_database
from scripts.benchmark.python.tokens import subject_of

make_context = context_maker(Gateway(CouponCodes(os.environ["BENCH_COUPON_KEY"].encode())))


@dataclass(frozen=True)
class Asker:
    """A member, by their token."""

    subject: str
    roles: frozenset[str] = frozenset({"member"})


class View(GraphQL[Context, None]):
    """Strawberry's view with this programme's context."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Who asks, by the token of the request."""
        asker = Asker(subject_of(request.headers.get("authorization", "")))
        return await make_context(principal=asker, accept_language=request.headers.get("accept-language"))


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    await open_database(os.environ["BENCH_DATABASE_URL"], pool_size=int(os.environ["BENCH_POOL_SIZE"]))
    try:
        yield
    finally:
        await close_database()


view = View(build_schema("production"), graphql_ide=None)
app = Starlette(routes=[Route("/graphql", view)], lifespan=lifespan)
