"""Does the HTTP door answer every request as GraphQL over HTTP asks?"""

import socket

import pytest

from app.gateway.asked import BODY_BYTES
from tests.gateway.shop import SECRET, Door

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


def test_a_query_by_post_is_answered(door: Door) -> None:
    answer = door.ask("query Q($n: Int!) { double(points: $n) }", {"n": 21}, accept_language="it")

    assert answer.status_code == 200
    assert answer.json() == {"data": {"double": 42}, "extensions": {"cost": {"requested": 1, "maximum": 5_000}}}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["vary"] == "Accept, Accept-Language, Authorization"


def test_the_language_of_the_client_reaches_the_context(door: Door) -> None:
    assert door.ask("{ language }", accept_language="it, en;q=0.5").json()["data"] == {"language": "it, en;q=0.5"}


def test_a_query_by_get_is_answered(door: Door) -> None:
    parameters = {"query": "query A($n: Int!) { double(points: $n) } query B { who }", "variables": '{"n": 4}'}

    answer = door.client.get("/graphql", params={**parameters, "operationName": "A"})

    assert (answer.status_code, answer.json()["data"]) == (200, {"double": 8})


def test_a_mutation_by_get_is_refused_and_does_not_run(door: Door) -> None:
    answer = door.client.get("/graphql", params={"query": "mutation { visit }"})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert door.code(answer) == "METHOD_NOT_ALLOWED"
    assert door.seen.visits == 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods_are_told_which_ones_would_do(door: Door, method: str) -> None:
    answer = door.client.request(method, "/graphql")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


MALFORMED = {
    "null": b"null",
    "a string": b'"x"',
    "a number": b"7",
    "nothing": b"",
    "invalid UTF-8": b'{"query": "\xff\xfe"}',
    "a lone surrogate": b'{"query": "{ who }", "operationName": "\\ud800"}',
    "5,000 digits": b'{"query": "{ who }", "variables": {"n": ' + b"9" * 5_000 + b"}}",
    "deep nesting": b"[" * 90_000,
    "deep variables": b'{"query": "{ who }", "variables": ' + b'{"a":' * 15_000 + b"1" + b"}" * 15_000 + b"}",
    "not a number": b'{"query": "{ who }", "variables": {"n": NaN}}',
    "a batch": b'[{"query": "{ who }"}]',
    "no query": b"{}",
    "an empty query": b'{"query": " "}',
    "a query that is a number": b'{"query": 1}',
    "variables that are a list": b'{"query": "{ who }", "variables": []}',
    "variables that are a string": b'{"query": "{ who }", "variables": "{}"}',
    "an operation name that is a number": b'{"query": "{ who }", "operationName": 1}',
    "extensions that are a string": b'{"query": "{ who }", "extensions": "x"}',
}


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_a_bad_request(door: Door, body: bytes, accept: str) -> None:
    answer = door.client.post("/graphql", content=body, headers={"content-type": JSON, "accept": accept})

    assert (answer.status_code, door.code(answer)) == (400, "BAD_REQUEST")
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
    assert door.ask("{ who }").status_code == 200


