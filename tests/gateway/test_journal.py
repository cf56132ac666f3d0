"""Does the log tell what happened, request by request, and nothing of what was sent?"""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.gateway.journal import REQUEST, Line, logging_config, write
from app.gateway.observed import Observed
from app.postgres import EmbeddedPostgres
from app.settings import Settings
from tests.client import SHOP, Client, member
from tests.gateway.inside import ENROL, PATIENCE_S, SECRET, TEXT, bearer, enrolment, lines, opened, tell_secrets

HOME = "query Home($first: Int) { couponOffers(first: $first) { edges { node { price } } } }"


@pytest.fixture(scope="module", params=["1", "2"])
async def client(request: pytest.FixtureRequest, cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway of one process, then of one of two."""
    async with opened(cluster, roomy, "--workers", request.param) as ready:
        yield ready


async def line_of(client: Client, request_id: str) -> dict[str, Any]:
    """The one line of a request; a process may write it a moment after its answer."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = [line for line in lines(client.served) if line.get("request_id") == request_id]
            asked = [line for line in found if line["logger"] == "mipoints.requests"]
            if asked:
                assert len(asked) == 1
                return asked[0]
            await asyncio.sleep(0.02)


async def test_a_request_is_one_line_that_says_what_it_was_and_came_to(client: Client) -> None:
    answer = await client.served.http.post(
        "/graphql", json={"query": HOME, "variables": {"first": 2}}, headers={"x-request-id": "request-of-home"}
    )

    line = await line_of(client, "request-of-home")
    assert answer.headers["x-request-id"] == "request-of-home"
    assert line.pop("duration_ms") > 0
    assert line.pop("at")
    assert len(line.pop("document")) == 64
    assert line == {
        "level": "INFO",
        "logger": "mipoints.requests",
        "message": "request",
        "request_id": "request-of-home",
        "transport": "http",
        "status": 200,
        "operation": "Home",
        "kind": "query",
        "cost": answer.json()["extensions"]["cost"]["requested"],
        "principal": None,
        "codes": [],
    }


async def test_many_at_once_have_a_line_each(client: Client) -> None:
    ids = [f"one-of-many-{number}" for number in range(40)]

    await asyncio.gather(
        *(client.served.http.post("/graphql", json={"query": HOME}, headers={"x-request-id": each}) for each in ids)
    )

    for each in ids:
        assert (await line_of(client, each))["operation"] == "Home"


async def test_who_asks_is_a_hash_that_stays_the_same(client: Client) -> None:
    ana, ben = member(f"{SECRET}-ana"), member(f"{SECRET}-ben")
    hashes = []
    for who in (ana, ben, ana):
        answer = await client.served.http.post(
            "/graphql",
            json={"query": "{ me { id } }"},
            headers=bearer(client, who),
        )
        hashes.append((await line_of(client, answer.headers["x-request-id"]))["principal"])

    assert hashes[0] == hashes[2] != hashes[1]
    assert all(len(each) == 16 for each in hashes)


async def test_a_refusal_is_told_by_its_codes(client: Client) -> None:
    refused = {**enrolment(None), "birthDate": "2024-01-01"}
    document = ENROL.replace("code: message", "code")
    answer = await client.served.http.post(
        "/graphql",
        json={"query": document, "variables": {"input": refused}},
        headers=bearer(client, SHOP),
    )

    line = await line_of(client, answer.headers["x-request-id"])
    assert (line["kind"], line["codes"]) == ("mutation", ["UNDER_AGE"])


async def test_a_masked_error_is_found_by_its_id_and_by_its_request(client: Client) -> None:
    answer = await client.served.http.post(
        "/graphql",
        json={"query": ENROL, "variables": {"input": enrolment(TEXT)}},
        headers=bearer(client, SHOP),
    )
    masked = answer.json()["errors"][0]["extensions"]

    line = await line_of(client, answer.headers["x-request-id"])
    (fault,) = [each for each in lines(client.served) if masked["id"] in each["message"]]
    assert (line["level"], line["codes"]) == ("WARNING", ["INTERNAL"])
    assert (fault["level"], fault["request_id"]) == ("ERROR", line["request_id"])
    assert "CheckViolationError (23514, member, no_such_name)" in fault["error"]
    assert "enrol.py" in fault["error"]


async def test_nothing_that_callers_send_is_in_the_log(client: Client) -> None:
    await tell_secrets(client)

    told = [line for line in lines(client.served) if line["logger"] == "mipoints.requests"]
    assert {line["transport"] for line in told} == {"http", "sse", "websocket"}
    assert {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "UNAUTHENTICATED", "INTERNAL", "FORBIDDEN"} <= {
        code for line in told for code in line["codes"]
    }
    assert SECRET.lower() not in client.served.said.lower()
    assert "eyJ" not in client.served.said  # as each token begins


def record(message: str, **more: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "asyncio", "levelname": "ERROR", "msg": message, **more})


def refuse() -> None:
    """Raises an error that says a secret, because of another that does."""
    try:
        int(TEXT)
    except ValueError as error:
        raise ValueError(TEXT) from error


def test_an_error_is_told_by_its_kind_and_place_and_only_at_debug_by_what_it_says() -> None:
    with pytest.raises(ValueError, match=SECRET) as caught:
        refuse()
    error = ExceptionGroup(TEXT, [caught.value])
    failed = record(f"Task failed\nfuture: {error!r}", exc_info=(type(error), error, None))

    quiet, outspoken = Line(outspoken=False).format(failed), Line(outspoken=True).format(failed)

    assert SECRET not in quiet
    assert orjson.loads(quiet)["message"] == "Task failed"
    assert quiet.count("builtins.ValueError") == 2
    assert "which led to" in quiet
    assert "test_journal.py" in quiet
    assert TEXT in orjson.loads(outspoken)["error"]


@pytest.mark.parametrize("message", ["two\nlines", "\u2028\x1b[31m\r\n", "\ud800 alone", 'a "quote"'])
def test_whatever_is_told_is_one_line_of_ascii(message: str) -> None:
    line = Line(outspoken=True).format(record(message, size=2**70))

    assert line.isascii()
    assert line.isprintable()


def test_a_chain_of_errors_without_end_ends() -> None:
    one, other = ValueError(), ValueError()
    one.__cause__, other.__cause__ = other, one

    line = Line(outspoken=False).format(record("failed", exc_info=(ValueError, one, None)))

    assert line.count("builtins.ValueError") < 20


def test_a_long_name_is_cut_and_a_fault_of_ours_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="mipoints.requests"):
        write(Observed("request-1", operation="N" * 1_000, status=200))
        write(Observed("request-2", status=503))

    first, second = caplog.records
    assert (first.levelname, len(vars(first)[REQUEST]["operation"])) == ("INFO", 100)
    assert second.levelname == "WARNING"


def test_libraries_that_tell_parameters_are_quiet_at_every_level(tmp_path: Path) -> None:
    config = logging_config(Settings(data_dir=tmp_path, log_level="debug"))

    assert config["root"]["level"] == "WARNING"
    assert set(config["loggers"]) == {"app", "mipoints"}


def test_an_alias_does_not_make_a_code_of_a_text() -> None:
    observed = Observed("request-1", kind="mutation")
    refusals = [{"code": TEXT}, {"code": "UNDER_AGE"}, {"code": None}, TEXT]

    observed.answered({"data": {"first": {"userErrors": refusals}, "second": {"userErrors": 7}, "third": None}})

    assert observed.codes == ["UNDER_AGE"]
