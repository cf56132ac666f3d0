"""Can a request be followed through its spans, and is nothing of what was sent in them?"""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.gateway.observed import Observed
from app.gateway.spans import Spans
from app.postgres import EmbeddedPostgres
from tests.client import SHOP, Client
from tests.gateway.inside import ENROL, SECRET, TEXT, bearer, enrolment, eventually, opened, tell_secrets
from tests.gateway.shop import served
from tests.served import MIPOINTS

HOME = "query Home($first: Int) { couponOffers(first: $first) { edges { node { price } } } }"
TRACE, CALLER = "5" * 32, "6" * 16
PARENT = {"traceparent": f"00-{TRACE}-{CALLER}-01"}


class Collector:
    """Takes what a gateway exports."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []
        self.spans: list[Span] = []
        self.services: set[str] = set()

    async def take(self, request: Request) -> Response:
        """One batch."""
        self.bodies.append(await request.body())
        batch = ExportTraceServiceRequest.FromString(self.bodies[-1])
        for resource in batch.resource_spans:
            self.services |= {
                each.value.string_value for each in resource.resource.attributes if each.key == "service.name"
            }
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return Response()

    async def trace(self, **wanted: Any) -> list[Span]:
        """The spans of the request of these attributes, its own first, as soon as it has ended."""

        async def found() -> Span | None:
            ended = (span for span in self.spans if span.kind == Span.SPAN_KIND_SERVER)
            return next((span for span in ended if wanted.items() <= attributes(span).items()), None)

        first: Span = await eventually(found)
        return [first, *(span for span in self.spans if span.trace_id == first.trace_id and span is not first)]


def attributes(span: Span) -> dict[str, Any]:
    """What a span says."""
    told = {each.key: each.value for each in span.attributes}
    return {
        name: [part.string_value for part in value.array_value.values]
        if value.HasField("array_value")
        else value.int_value or value.string_value
        for name, value in told.items()
    }


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """A running collector."""
    made = Collector()
    with served(Starlette(routes=[Route("/v1/traces", made.take, methods=["POST"])])) as url:
        made.url = url
        yield made


@pytest.fixture(scope="module")
async def client(cluster: EmbeddedPostgres, roomy: Path, collector: Collector) -> AsyncIterator[Client]:
    """A client of a gateway that traces."""
    variables = {
        "MIPOINTS_TRACING": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    async with opened(cluster, roomy, **variables) as ready:
        yield ready


async def test_a_request_and_its_parts_are_one_trace_that_goes_on_from_its_callers(
    client: Client, collector: Collector
) -> None:
    asked = {"query": HOME, "variables": {"first": 2}}
    answer = await client.served.http.post("/graphql", json=asked, headers=PARENT)

    request, *parts = await collector.trace(**{"mipoints.request_id": answer.headers["x-request-id"]})
    by_name = {span.name: span for span in parts}
    prepare, execute, statement = by_name["prepare"], by_name["execute"], by_name["SELECT"]
    assert (request.name, request.trace_id.hex(), request.parent_span_id.hex()) == ("query Home", TRACE, CALLER)
    assert prepare.parent_span_id == execute.parent_span_id == request.span_id
    assert statement.parent_span_id == execute.span_id
    assert collector.services == {"mipoints"}
    told = attributes(request)
    assert len(told.pop("mipoints.document")) == 64
    assert told == {
        "graphql.operation.name": "Home",
        "graphql.operation.type": "query",
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": "/graphql",
        "mipoints.request_id": answer.headers["x-request-id"],
        "mipoints.transport": "http",
        "mipoints.cost": answer.json()["extensions"]["cost"]["requested"],
        "mipoints.codes": [],
    }
    told = attributes(statement)
    assert len(told.pop("mipoints.statement")) == 16
    assert told == {"db.system.name": "postgresql", "db.operation.name": "SELECT"}
    assert statement.start_time_unix_nano < statement.end_time_unix_nano


async def test_a_fault_is_told_by_its_code_alone(client: Client, collector: Collector) -> None:
    asked = {"query": ENROL, "variables": {"input": enrolment(TEXT)}}
    answer = await client.served.http.post("/graphql", json=asked, headers=bearer(client, SHOP))

    request, *parts = await collector.trace(**{"mipoints.request_id": answer.headers["x-request-id"]})
    faulty = [span for span in parts if span.status.code == Status.STATUS_CODE_ERROR]
    assert (request.name, request.status.code) == ("mutation Enrol", Status.STATUS_CODE_ERROR)
    assert attributes(request)["error.type"] == "INTERNAL"
    assert [attributes(span)["error.type"] for span in faulty] == ["23514"]
    assert not any(span.status.message or span.events for span in (request, *parts))


async def test_nothing_that_callers_send_is_in_a_span(client: Client, collector: Collector) -> None:
    await tell_secrets(client)

    answer = await client.served.http.post("/graphql", json={"query": "{ __typename }"})
    await collector.trace(**{"mipoints.request_id": answer.headers["x-request-id"]})
    told = [attributes(span) for span in collector.spans]
    assert {each["mipoints.transport"] for each in told if "mipoints.transport" in each} == {"http", "sse", "websocket"}
    assert any("UNAUTHENTICATED" in each.get("mipoints.codes", ()) for each in told)
    assert not any(span.status.message or span.events for span in collector.spans)
    assert SECRET.lower().encode() not in b"".join(collector.bodies).lower()


async def test_what_no_request_asked_for_leaves_no_span(client: Client, collector: Collector) -> None:
    answer = await client.served.http.post("/graphql", json={"query": "query Last { __typename }"})
    await collector.trace(**{"mipoints.request_id": answer.headers["x-request-id"]})

    known = {span.trace_id for span in collector.spans if span.kind == Span.SPAN_KIND_SERVER}
    assert {span.trace_id for span in collector.spans} == known


def followed(observed: Observed, headers: Mapping[str, str], method: str | None) -> tuple[ReadableSpan, ...]:
    """The spans that a request leaves, exported here."""
    exported = InMemorySpanExporter()
    with Spans(SimpleSpanProcessor(exported)).request(observed, headers, method):
        pass
    return exported.get_finished_spans()


def test_a_span_has_a_short_name_whatever_is_asked() -> None:
    named = [
        (Observed("request-1", operation="N" * 1_000, kind="query"), "POST", f"query {'N' * 100}"),
        (Observed("request-1", kind="mutation"), "POST", "mutation"),
        (Observed("request-1"), "GET", "GET"),
        (Observed("request-1"), SECRET, "_OTHER"),
        (Observed("request-1"), None, "WEBSOCKET"),
    ]

    for observed, method, name in named:
        (span,) = followed(observed, {}, method)
        assert span.name == name


def test_what_a_caller_traces_is_continued_as_far_as_they_wish() -> None:
    (wanted,) = followed(Observed("request-1"), {**PARENT, "tracestate": f"vendor={SECRET}"}, "POST")
    (broken,) = followed(Observed("request-1"), {"traceparent": SECRET}, "POST")
    unwanted = followed(Observed("request-1"), {"traceparent": f"00-{TRACE}-{CALLER}-00"}, "POST")

    assert wanted.parent is not None
    assert (f"{wanted.parent.trace_id:x}", f"{wanted.parent.span_id:x}") == (TRACE, CALLER)
    assert len(wanted.parent.trace_state) == 0
    assert broken.parent is None
    assert unwanted == ()


class Stuck(SpanExporter):
    """A collector that takes what it is given and does not answer until it is freed."""

    def __init__(self) -> None:
        self.freed = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Called by the processor's thread."""
        self.freed.wait(60)
        return SpanExportResult.SUCCESS


async def test_a_collector_that_does_not_answer_keeps_nobody_from_stopping() -> None:
    stuck = Stuck()
    spans = Spans(BatchSpanProcessor(stuck))
    with spans.request(Observed("request-1"), {}, "GET"):
        pass

    async with asyncio.timeout(15):  # half of what the processor itself would wait
        await spans.close()
    stuck.freed.set()


def test_without_opentelemetry_the_start_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry").mkdir()
    (tmp_path / "opentelemetry" / "__init__.py").touch()
    refused = subprocess.run(
        [MIPOINTS, "serve", "--port", "0", "--data", tmp_path / "data"],
        env={**os.environ, "MIPOINTS_TRACING": "true", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert refused.returncode == 2
    assert "pip install mipoints[otel]" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_who_does_not_trace_does_not_load_opentelemetry() -> None:
    loaded = "import app.serving, sys; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, timeout=60, check=True)

    assert told.stdout == "[]\n"
