"""Does a wrong setting stop the start with a message that names it?"""

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, read_settings

PRODUCTION = {
    "MIPOINTS_PROFILE": "production",
    "MIPOINTS_ISSUER": "https://id.example",
    "MIPOINTS_AUDIENCE": "mipoints",
    "MIPOINTS_JWKS_URL": "https://id.example/keys",
    "MIPOINTS_COUPON_KEY": "k" * 32,
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the settings of whoever runs the tests."""
    for name in [*PRODUCTION, "DATABASE_URL", "MIPOINTS_DATA_DIR"]:
        monkeypatch.delenv(name, raising=False)


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        read_settings()
    return error.value.sentences


def test_without_anything_it_is_the_development_profile_on_loopback() -> None:
    settings = read_settings()

    assert (settings.profile, settings.host, settings.port, settings.workers) == ("development", "127.0.0.1", 8000, 1)
    assert settings.database_url == ""
    assert settings.data_dir == Path.cwd() / ".data"


def test_a_flag_wins_over_the_environment_and_none_is_no_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIPOINTS_PORT", "9000")
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@db/points")

    assert read_settings(port=None).port == 9000
    assert read_settings(port=9001).port == 9001
    assert read_settings().database_url == "postgresql://shop@db/points"


def test_an_unknown_variable_is_named_with_the_nearest_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = refused(monkeypatch, MIPOINTS_POOLSIZE="3")

    assert sentences == ["MIPOINTS_POOLSIZE is not a setting; did you mean MIPOINTS_POOL_SIZE?"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MIPOINTS_PORT", "http"),
        ("MIPOINTS_PORT", "70000"),
        ("MIPOINTS_CATALOGUE_CACHE", "perhaps"),
        ("MIPOINTS_WORKERS", "0"),
        ("MIPOINTS_PROFILE", "staging"),
        ("MIPOINTS_JWKS_URL", "id.example"),
        ("MIPOINTS_COUPON_KEY", "short"),
        ("MIPOINTS_ERASURE_KEY", "short"),
        ("MIPOINTS_ADJUSTMENT_LIMIT", "-1"),
        ("MIPOINTS_ORIGINS", "https://shop.example, shop.example"),
        ("MIPOINTS_ORIGINS", "https://shop.example/"),
        ("MIPOINTS_TRUSTED_PROXIES", "10.0.0.1, proxy"),
        ("MIPOINTS_RATE_LIMIT", "-1"),
        ("MIPOINTS_RATE_STORE", "redis"),
        ("MIPOINTS_LOG_LEVEL", "loud"),
        ("MIPOINTS_DIRECT_DATABASE_URL", "mysql://db/points"),
        ("DATABASE_URL", "mysql://db/points"),
    ],
)
def test_a_wrong_value_is_named_and_never_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    [sentence] = refused(monkeypatch, **{name: value})

    assert sentence.startswith(f"{name} is wrong: ")
    assert "short" not in sentence


def test_several_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = refused(monkeypatch, MIPOINTS_PORT="x", MIPOINTS_WORKERS="x", MIPOINTS_COLOUR="red")

    assert len(sentences) == 3


def test_production_needs_an_issuer_its_keys_and_the_coupon_key(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = refused(monkeypatch, MIPOINTS_PROFILE="production")

    assert [sentence.split()[0] for sentence in sentences] == [name for name in PRODUCTION if "PROFILE" not in name]


def test_production_refuses_the_development_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    [sentence] = refused(monkeypatch, **PRODUCTION | {"MIPOINTS_ISSUER": "mipoints-development"})

    assert sentence.startswith("MIPOINTS_ISSUER is the development key's")


@pytest.mark.parametrize(
    ("url", "sound"),
    [("http://id.example/keys", False), ("http://127.0.0.1:9/keys", True), ("http://[::1]/keys", True)],
)
def test_production_reads_an_issuers_keys_over_https(monkeypatch: pytest.MonkeyPatch, url: str, sound: bool) -> None:
    given = PRODUCTION | {"MIPOINTS_JWKS_URL": url}

    if sound:
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        assert read_settings().jwks_url == url
    else:
        [sentence] = refused(monkeypatch, **given)
        assert sentence.startswith("MIPOINTS_JWKS_URL is wrong")


def test_lists_are_read_with_each_part_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIPOINTS_ORIGINS", "https://shop.example, http://localhost:3000,https://shop.example")
    monkeypatch.setenv("MIPOINTS_TRUSTED_PROXIES", "10.0.0.0/8,::1")

    settings = read_settings()

    assert settings.allowed_origins == ("https://shop.example", "http://localhost:3000")
    assert settings.believed_proxies == ("10.0.0.0/8", "::1")


def test_a_host_that_others_can_reach_means_production_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="MIPOINTS_ISSUER is needed in the production profile"):
        read_settings(host="0.0.0.0")

    assert read_settings(host="0.0.0.0", profile="development").profile == "development"
    assert read_settings(host="::1").profile == "development"
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    assert read_settings(profile=None).profile == "production"


def test_the_web_processes_read_back_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = {"coupon_key": "k" * 40, "erasure_key": "e" * 40}
    settings = read_settings(workers=3, data_dir=tmp_path, database_url="postgres://@/x?host=/tmp", **keys)

    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    assert read_settings() == settings == Settings()
