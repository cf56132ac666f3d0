"""Does production believe its issuer alone, through rotations and failures, and show nothing else?"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.gateway.issuer import UNKNOWN_KEY_S
from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.gateway.shop import claims, served
from tests.served import Served, serving

ISSUER, AUDIENCE = "https://id.example", "points"
OPERATION = '{ operation(idempotencyKey: "none") { state } }'


def new_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


@dataclass
class Issuer:
    """An identity provider that rotates its keys and goes down."""

    url: str = ""
    key: ECKey = field(default_factory=new_key)
    down: bool = False

    async def answer(self, request: Request) -> Response:
        """Its key set."""
        return Response(status_code=503) if self.down else JSONResponse({"keys": [self.key.as_dict(private=False)]})

    def token(self, **changed: Any) -> str:
        """A member's token."""
        given = claims(**{"iss": ISSUER, "aud": AUDIENCE, **changed})
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, given, self.key)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """A running issuer."""
    made = Issuer()
    with served(Starlette(routes=[Route("/keys", made.answer)])) as url:
        made.url = f"{url}/keys"
        yield made


@pytest.fixture(scope="module")
async def production(cluster: EmbeddedPostgres, roomy: Path, issuer: Issuer) -> AsyncIterator[Served]:
    """The gateway in production, on a migrated database."""
    variables = {
        "MIPOINTS_ISSUER": ISSUER,
        "MIPOINTS_AUDIENCE": AUDIENCE,
        "MIPOINTS_JWKS_URL": issuer.url,
        "MIPOINTS_COUPON_KEY": "k" * 32,
        "MIPOINTS_RATE_LIMIT_TOKENS": "5",
        "MIPOINTS_ORIGINS": "https://shop.example",
        "MIPOINTS_METRICS_PORT": "0",
    }
    flags = ("--profile", "production")
    async with (
        fresh_database(cluster) as url,
        serving(roomy, *flags, database_url=url, variables=variables) as ready,
    ):
        yield ready


async def ask(production: Served, query: str, token: str | None = None, **headers: str) -> httpx.Response:
    """A query by POST."""
    sent = {**headers, **({"authorization": f"Bearer {token}"} if token else {})}
    return await production.http.post("/graphql", json={"query": query}, headers=sent)


async def test_a_token_of_the_issuer_is_taken_through_a_rotation_and_while_the_issuer_is_down(
    production: Served, issuer: Issuer
) -> None:
    old = issuer.token()
    assert (await ask(production, OPERATION, old)).json()["data"] == {"operation": None}

    await asyncio.sleep(UNKNOWN_KEY_S)
    issuer.key = new_key()
    assert (await ask(production, OPERATION, issuer.token())).json()["data"] == {"operation": None}
    assert (await ask(production, OPERATION, old)).status_code == 401

    issuer.down = True
    assert (await ask(production, OPERATION, issuer.token())).json()["data"] == {"operation": None}
    issuer.down = False


async def test_nothing_of_the_schema_is_told(production: Served) -> None:
    answers = [
        (await ask(production, query)).json()["errors"][0]
        for query in (
            "{ __schema { types { name } } }",
            '{ __type(name: "Member") { name } }',
            "{ mee { id } }",
            'mutation { advanceClock(input: {by: "P1D"}) { now } }',
        )
    ]

    assert {answer["extensions"]["code"] for answer in answers} == {"GRAPHQL_VALIDATION_FAILED"}
    assert not any("Did you mean" in answer["message"] for answer in answers)
    for path in ("/schema.graphql", "/metrics", "/graphiql", "/nothing"):
        assert (await production.http.get(path)).status_code == 404
    assert (await production.http.get("/graphql", headers={"accept": "text/html"})).status_code in (400, 406)


async def test_a_page_of_an_allowed_origin_may_ask_and_no_other(production: Served) -> None:
    allowed = await ask(production, "{ __typename }", origin="https://shop.example")
    foreign = await ask(production, "{ __typename }", origin="https://evil.example")
    flight = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    preflight = await production.http.options("/graphql", headers=flight)

    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, "https://shop.example")
    assert "access-control-allow-credentials" not in allowed.headers
    assert (foreign.status_code, "access-control-allow-origin" in foreign.headers) == (403, False)
    assert (preflight.status_code, preflight.headers["access-control-allow-methods"]) == (200, "GET, POST")


async def test_after_too_many_tokens_that_are_not_valid_none_is_looked_at_for_a_while(
    production: Served, issuer: Issuer
) -> None:
    statuses = [(await ask(production, OPERATION, issuer.token(aud="other"))).status_code for _ in range(7)]
    good = await ask(production, OPERATION, issuer.token())
    open_to_all = await ask(production, "{ __typename }")

    assert open_to_all.status_code == 200
    assert statuses[-1] == 429
    assert set(statuses) == {401, 429}
    assert (good.status_code, good.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert 1 <= int(good.headers["retry-after"]) <= 60
