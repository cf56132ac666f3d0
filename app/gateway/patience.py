"""How long does a request get: until its body is here, and until it is answered?"""

import asyncio
import math
from types import TracebackType
from typing import Self

from app.gateway.faults import Fault, timed_out, too_slow


class Patience:
    """The block has so many seconds, and of these half for the body from when it is waited for.

    When they are over it is cancelled, and leaves by Fault 503 or 408. It is two `asyncio.timeout` by one timer, which
    looks for the first time when a body can be late: nearly all requests are answered long before.
    """

    __slots__ = ("_body_due", "_cancelled", "_due", "_late", "_loop", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._body_due = math.inf
        self._late: Fault | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task(self._loop)
        assert task is not None  # what serves a request is one
        self._task, self._cancelled = task, task.cancelling()
        now = self._loop.time()
        self._due = now + self._seconds
        self._look_at(now + self._seconds / 2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._late is None:
            return
        if self._task.uncancel() <= self._cancelled and kind is asyncio.CancelledError:
            raise self._late from None

    def wait_for_body(self) -> None:
        """From now on the body is due."""
        self._body_due = self._loop.time() + self._seconds / 2

    def body_is_here(self) -> None:
        """Only the answer is due any more."""
        self._body_due = math.inf

    def _look_at(self, at: float) -> None:
        self._timer = self._loop.call_at(at, self._look, at)

    def _look(self, at: float) -> None:
        due = min(self._due, self._body_due)
        if due > at:
            self._look_at(due)
            return
        self._late = timed_out(self._seconds) if due == self._due else too_slow(self._seconds / 2)
        self._task.cancel()
