"""What are an issuer's public keys now, and what if it does not answer?"""

import asyncio
import logging
import time
import warnings
from collections.abc import Callable
from typing import Any

import httpx
import orjson
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from app.gateway.keys import KeysUnavailable, KnownKey, PublicKey, pick

log = logging.getLogger("mipoints.gateway")

ISSUER_ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})
ALGORITHM_OF = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
FRESH_S = 600.0  # after this the set is read again, in the background
RETRY_S = 10.0  # between two background readings of an issuer that does not answer
UNKNOWN_KEY_S = 1.0  # between two readings that unknown key ids ask for
FETCH_TIMEOUT_S = 5.0
SET_BYTES = 256 * 1024


class IssuerKeys:
    """The key set that an issuer publishes (JWKS), kept in memory.

    An unknown key id reads the set again (at most once every UNKNOWN_KEY_S, one reading at a time for all who wait), so
    that a rotated key is accepted at once. While the issuer is down the keys known so far keep serving.
    """

    algorithms = ISSUER_ALGORITHMS

    def __init__(
        self, url: str, *, issuer: str, audience: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self._url = url
        self._monotonic = monotonic
        self._known: tuple[KnownKey, ...] = ()
        self._read_at = self._tried_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """See Keys.find."""
        if self._known and self._monotonic() - self._read_at > FRESH_S:
            self._read_again(RETRY_S)
        key = pick(self._known, kid, algorithm)
        if key is None:
            reading = self._read_again(UNKNOWN_KEY_S)
            if reading is not None:
                await asyncio.shield(reading)
                key = pick(self._known, kid, algorithm)
        if not self._known:
            raise KeysUnavailable
        return key

    async def close(self) -> None:
        """Gives up a reading that is under way."""
        if self._reading is not None and not self._reading.done():
            self._reading.cancel()
            await asyncio.wait([self._reading])

    def _read_again(self, interval_s: float) -> asyncio.Task[None] | None:
        """The reading under way, or a new one; None when the last one began less than `interval_s` seconds ago."""
        if self._reading is not None and not self._reading.done():
            return self._reading
        if self._monotonic() - self._tried_at < interval_s:
            return None
        self._tried_at = self._monotonic()
        self._reading = asyncio.create_task(self._read())
        return self._reading

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_S):
                known = read_key_set(await _fetch(self._url))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TimeoutError) as error:
            log.warning("the issuer's key set could not be read: %s", type(error).__name__)
            return
        if not known:
            log.warning("the issuer's key set holds no key for %s", ", ".join(sorted(ISSUER_ALGORITHMS)))
            return
        self._known, self._read_at = known, self._monotonic()


async def _fetch(url: str) -> bytes:
    async with httpx.AsyncClient(timeout=FETCH_TIMEOUT_S) as client, client.stream("GET", url) as response:
        response.raise_for_status()
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > SET_BYTES:
                raise ValueError("the key set is too large")
    return bytes(body)


def read_key_set(body: bytes) -> tuple[KnownKey, ...]:
    """The usable signature keys of a JWKS document; raises ValueError when it is not one.

    Symmetric keys, published private keys, short RSA keys, keys for encryption and unknown kinds are passed over.
    """
    document = orjson.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a key set")
    return tuple(known for entry in entries if isinstance(entry, dict) and (known := _usable(entry)) is not None)


def _usable(entry: dict[str, Any]) -> KnownKey | None:
    kid, crv = entry.get("kid"), entry.get("crv")
    algorithm = ALGORITHM_OF.get((str(entry.get("kty")), crv if isinstance(crv, str) else None))
    if algorithm is None or entry.get("alg", algorithm) != algorithm:
        return None
    if "d" in entry or entry.get("use", "sig") != "sig":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)  # such as an RSA key of less than 2,048 bits
            key = import_key(entry)
    except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
        return None
    if not isinstance(key, RSAKey | ECKey | OKPKey):
        return None
    return KnownKey(kid if isinstance(kid, str) else None, algorithm, key)
