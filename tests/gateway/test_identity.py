"""Whom does a token prove, and what is told to those whom it does not?"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.gateway.tokens import ALGORITHM, AUDIENCE, DevelopmentKeys, TokenRefused, development_key, mint
from app.settings import Settings
from tests.gateway.shop import Door, claims, open_door

ASK = "{ who roles }"


def signed(settings: Settings, header: Mapping[str, object] = MappingProxyType({}), /, **changed: object) -> str:
    """A token of the development key with these claims and this header changed."""
    key = development_key(settings)
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, **header}, claims(**changed), key)


def encoded(part: bytes) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def test_without_a_token_nobody_asks(door: Door) -> None:
    answer = door.ask(ASK)

    assert (answer.status_code, answer.json()["data"]) == (200, {"who": None, "roles": []})


@pytest.mark.parametrize("role", ["member", "service", "staff"])
def test_a_minted_token_names_its_subject_and_role(door: Door, settings: Settings, role: str) -> None:
    token = mint(settings, role, "mi-7", timedelta(minutes=1))

    assert door.ask(ASK, token=token).json()["data"] == {"who": "mi-7", "roles": [role]}


GOOD: dict[str, dict[str, object]] = {
    "expired within the leeway": {"exp": timedelta(seconds=-10)},
    "issued a little in the future": {"iat": timedelta(seconds=10), "nbf": timedelta(seconds=10)},
    "several audiences": {"aud": ["other", AUDIENCE]},
    "no instant of issue": {"iat": None},
    "a subject of 128 characters": {"sub": "x" * 128},
    "an unknown role beside a known one": {"roles": ["member", "emperor", 7]},
}


@pytest.mark.parametrize("changed", GOOD.values(), ids=GOOD.keys())
def test_a_good_token_is_taken(door: Door, settings: Settings, changed: dict[str, object]) -> None:
    data = door.ask(ASK, token=signed(settings, **changed)).json()["data"]

    assert data == {"who": claims(**changed)["sub"], "roles": ["member"]}


def test_a_token_without_roles_has_none(door: Door, settings: Settings) -> None:
    assert door.ask(ASK, token=signed(settings, roles=None)).json()["data"] == {"who": "mi-1", "roles": []}


BAD_CLAIMS: dict[str, dict[str, object]] = {
    "expired": {"exp": timedelta(seconds=-31)},
    "no end": {"exp": None},
    "an end that is a word": {"exp": "tomorrow"},
    "an instant that is true": {"iat": True},
    "an end beyond the calendar": {"exp": 10**15},
    "not yet valid": {"nbf": timedelta(seconds=120)},
    "issued in the future": {"iat": timedelta(seconds=120)},
    "other issuer": {"iss": "https://issuer.example"},
    "no issuer": {"iss": None},
    "other audience": {"aud": "other"},
    "part of the audience": {"aud": AUDIENCE[:-1]},
    "no audience": {"aud": None},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "long subject": {"sub": "x" * 129},
    "subject with a NUL": {"sub": "mi\0"},
    "subject with a line end": {"sub": "mi\n1"},
    "subject that is a number": {"sub": 7},
    "roles that are a word": {"roles": "staff"},
}


@pytest.mark.parametrize("changed", BAD_CLAIMS.values(), ids=BAD_CLAIMS.keys())
def test_a_token_with_wrong_claims_is_refused(door: Door, settings: Settings, changed: dict[str, object]) -> None:
    assert_refused(door, signed(settings, **changed))


def forged_with_another_key(settings: Settings) -> str:
    """Signed by a key of the forger's, under our key's id."""
    header = {"alg": ALGORITHM, "kid": development_key(settings).kid}
    return jwt.encode(header, claims(), ECKey.generate_key("P-256"))


def signed_with_the_public_key_as_a_password(settings: Settings) -> str:
    """HS256 over what everybody may know."""
    key = development_key(settings)
    return jwt.encode({"alg": "HS256", "kid": key.kid}, claims(), OctKey.import_key(key.as_pem(private=False)[30:90]))


def unsigned(settings: Settings) -> str:
    """alg: none."""
    header = {"alg": "none", "kid": development_key(settings).kid}
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims()).encode())}."


def tampered(settings: Settings) -> str:
    """A member's token with the staff role written into it."""
    header, _, signature = signed(settings).split(".")
    return f"{header}.{encoded(json.dumps(claims(roles=['staff'])).encode())}.{signature}"


