"""Which requests are attacks by what stands beside their document, or before it is even looked at?"""

import gzip
import hashlib
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tests.gateway.attack_documents import BY_VARIABLE, LOGIN, nested, pages, sent
from tests.gateway.target import JSON, Answer, Attack, Strike, Target

HOME = "{ me { id } }"
MUTATION = f"mutation {{ {LOGIN} }}"
SUBSCRIPTION = "subscription { balanceChanged { available } }"
ID = "query ($id: ID!) { node(id: $id) { id } }"
IDS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename a: id b: id c: id d: id } }"
LOGGED = "mutation ($input: RecordAppLoginInput!) { recordAppLogin(input: $input) { deferred } }"
LINES = '[{sku: "a", unitPrice: $price}]'
EARNING = f"query ($price: Decimal!) {{ quoteEarning(order: {{currency: EUR, lines: {LINES}}}) {{ points }} }}"
EVENTS = {"Accept": "text/event-stream"}


def raw(content: bytes | AsyncIterator[bytes], **headers: str) -> Strike:
    """A POST of these bytes as JSON, unless the headers say something else."""

    async def strike(target: Target) -> list[Answer]:
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        return [await target.request("POST", content=content, headers=JSON | named)]

    return strike


def asked(method: str = "GET", path: str = "/graphql", headers: Any = None, **parameters: str) -> Strike:
    """A request with its parameters in the query string."""

    async def strike(target: Target) -> list[Answer]:
        return [await target.request(method, path, params=parameters or None, headers=headers or {})]

    return strike


def with_headers(*headers: tuple[str, str | bytes]) -> Strike:
    """A mutation by POST with these headers on top."""

    async def strike(target: Target) -> list[Answer]:
        return [await target.request("POST", json={"query": MUTATION}, headers=list(headers))]

    return strike


def named(sha256: object, version: object = 1) -> dict[str, object]:
    """The extensions that name a persisted query."""
    return {"persistedQuery": {"version": version, "sha256Hash": sha256}}


def digest(text: str) -> str:
    """The id of a document."""
    return hashlib.sha256(text.encode()).hexdigest()


async def poisoned(target: Target) -> list[Answer]:
    """A mutation under the id of another document; then that id alone, for which nothing may be kept."""
    other = digest("{ markets { code operator } }")
    given = {"query": MUTATION, "extensions": named(other)}
    answers = [await target.request("POST", json=given) for _ in range(2)]
    assert (await target.request("POST", json={"extensions": named(other)})).refusal == "PERSISTED_QUERY_NOT_FOUND"
    return answers


async def unsound(target: Target) -> list[Answer]:
    """A document that is not valid under its own id; then that id alone."""
    text = "mutation { nope }"
    assert (await target.request("POST", json={"query": text, "extensions": named(digest(text))})).told == []
    return [await target.request("POST", json={"extensions": named(digest(text))})]


async def flood_of_ids(target: Target) -> list[Answer]:
    """Hundreds of ids of nothing."""
    texts = (f"{{ nothing{number} }}" for number in range(200))
    return [await target.request("POST", json={"extensions": named(digest(text))}) for text in texts]


def packed(size: int) -> bytes:
    """Very little that unpacks to very much."""
    return gzip.compress(b'{"query": "' + b" " * size + b'"}')


