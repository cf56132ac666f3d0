"""How does `mipoints serve` start, say that it is ready, and stop?"""

import asyncio
import contextlib
import os
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import click
import uvicorn

from app.command import Stopped, load_programme, on_database, try_pooler, with_postgres
from app.coupons.codes import CouponCodes
from app.demo.demo import ensure_demo
from app.gateway.connections import OPTIONS
from app.gateway.journal import configure_logging, logging_config
from app.gateway.metrics_page import shared_numbers, shown_apart
from app.gateway.tokens import coupon_key, mint
from app.gateway.tracing import require_tracing
from app.main import create_app
from app.settings import Settings, variable
from app.supervisor import Supervisor

GRACE_SECONDS = 5  # for requests in flight; PostgreSQL's stop comes after it
HUNG_SECONDS = 30  # a web worker that says nothing for so long is killed; a machine short of CPU is silent for 5
READY_POLL_SECONDS = 0.05
DEMO_TOKENS_FOR = timedelta(hours=12)


def serve(settings: Settings, *, demo: bool, at: datetime | None) -> None:
    """Serves until a signal. Takes its port first, then PostgreSQL, then the schema; lets go in reverse order."""

    async def prepare(connected: Settings) -> None:
        if connected.profile == "development":
            await load_programme(at)
        if demo:
            tell_tokens(connected, await ensure_demo(CouponCodes(coupon_key(connected))))

    require_tracing(settings)
    configure_logging(settings)
    with (
        contextlib.closing(listening(settings.host, settings.port, "--port or --host")) as listener,
        shared_numbers(settings.workers),
        metrics_apart(settings),
        with_postgres(settings) as connected,
    ):
        on_database(connected, prepare)
        asyncio.run(try_pooler(connected))
        threading.Thread(target=announce, args=(connected, listener.getsockname()[1]), daemon=True).start()
        run_server(connected, listener)


@contextlib.contextmanager
def metrics_apart(settings: Settings) -> Iterator[None]:
    """In production /metrics has a port of its own, taken before anything is served; 0 is none."""
    if settings.profile != "production" or settings.metrics_port == 0:
        yield
        return
    listener = listening(settings.host, settings.metrics_port, variable("metrics_port"))
    with contextlib.closing(listener), shown_apart(listener):
        yield


def listening(host: str, port: int, choice: str) -> socket.socket:
    """The bound socket of host and port. Raises click.ClickException, which says where to choose, when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise click.ClickException(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with {choice}."
        ) from None
    listener.set_inheritable(True)
    return listener


def run_server(settings: Settings, listener: socket.socket) -> None:
    options: dict[str, Any] = {
        **OPTIONS,
        "workers": settings.workers,
        "lifespan": "on",
        "log_config": logging_config(settings),
        "log_level": "error" if settings.log_level == "error" else "warning",
        "access_log": False,
        "server_header": False,
        "proxy_headers": bool(settings.believed_proxies),
        "forwarded_allow_ips": list(settings.believed_proxies),
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "timeout_worker_healthcheck": HUNG_SECONDS,
    }
    if settings.workers == 1:
        with contextlib.suppress(Stopped):
            uvicorn.Server(uvicorn.Config(create_app(settings), **options)).run(sockets=[listener])
        return
    os.environ.update(settings.environment())
    config = uvicorn.Config("app.main:create_app", factory=True, **options)
    Supervisor(config, sockets=[listener]).run()


def announce(settings: Settings, port: int) -> None:
    """Prints the one line that says where the gateway is, once it answers that it is ready."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - what others bind
    place = f"[{reachable}]:{port}" if ":" in reachable else f"{reachable}:{port}"
    while not is_ready(f"http://{place}/readyz"):
        time.sleep(READY_POLL_SECONDS)
    click.echo(f"Mi Points is ready at http://{place}/graphql ({settings.profile}).")


def is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except OSError:
        return False


def tell_tokens(settings: Settings, member: str) -> None:
    """Prints a token for each role, to paste; `member` is the Mi Account id of the demo member."""
    for role, subject in (("member", member), ("service", "shop"), ("staff", "operator")):
        click.echo(f"{role} token: {mint(settings, role, subject, DEMO_TOKENS_FOR)}")
