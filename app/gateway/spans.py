"""Which spans does a request leave in OpenTelemetry?

A server span for the request, in it one for what is prepared and one for what is executed, and a client span for each
SQL statement. No span holds a document, a variable, a token, a statement's text, or what an exception says.
"""

import asyncio
import hashlib
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

import asyncpg
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.gateway.answers import FAILURES
from app.gateway.metrics import verb_of
from app.gateway.observed import Observed
from app.pool import Connection

NAME_CHARACTERS = 100
CLOSE_SECONDS = 2.0
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
KNOWN_STATEMENTS = 1_000
PARENT = "traceparent"  # not tracestate: whatever a client writes there would be exported

_propagator = TraceContextTextMapPropagator()


def exported_spans() -> "Spans":
    """Spans that go where the variables OTEL_EXPORTER_OTLP_* say, in batches, from a thread."""
    return Spans(BatchSpanProcessor(OTLPSpanExporter()))


class Spans:
    """A Tracer: `processor` gets each span when it ends."""

    def __init__(self, processor: SpanProcessor) -> None:
        named = Resource({SERVICE_NAME: "mipoints"}).merge(OTELResourceDetector().detect())  # OTEL_SERVICE_NAME wins
        self._provider = TracerProvider(resource=named, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("mipoints")

    @contextmanager
    def request(self, observed: Observed, headers: Mapping[str, str], method: str | None) -> Iterator[None]:
        """See Tracer. A client's `traceparent` is continued."""
        parent = headers.get(PARENT)
        around = _propagator.extract({PARENT: parent}) if parent is not None else Context()
        with self._tracer.start_as_current_span(
            "request", around, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            finally:
                describe(span, observed, method)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """See Tracer."""
        with self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False):
            yield

    def watch(self, connected: Connection) -> None:
        """See Tracer."""
        connected.add_query_logger(self._note_statement)

    async def close(self) -> None:
        """See Tracer. A collector that does not answer holds nobody up: its thread ends with the process."""
        closing = threading.Thread(target=self._provider.shutdown, name="tracing", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, CLOSE_SECONDS)

    def _note_statement(self, sent: asyncpg.connection.LoggedQuery) -> None:
        """asyncpg calls this soon after a statement, in the context that sent it."""
        if not get_current_span().get_span_context().trace_flags.sampled:
            return  # sweeps and looks belong to no request
        ended = time.time_ns()
        verb = verb_of(sent.query)
        span = self._tracer.start_span(verb, kind=SpanKind.CLIENT, start_time=ended - round(sent.elapsed * 1e9))
        span.set_attributes(
            {"db.system.name": "postgresql", "db.operation.name": verb, "mipoints.statement": hash_of(sent.query)}
        )
        if sent.exception is not None:
            fail(span, getattr(sent.exception, "sqlstate", None) or type(sent.exception).__qualname__)
        span.end(ended)


def describe(span: Span, observed: Observed, method: str | None) -> None:
    """Names a request's span, and says what is known of it."""
    name = observed.operation[:NAME_CHARACTERS] if observed.operation else None
    spoken = (method if method in METHODS else "_OTHER") if method is not None else None
    span.update_name(" ".join(part for part in (observed.kind or spoken or "WEBSOCKET", name) if part))
    attributes = {
        "graphql.operation.name": name,
        "graphql.operation.type": observed.kind,
        "http.request.method": spoken,
        "http.response.status_code": observed.status or None,
        "http.route": "/graphql",
        "mipoints.request_id": observed.request_id,
        "mipoints.transport": observed.transport,
        "mipoints.document": observed.sha256,
        "mipoints.cost": observed.cost,
        "mipoints.codes": sorted(set(observed.codes)),
    }
    span.set_attributes({name: value for name, value in attributes.items() if value is not None})
    ours = sorted(FAILURES.intersection(observed.codes))
    if observed.status >= 500 or ours:
        fail(span, ours[0] if ours else str(observed.status))


def fail(span: Span, kind: str) -> None:
    """The fault is ours; `kind` is a code, never a sentence."""
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)


@lru_cache(KNOWN_STATEMENTS)
def hash_of(statement: str) -> str:
    """Tells statements apart."""
    return hashlib.sha256(statement.encode()).hexdigest()[:16]