VARIABLES: Mapping[str, tuple[str, Strike]] = {
    "more ids than a list holds": ("LIMIT_EXCEEDED", sent(IDS, {"ids": ["1"] * 1_001})),
    "ids that cost too much": ("LIMIT_EXCEEDED", sent(IDS, {"ids": ["1"] * 1_000})),
    "thousands of values": ("LIMIT_EXCEEDED", sent(ID, {f"v{number}": number for number in range(5_001)})),
    "a value many levels down": (
        "LIMIT_EXCEEDED",
        raw(f'{{"query": "{HOME}", "variables": {{"v": {nested(25, "[", "1", "]")}}}}}'.encode()),
    ),
    "a string of 70 KB": ("LIMIT_EXCEEDED", sent(ID, {"id": "x" * 70_000})),
    "a key of 70 KB": ("BAD_USER_INPUT", sent(LOGGED, {"input": {"x" * 70_000: 1}})),
    "thousands of keys": ("BAD_USER_INPUT", sent(LOGGED, {"input": {f"key{number}": 1 for number in range(4_990)}})),
    "pages by a variable": ("LIMIT_EXCEEDED", sent(BY_VARIABLE + pages(*["first: $n"] * 2), {"n": 100})),
    "pages by a variable that is a fraction": (
        "LIMIT_EXCEEDED",
        sent(BY_VARIABLE + pages(*["first: $n"] * 3), {"n": 100.0}),
    ),
    "pages by the second of two variables": (
        "LIMIT_EXCEEDED",
        sent("query ($a: Int, $n: Int) " + pages(*["first: $a, last: $n"] * 3), {"n": 100}),
    ),
    "a variable named __proto__": (
        "BAD_USER_INPUT",
        sent(LOGGED, {"__proto__": {"input": {"idempotencyKey": "k", "deviceId": "d"}}}),
    ),
    "a key of an input named __proto__": (
        "BAD_USER_INPUT",
        sent(LOGGED, {"input": {"idempotencyKey": "k", "deviceId": "d", "__proto__": {"roles": ["staff"]}}}),
    ),
    "an object in the place of a string": ("BAD_USER_INPUT", sent(LOGGED, {"input": {"idempotencyKey": {"$ne": 1}}})),
    "a price beyond all numbers": ("BAD_USER_INPUT", sent(EARNING, {"price": "1e999999999"})),
    "a price of 5,000 digits": ("BAD_USER_INPUT", sent(EARNING, {"price": "9" * 5_000})),
    "a price that is no number": ("BAD_USER_INPUT", sent(EARNING, {"price": "NaN"})),
    "variables that are a list": ("BAD_REQUEST", sent(LOGGED, [1])),
    "variables that are a text": ("BAD_REQUEST", sent(LOGGED, '{"input": null}')),
    "the name of no operation": ("BAD_USER_INPUT", sent(MUTATION, operationName="x" * 50_000)),
    "the name of an operation as a list": ("BAD_REQUEST", sent(MUTATION, operationName=["A"])),
    "the name of a fragment for an operation's": (
        "BAD_USER_INPUT",
        sent(f"mutation A {{ ...F }} fragment F on Mutation {{ {LOGIN} }}", operationName="F"),
    ),
    "the name __proto__ for an operation's": ("BAD_USER_INPUT", sent(MUTATION, operationName="__proto__")),
    "several operations and no name": ("BAD_USER_INPUT", sent(f"query A {HOME} mutation B {{ {LOGIN} }}")),
    "a subscription by plain POST": ("BAD_USER_INPUT", sent(SUBSCRIPTION)),
    "extensions that are a list": ("BAD_REQUEST", sent(MUTATION, extensions=[1])),
    "extensions that are a text": ("BAD_REQUEST", sent(MUTATION, extensions="x")),
    "a persisted query that is a list": ("BAD_REQUEST", sent(MUTATION, extensions={"persistedQuery": []})),
    "a persisted query of another version": ("BAD_REQUEST", sent(MUTATION, extensions=named(digest(MUTATION), "1"))),
    "a persisted query without an id": ("BAD_REQUEST", sent(MUTATION, extensions=named(None))),
    "an id that is a path": ("BAD_REQUEST", sent(None, extensions=named("../../etc/passwd"))),
    "an id of 50 KB": ("BAD_REQUEST", sent(None, extensions=named("a" * 50_000))),
    "an id in capitals": ("PERSISTED_QUERY_HASH_MISMATCH", sent(MUTATION, extensions=named(digest(MUTATION).upper()))),
    "the id of another document": ("PERSISTED_QUERY_HASH_MISMATCH", poisoned),
    "the id of a document that is not valid": ("PERSISTED_QUERY_NOT_FOUND", unsound),
    "a flood of ids of nothing": ("PERSISTED_QUERY_NOT_FOUND", flood_of_ids),
}

