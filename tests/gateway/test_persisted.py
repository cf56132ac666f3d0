"""Do clients get what they ask for by a hash or by the id of a trusted document, and nothing else?"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import strawberry
from starlette.applications import Starlette

from app.gateway.documents import Lookup
from app.gateway.routes import serve_graphql
from app.gateway.tokens import DevelopmentKeys
from app.settings import Settings, read_settings
from tests.gateway.lookups import Trusted
from tests.gateway.shop import served

ASK = "{ greeting }"
MUTATION = "mutation { greet }"


def sha256(text: str) -> str:
    """The hash of a text, as clients send it."""
    return hashlib.sha256(text.encode()).hexdigest()


@strawberry.type
class Query:
    """One field."""

    @strawberry.field
    def greeting(self) -> str:
        """What is said."""
        return "hello"


@strawberry.type
class Mutation:
    """One act."""

    @strawberry.mutation
    def greet(self) -> str:
        """Says it."""
        return "hello"


@pytest.fixture
def trusted() -> Trusted:
    """Two trusted documents."""
    return Trusted(greeting=ASK, both="query A { greeting } query B { again: greeting }")


@pytest.fixture
def client(settings: Settings, keys: DevelopmentKeys, trusted: Trusted) -> Iterator[httpx.Client]:
    """A client of a development server that has seen no document yet."""
    yield from clients(settings, keys, trusted)


@pytest.fixture
def strict(keys: DevelopmentKeys, trusted: Trusted, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a production server that runs trusted documents only."""
    issuer = {"issuer": "https://id.example", "audience": "mipoints", "jwks_url": "https://id.example/keys"}
    settings = read_settings(profile="production", data_dir=tmp_path, coupon_key="k" * 32, trusted_only=True, **issuer)
    yield from clients(settings, keys, trusted)


def clients(settings: Settings, keys: DevelopmentKeys, trusted: Lookup) -> Iterator[httpx.Client]:
    """A client of a server of its own."""

    async def no_context(**of: object) -> None:
        return None

    graphql = serve_graphql(strawberry.Schema(Query, Mutation), no_context, keys, settings, trusted=trusted)
    with served(Starlette(routes=graphql.routes)) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield client


def persisted(hashed: str, version: object = 1) -> dict[str, Any]:
    """The extension of an automatic persisted query."""
    return {"persistedQuery": {"version": version, "sha256Hash": hashed}}


def post(client: httpx.Client, **body: object) -> httpx.Response:
    """One request by POST."""
    return client.post("/graphql", json=body)


def get(client: httpx.Client, **parameters: object) -> httpx.Response:
    """One request by GET; what is no string is JSON."""
    told = {name: each if isinstance(each, str) else json.dumps(each) for name, each in parameters.items()}
    return client.get("/graphql", params=told)


def code(answer: httpx.Response) -> str:
    """The code of its first error."""
    told: str = answer.json()["errors"][0]["extensions"]["code"]
    return told


def greeted(answer: httpx.Response) -> bool:
    """Was the query run?"""
    return bool(answer.json().get("data") == {"greeting": "hello"})


def test_a_hash_is_missed_then_registered_then_found(client: httpx.Client) -> None:
    extensions = persisted(sha256(ASK))

    missed = post(client, extensions=extensions)
    registered = post(client, query=ASK, extensions=extensions)
    found = post(client, extensions=extensions)
    by_get = get(client, extensions=extensions)

    assert code(missed) == "PERSISTED_QUERY_NOT_FOUND"
    assert missed.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert all(map(greeted, (registered, found, by_get)))


def test_a_hash_can_be_registered_by_get_and_a_plain_text_is_known_by_its_hash(client: httpx.Client) -> None:
    again = "{ again: greeting }"

    assert greeted(get(client, query=ASK, extensions=persisted(sha256(ASK))))
    assert "data" in post(client, query=again).json()

    assert greeted(post(client, extensions=persisted(sha256(ASK))))
    assert "data" in post(client, documentId=f"sha256:{sha256(again)}").json()


def test_a_text_of_another_hash_is_refused_unread_and_not_remembered(client: httpx.Client) -> None:
    for text in (ASK, "{ not even"):
        assert code(post(client, query=text, extensions=persisted("0" * 64))) == "PERSISTED_QUERY_HASH_MISMATCH"

    assert code(post(client, extensions=persisted("0" * 64))) == "PERSISTED_QUERY_NOT_FOUND"
    assert code(post(client, extensions=persisted(sha256(ASK)))) == "PERSISTED_QUERY_NOT_FOUND"


def test_a_text_that_cannot_be_run_is_not_remembered(client: httpx.Client) -> None:
    wrong = "{ greting }"

    assert code(post(client, query=wrong, extensions=persisted(sha256(wrong)))) == "GRAPHQL_VALIDATION_FAILED"
    assert code(post(client, extensions=persisted(sha256(wrong)))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "extension",
    [
        {"version": 2, "sha256Hash": sha256(ASK)},
        {"version": "1", "sha256Hash": sha256(ASK)},
        {"sha256Hash": sha256(ASK)},
        {"version": 1},
        {"version": 1, "sha256Hash": 5},
        {"version": 1, "sha256Hash": "../" * 20},
        {"version": 1, "sha256Hash": "0" * 129},
        [],
    ],
)
def test_another_version_or_an_impossible_hash_is_a_bad_request(client: httpx.Client, extension: object) -> None:
    answer = post(client, extensions={"persistedQuery": extension})

    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


def test_a_mutation_by_its_hash_needs_a_post(client: httpx.Client) -> None:
    extensions = persisted(sha256(MUTATION))
    assert post(client, query=MUTATION, extensions=extensions).json()["data"] == {"greet": "hello"}

    by_get = get(client, extensions=extensions)

    assert (by_get.status_code, by_get.headers["allow"]) == (405, "POST")
    assert post(client, extensions=extensions).json()["data"] == {"greet": "hello"}


def test_a_trusted_document_is_run_by_its_id(client: httpx.Client) -> None:
    assert greeted(post(client, documentId="greeting"))
    assert greeted(get(client, documentId="greeting"))
    assert greeted(post(client, documentId="both", operationName="A"))
    assert code(post(client, documentId="both")) == "BAD_USER_INPUT"
    assert code(post(client, documentId="other")) == "PERSISTED_QUERY_NOT_FOUND"
    assert greeted(post(client, query=ASK))


def test_where_only_trusted_documents_are_run_nothing_else_is(strict: httpx.Client) -> None:
    unknown: list[dict[str, object]] = [
        {"query": ASK},
        {"query": ASK, "documentId": "other"},
        {"documentId": "other"},
        {"extensions": persisted(sha256(ASK))},
        {"query": ASK, "extensions": persisted(sha256(ASK))},
        {"query": "{ __schema { types { name } } }"},
    ]

    assert greeted(post(strict, documentId="greeting"))
    assert greeted(get(strict, documentId="greeting"))
    assert greeted(post(strict, query="{ whatever", documentId="greeting"))
    assert {code(post(strict, **body)) for body in unknown} == {"DOCUMENT_NOT_TRUSTED"}
    assert code(get(strict, query=ASK)) == "DOCUMENT_NOT_TRUSTED"
