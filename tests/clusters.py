"""How does a test get two PostgreSQL servers, of which one follows the other and can take its place?"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from app.postgres import DATABASE, SUPERUSER, EmbeddedPostgres, is_postgres, postmaster
from app.postgres_home import home_of, programs_for

WAIT_S = 60
POLL_S = 0.02


@dataclass(frozen=True)
class Replicated:
    """A primary and its standby, both running until they are stopped or killed."""

    primary: EmbeddedPostgres
    standby: EmbeddedPostgres

    def url(self, database: str = DATABASE) -> str:
        """The address of whichever of the two takes writes."""
        folders = ",".join(quote(socket_folder(each)) for each in (self.primary, self.standby))
        return f"postgres://{SUPERUSER}@/{database}?host={folders}&target_session_attrs=read-write"

    async def kill_primary(self) -> None:
        """Kill -9 of the primary; back when none of its processes is left."""
        found = postmaster(cluster_of(self.primary))
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)
        async with asyncio.timeout(WAIT_S):
            while is_postgres(found.pid) or await answers(self.primary):
                await asyncio.sleep(POLL_S)

    async def promote(self) -> None:
        """The standby takes writes from here on."""
        await asked(self.standby, f"SELECT pg_promote(true, {WAIT_S})")

    async def wait_until_caught_up(self) -> None:
        """Until the standby has replayed all that the primary has written by now."""
        written = await asked(self.primary, "SELECT pg_current_wal_insert_lsn()::text")
        async with asyncio.timeout(WAIT_S):
            while not await asked(self.standby, f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"):
                await asyncio.sleep(POLL_S)


@contextlib.asynccontextmanager
async def replicated(folder: Path, *, synchronous: bool = False) -> AsyncIterator[Replicated]:
    """A durable primary and a streaming standby in `folder`, which PostgreSQL's user must be able to pass through.

    Where `synchronous`, a commit is acknowledged once the standby has it on disk.
    """
    primary, standby = EmbeddedPostgres(made(folder / "primary")), EmbeddedPostgres(made(folder / "standby"))
    await asyncio.to_thread(primary.start)
    try:
        await asyncio.to_thread(copy, primary, standby)
        await asyncio.to_thread(standby.start)
        try:
            pair = Replicated(primary, standby)
            if synchronous:
                await asked(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
                await asked(primary, "SELECT pg_reload_conf()")
            await until_streaming(primary, "sync" if synchronous else "async")
            yield pair
        finally:
            await gone(standby)
    finally:
        await gone(primary)


async def gone(server: EmbeddedPostgres) -> None:
    """Stops a server, or clears up after one that was killed."""
    await asyncio.to_thread(server.stop)
    shutil.rmtree(socket_folder(server))


def made(folder: Path) -> Path:
    folder.mkdir(mode=0o711)
    return folder


def copy(primary: EmbeddedPostgres, standby: EmbeddedPostgres) -> None:
    """Makes the standby's cluster from a base backup of the running primary, which keeps what it has not sent yet."""
    home = home_of(standby.data_dir)
    home.cluster.parent.mkdir(parents=True, exist_ok=True)
    home.cluster.mkdir(mode=0o700)
    home.runner.give(home.cluster)
    place = f"host={socket_folder(primary)} user={SUPERUSER}"
    flags = [
        "-d",
        place,
        "-D",
        str(home.cluster),
        "-R",
        "-C",
        "-S",
        "standby",
        "-X",
        "stream",
        "-c",
        "fast",
        "--no-sync",
    ]
    command = [str(programs_for(home.runner) / "pg_basebackup"), *flags]
    subprocess.run(command, cwd="/", check=True, timeout=WAIT_S, capture_output=True, **home.runner.identity())


async def until_streaming(primary: EmbeddedPostgres, how: str) -> None:
    """Until the primary streams to its standby in this way: "async" or "sync"."""
    seen = f"SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = '{how}'"
    async with asyncio.timeout(WAIT_S):
        while not await asked(primary, seen):
            await asyncio.sleep(POLL_S)


async def asked(server: EmbeddedPostgres, sql: str) -> object:
    """The first value that one statement answers on a server."""
    connected = await asyncpg.connect(server.url("postgres"))
    try:
        return await connected.fetchval(sql)
    finally:
        await connected.close()


async def answers(server: EmbeddedPostgres) -> bool:
    """Whether anything takes connections there."""
    try:
        await asked(server, "SELECT 1")
    except (OSError, asyncpg.PostgresError):
        return False
    return True


def cluster_of(server: EmbeddedPostgres) -> Path:
    return home_of(server.data_dir).cluster


def socket_folder(server: EmbeddedPostgres) -> str:
    """Where a server listens, be it running or not."""
    return str(home_of(server.data_dir).socket_folder)
