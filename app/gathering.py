"""Which reads of different requests go to the database together?

Reads that are asked for while others are under way are sent with the next statement: natural batching, without a timer
and without waiting where nothing is under way. Different reads make one statement, so that a screen costs one round
trip however many kinds of things it shows. A read is always sent after it was asked for: it sees whatever was committed
before. Nothing of a transaction goes this way.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from contextvars import Context, copy_context
from functools import partial
from itertools import chain
from typing import Any

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from app.pool import AWAY
from app.reads import Answer, Key, Read, Rows, apart, statement

MOST_UNDER_WAY = 2  # statements; what is asked for meanwhile waits for one of them, and goes as one
PATIENCE_S = 0.02  # for a statement under way: then what waits goes beside it
MOST_ASKS = 500  # in one statement
ENOUGH_ASKS = 24  # where none is under way: what comes after them is read while their answers are worked through
MOST_SHAPES = 40  # statements of several reads that a connection may come to know; beyond it each read goes alone
MOST_TURNS = 10  # of the event loop that reads wait for others of the same instant
QUIET_TURNS = 2  # without a new read, and nobody is about to ask for more
LONGEST_S = 660.0  # longer than any statement and any request may take
LANES = 3  # for the reads of a statement that failed, each on its own


class Asked(asyncio.Future[Answer]):
    """An answer to come. Cancelled, it counts as no longer wanted."""

    batch: "Batch"

    def cancel(self, msg: Any | None = None) -> bool:
        """See Future."""
        cancelled = super().cancel(msg)
        if cancelled:
            self.batch.one_left()
        return cancelled


class Batch:
    """Reads that go together: of each the keys, and who wants their answers."""

    def __init__(self) -> None:
        self.reads: dict[Read[Any, Any], dict[Any, list[Asked[Any]]]] = {}
        self.asks = 0
        self.wanted = 0
        self.context: Context = copy_context()  # a statement belongs to the request that asked first
        self.task: asyncio.Task[None] | None = None

    def add(self, read: Read[Any, Any], key: Hashable, asked: Asked[Any]) -> None:
        asked.batch = self
        self.reads.setdefault(read, {}).setdefault(key, []).append(asked)
        self.asks += 1
        self.wanted += 1

    def one_left(self) -> None:
        """Somebody does not want their answer any more; when nobody does, the statement is cancelled."""
        self.wanted -= 1
        if not self.wanted and self.task is not None:
            self.task.cancel()

    def answer(self, found: Sequence[Rows]) -> None:
        """Hand out the rows of each read, in the reads' order."""
        for read, lines in zip(self.in_order(), found, strict=True):
            keys = self.reads[read]
            groups: list[list[tuple[Any, ...]]] = [[] for _ in keys]
            for line in lines:
                groups[line[0] - 1].append(line)
            for (key, waiting), group in zip(keys.items(), groups, strict=True):
                make: Callable[[], Any] = partial(read.answer, key, group)
                for asked in waiting:
                    if not asked.done():
                        give(asked, make)
                        if read.fixed and asked.exception() is None:
                            make = asked.result
        self.reads = {}  # who keeps an answer does not keep everybody's

    def in_order(self) -> tuple[Read[Any, Any], ...]:
        """The reads, in whichever order they were asked for: the same reads are the same statement."""
        return tuple(sorted(self.reads, key=lambda read: read.serial))

    def fail(self, error: BaseException) -> None:
        """Tell whoever still waits; nobody may, and that is no fault."""
        for keys in self.reads.values():
            for waiting in keys.values():
                for asked in waiting:
                    if not asked.done():
                        asked.set_exception(error)
                        asked.exception()  # marks it as seen

    def apart(self) -> list["Batch"]:
        """Each ask that is still wanted by itself."""
        parts = []
        for read, keys in self.reads.items():
            for key, waiting in keys.items():
                for asked in waiting:
                    if not asked.done():
                        parts.append(Batch())
                        parts[-1].add(read, key, asked)
        return parts


def give(asked: Asked[Answer], make: Callable[[], Answer]) -> None:
    """Answers one ask; rows that cannot be understood are its failure, and no other's."""
    try:
        asked.set_result(make())
    except Exception as error:  # whatever it is, it reaches who asked
        asked.set_exception(error)


