"""Whose token is this? What the contenders in Python ask; a token's own check is kept until it ends."""

import os
import time
from functools import lru_cache
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

KEPT = 10_000


class InvalidToken(Exception):
    """This header proves nothing."""


def subject_of(authorization: str) -> str:
    """The Mi Account of a bearer token. Raises InvalidToken."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidToken("no bearer token")
    subject, until = _checked(token)
    if until <= time.time():
        raise InvalidToken("expired")
    return subject


@lru_cache(maxsize=KEPT)
def _checked(token: str) -> tuple[str, float]:
    try:
        claims = jwt.decode(token, _key(), algorithms=["ES256"]).claims
    except (JoseError, ValueError) as error:
        raise InvalidToken("bad signature") from error
    if (claims.get("iss"), claims.get("aud")) != (os.environ["BENCH_ISSUER"], os.environ["BENCH_AUDIENCE"]):
        raise InvalidToken("other issuer or audience")
    return str(claims["sub"]), float(claims["exp"])


@lru_cache(maxsize=1)
def _key() -> ECKey:
    return ECKey.import_key(Path(os.environ["BENCH_KEY"]).read_text())
