"""How does a test see into a running gateway, and which secrets does it send to look for there?"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import websockets
from prometheus_client.parser import text_string_to_metric_families

from app.gateway.tokens import mint
from app.postgres import EmbeddedPostgres
from app.settings import Settings
from tests.client import SHOP, Client, Who, client_of, fresh, member
from tests.conftest import fresh_database
from tests.journeys.makers import ADULT, TERMS
from tests.served import Served, serving

PATIENCE_S = 20.0  # what must come comes sooner; that it comes at all is what is tested
SECRET = "Sesame"  # every secret holds it, and nothing else does
TEXT = f"{SECRET}-text"
FORBIDDEN = f"ALTER TABLE member ADD CONSTRAINT no_such_name CHECK (display_name IS NULL OR display_name !~ '{SECRET}')"
ENROL = """
mutation Enrol($input: EnrolMemberInput!) { enrolMember(input: $input) { member { id } userErrors { code: message } } }
"""


@contextlib.asynccontextmanager
async def opened(cluster: EmbeddedPostgres, roomy: Path, *flags: str, **variables: str) -> AsyncIterator[Client]:
    """A client of a gateway with these flags and settings, whose database refuses secrets as names of members."""
    async with (
        fresh_database(cluster) as url,
        serving(roomy, "--empty", *flags, database_url=url, variables=variables) as served,
        client_of(served, url) as client,
    ):
        await client.database.execute(FORBIDDEN)
        yield client


def bearer(client: Client, who: Who) -> dict[str, str]:
    """The header of somebody with a token."""
    settings = Settings(data_dir=client.served.data_dir)
    return {"authorization": f"Bearer {mint(settings, who.role, who.subject, timedelta(hours=1))}"}


def lines(served: Served) -> list[dict[str, Any]]:
    """The log so far; what is no JSON is the line that says that it is ready."""
    found = [line for line in served.said.splitlines() if line]
    assert [line for line in found if not line.startswith("{")][1:] == []
    return [orjson.loads(line) for line in found if line.startswith("{")]


async def eventually(found: Callable[[], Awaitable[Any]]) -> Any:
    """What is found, as soon as it is anything."""
    async with asyncio.timeout(PATIENCE_S):
        while not (answer := await found()):
            await asyncio.sleep(0.05)
        return answer


class Numbers:
    """One page of metrics."""

    def __init__(self, page: str) -> None:
        self.families = list(text_string_to_metric_families(page))
        self.samples = [sample for family in self.families for sample in family.samples]

    def of(self, name: str, **labels: str) -> float:
        """The sum of the samples of this name with these labels; 0 for none."""
        return sum(
            sample.value for sample in self.samples if sample.name == name and labels.items() <= sample.labels.items()
        )

    def by(self, name: str, label: str) -> dict[str, float]:
        """The samples of this name by one of their labels."""
        return {sample.labels[label]: sample.value for sample in self.samples if sample.name == name}


async def numbers(served: Served) -> Numbers:
    """The page as it is now."""
    answer = await served.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Numbers(answer.text)


async def tell_secrets(client: Client) -> None:
    """Sends secrets in every place that a request has, most in ways that are refused, some that make it fail."""
    post = client.served.http.post
    for body, headers in bodies():
        answer = await post("/graphql", json=body, headers=headers)
        assert answer.status_code < 500, answer.text
    await post("/graphql", content=f"{{{TEXT}", headers={"content-type": "application/json"})
    await client.served.http.get("/graphql", params={"query": f'{{ node(id: "{TEXT}") {{ id }} }}'})
    await post("/graphql", json={"query": "{ me { id } }"}, headers=bearer(client, member(TEXT)))
    await client.served.http.get(f"/{SECRET}", params={SECRET: TEXT})
    await tell_in_a_stream(client.served.http)
    await tell_on_a_socket(client.served.http)
    for failing in (TEXT, f"{TEXT} again"):
        masked = await client.send(SHOP, ENROL, {"input": enrolment(failing)})
        assert masked["errors"][0]["message"] == "Internal error", masked


def bodies() -> list[tuple[dict[str, Any], dict[str, str]]]:
    """Requests by POST."""
    refused = {"input": {**enrolment(None), "acceptedTerms": TEXT, "idempotencyKey": TEXT}}
    codes = "query ($code: String!) { validateCoupon(code: $code) { usable } }"
    by_headers = {
        "authorization": f"Bearer {SECRET}.{SECRET}.{SECRET}",
        "cookie": f"session={TEXT}",
        "x-request-id": f"{SECRET} {TEXT}",
        "x-forwarded-for": SECRET,
        "user-agent": TEXT,
        "accept-language": f"{SECRET};q=0.5",
        "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        "tracestate": f"{SECRET.lower()}={SECRET}",
        "baggage": f"{SECRET}={SECRET}",
    }
    documents = [
        f'{{ node(id: "{TEXT}") {{ id }} }}',
        f"# {TEXT}\n{{ {SECRET}: __typename }}",
        f"{{ ...{SECRET} }} fragment {SECRET} on Query {{ __typename }}",
        f"{{ {SECRET} }}",
        f"{{ __typename(of: {SECRET}) }}",
        f'{{ __typename "{TEXT}',
        f"query (${SECRET}: ID!) {{ node(id: ${SECRET}) {{ id }} }}",
    ]
    return [
        *(({"query": document}, {}) for document in documents),
        ({"query": codes, "variables": {"code": TEXT}}, {}),
        ({"query": codes, "variables": {"code": [TEXT]}}, {}),
        ({"query": ENROL, "variables": refused}, {}),
        ({"query": "{ __typename }", "operationName": SECRET}, {}),
        ({"query": "{ __typename }", "variables": {SECRET: TEXT}, "extensions": {SECRET: TEXT}}, {}),
        ({"documentId": SECRET}, {}),
        ({"query": "{ __typename }", "documentId": SECRET}, {}),
        ({"query": "{ __typename }"}, by_headers),
        ({"query": "{ __typename }"}, {name: given for name, given in by_headers.items() if name != "authorization"}),
        ({"query": "{ __typename }"}, {"origin": f"https://{SECRET}.example"}),
    ]


def enrolment(name: str | None) -> dict[str, Any]:
    """A member with this name, to be enrolled."""
    given = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": fresh(SECRET)}
    return {**given, "displayName": name, "idempotencyKey": fresh(SECRET)}


async def tell_in_a_stream(http: httpx.AsyncClient) -> None:
    """The same as an event stream."""
    headers = {"accept": "text/event-stream"}
    asked = {"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": TEXT}}
    async with asyncio.timeout(PATIENCE_S):
        answer = await http.post("/graphql", json=asked, headers=headers)
    assert "event: complete" in answer.text


async def tell_on_a_socket(http: httpx.AsyncClient) -> None:
    """The same on a WebSocket."""
    async with asyncio.timeout(PATIENCE_S), socket_of(http) as socket:
        for key, asked in enumerate(
            [
                {"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": TEXT}},
                {"query": f"{{ {SECRET} }}"},
            ]
        ):
            await socket.send(orjson.dumps({"id": f"{SECRET}{key}", "type": "subscribe", "payload": asked}).decode())
            while orjson.loads(await socket.recv())["type"] not in ("complete", "error"):
                pass


@contextlib.asynccontextmanager
async def socket_of(http: httpx.AsyncClient) -> AsyncIterator[websockets.ClientConnection]:
    """A WebSocket of nobody's, ready for operations."""
    url = str(http.base_url.join("/graphql")).replace("http", "ws", 1)
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(orjson.dumps({"type": "connection_init", "payload": {}}).decode())
        assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}
        yield socket