@pytest.mark.parametrize("parameter", ["variables", "extensions"])
@pytest.mark.parametrize("text", ["{", "7", '"x"', "[1]"])
def test_a_malformed_parameter_of_a_get_is_a_bad_request(door: Door, parameter: str, text: str) -> None:
    answer = door.client.get("/graphql", params={"query": "{ who }", parameter: text})

    assert (answer.status_code, door.code(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", f"{JSON}; charset=latin-1", "multipart/x"]
)
def test_only_json_in_utf8_is_taken(door: Door, content_type: str) -> None:
    answer = door.client.post("/graphql", content=b'{"query": "{ who }"}', headers={"content-type": content_type})

    assert (answer.status_code, door.code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_compressed_body_is_not_unpacked(door: Door) -> None:
    headers = {"content-type": JSON, "content-encoding": "gzip"}

    assert door.client.post("/graphql", content=b"\x1f\x8b", headers=headers).status_code == 415


def test_json_with_its_charset_named_is_taken(door: Door) -> None:
    headers = {"content-type": 'Application/JSON; charset="UTF-8"'}

    assert door.client.post("/graphql", content=b'{"query": "{ who }"}', headers=headers).status_code == 200


def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_so(door: Door) -> None:
    body = b'{"query": "{ who }", "variables": {"x": "' + b"a" * BODY_BYTES + b'"}}'
    parts = (body[start : start + 1_000] for start in range(0, len(body), 1_000))

    announced = door.client.post("/graphql", content=body, headers={"content-type": JSON})
    chunked = door.client.post("/graphql", content=parts, headers={"content-type": JSON})

    assert (announced.status_code, door.code(announced)) == (413, "PAYLOAD_TOO_LARGE")
    assert (chunked.status_code, door.code(chunked)) == (413, "PAYLOAD_TOO_LARGE")


REQUEST_ERRORS = [
    ("{ who", None, "GRAPHQL_PARSE_FAILED"),
    ("{ whom }", None, "GRAPHQL_VALIDATION_FAILED"),
    ("{ " + "who " * 2_000 + "}", None, "GRAPHQL_PARSE_FAILED"),
    ("{ who " * 5_000, None, "GRAPHQL_PARSE_FAILED"),
    ("query($n: Int!) { double(points: $n) }", {}, "BAD_USER_INPUT"),
    ("query($n: Int!) { double(points: $n) }", {"n": "x"}, "BAD_USER_INPUT"),
    ("query($n: Int!) { double(points: $n) }", {"n": 2**70}, "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(("query", "variables", "code"), REQUEST_ERRORS)
def test_a_request_that_cannot_run_has_no_data(door: Door, query: str, variables: object, code: str) -> None:
    modern = door.ask(query, variables, accept=GRAPHQL)
    legacy = door.ask(query, variables, accept=JSON)

    assert (modern.status_code, legacy.status_code) == (400, 200)
    assert modern.json() == legacy.json()
    assert "data" not in modern.json()
    assert door.code(modern) == code


def test_a_variable_that_turns_out_null_is_the_clients_mistake(door: Door) -> None:
    answer = door.ask("query($n: Int = 1) { double(points: $n) }", {"n": None}, accept=GRAPHQL)

    assert (answer.status_code, door.code(answer)) == (200, "BAD_USER_INPUT")
    assert answer.json()["data"] is None


def test_a_long_value_is_not_sent_back_whole(door: Door) -> None:
    answer = door.ask('{ double(points: "' + "x" * 30_000 + '") }')

    assert door.code(answer) == "GRAPHQL_VALIDATION_FAILED"
    assert len(answer.content) < 2_000


@pytest.mark.parametrize("name", [None, "", "Other"])
def test_of_several_operations_exactly_one_must_be_named(door: Door, name: str | None) -> None:
    body = {"query": "query A { who } query B { language }", "operationName": name}

    answer = door.client.post("/graphql", json=body)

    assert (answer.status_code, door.code(answer)) == (400, "BAD_USER_INPUT")


def test_the_named_operation_runs(door: Door) -> None:
    body = {"query": "mutation A { visit } query B { double(points: 1) }", "operationName": "B"}

    answer = door.client.post("/graphql", json=body)

    assert answer.json()["data"] == {"double": 2}
    assert door.seen.visits == 0


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{JSON};q=0.5, {GRAPHQL};q=0.9", GRAPHQL),
        (f"{GRAPHQL}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed", GRAPHQL),
        (f"multipart/mixed, {GRAPHQL}, text/event-stream", GRAPHQL),
        (f"{JSON};q=0, */*;q=0.1", GRAPHQL),
        (f"*/*;q=0.1, {JSON};q=x", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
    ],
)
def test_the_first_media_type_that_we_know_is_answered(door: Door, accept: str, media: str) -> None:
    assert door.ask("{ who }", accept=accept).headers["content-type"] == f"{media}; charset=utf-8"


def test_a_client_that_takes_no_json_is_told_so(door: Door) -> None:
    answer = door.ask("{ who }", accept="image/png")

    assert (answer.status_code, door.code(answer)) == (406, "NOT_ACCEPTABLE")


def test_an_unexpected_failure_shows_only_an_id_that_is_in_the_log(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    answer = door.ask("{ double(points: 1) broken }")

    error = answer.json()["errors"][0]
    assert answer.status_code == 200
    assert answer.json()["data"] == {"double": 2, "broken": None}
    assert (error["message"], error["path"]) == ("Internal error", ["broken"])
    assert error["extensions"]["code"] == "INTERNAL"
    assert SECRET not in answer.text
    assert any(error["extensions"]["id"] in record.getMessage() and record.exc_info for record in caplog.records)


def test_a_required_field_that_fails_is_masked_too(door: Door) -> None:
    answer = door.ask("{ required }", accept=GRAPHQL)

    assert (answer.status_code, answer.json()["data"], door.code(answer)) == (200, None, "INTERNAL")


def test_a_value_that_the_schema_cannot_express_is_our_mistake(door: Door) -> None:
    answer = door.ask("{ overflow }")

    assert door.code(answer) == "INTERNAL"
    assert str(2**40) not in answer.text


def test_a_failure_before_the_first_field_is_a_masked_500(door: Door) -> None:
    door.seen.context_fails = RuntimeError

    answer = door.ask("{ who }")

    assert (answer.status_code, door.code(answer)) == (500, "INTERNAL")
    assert SECRET not in answer.text


def test_a_database_that_is_away_before_the_first_field_is_a_503(door: Door) -> None:
    door.seen.context_fails = ConnectionError

    answer = door.ask("{ who }")

    assert (answer.status_code, door.code(answer), answer.headers["retry-after"]) == (503, "UNAVAILABLE", "1")
    assert SECRET not in answer.text


def test_an_error_of_our_own_speaks_for_itself(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    error = door.ask("{ closed }").json()["errors"][0]

    assert (error["message"], error["extensions"], error["path"]) == (
        "No such offer",
        {"code": "NOT_FOUND"},
        ["closed"],
    )
    assert not caplog.records


def test_a_request_that_takes_too_long_is_given_up_with_all_its_fields(door: Door) -> None:
    answer = door.ask("{ slow slower }")

    assert (answer.status_code, door.code(answer)) == (503, "TIMEOUT")
    assert sorted(door.seen.cancelled) == ["slow", "slower"]
    assert door.ask("{ who }").status_code == 200


@pytest.mark.parametrize(("length", "status"), [(50, b"408"), (10**12, b"413")])
def test_a_body_that_never_comes_is_not_waited_for(door: Door, length: int, status: bytes) -> None:
    request = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    address = (door.client.base_url.host, door.client.base_url.port or 80)

    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(request.encode())
        answer = connection.recv(4_096)

    assert answer.split()[1] == status


def test_a_known_document_is_neither_parsed_nor_validated_again(door: Door) -> None:
    door.ask("query Known { who }")
    door.ask("query Known { who }")

    first, second = door.seen.operations
    assert first is second
