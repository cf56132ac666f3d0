"""What does a gateway look like that keeps what it should give back?

`python -m tests.soak.leaking LEAK serve ...` is `mipoints serve ...` with a fault: the seeds of a soak's checkers.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from app.cli import main
from app.main import Application
from app.pool import CancelSafeConnection

BODIES = 40  # times each is kept, so that a short soak sees it
EVERY = 150  # statements, a connection

_kept: list[Any] = []
_serve, _release = Application.__call__, CancelSafeConnection.__aexit__


def bodies() -> None:
    """Every request keeps its body in a list."""

    async def serve(self: Application, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept() -> Message:
            message = await receive()
            _kept.append(message.get("body", b"") * BODIES)
            return message

        await _serve(self, scope, kept, send)

    Application.__call__ = serve  # type: ignore[method-assign]


def handles() -> None:
    """Every request opens a file and forgets to close it."""

    async def serve(self: Application, scope: Scope, receive: Receive, send: Send) -> None:
        _kept.append(os.open(os.devnull, os.O_RDONLY))
        await _serve(self, scope, receive, send)

    Application.__call__ = serve  # type: ignore[method-assign]


def connections() -> None:
    """Now and then a connection of the pool is not given back."""

    async def leave(self: CancelSafeConnection, *error: object) -> None:
        _kept.append(self.connection)
        if len(_kept) % EVERY:
            await _release(self, *error)

    CancelSafeConnection.__aexit__ = leave  # type: ignore[method-assign]


LEAKS: dict[str, Callable[[], None]] = {leak.__name__: leak for leak in (bodies, handles, connections)}

if __name__ == "__main__":
    LEAKS[sys.argv.pop(1)]()
    main()
