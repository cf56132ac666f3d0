"""What does this process count: requests, errors, statements, points, streams, and how late it is?

Names are Prometheus', with base units. No label holds anything of a client's but the name of an operation, of which the
first are told apart and the others counted together.
"""

import asyncio
import contextlib
import logging
import math
from functools import lru_cache
from typing import Self, cast

import asyncpg
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from app.commits import Committed, on_commit
from app.database import connection, one
from app.gateway.observed import Observed
from app.gateway.streams import Seats
from app.pool import CancelSafeClient, Connection

log = logging.getLogger("mipoints.metrics")

MOST_NAMES, NAME_CHARACTERS = 200, 80
KNOWN_LABELS = 2_000
LOOK_SECONDS, LOOK_TIMEOUT_SECONDS = 5.0, 4.0
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
STATEMENT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5)
VERBS = frozenset("SELECT INSERT UPDATE DELETE WITH BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE".split())

disable_created_metrics()  # type: ignore[no-untyped-call] # the instants at which counters began would be a page as long again
registry = CollectorRegistry()
_requests = Counter(
    "mipoints_requests",
    "Requests answered; status 0 is a message on a WebSocket, a stream counts when it ends",
    ("operation", "kind", "transport", "status"),
    registry=registry,
)
_durations = Histogram(
    "mipoints_request_duration_seconds",
    "From a request's first byte to its answer, but for subscriptions",
    ("operation",),
    buckets=REQUEST_SECONDS,
    registry=registry,
)
_costs = Counter("mipoints_request_cost_units", "What requests cost, in fields", ("operation",), registry=registry)
_errors = Counter("mipoints_errors", "Errors and refusals in answers", ("code",), registry=registry)
_statements = Histogram(
    "mipoints_sql_statement_duration_seconds",
    "SQL statements, by first word",
    ("verb",),
    buckets=STATEMENT_SECONDS,
    registry=registry,
)
_points = Counter("mipoints_points_moved", "Points moved by committed entries", ("kind",), registry=registry)
_pool = Gauge(
    "mipoints_pool_connections",
    "Database connections of the pool",
    ("state",),
    multiprocess_mode="livesum",
    registry=registry,
)
_pool_most = Gauge(
    "mipoints_pool_connections_max",
    "Connections that the pool may open",
    multiprocess_mode="livesum",
    registry=registry,
)
_streams = Gauge("mipoints_open_streams", "Open streams and WebSockets", multiprocess_mode="livesum", registry=registry)
_settlement = Gauge(
    "mipoints_oldest_due_settlement_age_seconds",
    "How long the clock's change to some account has not been written down; NaN where the database cannot say",
    multiprocess_mode="livemostrecent",
    registry=registry,
)
_outbox = Gauge(
    "mipoints_oldest_outbox_message_age_seconds",
    "How long a message, given up or not, has not arrived; NaN where the database cannot say",
    multiprocess_mode="livemostrecent",
    registry=registry,
)

# Both by the first row of an index. An account's clock is the programme's; the outbox waits for the world outside.
_AGES = """
SELECT greatest(0, extract(epoch FROM programme_now() - (SELECT min(next_change_at) FROM account)))::float8
  AS settlement,
  greatest(0, extract(epoch FROM clock_timestamp() - (
    SELECT created_at FROM outbox_message WHERE delivered_at IS NULL ORDER BY id LIMIT 1)))::float8 AS outbox
"""


class Names:
    """The first names that come are told apart, up to `most` and none of them long; all others are one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        """The name to count under."""
        if name in self._known:
            return name
        if len(self._known) >= self._most or len(name) > NAME_CHARACTERS:
            return "other"
        self._known.add(name)
        return name


_operation, _code = Names(MOST_NAMES), Names(MOST_NAMES)
# To find a number by its labels takes longer than to add to it.
_request = lru_cache(KNOWN_LABELS)(_requests.labels)
_duration = lru_cache(KNOWN_LABELS)(_durations.labels)
_cost = lru_cache(KNOWN_LABELS)(_costs.labels)
_error = lru_cache(KNOWN_LABELS)(_errors.labels)
_statement = lru_cache(KNOWN_LABELS)(_statements.labels)


def observe(observed: Observed) -> None:
    """Counts a request that has its answer."""
    if observed.kind is None:  # refused before it was known which operation was meant
        operation = "none"
    else:
        operation = _operation(observed.operation) if observed.operation else "anonymous"
    _request(operation, observed.kind or "none", observed.transport, str(observed.status)).inc()
    if observed.kind != "subscription":
        _duration(operation).observe(observed.seconds)
    if observed.cost:
        _cost(operation).inc(observed.cost)
    for code in observed.codes:
        _error(_code(code)).inc()


def watch(connected: Connection) -> None:
    """Counts the statements of a connection."""
    connected.add_query_logger(_note_statement)


def verb_of(statement: str) -> str:
    """The first word of a statement, where it is one that we know."""
    words = statement.lstrip()[:20].split(None, 1)  # asyncpg's own begin with many blanks
    word = words[0].rstrip(";").upper() if words else ""
    return word if word in VERBS else "OTHER"


def _note_statement(sent: asyncpg.connection.LoggedQuery) -> None:
    _statement(verb_of(sent.query)).observe(sent.elapsed)


def _note_points(committed: Committed) -> None:
    for kind, points in committed.points.items():
        _points.labels(kind).inc(points)


class Counting:
    """Counts what this process does beside requests, for as long as `async with` lasts.

    Points are counted as they are committed. The pool, the streams and the two ages are looked at every LOOK_SECONDS.
    """

    def __init__(self, seats: Seats) -> None:
        self._seats = seats

    async def __aenter__(self) -> Self:
        self._forget = on_commit(_note_points)
        self._task = asyncio.create_task(self._run(), name="metrics")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._forget()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            self._look_inside()
            await look_at_ages()
            await asyncio.sleep(LOOK_SECONDS)

    def _look_inside(self) -> None:
        pool = cast(CancelSafeClient, connection())._pool
        assert pool is not None  # the start has asked it already
        size, idle = pool.get_size(), pool.get_idle_size()
        _pool.labels("idle").set(idle)
        _pool.labels("in_use").set(size - idle)
        _pool_most.set(pool.get_max_size())
        _streams.set(self._seats.total)


async def look_at_ages() -> None:
    """How late are settlements and messages? What cannot be told is NaN, never a number of old."""
    try:
        async with asyncio.timeout(LOOK_TIMEOUT_SECONDS):
            ages = await one(connection(), _AGES)
    except Exception as error:  # the edge of a background task: whatever failed, the next look is tried
        log.warning("the ages of what is due cannot be told: %s", type(error).__name__)
        ages = {"settlement": math.nan, "outbox": math.nan}
    _settlement.set(ages["settlement"])
    _outbox.set(ages["outbox"])
