"""Where is the page of metrics, and how do several web processes come to stand on one page?

Each web process of `--workers N` keeps its numbers in files of a folder that they share; whoever shows the page adds
them up. Counters go on from where a process died; its gauges are forgotten.
"""

import contextlib
import os
import re
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.gateway.metrics import registry

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it as it is imported: by a process that starts, not here
LIVE = re.compile(r"gauge_live\w+?_(\d+)\.db")
MOST_READERS = 20
STOP_SECONDS = 2


def metrics_route() -> Route:
    """`GET /metrics`, in the text format of Prometheus."""

    def metrics(request: Request) -> Response:  # reads files: Starlette gives it a thread
        return Response(page(), media_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})

    return Route("/metrics", metrics)


def page() -> bytes:
    """The numbers of this process, or of all that share their folder with it."""
    folder = os.environ.get(SHARED)
    if folder is None:
        return generate_latest(registry)
    forget_dead(Path(folder))
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
    return generate_latest(together)


def forget_dead(folder: Path) -> None:
    """The connections and streams of a process that is not there any more are not there either."""
    for file in folder.iterdir():
        live = LIVE.fullmatch(file.name)
        if live is not None and not is_alive(int(live[1])):
            with contextlib.suppress(FileNotFoundError):  # another reader of the page was quicker
                mark_process_dead(int(live[1]), str(folder))  # type: ignore[no-untyped-call]


def is_alive(pid: int) -> bool:
    """Is there such a process?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def shared_numbers(workers: int) -> Iterator[None]:
    """The web processes that start while the block lasts share their numbers in a folder of its own; one keeps its."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="mipoints-metrics-") as folder:
        os.environ[SHARED] = folder
        try:
            yield
        finally:
            del os.environ[SHARED]


@contextlib.contextmanager
def shown_apart(listener: socket.socket) -> Iterator[None]:
    """The page alone on a port of its own, by a thread of this process, for as long as the block lasts."""
    config = uvicorn.Config(
        Starlette(routes=[metrics_route()]),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_READERS,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)
