"""What is a coupon's code, and how is it found without being stored?

The code is derived from the coupon's random nonce with a secret key, and found by a keyed hash: who reads the database
without the key can neither read a code nor guess one.
"""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
LENGTH = 16  # 16 x 5 = 80 random bits
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


@dataclass(frozen=True)
class CouponCodes:
    """The codes of one coupon key (16 bytes at least)."""

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise ValueError("a coupon key has at least 16 bytes")

    def code(self, nonce: bytes) -> str:
        """The code of a nonce, as shown to its owner: XXXX-XXXX-XXXX-XXXX."""
        bits = int.from_bytes(self._keyed(b"code", nonce)[:10])
        spelt = "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(LENGTH)))
        return "-".join(spelt[start : start + 4] for start in range(0, LENGTH, 4))

    def lookup(self, code: str) -> str:
        """The hash by which a code, however it was typed, is found: 64 hexadecimal digits."""
        return self._keyed(b"lookup", code.upper().translate(_MEANT).encode()).hex()

    def _keyed(self, purpose: bytes, message: bytes) -> bytes:
        return hmac.digest(self.key, purpose + b"\0" + message, sha256)


def new_nonce() -> bytes:
    """128 random bits."""
    return secrets.token_bytes(16)
