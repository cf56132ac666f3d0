"""Do the numbers add up: over processes, with the ledger, and by the clock?"""

import asyncio
import math
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from app.database import Db, rows
from app.gateway import metrics
from app.gateway.metrics import Names, verb_of
from app.gateway.metrics_page import SHARED, page, shared_numbers
from app.gateway.observed import Observed
from app.postgres import EmbeddedPostgres
from scripts.benchmark.serving import free_port
from tests.client import Client, member
from tests.gateway.inside import SECRET, Numbers, eventually, numbers, opened, socket_of, tell_secrets
from tests.journeys.makers import bought, enrolled, offered
from tests.served import MIPOINTS

PANELS = Path(__file__).parents[2] / "scripts" / "grafana.json"
NAMES = re.compile(r"mipoints_\w+")
HOUR, DAYS_20 = 3_600, 20 * 86_400
NOWHERE = "http://127.0.0.1:1/keys"
PRODUCTION = {
    "MIPOINTS_ISSUER": "https://id.example",
    "MIPOINTS_AUDIENCE": "points",
    "MIPOINTS_JWKS_URL": NOWHERE,
    "MIPOINTS_COUPON_KEY": "k" * 32,
}


@pytest.fixture(scope="module")
async def client(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway of two web processes; no worker settles anything there."""
    async with opened(cluster, roomy, "--workers", "2") as ready:
        yield ready


async def test_two_processes_add_up_to_one_page(client: Client) -> None:
    async def both() -> bool:
        return (await numbers(client.served)).of("mipoints_pool_connections_max") == 2 * 10

    await eventually(both)
    query = "query Counted { couponOffers(first: 3) { edges { cursor } } }"
    post = client.served.http.post

    await asyncio.gather(*(post("/graphql", json={"query": query}, headers={"connection": "close"}) for _ in range(40)))

    seen = await numbers(client.served)
    counted = {"operation": "Counted", "kind": "query", "transport": "http", "status": "200"}
    assert seen.of("mipoints_requests_total", **counted) == 40
    assert seen.of("mipoints_request_duration_seconds_count", operation="Counted") == 40
    assert seen.of("mipoints_request_duration_seconds_bucket", operation="Counted", le="+Inf") == 40
    assert seen.of("mipoints_request_cost_units_total", operation="Counted") == 40 * 7


async def test_what_is_refused_is_counted_by_its_code(client: Client) -> None:
    before = await numbers(client.served)

    await client.send(None, "{ nothing }")
    await client.do(member("nobody"), "tapFuel")

    after = await numbers(client.served)
    for code in ("GRAPHQL_VALIDATION_FAILED", "NOT_ENROLLED"):
        name = "mipoints_errors_total"
        assert after.of(name, code=code) - before.of(name, code=code) == 1
    assert after.of("mipoints_requests_total", operation="none") > 0
    assert after.of("mipoints_requests_total", operation="anonymous", kind="mutation") > 0


async def test_points_moved_are_those_of_the_ledger(client: Client) -> None:
    ana, ben = await enrolled(client, points=900), await enrolled(client)
    await client.done(member(ana), "redeemCoupon", "coupon { code }", offerId=await offered(client, 400))
    await client.done(member(ben), "tapFuel")
    await client.do(member(ben), "redeemCoupon", offerId=await offered(client, 9_000))  # refused: nothing moves

    seen = (await numbers(client.served)).by("mipoints_points_moved_total", "kind")
    moved = await client.database.fetch("SELECT kind, sum(points) AS points FROM entry GROUP BY kind")

    assert {"EARN", "POST", "REDEEM"} <= seen.keys()
    assert seen == {entry["kind"]: entry["points"] for entry in moved}


async def test_what_is_late_and_what_is_open_is_seen(client: Client) -> None:
    ana = await enrolled(client)
    await bought(client, ana, "10.00")
    await client.advance(by="P20D")
    await client.database.execute(
        """INSERT INTO outbox_message (endpoint, kind, body, created_at, attempts)
           VALUES ('https://hooks.example', 'POSTED', '{}', clock_timestamp() - interval '1 hour', 8)"""
    )

    async def late() -> Numbers | None:
        seen = await numbers(client.served)
        settlement = seen.of("mipoints_oldest_due_settlement_age_seconds")
        return seen if settlement and seen.of("mipoints_open_streams") == 2 else None

    async with socket_of(client.served.http), socket_of(client.served.http):
        seen = await eventually(late)

    assert 0 < seen.of("mipoints_oldest_due_settlement_age_seconds") < DAYS_20
    assert HOUR <= seen.of("mipoints_oldest_outbox_message_age_seconds") < HOUR + 120
    assert seen.of("mipoints_pool_connections", state="idle") >= 2
    for verb in ("SELECT", "WITH", "BEGIN", "COMMIT"):
        assert seen.of("mipoints_sql_statement_duration_seconds_count", verb=verb) > 0
    assert seen.of("mipoints_sql_statement_duration_seconds_sum") > 0


async def test_nothing_that_callers_send_is_in_the_numbers(client: Client) -> None:
    await tell_secrets(client)

    text = (await client.served.http.get("/metrics")).text
    assert 'code="INTERNAL"' in text
    assert 'transport="websocket"' in text
    assert 'transport="sse"' in text
    assert SECRET.lower() not in text.lower()


async def test_the_dashboard_shows_each_number_that_there_is_and_no_other(client: Client) -> None:
    there = await numbers(client.served)

    panels = orjson.loads(PANELS.read_bytes())["panels"]
    wanted = {name for panel in panels for target in panel["targets"] for name in NAMES.findall(target["expr"])}

    assert wanted <= {sample.name for sample in there.samples}
    for family in there.families:
        assert wanted & {sample.name for sample in family.samples}, family.name


async def test_production_shows_its_numbers_on_their_own_port_alone(cluster: EmbeddedPostgres, roomy: Path) -> None:
    port = free_port()
    variables = {**PRODUCTION, "MIPOINTS_METRICS_PORT": str(port)}

    async with opened(cluster, roomy, "--profile", "production", **variables) as client:
        answer = await client.send(None, "query Shown { __typename }")
        apart = await client.served.http.get(f"http://127.0.0.1:{port}/metrics")
        other = await client.served.http.get(f"http://127.0.0.1:{port}/graphql")
        main = await client.served.http.get("/metrics")

    assert answer["data"] == {"__typename": "Query"}
    assert Numbers(apart.text).of("mipoints_requests_total", operation="Shown") == 1
    assert other.status_code == 404
    assert (main.status_code, main.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def test_a_port_of_numbers_that_is_taken_is_said_so_before_anything_is_served(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        variables = {**os.environ, **PRODUCTION, "MIPOINTS_METRICS_PORT": port}
        refused = subprocess.run(
            [MIPOINTS, "serve", "--profile", "production", "--port", "0", "--data", tmp_path],
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert refused.returncode == 1
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "Choose another with MIPOINTS_METRICS_PORT." in refused.stderr
    assert list(tmp_path.iterdir()) == []


AT_WORK = """
from app.gateway import metrics
metrics._streams.set(3)
metrics._settlement.set(7)
metrics._errors.labels("TIMEOUT").inc(5)
print("at work", flush=True)
input()
"""


def test_a_process_that_died_leaves_what_it_counted_and_nothing_of_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARED, str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", AT_WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as working:
        assert working.stdout is not None
        working.stdout.readline()
        alive = Numbers(page().decode())
        working.kill()
    dead = Numbers(page().decode())

    assert alive.of("mipoints_open_streams") == 3
    assert alive.of("mipoints_oldest_due_settlement_age_seconds") == 7
    assert alive.of("mipoints_errors_total", code="TIMEOUT") == 5
    assert [sample.name for sample in dead.samples] == ["mipoints_errors_total"]
    assert dead.of("mipoints_errors_total", code="TIMEOUT") == 5


def test_several_processes_share_a_folder_for_as_long_as_they_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHARED, raising=False)
    with shared_numbers(workers=1):
        assert SHARED not in os.environ
    with shared_numbers(workers=2):
        folder = Path(os.environ[SHARED])
        assert folder.is_dir()

    assert SHARED not in os.environ
    assert not folder.exists()


async def test_an_age_that_cannot_be_told_is_no_number(db: Db, caplog: pytest.LogCaptureFixture) -> None:
    await metrics.look_at_ages()
    assert metrics.registry.get_sample_value("mipoints_oldest_outbox_message_age_seconds") == 0

    await rows(db, "ALTER TABLE outbox_message RENAME TO elsewhere")
    await metrics.look_at_ages()

    for what in ("outbox_message", "due_settlement"):
        assert math.isnan(metrics.registry.get_sample_value(f"mipoints_oldest_{what}_age_seconds") or 0.0)
    assert "UndefinedTableError" in caplog.text


def test_so_many_names_are_told_apart_and_no_more() -> None:
    names = Names(most=2)

    assert [names("Home"), names("N" * 81), names("Redeem"), names("Fuel"), names("Home")] == [
        *("Home", "other", "Redeem", "other", "Home")
    ]


def test_a_stream_that_lasts_for_hours_is_no_slow_request() -> None:
    metrics.observe(Observed("request-1", "sse", status=200, operation="Watched", kind="subscription", seconds=7_200))

    value = metrics.registry.get_sample_value
    labels = {"operation": "Watched", "kind": "subscription", "transport": "sse", "status": "200"}
    assert value("mipoints_requests_total", labels) == 1
    assert value("mipoints_request_duration_seconds_count", {"operation": "Watched"}) is None


@pytest.mark.parametrize(
    ("statement", "verb"),
    [
        ("\n  select 1", "SELECT"),
        ("BEGIN;", "BEGIN"),
        ("WITH a AS (", "WITH"),
        (f"{SECRET} x", "OTHER"),
        (";", "OTHER"),
        ("\n" + 30 * " " + "SELECT 1", "SELECT"),
        ("", "OTHER"),
        (30 * " ", "OTHER"),
    ],
)
def test_a_statement_is_known_by_its_first_word(statement: str, verb: str) -> None:
    assert verb_of(statement) == verb