FORGERIES: list[Callable[[Settings], str]] = [
    forged_with_another_key,
    signed_with_the_public_key_as_a_password,
    unsigned,
    tampered,
    lambda settings: jwt.encode({"alg": "RS256"}, claims(), RSAKey.generate_key(2048)),
    lambda settings: signed(settings, {"kid": "unknown"}),
    lambda settings: signed(settings, {"jwk": development_key(settings).as_dict(private=False)}),
    lambda settings: signed(settings)[:-6],
    lambda settings: signed(settings) + ".x",
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_token_is_refused(door: Door, settings: Settings, forge: Callable[[Settings], str]) -> None:
    assert_refused(door, forge(settings))


GARBAGE = {
    "a word": "x",
    "dots": "..",
    "no JSON": f"{encoded(b'{')}.x.x",
    "a list": f"{encoded(b'[]')}.x.x",
    "a number of 5,000 digits": f"{encoded(b'9' * 5_000)}.x.x",
    "deep nesting": f"{encoded(b'[' * 5_000)}.x.x",
    "an algorithm that is a list": encoded(b'{"alg": ["ES256"]}') + ".x.x",
    "no algorithm": f"{encoded(b'{}')}.x.x",
    "a critical extension": encoded(b'{"alg": "ES256", "crit": ["b64"], "b64": false}') + ".x.x",
    "a long one": "x" * 9_000,
}


@pytest.mark.parametrize("token", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_refused(door: Door, token: str) -> None:
    assert_refused(door, token)


@pytest.mark.parametrize("header", ["Basic bWk6MQ==", "Bearer", "token", ""])
def test_another_scheme_is_refused(door: Door, header: str) -> None:
    assert door.ask(ASK, authorization=header).status_code == 401


def test_two_tokens_are_refused(door: Door, member_token: str) -> None:
    headers = [("authorization", f"Bearer {member_token}"), ("authorization", f"Bearer {member_token}")]

    assert door.client.post("/graphql", json={"query": ASK}, headers=headers).status_code == 401


def test_a_bad_token_stops_a_mutation(door: Door, settings: Settings) -> None:
    door.ask("mutation { visit }", token=tampered(settings))

    assert door.seen.visits == 0


@pytest.mark.parametrize("media", ["application/json", "application/graphql-response+json"])
def test_a_refusal_is_a_graphql_error_in_the_clients_media_type(door: Door, media: str) -> None:
    answer = door.ask(ASK, token="x", accept=media)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize(
    ("role", "subject"),
    [("emperor", "mi-1"), ("member", ""), ("member", "mi\n")],
)
def test_no_token_is_minted_that_would_not_be_taken(settings: Settings, role: str, subject: str) -> None:
    with pytest.raises(TokenRefused):
        mint(settings, role, subject, timedelta(hours=1))


def test_a_token_of_another_data_folder_is_refused(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("elsewhere")})

    with open_door(elsewhere, DevelopmentKeys(development_key(elsewhere))) as door:
        assert_refused(door, mint(settings, "member", "mi-1", timedelta(hours=1)))


def assert_refused(door: Door, token: str) -> None:
    """401, the reason stays inside."""
    answer = door.ask(ASK, authorization=f"Bearer {token}")
    assert (answer.status_code, door.code(answer)) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert answer.json()["errors"][0]["message"] == "The token is not valid"
    assert "data" not in answer.json()
