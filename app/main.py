"""What is the web application made of, and in which order does it start and stop?"""

import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan, Receive, Scope, Send
from strawberry import Schema

from app.api.context import Gateway, context_maker
from app.api.schema import build_schema
from app.catalogue import keeping
from app.changes import Announcer, Listener
from app.coupons.codes import CouponCodes
from app.database import close_database, open_database
from app.documents.store import find
from app.gateway import journal, metrics
from app.gateway.answers import answer_fault
from app.gateway.endpoint import GraphQLEndpoint
from app.gateway.faults import Fault
from app.gateway.graphiql import graphiql_routes, page
from app.gateway.health import health_routes
from app.gateway.keys import Keys
from app.gateway.media import JSON
from app.gateway.metrics_page import metrics_route
from app.gateway.routes import PATH, serve_graphql
from app.gateway.tokens import DevelopmentKeys, coupon_key, development_key, erasure_key
from app.gateway.tracing import tracer_of
from app.ledger.outlets import tell_endpoints
from app.pool import Connection, OnConnect
from app.schema import check_schema
from app.settings import Settings, read_settings
from app.web_worker import when_it_answers, with_its_supervisor
from app.worker import Worker

log = logging.getLogger("mipoints.gateway")

YOUNG_OBJECTS = 5_000  # that are made before one looks which of them are in circles; one request makes hundreds
EXPOSED = ["ETag", "Retry-After", "X-Request-Id"]  # headers that a page of another origin may read


def create_app(settings: Settings | None = None) -> Starlette:
    """The gateway as an ASGI application; without `settings` they come from the environment.

    `settings.database_url` names the database, also when it is the embedded one. The start opens it and refuses
    (SchemaNotCurrent) when a migration or a guard is missing; with one web process the worker runs here as well. The
    end stops the worker, then closes the pool.
    """
    chosen = settings or read_settings()
    keys = _keys(chosen)
    schema = build_schema(chosen.profile)
    listener = Listener(chosen.direct_url)
    shared = Gateway(CouponCodes(coupon_key(chosen)), chosen.adjustment_limit, erasure_key(chosen), listener)
    tracer = tracer_of(chosen)
    served = serve_graphql(
        schema,
        context_maker(shared),
        keys,
        chosen,
        observers=(journal.write, metrics.observe),
        trusted=find,
        tracer=tracer,
        page=lambda request: page(request, chosen),
    )
    routes = [*served.routes, *health_routes(check_schema), *graphiql_routes(chosen)]
    if chosen.profile == "development":
        routes += [_schema_route(schema), metrics_route()]

    async def watch(connected: Connection) -> None:
        metrics.watch(connected)
        tracer.watch(connected)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(tracer.close)
            stack.push_async_callback(close_database)
            stack.push_async_callback(keys.close)
            if chosen.workers > 1:
                await stack.enter_async_context(with_its_supervisor())
            opening = partial(_open, chosen, watch)
            await (opening() if chosen.workers == 1 else when_it_answers(opening))
            tell_endpoints(chosen.webhooks)
            await stack.enter_async_context(listener)
            await stack.enter_async_context(Announcer())
            if chosen.catalogue_cache == "on":
                await stack.enter_async_context(keeping(listener))
            await stack.enter_async_context(metrics.Counting(served.seats))
            if chosen.workers == 1:
                await stack.enter_async_context(Worker(chosen))
            gc.collect()
            gc.freeze()  # schema and settings stay; looking through them again and again holds requests up
            gc.set_threshold(YOUNG_OBJECTS)  # hardly anything of a request is in a circle
            if chosen.workers > 1:
                log.info("web worker %s serves", os.getpid())
            yield

    return _application(served.endpoint, routes, lifespan, chosen)


async def _open(settings: Settings, watch: OnConnect) -> None:
    await open_database(
        settings.database_url,
        pool_size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
        statement_cache_size=settings.statement_cache_size,
        application_name="mipoints",
        on_connect=watch,
        replica_url=settings.replica_url,
    )
    try:
        await check_schema()
    except BaseException:
        await close_database()
        raise


class Application(Starlette):
    """Starlette, past which what comes by HTTP for GraphQL goes straight to its endpoint.

    There is nothing to find for it on the way, and nothing to catch that its endpoint has not caught. Where pages of
    other origins may call there is middleware for that, and nothing goes past it.
    """

    graphql: GraphQLEndpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and not self.user_middleware:
            await self.graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _application(
    endpoint: GraphQLEndpoint, routes: list[BaseRoute], lifespan: Lifespan[Starlette], settings: Settings
) -> Starlette:
    app = Application(
        routes=routes,
        lifespan=lifespan,
        middleware=_cross_origin(settings.allowed_origins),
        exception_handlers={HTTPException: _not_served},
    )
    app.graphql = endpoint
    app.router.redirect_slashes = False  # a redirect goes where the Host header says
    return app


def _cross_origin(allowed: tuple[str, ...]) -> list[Middleware]:
    """What lets pages of these origins read our answers in a browser; never with cookies, which nothing here uses."""
    if not allowed:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(allowed),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=EXPOSED,
            max_age=600,
        )
    ]


def _keys(settings: Settings) -> Keys:
    """In production the issuer's keys and no others; in development the key of the data folder."""
    if settings.profile == "production":
        from app.gateway.issuer import IssuerKeys  # it brings an HTTP client, which nothing else here needs

        return IssuerKeys(settings.jwks_url, issuer=settings.issuer, audience=settings.audience)
    return DevelopmentKeys(development_key(settings))


def _schema_route(schema: Schema) -> Route:
    sdl = schema.as_str()

    async def schema_graphql(request: Request) -> Response:
        return PlainTextResponse(sdl, headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"})

    return Route("/schema.graphql", schema_graphql)


async def _not_served(request: Request, error: Exception) -> Response:
    """Paths and methods that no route knows, as JSON like every other refusal."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    headers = (error.headers if isinstance(error, HTTPException) else None) or {}
    code = "METHOD_NOT_ALLOWED" if status == 405 else "NOT_FOUND"
    return answer_fault(Fault(status, code, "Nothing is served here", headers), JSON)
