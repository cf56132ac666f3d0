"""Who is asking?"""

import binascii
import hashlib
import unicodedata
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeGuard

import orjson
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwa import JWSAlgModel

from app.gateway.keys import Keys, PublicKey

ROLES = frozenset({"member", "service", "staff"})
LEEWAY_S = 30
TOKEN_CHARACTERS = 8_000
SUBJECT_CHARACTERS = 128
LAST_SECOND = 253_402_300_799  # of the year 9999
MOST_PROOFS = 10_000


class InvalidToken(Exception):
    """An Authorization header stands in the request and proves nothing; its text is for the log, not for the client."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a token speaks for: a Mi Account id (or a service's or clerk's name), its roles, and until when.

    `name` tells principals apart: a service and a member of the same name are two.
    """

    subject: str
    roles: frozenset[str]
    expires_at: datetime
    name: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{'+'.join(sorted(self.roles))}:{self.subject}")


async def authenticate(given: Sequence[str], keys: Keys) -> Principal | None:
    """The principal of a request by its Authorization headers, that is by its bearer token; None without any.

    Raises InvalidToken, and KeysUnavailable when the issuer's keys cannot be read. Judged by the real clock with a
    leeway of 30 seconds, whatever the programme's clock says (RUNNING, Tokens).
    """
    if not given:
        return None
    if len(given) > 1:
        raise InvalidToken("more than one Authorization header")
    return await principal_of(bearer_of(given[0]), keys, at=datetime.now(UTC))


def bearer_of(authorization: str) -> str:
    """The token in the value of an Authorization header; raises InvalidToken for another scheme."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidToken("not a bearer token")
    return token.strip()


@dataclass(frozen=True, slots=True)
class Proof:
    """A token whose signature was seen to be good: by which key, whom it speaks for, and when (seconds, UTC)."""

    kid: str | None
    algorithm: str
    key: PublicKey
    principal: Principal
    not_before: float
    expires: float


async def principal_of(token: str, keys: Keys, *, at: datetime) -> Principal:
    """Checks signature, issuer, audience, times, subject and roles of a JWT at an instant; raises InvalidToken.

    A signature is checked once for as long as its key is the issuer's; times are judged always.
    """
    name = keys.issuer, keys.audience, hashlib.sha256(token.encode(errors="replace")).digest()
    known = _proofs.get(name)
    if known is None or await keys.find(known.kid, known.algorithm) is not known.key:
        known = _proofs[name] = await _prove(token, keys)
        while len(_proofs) > MOST_PROOFS:
            _proofs.popitem(last=False)
    _proofs.move_to_end(name)
    now = at.timestamp()
    if known.expires + LEEWAY_S <= now:
        raise InvalidToken("expired")
    if known.not_before - LEEWAY_S > now:
        raise InvalidToken("not valid yet")
    return known.principal


_proofs: OrderedDict[tuple[str, str, bytes], Proof] = OrderedDict()  # those used last, by issuer, audience, SHA-256


async def _prove(token: str, keys: Keys) -> Proof:
    algorithm, kid = _header(token)
    if algorithm not in keys.algorithms:
        raise InvalidToken("algorithm is not allowed")
    key = await keys.find(kid, algorithm)
    if key is None:
        raise InvalidToken("unknown key")
    try:
        payload = jws.deserialize_compact(token, key, registry=_OneAlgorithm(algorithms=[algorithm])).payload
        claims = orjson.loads(payload or b"")
    except (JoseError, ValueError) as error:
        raise InvalidToken("bad signature or payload") from error
    if not isinstance(claims, dict):
        raise InvalidToken("claims are not an object")
    principal = _principal(claims, keys)
    begins = [_instant(claims[name]) for name in ("iat", "nbf") if name in claims]
    return Proof(kid, algorithm, key, principal, max(begins, default=0.0), _instant(claims.get("exp")))


class _OneAlgorithm(jws.JWSRegistry):
    """Knows the one algorithm of the key; without joserfc's warning at EdDSA, the name that issuers still use."""

    def get_alg(self, name: str) -> JWSAlgModel:
        """The algorithm of this name; raises UnsupportedAlgorithmError for any other."""
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


def is_subject(value: object) -> TypeGuard[str]:
    """May this name a principal? A string of 1 to 128 characters, none of them a control character."""
    if not isinstance(value, str) or not 1 <= len(value) <= SUBJECT_CHARACTERS:
        return False
    return not any(unicodedata.category(character) == "Cc" for character in value)


def _header(token: str) -> tuple[str, str | None]:
    """Algorithm and key id. Only plain strings may stand in a header: no embedded key, no critical extension."""
    if len(token) > TOKEN_CHARACTERS or not token.isascii() or token.count(".") != 2:
        raise InvalidToken("not a signed token")
    encoded = token.partition(".")[0]
    try:
        header = orjson.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (binascii.Error, ValueError) as error:
        raise InvalidToken("unreadable header") from error
    if not isinstance(header, dict) or not all(isinstance(value, str) for value in header.values()):
        raise InvalidToken("unusable header")
    return header.get("alg", ""), header.get("kid")


def _principal(claims: dict[str, Any], keys: Keys) -> Principal:
    audience, subject, roles = claims.get("aud"), claims.get("sub"), claims.get("roles", [])
    if claims.get("iss") != keys.issuer:
        raise InvalidToken("other issuer")
    if keys.audience not in (audience if isinstance(audience, list) else [audience]):
        raise InvalidToken("other audience")
    expires_at = datetime.fromtimestamp(_instant(claims.get("exp")), UTC)
    if not is_subject(subject):
        raise InvalidToken("unusable subject")
    if not isinstance(roles, list):
        raise InvalidToken("roles are not a list")
    known = frozenset(role for role in roles if isinstance(role, str)) & ROLES
    return Principal(subject, known, expires_at)


def _instant(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LAST_SECOND:
        raise InvalidToken("unusable time")
    return float(value)
