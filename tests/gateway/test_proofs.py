"""Is a token that was proven once still judged at every request?"""

from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from app.gateway import identity
from app.gateway.identity import InvalidToken, principal_of
from app.gateway.keys import KnownKey
from app.gateway.tokens import ALGORITHM, AUDIENCE, DevelopmentKeys
from tests.gateway.shop import claims


class Rotating(DevelopmentKeys):
    """Keys of an issuer that gives one key up for another."""

    def __init__(self, key: ECKey, audience: str = AUDIENCE) -> None:
        super().__init__(key)
        self.audience = audience

    def rotate(self, key: ECKey) -> None:
        """From here on there is this key alone."""
        self._known = (KnownKey(key.kid, ALGORITHM, key),)


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


def signed(key: ECKey, **changed: object) -> str:
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims(**changed), key)


async def test_a_proven_token_is_not_proven_again(key: ECKey, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, token, at = Rotating(key), signed(key), datetime.now(UTC)
    first = await principal_of(token, keys, at=at)
    monkeypatch.setattr(identity, "_prove", None)

    assert await principal_of(token, keys, at=at) is first


async def test_a_proven_token_expires(key: ECKey) -> None:
    keys, token, at = Rotating(key), signed(key, exp=timedelta(seconds=60)), datetime.now(UTC)
    await principal_of(token, keys, at=at)

    with pytest.raises(InvalidToken, match="expired"):
        await principal_of(token, keys, at=at + timedelta(seconds=91))


async def test_a_proven_token_is_not_good_before_its_time(key: ECKey) -> None:
    keys, token, at = Rotating(key), signed(key, nbf=timedelta(seconds=0)), datetime.now(UTC)
    await principal_of(token, keys, at=at)

    with pytest.raises(InvalidToken, match="not valid yet"):
        await principal_of(token, keys, at=at - timedelta(seconds=60))


async def test_a_proof_ends_with_its_key(key: ECKey) -> None:
    keys, token, at = Rotating(key), signed(key), datetime.now(UTC)
    await principal_of(token, keys, at=at)
    keys.rotate(ECKey.generate_key("P-256", auto_kid=True))

    with pytest.raises(InvalidToken, match="unknown key"):
        await principal_of(token, keys, at=at)


async def test_a_key_of_the_same_id_proves_anew(key: ECKey) -> None:
    keys, token, at = Rotating(key), signed(key), datetime.now(UTC)
    await principal_of(token, keys, at=at)
    keys.rotate(ECKey.generate_key("P-256", auto_kid=False, parameters={"kid": key.kid or ""}))

    with pytest.raises(InvalidToken, match="bad signature"):
        await principal_of(token, keys, at=at)


async def test_a_proof_for_one_audience_is_none_for_another(key: ECKey) -> None:
    token, at = signed(key), datetime.now(UTC)
    await principal_of(token, Rotating(key), at=at)

    with pytest.raises(InvalidToken, match="other audience"):
        await principal_of(token, Rotating(key, "another"), at=at)


async def test_a_changed_token_is_another_token(key: ECKey) -> None:
    keys, token, at = Rotating(key), signed(key), datetime.now(UTC)
    await principal_of(token, keys, at=at)

    with pytest.raises(InvalidToken):
        await principal_of(token[:-4] + "AAAA", keys, at=at)


async def test_as_many_proofs_are_kept_as_are_used(key: ECKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "MOST_PROOFS", 3)
    keys, at = Rotating(key), datetime.now(UTC)
    for number in range(8):
        await principal_of(signed(key, sub=f"mi-{number}"), keys, at=at)

    assert len(identity._proofs) == 3
