"""How does a command get its database, beside a running server or alone, and let go of it on a signal?"""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from types import FrameType
from typing import TypeVar

from app.clock import set_to
from app.database import close_database, open_database, transaction
from app.ledger.outlets import tell_endpoints
from app.postgres import EmbeddedPostgres
from app.programmes.load import load_shipped
from app.schema import check_schema, migrate
from app.settings import Settings

Result = TypeVar("Result")

POOL_SIZE = 4


class Stopped(SystemExit):
    """A signal asked for the end; what is open is closed on the way out."""


def stop_on_signals() -> None:
    """From here on SIGTERM, SIGINT and SIGHUP unwind the process instead of ending it where it stands."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)


@contextlib.contextmanager
def with_postgres(settings: Settings) -> Iterator[Settings]:
    """The settings with a `database_url`: the given one, or that of the embedded PostgreSQL, ours until the end."""
    gc.freeze()  # from here on the process works; what it has imported is no garbage
    gc.enable()
    if settings.database_url:
        yield settings
        return
    postgres = EmbeddedPostgres(settings.data_dir)
    postgres.start()
    try:
        yield settings.model_copy(update={"database_url": postgres.url()})
    finally:
        postgres.stop()


def on_database(
    settings: Settings, work: Callable[[Settings], Awaitable[Result]], *, whatever_guards: bool = False
) -> Result:
    """What `work` answers with the database open, beside a running server or alone; it gets the settings in force.

    Raises SchemaNotCurrent for a database that lacks a migration or a guard, unless `work` looks for these itself.
    """

    async def opened(connected: Settings) -> Result:
        await open_database(connected.direct_url, pool_size=POOL_SIZE, statement_timeout_ms=0)
        try:
            if not whatever_guards:
                await check_schema()
            tell_endpoints(connected.webhooks)
            return await work(connected)
        finally:
            await close_database()

    with with_postgres(settings) as connected:
        if connected.profile == "development":
            asyncio.run(migrate(connected.direct_url))
        return asyncio.run(opened(connected))


async def try_pooler(settings: Settings) -> None:
    """Raises DatabaseUnusable where web processes could not work through the pooler in between, if there is one."""
    if settings.direct_url != settings.database_url:
        limit_ms, cached = settings.statement_timeout_ms, settings.statement_cache_size
        await open_database(settings.database_url, statement_timeout_ms=limit_ms, statement_cache_size=cached)
        await close_database()


async def load_programme(at: datetime | None = None) -> None:
    """Loads markets, first revision and catalogue if they are not there; an empty database starts `at` an instant."""
    async with transaction() as db:
        if at is not None:
            await set_to(db, at)
        await load_shipped(db)
