"""What does the gateway serve under /graphql and beside it, and what stands behind it?"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute, Route, WebSocketRoute
from strawberry import Schema

from app.gateway.documents import Documents, Lookup
from app.gateway.endpoint import GraphQLEndpoint, Page
from app.gateway.keys import Keys
from app.gateway.observed import Observer
from app.gateway.operations import MakeContext, Operations
from app.gateway.origins import Origins
from app.gateway.rates import Buckets, MemoryBuckets, SharedBuckets
from app.gateway.socket import GraphQLSocket
from app.gateway.statement import PATH as STATEMENT
from app.gateway.statement import StatementEndpoint
from app.gateway.streams import Seats
from app.gateway.tokens import erasure_key, statement_key
from app.gateway.tracing import Tracer
from app.gateway.visitors import Meter
from app.ledger.proof import signing_key
from app.settings import Settings

PATH = "/graphql"


@dataclass(frozen=True)
class Served:
    """One schema behind its two doors, of which `endpoint` is the one for HTTP, and the seats that its streams take."""

    endpoint: GraphQLEndpoint
    routes: Sequence[BaseRoute]
    seats: Seats


def serve_graphql(
    schema: Schema,
    make_context: MakeContext,
    keys: Keys,
    settings: Settings,
    *,
    trusted: Lookup | None = None,
    observers: tuple[Observer, ...] = (),
    tracer: Tracer | None = None,
    page: Page | None = None,
) -> Served:
    """HTTP, server-sent events and WebSockets at /graphql, and statements to download.

    In `production` nothing tells of the schema.
    """
    open_to_all = settings.profile != "production"
    documents = Documents(
        schema._schema,
        introspection=open_to_all,
        suggestions=open_to_all,
        trusted=trusted,
        trusted_only=settings.trusted_only,
    )
    operations = Operations(
        schema,
        make_context,
        keys,
        documents,
        Meter(settings, buckets_of(settings)),
        cost_limit=settings.cost_limit,
        suggestions=open_to_all,
        pseudonym_key=erasure_key(settings),
        observers=observers,
        tracer=tracer,
    )
    origins, seats = Origins(settings.allowed_origins), Seats()
    endpoint = GraphQLEndpoint(
        operations, origins, seats, timeout_s=settings.request_timeout_s, page=page if open_to_all else None
    )
    socket = GraphQLSocket(operations, origins, seats, timeout_s=settings.request_timeout_s)
    key = signing_key(statement_key(settings))
    statement = StatementEndpoint(operations, origins, seats, key, settings.request_timeout_s)
    return Served(endpoint, [Route(PATH, endpoint), WebSocketRoute(PATH, socket), Route(STATEMENT, statement)], seats)


def buckets_of(settings: Settings) -> Buckets:
    """Where this process counts rates: several processes share what they count, unless told otherwise."""
    store = settings.rate_store or ("memory" if settings.workers == 1 else "database")
    return SharedBuckets() if store == "database" else MemoryBuckets()