class Gatherer:
    """Gathers the reads of a process and sends them. It belongs to the pool that `database` answers."""

    def __init__(self, database: Callable[[], BaseDBAsyncClient]) -> None:
        self._database = database
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: Batch | None = None
        self._turning = False
        self._impatient: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._shapes: dict[tuple[Read[Any, Any], ...], str] = {}
        self._closed = False

    def ask(self, read: Read[Key, Answer], key: Key) -> asyncio.Future[Answer]:
        """The answer to come of one key. Raises what the statement does: asyncpg's errors, or DatabaseBusy."""
        loop = self._loop = self._loop or asyncio.get_running_loop()  # that of the pool: to ask takes a system call
        asked: Asked[Answer] = Asked(loop=loop)
        if self._closed:
            raise asyncpg.InterfaceError("The database is closed.")
        if self._waiting is None:
            self._waiting = Batch()
        self._waiting.add(read, key, asked)
        if self._waiting.asks >= (MOST_ASKS if self._tasks else ENOUGH_ASKS):
            self._send(loop)
        elif not self._turning:
            self._turn(loop)
        return asked

    async def close(self) -> None:
        """Ends what is under way; whoever still waits gets InterfaceError."""
        self._closed = True
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.fail(asyncpg.InterfaceError("The database was closed."))
        if self._impatient is not None:
            self._impatient.cancel()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._turning = True
        loop.call_soon(self._look, loop, 0, 0, MOST_TURNS)

    def _look(self, loop: asyncio.AbstractEventLoop, seen: int, quiet: int, turns: int) -> None:
        """Send what waits as soon as nobody adds to it, or one of the statements under way has come back."""
        if self._waiting is None:
            self._turning = False
            return
        quiet = quiet + 1 if self._waiting.asks == seen else 0
        if quiet < QUIET_TURNS and turns:
            loop.call_soon(self._look, loop, self._waiting.asks, quiet, turns - 1)
            return
        self._turning = False
        if len(self._tasks) < MOST_UNDER_WAY:
            self._send(loop)
        elif self._impatient is None:
            self._impatient = loop.call_later(PATIENCE_S, self._send, loop)

    def _send(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._impatient is not None:
            self._impatient.cancel()
            self._impatient = None
        batch, self._waiting = self._waiting, None
        if batch is None or not batch.wanted:
            return
        self._start(loop, batch)

    def _start(self, loop: asyncio.AbstractEventLoop, batch: Batch) -> asyncio.Task[None]:
        """The task that answers a batch; cancelled before it begins, it has answered nobody."""

        def back(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            batch.fail(asyncpg.InterfaceError("The database was closed."))
            if self._waiting is not None and not self._turning:
                self._turn(loop)

        batch.task = loop.create_task(self._run(batch), name="gathered reads", context=batch.context)
        self._tasks.add(batch.task)
        batch.task.add_done_callback(back)
        return batch.task

    async def _run(self, batch: Batch) -> None:
        """Answers a batch, whatever happens: with what was read, or with what went wrong."""
        try:
            async with asyncio.timeout(LONGEST_S):
                batch.answer(await self._found(batch))
        except asyncio.CancelledError:
            batch.fail(asyncpg.InterfaceError("The database was closed."))
        except Exception as error:  # whatever it is, it reaches who asked
            if batch.asks == 1 or not is_of_one_ask(error):
                batch.fail(error)
            else:
                await self._one_by_one(batch)

    async def _found(self, batch: Batch) -> Sequence[Rows]:
        """The rows of each of a batch's reads."""
        reads = batch.in_order()
        arguments = [read.columns(list(batch.reads[read])) for read in reads]
        sql = self._statement(reads)
        async with self._database().acquire_connection() as connected:
            if sql is not None:
                return apart(reads, await connected.fetchrow(sql, *chain.from_iterable(arguments)))
            return [
                read.rows(await connected.fetchrow(read.alone, *own))
                for read, own in zip(reads, arguments, strict=True)
            ]

    def _statement(self, reads: tuple[Read[Any, Any], ...]) -> str | None:
        """These reads as one statement; None where no connection is to learn another one."""
        if len(reads) == 1:
            return reads[0].alone
        sql = self._shapes.get(reads)
        if sql is None and len(self._shapes) < MOST_SHAPES:
            sql = self._shapes[reads] = statement(reads)
        return sql

    async def _one_by_one(self, batch: Batch) -> None:
        """A batch that failed once more, each ask by itself: a bad argument is the fault of one."""
        loop = asyncio.get_running_loop()
        parts = iter(batch.apart())

        async def lane() -> None:
            for part in parts:
                await asyncio.wait({self._start(loop, part)})

        try:
            await asyncio.gather(*(lane() for _ in range(LANES)))
        except asyncio.CancelledError:
            batch.fail(asyncpg.InterfaceError("The database was closed."))


async def alone(db: BaseDBAsyncClient, read: Read[Key, Answer], key: Key) -> Answer:
    """The answer of one key on this connection: a transaction reads what it has written itself."""
    async with db.acquire_connection() as connected:
        found = await connected.fetchrow(read.alone, *read.columns([key]))
    return read.answer(key, read.rows(found))


def is_of_one_ask(error: Exception) -> bool:
    """May another ask of the same statement succeed? Not where the connection was lost, or none was to be had."""
    return not isinstance(error, AWAY)
