"""How is this process configured, and is the configuration sound?

Settings come from `DATABASE_URL`, from variables that begin with `MIPOINTS_`, and from flags, which win.
"""

import difflib
import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.addresses import is_address, is_loopback, is_network, is_origin, parts_of

PREFIX = "MIPOINTS_"
DATABASE_URL = "DATABASE_URL"
DEVELOPMENT_ISSUER = "mipoints-development"
MOST_WEBHOOKS = 10
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
    direct_database_url: str = Field(
        default="",
        pattern=r"^(postgres(ql)?://.*)?$",
        description="the database without a pooler in between, to listen on and for commands; unset, DATABASE_URL",
    )
    replica_url: str = Field(
        default="",
        pattern=r"^(postgres(ql)?://.*)?$",
        description="a streaming standby of the database, for staff's reports; unset, the database itself",
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
    catalogue_cache: Literal["on", "off"] = Field(
        default="on",
        description="on to keep offers and campaigns in memory for at most two seconds, or until they change; off to "
        "read them each time",
    )
    request_timeout_s: int = Field(default=10, ge=1, le=600, description="the longest request in seconds, 1 to 600")
    cost_limit: int = Field(
        default=5_000, ge=1, le=1_000_000, description="the most that one request may cost, in fields to be answered"
    )
    rate_limit: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000,
        description="cost per minute of a member, or of an address without a token; 20 times that for an address with "
        "tokens, 100 times for a service or staff; 0 is no limit; unset: 20000 in production, none in development",
    )
    rate_limit_codes: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="coupon codes that a member may try per minute, 100 times as many a service; 0 is no limit; "
        "unset: 30 in production, none in development",
    )
    rate_limit_tokens: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="tokens that are not valid per minute and address, after which none is looked at; 0 is no limit; "
        "unset: 30 in production, none in development",
    )
    rate_store: Literal["memory", "database"] | None = Field(
        default=None,
        description="where rates are counted: memory or database; unset: memory for one web process, "
        "database for several",
    )
    trusted_only: bool = Field(
        default=False, description="true to run only documents loaded with `mipoints documents load`"
    )
    origins: str = Field(
        default="", description="origins of web pages that may call from a browser, separated by commas; * is any"
    )
    trusted_proxies: str = Field(
        default="", description="addresses of proxies whose X-Forwarded-For is believed, separated by commas"
    )
    metrics_port: int = Field(
        default=9464, ge=0, le=65535, description="the port of /metrics in production; 0 serves none"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="how much is logged: debug, info, warning or error"
    )
    tracing: bool = Field(
        default=False, description="true to send OpenTelemetry spans as OTEL_* says; needs `pip install mipoints[otel]`"
    )
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
    statement_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="the secret that signs downloaded statements, at least 32 characters; unset, the coupon key",
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
    def direct_url(self) -> str:
        """The database without a pooler in between: to listen on, and for commands, which take as long as they take."""
        return self.direct_database_url or self.database_url

    @property
    def webhooks(self) -> tuple[str, ...]:
        """The addresses of `webhook_urls`, each once."""
        return parts_of(self.webhook_urls)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins of `origins`, each once."""
        return parts_of(self.origins)

    @property
    def believed_proxies(self) -> tuple[str, ...]:
        """The addresses of `trusted_proxies`, each once."""
        return parts_of(self.trusted_proxies)

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
    sentences += missing_in_production(settings) + wrong_webhooks(settings) + wrong_places(settings)
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
    if settings.jwks_url.startswith("http://") and not is_loopback(urlsplit(settings.jwks_url).hostname or ""):
        missing.append(f"{variable('jwks_url')} is wrong: it is https, but on this machine itself, {hint}.")
    return missing


def wrong_places(settings: Settings) -> list[str]:
    """Origins and proxies that are none."""
    sentences = []
    for name, is_one, form in (
        ("origins", is_origin, "https://shop.example or *"),
        ("trusted_proxies", is_network, "10.0.0.1, 10.0.0.0/8 or ::1"),
    ):
        wrong = [part for part in parts_of(getattr(settings, name)) if not is_one(part)]
        if wrong:
            sentences.append(f"{variable(name)} is wrong: {wrong[0]!r} is none; write {form}, separated by commas.")
    return sentences


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


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)


def variable(name: str) -> str:
    """The environment variable of a field."""
    return DATABASE_URL if name == "database_url" else f"{PREFIX}{name.upper()}"
