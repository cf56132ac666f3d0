"""With which public key may a token be checked?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from joserfc.jwk import ECKey, OKPKey, RSAKey

PublicKey = RSAKey | ECKey | OKPKey


class KeysUnavailable(Exception):
    """No key is known yet, because the issuer has not answered so far."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key of an issuer: its id, the one algorithm it may be used with, and the key itself."""

    kid: str | None
    algorithm: str
    key: PublicKey


class Keys(Protocol):
    """Where tokens come from: who issues them, for whom, in which algorithms, and their public keys."""

    @property
    def issuer(self) -> str:
        """What `iss` must be."""

    @property
    def audience(self) -> str:
        """What `aud` must be or contain."""

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms that a token's header may name; never `none`, never a symmetric one."""

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of this id for this algorithm; without an id the only one that fits. Raises KeysUnavailable."""

    async def close(self) -> None:
        """Ends what is still under way."""


def pick(known: Sequence[KnownKey], kid: str | None, algorithm: str) -> PublicKey | None:
    """The key with this id, or the only one for the algorithm where the token names none."""
    fitting = [entry for entry in known if entry.algorithm == algorithm and kid in (None, entry.kid)]
    return fitting[0].key if len(fitting) == 1 else None
