"""How is this process configured, and is the configuration sound?

Settings come from `DATABASE_URL`, from variables that begin with `MIPOINTS_`, and from flags, which win.
"""

import difflib
import ipaddress
import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "MIPOINTS_"
DATABASE_URL = "DATABASE_URL"
DEVELOPMENT_ISSUER = "mipoints-development"
MOST_WEBHOOKS, LONGEST_WEBHOOK = 10, 500
NEEDED_IN_PRODUCTION = ("issuer", "audience", "jwks_url", "coupon_key")


class SettingsError(Exception):
    """The start is refused; `sentences` name each wrong setting and what to do."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class Settings(BaseSettings):
    """One process's configuration. Each field is read from MIPOINTS_<NAME>, `database_url` from DATABASE_URL."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, validate_by_name=True, validate_by_alias=True, frozen=True
    )

    profile: Literal["development", "production"] = Field(
        "development", description="development or production; unset, a loopback host means development"
    )
    host: str = Field(default="127.0.0.1", description="the address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="the port to listen on; 0 picks a free one")
    workers: int = Field(default=1, ge=1, le=64, description="the number of web processes, 1 to 64")
    data_dir: Path = Field(
        default=Path(".data"), description="the folder of the embedded database and the development key"
    )
    database_url: str = Field(
        default="",
        validation_alias=DATABASE_URL,
        pattern=r"^(postgres(ql)?://.*)?$",
        description="postgresql://user@host/database; unset, PostgreSQL is embedded in the data folder",
    )
    pool_size: int = Field(default=10, ge=1, le=100, description="database connections per web process, 1 to 100")
    statement_cache_size: int = Field(
        default=100,
        ge=0,
        le=10000,
        description="prepared statements kept per connection; 0 behind a pgbouncer by transaction",
    )
    statement_timeout_ms: int = Field(
        default=5000, ge=0, le=600_000, description="the longest statement in ms; 0 is no limit"
    )
    request_timeout_s: int = Field(default=10, ge=1, le=600, description="the longest request in seconds, 1 to 600")
    issuer: str = Field(default="", description="the `iss` of the tokens to accept")
    audience: str = Field(default="", description="the `aud` of the tokens to accept")
    jwks_url: str = Field(
        default="", pattern=r"^(https?://.+)?$", description="the http(s) address of the issuer's keys"
    )
    coupon_key: SecretStr | None = Field(
        default=None, min_length=32, description="the secret of coupon codes, at least 32 characters"
    )
    erasure_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="the secret that knows erased identities again, at least 32 characters; unset, the coupon key",
    )
    adjustment_limit: int = Field(
        default=10_000,
        ge=0,
        le=10_000_000,
        description="the most points that one of staff adjusts alone; above it a second person approves",
    )
    webhook_urls: str = Field(
        default="", description="https addresses that notices are sent to, separated by commas, at most 10"
    )
    webhook_secret: SecretStr | None = Field(
        default=None, min_length=32, description="the secret that signs what is sent, at least 32 characters"
    )
    webhook_allow_private: bool = Field(
        default=False, description="true to send to private addresses and by http as well (development)"
    )

    @model_validator(mode="before")
    @classmethod
    def _profile_by_host(cls, given: dict[str, Any]) -> dict[str, Any]:
        if "profile" in given or is_loopback(str(given.get("host", "127.0.0.1"))):
            return given
        return {**given, "profile": "production"}

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, given: Path) -> Path:
        return given.expanduser().absolute()

    @property
    def webhooks(self) -> tuple[str, ...]:
        """The addresses of `webhook_urls`, each once."""
        return tuple(dict.fromkeys(address.strip() for address in self.webhook_urls.split(",") if address.strip()))

    def environment(self) -> dict[str, str]:
        """These settings as variables, for the web processes of `--workers`."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {variable(name): _plain(value) for name, value in given.items()}


def read_settings(**flags: object) -> Settings:
    """The settings of the environment and of those `flags` that are not None. Raises SettingsError."""
    sentences = unknown_variables()
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(sentences + [wrong_value(found) for found in error.errors()]) from None
    sentences += missing_in_production(settings) + wrong_webhooks(settings)
    if sentences:
        raise SettingsError(sentences)
    return settings


def unknown_variables() -> list[str]:
    known = [variable(name) for name in Settings.model_fields]
    sentences = []
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
            sentences.append(f"{name} is not a setting; {advice}")
    return sentences


def wrong_value(error: Any) -> str:
    """A sentence for one of pydantic's errors; never the value, which may be a secret."""
    name = next((field for field in Settings.model_fields if error["loc"][0] in (field, variable(field))), None)
    if name is None:
        return f"{error['loc'][0]} is not a setting."
    return f"{variable(name)} is wrong: {error['msg']}. It is {Settings.model_fields[name].description}."


def missing_in_production(settings: Settings) -> list[str]:
    if settings.profile != "production":
        return []
    hint = "or choose MIPOINTS_PROFILE=development"
    missing = [
        f"{variable(name)} is needed in the production profile: set it to "
        f"{Settings.model_fields[name].description}, {hint}."
        for name in NEEDED_IN_PRODUCTION
        if not getattr(settings, name)
    ]
    if settings.issuer == DEVELOPMENT_ISSUER:
        missing.append(f"{variable('issuer')} is the development key's: set it to your own issuer, {hint}.")
    return missing


def wrong_webhooks(settings: Settings) -> list[str]:
    """What keeps notices from being sent; never an address, which may hold a secret."""
    sentences = []
    if settings.webhooks and settings.webhook_secret is None:
        sentences.append(
            f"{variable('webhook_secret')} is needed with {variable('webhook_urls')}: set it to "
            f"{Settings.model_fields['webhook_secret'].description}."
        )
    schemes = ("https", "http") if settings.webhook_allow_private else ("https",)
    if len(settings.webhooks) > MOST_WEBHOOKS or not all(is_address(each, schemes) for each in settings.webhooks):
        sentences.append(
            f"{variable('webhook_urls')} is wrong: it is {Settings.model_fields['webhook_urls'].description}, "
            f"without user names and fragments; http needs {variable('webhook_allow_private')}=true."
        )
    return sentences


def is_address(address: str, schemes: tuple[str, ...]) -> bool:
    """May messages be sent to this web address, as far as its form says?"""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and " " not in address and len(address) <= LONGEST_WEBHOOK
    return sound and plain and "@" not in parts.netloc and not parts.fragment


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)


def variable(name: str) -> str:
    """The environment variable of a field."""
    return DATABASE_URL if name == "database_url" else f"{PREFIX}{name.upper()}"


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
