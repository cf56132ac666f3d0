"""Who goes on with a resolver that has to wait?

Most asynchronous resolvers answer without waiting for anything. So each is started at once, inside a task made in
advance, and only one that really waits keeps this task; the next resolver gets another. Each resolver sees one and the
same task and context from its start to its end, as `asyncio.timeout` and transactions need it.
"""

import types
from asyncio import AbstractEventLoop, CancelledError, Task
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Coroutine, Generator
from contextvars import Context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.execution.records import Completer, Place
    from app.execution.run import Run


class Waiting:
    """A place of the answer whose value is not there yet; it stands there itself until it is."""

    __slots__ = ("completer", "final", "home", "place", "task")

    def __init__(self, completer: "Completer", place: "Place", *, final: bool) -> None:
        self.completer = completer
        self.place = place
        self.final = final
        self.home: Any = None
        self.task: Task[None] | None = None


class Carrier:
    """A task that is ready to go on with one coroutine; it ends in the loop's next round where it gets none."""

    __slots__ = ("_context", "_coroutine", "_run", "_waited", "_waiting", "is_over", "loop", "task")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._run: Run | None = None
        self._coroutine: Coroutine[Any, Any, Any] | None = None
        self._context: Context | None = None
        self._waited: Any = None
        self._waiting: Waiting | None = None
        self.is_over = False
        self.loop = loop
        carried = self._carry()
        carried.send(None)  # as far as `_parked`: a task that is cancelled before its first step gets there too
        self.task: Task[None] = Task(carried, loop=loop)

    def start(self, coroutine: Coroutine[Any, Any, Any], context: Context, current: "Task[Any] | None") -> Any:
        """What a coroutine waits for. Raises StopIteration with its value where it waits for nothing, or its error."""
        if current is not None:
            _leave_task(self.loop, current)
        _enter_task(self.loop, self.task)
        try:
            return context.run(coroutine.send, None)
        finally:
            _leave_task(self.loop, self.task)
            if current is not None:
                _enter_task(self.loop, current)

    def keep(
        self, run: "Run", coroutine: Coroutine[Any, Any, Any], context: Context, waited: Any, waiting: Waiting
    ) -> None:
        """Go on with a coroutine that was started here, in its context, once what it waits for is there."""
        if waited is not None:
            waited._asyncio_future_blocking = False  # or the next that waits for the same future could not
        self._run, self._coroutine, self._context = run, coroutine, context
        self._waited, self._waiting = waited, waiting
        waiting.task = self.task

    async def _carry(self) -> None:
        cancelled: BaseException | None = None
        try:
            await _parked()
        except BaseException as error:
            cancelled = error
        self.is_over = True
        run, coroutine, context, waiting = self._run, self._coroutine, self._context, self._waiting
        if run is None or coroutine is None or context is None or waiting is None:
            return
        try:
            value = await _rest(coroutine, context, self._waited, cancelled)
        except Exception as error:
            context.run(run.arrived, waiting, None, error)
        except CancelledError as error:
            context.run(run.arrived, waiting, None, error)
            raise
        else:
            context.run(run.arrived, waiting, value, None)


@types.coroutine
def _parked() -> Generator[None, None, None]:
    yield


@types.coroutine
def _rest(
    coroutine: Coroutine[Any, Any, Any], context: Context, waited: Any, cancelled: BaseException | None
) -> Generator[Any, Any, Any]:
    """The remainder of a coroutine that waits for a future, or for the loop's next round (None), in its context.

    The task that carries it may have that of another request: it was there before anybody knew whose it would be.
    """
    is_there = waited is None  # that round was passed when the task was parked
    while True:
        step: Any = coroutine.send
        given: Any = None
        try:
            if cancelled is not None:
                raise cancelled
            if not is_there:
                if waited is not None:
                    waited._asyncio_future_blocking = True  # as `await` left it
                yield waited
        except BaseException as error:
            step, given = coroutine.throw, error
        cancelled, is_there = None, False
        try:
            waited = context.run(step, given)
        except StopIteration as stop:
            return stop.value
        finally:
            step = given = None  # an error that knows this frame must not be known by it
