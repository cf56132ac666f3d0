"""How does a developer's machine sign tokens of its own?"""

import hashlib
import hmac
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.gateway.identity import ROLES, is_subject
from app.gateway.keys import KnownKey, PublicKey, pick
from app.settings import DEVELOPMENT_ISSUER, Settings

AUDIENCE = "mipoints"
ALGORITHM = "ES256"
KEY_FILE = "development-key.json"


class TokenRefused(ValueError):
    """No token can be made; the message says why and what to do."""


class DevelopmentKeys:
    """The one key of this data folder, in the place of an issuer."""

    issuer = DEVELOPMENT_ISSUER
    audience = AUDIENCE
    algorithms = frozenset({ALGORITHM})

    def __init__(self, key: ECKey) -> None:
        self._known = (KnownKey(key.kid, ALGORITHM, key),)

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """See Keys.find; the key is always at hand."""
        return pick(self._known, kid, algorithm)

    async def close(self) -> None:
        """Nothing is ever under way."""


def mint(settings: Settings, role: str, subject: str, expires: timedelta) -> str:
    """A token for one role (`member`, `service`, `staff`) and subject, good from now on for `expires`.

    Raises TokenRefused for another role, for a subject that no token may carry, and in the production profile.
    """
    if settings.profile == "production":
        raise TokenRefused("In the production profile tokens come from MIPOINTS_ISSUER only")
    if role not in ROLES:
        raise TokenRefused(f"The role must be one of {', '.join(sorted(ROLES))}")
    if not is_subject(subject):
        raise TokenRefused("The subject must have 1 to 128 characters and no control characters")
    key = development_key(settings)
    issued_at = datetime.now(UTC)
    claims = {
        "iss": DEVELOPMENT_ISSUER,
        "aud": AUDIENCE,
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + expires).timestamp()),
        "sub": subject,
        "roles": [role],
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def coupon_key(settings: Settings) -> bytes:
    """The secret of coupon codes: MIPOINTS_COUPON_KEY where it is set (production always), else the data folder's."""
    if settings.coupon_key is not None:
        return settings.coupon_key.get_secret_value().encode()
    return development_secret(settings)


def erasure_key(settings: Settings) -> bytes:
    """The secret of erased identities: MIPOINTS_ERASURE_KEY where it is set, else that of coupon codes."""
    return settings.erasure_key.get_secret_value().encode() if settings.erasure_key else coupon_key(settings)


def statement_key(settings: Settings) -> bytes:
    """The secret that statements are signed with: MIPOINTS_STATEMENT_KEY where it is set, else that of coupon codes."""
    return settings.statement_key.get_secret_value().encode() if settings.statement_key else coupon_key(settings)


def development_secret(settings: Settings) -> bytes:
    """32 bytes that only this data folder knows: the key of coupon codes in the development profile."""
    private = development_key(settings).as_dict(private=True)["d"]
    return hmac.digest(str(private).encode(), b"mipoints coupon codes", hashlib.sha256)


def development_key(settings: Settings) -> ECKey:
    """The signing key in `DATA/development-key.json` (mode 600), made by whoever comes first; raises TokenRefused."""
    path = Path(settings.data_dir) / KEY_FILE
    if not path.exists():
        _create(path)
    try:
        key = ECKey.import_key(orjson.loads(path.read_bytes()))
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused(f"{KEY_FILE} in the data folder is not a signing key: delete it to get a new one") from error
    return key


def _create(path: Path) -> None:
    """Writes a whole file aside and links it into place: of several at once, one wins and all read the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    key = ECKey.generate_key("P-256", auto_kid=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(orjson.dumps(key.as_dict(private=True)))
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
