"""Do an issuer's keys arrive when they are needed, and stay when the issuer is down?"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.gateway.identity import InvalidToken, principal_of
from app.gateway.issuer import FRESH_S, RETRY_S, SET_BYTES, UNKNOWN_KEY_S, IssuerKeys, read_key_set
from app.gateway.keys import KeysUnavailable
from tests.gateway.shop import claims, served

ISSUER = "https://issuer.example"


@dataclass
class Issuer:
    """An issuer that rotates its keys, goes down, and counts who asks."""

    url: str = ""
    keys: list[Key] = field(default_factory=list)
    asked: int = 0
    down: bool = False
    body: bytes | None = None

    async def answer(self, request: Request) -> Response:
        """The key set."""
        self.asked += 1
        await asyncio.sleep(0.05)
        if self.down:
            return Response(status_code=503)
        if self.body is not None:
            return Response(self.body)
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})


@pytest.fixture(scope="module")
def running_issuer() -> Iterator[Issuer]:
    """One server for all tests of this file."""
    made = Issuer()
    with served(Starlette(routes=[Route("/keys", made.answer)])) as url:
        made.url = f"{url}/keys"
        yield made


@pytest.fixture
def issuer(running_issuer: Issuer) -> Issuer:
    """A running issuer with one EC key, that nobody has asked so far."""
    running_issuer.keys = [ECKey.generate_key("P-256", auto_kid=True)]
    running_issuer.asked, running_issuer.down, running_issuer.body = 0, False, None
    return running_issuer


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def keys_of(issuer: Issuer, watch: Watch) -> IssuerKeys:
    """The cache under test."""
    return IssuerKeys(issuer.url, issuer=ISSUER, audience="points", monotonic=watch)


def token_of(key: Key, algorithm: str, **header: Any) -> str:
    """A member's token signed by an issuer's key."""
    named = {"kid": key.kid} if key.kid else {}
    return jwt.encode(
        {"alg": algorithm, **named, **header}, claims(iss=ISSUER, aud="points"), key, algorithms=[algorithm]
    )


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
async def test_each_allowed_algorithm_proves_its_subject(issuer: Issuer, algorithm: str) -> None:
    made: dict[str, Key] = {
        "ES256": ECKey.generate_key("P-256", auto_kid=True),
        "RS256": RSAKey.generate_key(2048, auto_kid=True),
        "EdDSA": OKPKey.generate_key("Ed25519", auto_kid=True),
    }
    issuer.keys = list(made.values())

    principal = await principal_of(token_of(made[algorithm], algorithm), keys_of(issuer, Watch()), at=datetime.now(UTC))

    assert (principal.subject, principal.roles) == ("mi-1", frozenset({"member"}))


async def test_a_key_is_good_for_its_own_algorithm_only(issuer: Issuer) -> None:
    key = RSAKey.generate_key(2048, auto_kid=True)
    issuer.keys = [key]

    with pytest.raises(InvalidToken):
        await principal_of(token_of(key, "PS256"), keys_of(issuer, Watch()), at=datetime.now(UTC))


async def test_a_token_without_a_key_id_needs_a_single_key_that_fits(issuer: Issuer) -> None:
    issuer.keys.append(RSAKey.generate_key(2048, auto_kid=True))
    keys = keys_of(issuer, Watch())

    assert await keys.find(None, "ES256") is not None
    issuer.keys.append(ECKey.generate_key("P-256", auto_kid=True))
    assert await keys_of(issuer, Watch()).find(None, "ES256") is None


async def test_many_at_once_read_the_key_set_once(issuer: Issuer) -> None:
    keys = keys_of(issuer, Watch())

    found = await asyncio.gather(*(keys.find(issuer.keys[0].kid, "ES256") for _ in range(50)))

    assert all(found)
    assert issuer.asked == 1


async def test_a_rotated_key_is_accepted_at_once_and_the_old_one_no_longer(issuer: Issuer) -> None:
    watch = Watch()
    keys, old = keys_of(issuer, watch), issuer.keys[0]
    assert await keys.find(old.kid, "ES256") is not None
    watch.seconds += UNKNOWN_KEY_S

    issuer.keys = [ECKey.generate_key("P-256", auto_kid=True)]

    assert await keys.find(issuer.keys[0].kid, "ES256") is not None
    assert await keys.find(old.kid, "ES256") is None


async def test_unknown_ids_do_not_hammer_the_issuer(issuer: Issuer) -> None:
    watch = Watch()
    keys = keys_of(issuer, watch)

    for number in range(20):
        assert await keys.find(f"unknown-{number}", "ES256") is None
        watch.seconds += UNKNOWN_KEY_S / 10

    assert issuer.asked == 2


async def test_known_keys_serve_while_the_issuer_is_down(issuer: Issuer) -> None:
    watch = Watch()
    keys = keys_of(issuer, watch)
    assert await keys.find(issuer.keys[0].kid, "ES256") is not None

    issuer.down = True
    for _ in range(5):
        watch.seconds += FRESH_S
        assert await keys.find(issuer.keys[0].kid, "ES256") is not None

    await keys.close()


async def test_an_aged_set_is_read_again_in_the_background(issuer: Issuer) -> None:
    watch = Watch()
    keys = keys_of(issuer, watch)
    await keys.find(issuer.keys[0].kid, "ES256")
    withdrawn = issuer.keys[0]
    issuer.keys = [ECKey.generate_key("P-256", auto_kid=True)]

    watch.seconds += FRESH_S + RETRY_S

    assert await keys.find(withdrawn.kid, "ES256") is not None
    async with asyncio.timeout(20):
        while await keys.find(withdrawn.kid, "ES256") is not None:
            await asyncio.sleep(0.05)


async def test_an_issuer_that_never_answered_is_not_the_clients_fault(issuer: Issuer) -> None:
    issuer.down = True

    with pytest.raises(KeysUnavailable):
        await keys_of(issuer, Watch()).find("any", "ES256")


async def test_nobody_listening_is_the_same(issuer: Issuer) -> None:
    nobody = IssuerKeys("http://127.0.0.1:1/keys", issuer=ISSUER, audience="points")

    with pytest.raises(KeysUnavailable):
        await nobody.find("any", "ES256")


OTHER_KEY = orjson.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]})


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"keys": 7}', b'{"keys": []}', OTHER_KEY + b" " * SET_BYTES]
)
async def test_a_damaged_key_set_changes_nothing(issuer: Issuer, body: bytes) -> None:
    watch = Watch()
    keys = keys_of(issuer, watch)
    await keys.find(issuer.keys[0].kid, "ES256")

    issuer.body = body
    watch.seconds += UNKNOWN_KEY_S
    assert await keys.find("unknown", "ES256") is None

    assert await keys.find(issuer.keys[0].kid, "ES256") is not None


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_only_public_signature_keys_of_sound_size_are_taken() -> None:
    entries: list[object] = [
        ECKey.generate_key("P-256").as_dict(private=False),
        {**ECKey.generate_key("P-256").as_dict(private=False), "use": "enc"},
        {**ECKey.generate_key("P-256").as_dict(private=False), "alg": "ES512"},
        ECKey.generate_key("P-256").as_dict(private=True),
        ECKey.generate_key("P-521").as_dict(private=False),
        OctKey.generate_key(256).as_dict(private=True),
        RSAKey.generate_key(1024).as_dict(private=False),
        {"kty": "EC", "crv": "P-256", "x": 7},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "AKP"},
        {"kty": ["RSA"]},
        "x",
    ]

    assert len(read_key_set(orjson.dumps({"keys": entries}))) == 1
