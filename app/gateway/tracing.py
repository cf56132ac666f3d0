"""Who follows a request through the gateway, span by span?

Nobody, unless MIPOINTS_TRACING says so: then OpenTelemetry, which is imported by `app.gateway.spans` alone.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import Protocol

from app.gateway.observed import Observed
from app.pool import Connection
from app.settings import Settings, SettingsError

NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
MISSING = "MIPOINTS_TRACING needs OpenTelemetry: install it with `pip install mipoints[otel]`, or set it to false."


class Tracer(Protocol):
    """Who follows requests."""

    def request(
        self, observed: Observed, headers: Mapping[str, str], method: str | None
    ) -> AbstractContextManager[None]:
        """The block serves this request, of this HTTP method or over a WebSocket; `observed` is complete at its end."""

    def part(self, name: str) -> AbstractContextManager[None]:
        """The block does this part of the request under way."""

    def watch(self, connected: Connection) -> None:
        """Statements of this connection belong to the request that sends them."""

    async def close(self) -> None:
        """Hands on what is still to be told, within two seconds."""


NOBODY = nullcontext()


class NoTracer:
    """Nobody follows."""

    def request(
        self, observed: Observed, headers: Mapping[str, str], method: str | None
    ) -> AbstractContextManager[None]:
        """See Tracer."""
        return NOBODY

    def part(self, name: str) -> AbstractContextManager[None]:
        """See Tracer."""
        return NOBODY

    def watch(self, connected: Connection) -> None:
        """See Tracer."""

    async def close(self) -> None:
        """See Tracer."""


def require_tracing(settings: Settings) -> None:
    """Raises SettingsError when tracing is wanted and OpenTelemetry is not installed."""
    if settings.tracing and not all(map(is_installed, NEEDED)):
        raise SettingsError([MISSING])


def is_installed(module: str) -> bool:
    """Could this module be imported?"""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the packages around it
        return False


def tracer_of(settings: Settings) -> Tracer:
    """Who follows requests in this process, as the settings say. Raises SettingsError."""
    if not settings.tracing:
        return NoTracer()
    require_tracing(settings)
    from app.gateway.spans import exported_spans  # an extra, and slow to import

    return exported_spans()
