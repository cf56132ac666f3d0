"""Does an address of several servers lead to the one that takes writes, whatever the others do?"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from app import hosts
from app.database import close_database, connection, open_database, value
from app.hosts import connect, one_by_one
from app.postgres_programs import without_password

SOCKET = ".s.PGSQL.5432"


@contextlib.asynccontextmanager
async def silent() -> AsyncIterator[int]:
    """The port of a host that never says a word, as one that is switched off."""

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(keep, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@contextlib.asynccontextmanager
async def passed_on(url: str) -> AsyncIterator[int]:
    """A port of 127.0.0.1 that leads to the private socket of `url`'s server."""
    path = f"{parse_qs(urlsplit(url).query)['host'][0]}/{SOCKET}"

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            writer.write(piece)
        writer.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(copy(reader, server_writer), copy(server_reader, writer), return_exceptions=True)

    async with await asyncio.start_server(join, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def named(url: str, *ports: int) -> str:
    places = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"postgres://postgres@{places}{urlsplit(url).path}?target_session_attrs=read-write"


async def test_a_host_that_is_silent_is_passed_over(database_url: str) -> None:
    async with silent() as off, passed_on(database_url) as on:
        with pytest.raises(TimeoutError):  # what asyncpg makes of it, and why `connect` is there
            await asyncpg.connect(named(database_url, off, on), timeout=0.5)

        await open_database(named(database_url, off, on))
        try:
            assert await value(connection(), "SELECT count(*) FROM member") == 0
        finally:
            await close_database()


async def test_when_no_host_takes_us_all_reasons_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "HOST_SECONDS", 0.1)
    async with silent() as one, silent() as other:
        with pytest.raises(ConnectionError, match="no host of the address takes us: TimeoutError; TimeoutError"):
            await connect(named("postgres://x/database", one, other))


@pytest.mark.parametrize(
    ("url", "each"),
    [
        ("postgres://u@/d?host=/run/a", ["postgres://u@/d?host=/run/a"]),
        ("postgres://u@h:1/d", ["postgres://u@h:1/d"]),
        ("postgres://u:p@h:1,i:2/d?x=y", ["postgres://u:p@h:1/d?x=y", "postgres://u:p@i:2/d?x=y"]),
        ("postgresql:///d?host=a,b", ["postgresql:///d?host=a", "postgresql:///d?host=b"]),
        ("postgresql:///d?host=a,b&port=1,2", ["postgresql:///d?host=a&port=1", "postgresql:///d?host=b&port=2"]),
        ("postgresql:///d?host=a,b&port=1", ["postgresql:///d?host=a&port=1", "postgresql:///d?host=b&port=1"]),
    ],
)
def test_an_address_is_taken_apart_by_its_hosts(url: str, each: list[str]) -> None:
    assert one_by_one(url) == each


@pytest.mark.parametrize(
    ("url", "place", "password"),
    [
        ("postgresql:///d?host=/run/a", "postgresql:///d?host=/run/a", ""),
        ("postgres://u:s%40p@h:1,i:2/d?x=y", "postgres://u@h:1,i:2/d?x=y", "s@p"),
    ],
)
def test_a_program_is_not_told_the_password_where_all_can_read_it(url: str, place: str, password: str) -> None:
    assert without_password(urlsplit(url)) == (place, password)
