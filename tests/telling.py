"""How do tests wait for what is told, and see that nothing is?"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from app.changes import CHANNEL, Listener, Watch
from app.database import Db, rows, value

LONG = 20.0  # what must come comes much sooner; that it comes at all is what is tested
NEVER = 3600.0
LISTENING = """
SELECT pid FROM pg_stat_activity WHERE application_name = 'mipoints listener' AND datname = current_database()
AND query ^@ 'LISTEN'
"""


@asynccontextmanager
async def heard(url: str) -> AsyncIterator["asyncio.Queue[str]"]:
    """The payloads that any process sends, as they come."""
    payloads: asyncio.Queue[str] = asyncio.Queue()
    ears = await asyncpg.connect(url)
    await ears.add_listener(CHANNEL, lambda *sent: payloads.put_nowait(sent[-1]))
    try:
        yield payloads
    finally:
        await ears.close()


async def ids_of(payloads: "asyncio.Queue[str]", many: int) -> list[int]:
    """The ids that are announced, until there are so many."""
    ids: list[int] = []
    async with asyncio.timeout(LONG):
        while len(set(ids)) < many:
            ids += [int(member_id) for member_id in (await payloads.get()).split(",")]
    return ids


async def eventually(holds: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(LONG):
        while not await holds():
            await asyncio.sleep(0.01)


async def listeners(db: Db) -> list[int]:
    """The connections that listen, by their processes in the server."""
    return [found["pid"] for found in await rows(db, LISTENING)]


async def cut_off(db: Db) -> None:
    """Has the server end every connection that listens."""
    for pid in await listeners(db):
        await value(db, "SELECT pg_terminate_backend($1)", pid)


async def woken(watch: Watch) -> None:
    async with asyncio.timeout(LONG):
        await watch.changed()


def is_awake(watch: Watch) -> bool:
    return watch._event.is_set()


async def at_rest(*watches: Watch) -> None:
    """Wait until nobody is woken for a while: what the beginning of a watch may tell has been told."""
    async with asyncio.timeout(LONG):
        while True:
            for watch in watches:
                watch._event.clear()
            await asyncio.sleep(0.2)
            if not any(map(is_awake, watches)):
                return


def watched(listener: Listener) -> list[int]:
    """The members on whom somebody has an eye."""
    return sorted(listener._watches)