BODIES: Mapping[str, tuple[str, Strike]] = {
    "a batch": ("BAD_REQUEST", raw(b'[{"query": "{ me { id } }"}, {"query": "mutation { x }"}]')),
    "a batch of a thousand": ("BAD_REQUEST", raw(b"[" + b",".join([b'{"query": "{ me { id } }"}'] * 1_000) + b"]")),
    "nothing": ("BAD_REQUEST", raw(b"")),
    "null": ("BAD_REQUEST", raw(b"null")),
    "a word": ("BAD_REQUEST", raw(b'"mutation"')),
    "a request under __proto__": ("BAD_REQUEST", raw(b'{"__proto__": {"query": "{ me { id } }"}}')),
    "a query that is an object": ("BAD_REQUEST", raw(b'{"query": {"$gt": ""}}')),
    "a query of white space": ("BAD_REQUEST", raw(b'{"query": " \\n\\t"}')),
    "lists 50,000 deep": ("BAD_REQUEST", raw(b"[" * 50_000 + b"]" * 50_000)),
    "variables 10,000 deep": ("BAD_REQUEST", raw(b'{"variables": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001)),
    "a number of 5,000 digits": ("BAD_REQUEST", raw(b'{"variables": {"n": ' + b"9" * 5_000 + b"}}")),
    "a number beyond all numbers": ("BAD_REQUEST", raw(b'{"variables": {"n": 1e999999}}')),
    "not a number": ("BAD_REQUEST", raw(b'{"variables": {"n": NaN}}')),
    "invalid UTF-8": ("BAD_REQUEST", raw(b'{"query": "{ me { id \xff\xfe } }"}')),
    "UTF-8 that is too long": ("BAD_REQUEST", raw(b'{"query": "{ me { id \xc0\xaf } }"}')),
    "half a character": ("BAD_REQUEST", raw(b'{"query": "{ me { id } }", "operationName": "\\ud800"}')),
    "a NUL": ("BAD_REQUEST", raw(b'{"query": "{ me { id } }\0"}')),
    "a byte order mark": ("BAD_REQUEST", raw(b'\xef\xbb\xbf{"query": "{ me { id } }"}')),
    "UTF-16": ("BAD_REQUEST", raw('{"query": "{ me { id } }"}'.encode("utf-16"))),
    "two bodies in one": ("BAD_REQUEST", raw(b'{"query": "{ me { id } }"}{"query": "mutation { x }"}')),
    "too many bytes": ("PAYLOAD_TOO_LARGE", raw(b'{"query": "{ me { id } }", "x": "' + b"x" * 102_400 + b'"}')),
    "a form": (
        "UNSUPPORTED_MEDIA_TYPE",
        raw(b"query=" + MUTATION.encode(), content_type="application/x-www-form-urlencoded"),
    ),
    "a form with files": (
        "UNSUPPORTED_MEDIA_TYPE",
        raw(b"--x\r\n\r\n--x--\r\n", content_type="multipart/form-data; boundary=x"),
    ),
    "plain text": ("UNSUPPORTED_MEDIA_TYPE", raw(b'{"query": "{ me { id } }"}', content_type="text/plain")),
    "a bare document": ("UNSUPPORTED_MEDIA_TYPE", raw(MUTATION.encode(), content_type="application/graphql")),
    "another character set": ("UNSUPPORTED_MEDIA_TYPE", raw(b"{}", content_type="application/json; charset=utf-7")),
    "no content type": ("UNSUPPORTED_MEDIA_TYPE", raw(b"{}", content_type="")),
    "50 MB in 50 KB": ("UNSUPPORTED_MEDIA_TYPE", raw(packed(50_000_000), content_encoding="gzip")),
    "deflated": ("UNSUPPORTED_MEDIA_TYPE", raw(zlib.compress(b"{}"), content_encoding="deflate")),
    "packed twice": ("UNSUPPORTED_MEDIA_TYPE", raw(gzip.compress(packed(1_000)), content_encoding="gzip, gzip")),
}

DOORS: Mapping[str, tuple[str, Strike]] = {
    "a mutation by GET": ("METHOD_NOT_ALLOWED", asked(query=MUTATION)),
    "a mutation by GET that says it is a POST": (
        "METHOD_NOT_ALLOWED",
        asked(headers={"X-HTTP-Method-Override": "POST"}, query=MUTATION),
    ),
    "a mutation by GET as a stream": ("METHOD_NOT_ALLOWED", asked(headers=EVENTS, query=MUTATION)),
    "a mutation among queries by GET": (
        "METHOD_NOT_ALLOWED",
        asked(query=f"query A {HOME} mutation B {{ {LOGIN} }}", operationName="B"),
    ),
    "a subscription by GET": ("BAD_USER_INPUT", asked(query=SUBSCRIPTION)),
    "a mutation by HEAD": ("405", asked("HEAD", query=MUTATION)),
    "a mutation by PUT": ("METHOD_NOT_ALLOWED", asked("PUT", query=MUTATION)),
    "a mutation by TRACE": ("METHOD_NOT_ALLOWED", asked("TRACE", query=MUTATION)),
    "variables by GET that are none": ("BAD_REQUEST", asked(query=ID, variables="[" * 10_000)),
    "extensions by GET that are none": ("BAD_REQUEST", asked(query=ID, extensions='"x"')),
    "half an escape by GET": ("GRAPHQL_PARSE_FAILED", asked(path="/graphql?query=%7B%20me%20%ff%fe%zz")),
    "a query twice by GET": (
        "METHOD_NOT_ALLOWED",
        asked(path="/graphql?query={me{id}}&query=mutation{advanceClock(input:{}){now}}"),
    ),
    "a page of another site": ("FORBIDDEN", asked(headers={"Origin": "https://evil.example"}, query=HOME)),
    "a page of no site": ("FORBIDDEN", asked(headers={"Origin": "null"}, query=HOME)),
    "a page of a site that looks like ours": (
        "FORBIDDEN",
        asked(headers={"Origin": "http://127.0.0.1.evil.example"}, query=HOME),
    ),
    "an image of another site": ("FORBIDDEN", asked(headers={"Sec-Fetch-Site": "cross-site"}, query=HOME)),
    "an origin that cannot be read": ("FORBIDDEN", asked(headers={"Origin": "http://[::1"}, query=HOME)),
    "an answer as an image": ("NOT_ACCEPTABLE", asked(headers={"Accept": "image/png"}, query=HOME)),
    "an Accept of 60 KB": ("NOT_ACCEPTABLE", asked(headers={"Accept": "a/b;q=0.1," * 6_000}, query=HOME)),
    "two Authorization headers": (
        "UNAUTHENTICATED",
        with_headers(("Authorization", "Bearer x"), ("Authorization", "Bearer y")),
    ),
    "two Content-Type headers": (
        "UNSUPPORTED_MEDIA_TYPE",
        with_headers(("Content-Type", "text/plain"), ("Content-Type", "application/json")),
    ),
    "another path": ("NOT_FOUND", asked("POST", "/graphql/../etc/passwd")),
    "a path within the endpoint": ("NOT_FOUND", asked("POST", "/graphql/x", query=MUTATION)),
    "the endpoint in capitals": ("NOT_FOUND", asked("POST", "/GRAPHQL", query=MUTATION)),
    "an escaped slash": ("NOT_FOUND", asked("POST", "/graphql%2f..%2fhealthz")),
    "a NUL in the path": ("NOT_FOUND", asked("POST", "/graphql%00")),
    "a slash at the end": ("NOT_FOUND", asked("POST", "/graphql/")),
    "two slashes": ("NOT_FOUND", asked("POST", "//graphql")),
}

REQUESTS = [
    Attack(f"{group}: {name}", refused, strike)
    for group, table in (("beside", VARIABLES), ("body", BODIES), ("door", DOORS))
    for name, (refused, strike) in table.items()
]
