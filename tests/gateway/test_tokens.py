"""Is the development key made once, whole, and for its owner only?"""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.gateway.tokens import KEY_FILE, TokenRefused, coupon_key, development_key, development_secret, erasure_key
from tests.gateway.shop import development_settings


def test_of_many_at_once_all_get_the_same_key(tmp_path: Path) -> None:
    settings = development_settings(tmp_path / "new" / "folder")

    with ThreadPoolExecutor(20) as pool:
        ids = {key.kid for key in pool.map(lambda _: development_key(settings), range(40))}

    assert len(ids) == 1
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == [KEY_FILE]


def test_only_the_owner_may_read_the_key(tmp_path: Path) -> None:
    development_key(development_settings(tmp_path))

    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", ["", "{}", "null", '{"kty": "oct", "k": "c2VjcmV0"}', '{"kty": "EC", "crv": "P-256"}']
)
def test_a_damaged_key_is_said_to_be_so(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content)

    with pytest.raises(TokenRefused, match=KEY_FILE):
        development_key(development_settings(tmp_path))


def test_the_secret_belongs_to_the_folder(tmp_path: Path) -> None:
    one, other = development_settings(tmp_path / "one"), development_settings(tmp_path / "other")

    assert development_secret(one) == development_secret(one)
    assert development_secret(one) != development_secret(other)
    assert len(development_secret(one)) == 32


def test_coupon_codes_use_the_key_that_is_set_else_the_folders_secret(tmp_path: Path) -> None:
    settings = development_settings(tmp_path)
    given = settings.model_copy(update={"coupon_key": SecretStr("k" * 32)})

    assert coupon_key(given) == b"k" * 32
    assert coupon_key(settings) == development_secret(settings)


def test_the_erased_are_known_by_the_key_that_is_set_else_by_that_of_coupon_codes(tmp_path: Path) -> None:
    settings = development_settings(tmp_path)
    coupons = settings.model_copy(update={"coupon_key": SecretStr("k" * 32)})
    own = coupons.model_copy(update={"erasure_key": SecretStr("e" * 32)})

    assert erasure_key(settings) == development_secret(settings)
    assert erasure_key(coupons) == b"k" * 32
    assert erasure_key(own) == b"e" * 32
