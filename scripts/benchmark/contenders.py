"""Who takes part, how is each started, and what is each asked?"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.settings import Settings
from scripts.benchmark.documents import HOME, persisted, plain
from scripts.benchmark.issuer import AUDIENCE, COUPON_KEY, ISSUER, Issuer
from scripts.benchmark.own_shape import DOCUMENT, as_home

CACHE = "catalogue_cache"  # the gateway's setting that a contender turns off
NODE_PROGRAMS = Path(__file__).with_name("node")


@dataclass(frozen=True)
class Site:
    """What all contenders share: the database, the issuer, Node and its packages, connections to the database.

    `database_pid`: the embedded server's process, whose CPU is counted.
    """

    database_url: str
    issuer: Issuer
    jwks_url: str
    node: Path
    packages: Path
    folder: Path
    pool_size: int = 16
    database_pid: int | None = None

    @property
    def settings(self) -> dict[str, str]:
        """The environment of every contender but the gateway; libpq's own names for where the database is."""
        where = urlsplit(self.database_url)
        key = self.folder / "issuer.pem"
        key.write_text(self.issuer.pem)
        return {
            "BENCH_ISSUER": ISSUER,
            "BENCH_AUDIENCE": AUDIENCE,
            "BENCH_KEY": str(key),
            "BENCH_COUPON_KEY": COUPON_KEY,
            "BENCH_STATEMENTS": str(self.folder / "statements.json"),
            "BENCH_POOL_SIZE": str(self.pool_size),
            "BENCH_DATABASE_URL": self.database_url,
            "BENCH_PACKAGES": f"{self.packages.as_uri()}/",
            "PGHOST": parse_qs(where.query)["host"][0] if where.query else where.hostname or "",
            "PGPORT": str(where.port or 5432),
            "PGUSER": where.username or "",
            "PGPASSWORD": where.password or "",
            "PGDATABASE": where.path.lstrip("/"),
            "NODE_ENV": "production",
        }


Command = Callable[[Site, int], tuple[list[str | Path], dict[str, str]]]


@dataclass(frozen=True)
class Contender:
    """One way to answer the home screen. `teaching`: what it is sent once before it is asked `body`."""

    name: str
    title: str
    command: Command
    body: bytes = plain(HOME)
    teaching: tuple[bytes, ...] = ()
    alike: Callable[[Any], Any] = lambda data: data
    node: bool = False
    missing: str | None = None


def gateway(*, workers: int = 1, extra: Mapping[str, str] | None = None) -> Command:
    """`mipoints serve` in the production profile. No rates and no line a request: no contender has either."""

    def command(site: Site, port: int) -> tuple[list[str | Path], dict[str, str]]:
        flags = ["--profile", "production", "--port", str(port), "--workers", str(workers), "--data", str(site.folder)]
        return [Path(sys.executable).with_name("mipoints"), "serve", *flags], {
            "DATABASE_URL": site.database_url,
            "MIPOINTS_ISSUER": ISSUER,
            "MIPOINTS_AUDIENCE": AUDIENCE,
            "MIPOINTS_JWKS_URL": site.jwks_url,
            "MIPOINTS_COUPON_KEY": COUPON_KEY,
            "MIPOINTS_RATE_LIMIT": "0",
            "MIPOINTS_RATE_LIMIT_CODES": "0",
            "MIPOINTS_RATE_LIMIT_TOKENS": "0",
            "MIPOINTS_METRICS_PORT": "0",
            "MIPOINTS_LOG_LEVEL": "warning",
            "MIPOINTS_POOL_SIZE": str(site.pool_size),
            **(extra or {}),
        }

    return command


def python(module: str) -> Command:
    """A program of `scripts.benchmark.python` behind uvicorn, which takes uvloop and httptools where they are there."""

    def command(site: Site, port: int) -> tuple[list[str | Path], dict[str, str]]:
        flags = ["--port", str(port), "--no-access-log", "--log-level", "warning", "--lifespan", "on"]
        program = f"scripts.benchmark.python.{module}:app"
        return [sys.executable, "-m", "uvicorn", program, *flags], site.settings

    return command


def node(program: str) -> Command:
    """A program of the folder `node`."""

    def command(site: Site, port: int) -> tuple[list[str | Path], dict[str, str]]:
        hook = (NODE_PROGRAMS / "packages.mjs").as_uri()
        environment = {**site.settings, "BENCH_PORT": str(port)}
        return [site.node, "--import", hook, NODE_PROGRAMS / f"{program}.mjs"], environment

    return command


def contenders() -> tuple[Contender, ...]:
    """All of them; the first is what the others are compared with."""
    uncached = None if CACHE in Settings.model_fields else "the gateway has no setting for it yet"
    known = (persisted(HOME, known=False),)
    cache_off = gateway(extra={f"MIPOINTS_{CACHE.upper()}": "off"})
    return (
        Contender("gateway", "this gateway, persisted document", gateway(), persisted(HOME), known),
        Contender("plain", "this gateway, plain document", gateway()),
        Contender("uncached", "this gateway, no catalogue cache", cache_off, persisted(HOME), known, missing=uncached),
        Contender("view", "the same schema, Strawberry's view on graphql-core", python("view")),
        Contender("vanilla", "Strawberry + Tortoise + aiodataloader as documented", python("vanilla")),
        Contender("limit", "Starlette + asyncpg + orjson by hand, one statement", python("limit")),
        Contender("mercurius", "Mercurius, JIT and loaders", node("mercurius"), persisted(HOME), known, node=True),
        Contender("tuned", "Mercurius, one statement a root", node("tuned"), persisted(HOME), known, node=True),
        Contender("postgraphile", "PostGraphile 5", node("postgraphile"), plain(DOCUMENT), alike=as_home, node=True),
    )
