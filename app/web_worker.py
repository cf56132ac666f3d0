"""How does one of several web workers start while the database is away, and end when its supervisor is gone?

uvicorn's supervisor starts another worker for one that ended, and gives up, with all the others, where that cannot
start: so a worker waits for the database. Nothing tells a worker that its supervisor was killed: it would serve on, and
keep the port from whoever is started next.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from app.database import DatabaseUnusable
from app.pool import passes_by_itself

log = logging.getLogger("mipoints.gateway")

PATIENCE_S = 3600.0  # for the database; then the supervisor is told, and ends
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0


async def when_it_answers(opening: Callable[[], Awaitable[None]], *, patience_s: float = PATIENCE_S) -> None:
    """Opens the database, again and again while it is away. Raises what `opening` does where waiting does not help."""
    deadline, pause = time.monotonic() + patience_s, FIRST_PAUSE_S
    while True:
        try:
            return await opening()
        except Exception as error:  # looked at: only what passes by itself is waited for
            if time.monotonic() > deadline or not _is_away(error):
                raise
            log.warning("a web worker waits for the database: %s", type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


@asynccontextmanager
async def with_its_supervisor() -> AsyncIterator[None]:
    """Stops this process, as SIGTERM does, when the one that started it is gone; nothing where none has."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        yield
        return
    loop, gone = asyncio.get_running_loop(), supervisor.sentinel

    def stop() -> None:
        loop.remove_reader(gone)
        log.warning("the supervisor is gone: this web worker stops")
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(gone, stop)
    try:
        yield
    finally:
        loop.remove_reader(gone)


def _is_away(error: Exception) -> bool:
    """Did the server not answer, or not yet? An older server, or a schema that is not current, stays as it is."""
    cause = error.__cause__ if isinstance(error, DatabaseUnusable) else error
    return isinstance(cause, Exception) and passes_by_itself(cause)
