"""Which tokens are attacks?"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from app.gateway.tokens import ALGORITHM, development_key
from tests.gateway.attack_documents import LOGIN
from tests.gateway.shop import claims
from tests.gateway.target import ATTACKER, Answer, Attack, Strike, Target

BODY = {"query": f"mutation {{ {LOGIN} }}"}
OTHER, RSA = ECKey.generate_key("P-256", auto_kid=True), RSAKey.generate_key(2048)

Token = Callable[[Target], str]


def shown(made: Token, scheme: str = "Bearer ") -> Strike:
    """A mutation with this token."""

    async def strike(target: Target) -> list[Answer]:
        return [await target.request("POST", json=BODY, headers={"Authorization": scheme + made(target)})]

    return strike


def signed(**changed: object) -> Token:
    """A token of the right key with these claims changed."""

    def made(target: Target) -> str:
        key = development_key(target.settings)
        chosen = claims(**{"sub": ATTACKER, "roles": ["member"], **changed})
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, chosen, key)

    return made


def signed_by_another(**header: Any) -> Token:
    """Signed by a key of the attacker's own, under the id of the right one unless this header says otherwise."""

    def made(target: Target) -> str:
        known = {"alg": ALGORITHM, "kid": development_key(target.settings).kid, **header}
        return jwt.encode(known, claims(roles=["staff"]), OTHER)

    return made


def encoded(part: bytes) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def joined(header: Mapping[str, Any]) -> str:
    """What is signed: this header, and claims to be staff."""
    return f"{encoded(orjson.dumps(dict(header)))}.{encoded(orjson.dumps(claims(sub=ATTACKER, roles=['staff'])))}"


def forged(header: Mapping[str, Any], signature: bytes = b"") -> Token:
    """A token with this header and any signature."""
    return lambda target: f"{joined(header)}.{encoded(signature)}"


def by_public_key(target: Target) -> str:
    """Signed with the public key as if that were a shared secret."""
    key = development_key(target.settings)
    signing = joined({"alg": "HS256", "kid": key.kid})
    return f"{signing}.{encoded(hmac.digest(key.as_pem(private=False), signing.encode(), hashlib.sha256))}"


FORGED: Mapping[str, Token] = {
    "no algorithm": forged({"alg": "none"}),
    "no algorithm in capitals": forged({"alg": "NONE"}),
    "no algorithm and a signature": forged({"alg": "none"}, b"\0" * 64),
    "a list of algorithms": forged({"alg": ["none", ALGORITHM]}),
    "an empty header": forged({}),
    "a signature of zeros": forged({"alg": ALGORITHM}, b"\0" * 64),
    "no signature": forged({"alg": ALGORITHM}),
    "an extension that must be understood": forged({"alg": ALGORITHM, "crit": ["exp"], "exp": 1}, b"\0" * 64),
    "the public key as a secret": by_public_key,
    "another kind of key": lambda target: jwt.encode({"alg": "RS256"}, claims(), RSA),
    "another's signature": signed_by_another(),
    "a key that it brings along": signed_by_another(jwk=OTHER.as_dict(private=False)),
    "a key at an address": signed_by_another(jku="http://127.0.0.1:9/keys"),
    "a key in a file": signed_by_another(kid="../../../../dev/null"),
    "a key out of the database": signed_by_another(kid="' UNION SELECT 'key' --"),
    "expired": signed(exp=timedelta(hours=-1)),
    "no end": signed(exp=None),
    "an end beyond all calendars": signed(exp=10**300),
    "not yet valid": signed(nbf=timedelta(hours=1)),
    "another audience": signed(aud="elsewhere"),
    "another issuer": signed(iss="https://evil.example"),
    "a subject of 5 KB": signed(sub="x" * 5_000),
    "a subject with a NUL": signed(sub="mi\0"),
    "a subject that is an object": signed(sub={"$ne": None}),
    "100 KB": lambda target: "x" * 100_000,
    "thousands of dots": lambda target: "." * 5_000,
    "two tokens in one": lambda target: f"{target.token}, {target.token}",
}
TOKENS = [
    *(Attack(f"token: {name}", "UNAUTHENTICATED", shown(made)) for name, made in FORGED.items()),
    Attack("token: another scheme", "UNAUTHENTICATED", shown(lambda target: "bWVtYmVyOnNlc2FtZQ==", "Basic ")),
    Attack("token: none", "UNAUTHENTICATED", shown(lambda target: "", "Bearer")),
]
