"""Is a long statement read no faster than it is taken, one page at a time, and is nothing left of who hangs up?"""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, aclosing
from contextvars import copy_context
from datetime import timedelta
from pathlib import Path

import pytest

from app.database import Db, rows, transaction, value
from app.gateway.streams import MOST_STREAMS_OF_ONE
from app.gateway.tokens import mint
from app.ledger.account import Bucket, EntryKind, Movement, Transfer
from app.ledger.hold import hold, take
from app.ledger.posting import post
from app.ledger.proof import verify
from app.members.statement import PAGE, Statement, statement_of
from app.postgres import EmbeddedPostgres
from app.settings import Settings
from tests.conftest import fresh_database
from tests.ledger.conftest import opened
from tests.ledger.makers import Person, enrolled, queued, waiting
from tests.ledger.statements import KEY
from tests.served import Served, serving
from tests.telling import LONG, eventually

PAIRS, BATCH = 2_000, 200  # of entries: points set apart and given back
SMALL = 4_096  # bytes that a reader takes before it stops
OF_THE_GATEWAY = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mipoints'
  AND pid <> pg_backend_pid() AND (xact_start IS NOT NULL OR state <> 'idle')
"""


@pytest.fixture(scope="module")
async def url(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of the module's database."""
    async with fresh_database(cluster) as url:
        yield url


@pytest.fixture(scope="module")
async def served(url: str, roomy: Path) -> AsyncIterator[Served]:
    """A gateway on it."""
    async with serving(roomy, "--empty", database_url=url) as served:
        yield served


@pytest.fixture(scope="module")
async def db(url: str, served: Served) -> AsyncIterator[Db]:
    """The gateway's database, open in this process as well."""
    async with opened(url) as db:
        yield db


@pytest.fixture(scope="module")
async def busy(db: Db) -> Person:
    """A member with some thousand entries."""
    person = await enrolled()
    for first in range(0, PAIRS, BATCH):
        async with transaction() as writing:
            held = await hold(writing, person.id)
            moves = await take(writing, person.id, 5)
            there = Transfer(EntryKind.RESERVE, Bucket.AVAILABLE, Bucket.RESERVED, 5, held.at, moves=moves)
            back = Transfer(EntryKind.RELEASE, Bucket.RESERVED, Bucket.AVAILABLE, 5, held.at, moves=moves)
            numbers = range(first, first + BATCH)
            await post(writing, held.account, [Movement(f"pair/{number}", (there, back)) for number in numbers])
    return person


def token(served: Served, person: Person) -> str:
    return f"Bearer {mint(Settings(data_dir=served.data_dir), 'member', person.name, timedelta(hours=1))}"


def reader(served: Served, person: Person) -> socket.socket:
    """A client that has read where its statement begins, and takes nothing of the rest."""
    base = served.http.base_url
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    client.settimeout(LONG)
    client.connect((base.host, base.port))
    client.sendall(f"GET /statement HTTP/1.1\r\nHost: x\r\nAuthorization: {token(served, person)}\r\n\r\n".encode())
    assert client.recv(SMALL).startswith(b"HTTP/1.1 200 ")
    return client


async def pieces_of(statement: Statement, most: int) -> list[bytes]:
    """The first pieces of a statement, whose reader then leaves."""
    taken: list[bytes] = []
    async with aclosing(statement.pieces()) as pieces:
        async for piece in pieces:
            taken.append(piece)
            if len(taken) == most:
                break
    return taken


async def test_it_comes_whole_over_http(served: Served, busy: Person) -> None:
    answer = await served.http.get("/statement", headers={"Authorization": token(served, busy)})

    assert verify(io.BytesIO(answer.content)).version == 2 * PAIRS + 1


async def test_no_page_is_read_before_the_one_before_it_was_taken(
    busy: Person, counted: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    found = await statement_of(busy.name, KEY)
    assert found is not None

    with counted() as statements:
        taken = await pieces_of(found, 3)

    assert len(statements) == 2
    assert [piece.count(b"\n") for piece in taken] == [1, PAGE, PAGE]


async def test_who_takes_nothing_more_keeps_no_other_reader_waiting(busy: Person) -> None:
    found = await statement_of(busy.name, KEY)
    assert found is not None

    async with aclosing(found.pieces()) as untaken:
        for _ in range(2):
            await anext(untaken)
        async with asyncio.timeout(LONG):
            file = await pieces_of(found, found.entries)

    assert verify(io.BytesIO(b"".join(file))).version == found.entries


async def test_many_at_once_read_one_page_at_a_time(db: Db, busy: Person) -> None:
    found = await statement_of(busy.name, KEY)
    assert found is not None
    outside = copy_context()

    async with transaction() as holder:
        await rows(holder, "LOCK TABLE entry IN ACCESS EXCLUSIVE MODE")
        reading = [asyncio.create_task(pieces_of(found, 3), context=outside) for _ in range(5)]
        await queued(db)
        at_once = await waiting(db)
    files = await asyncio.gather(*reading)

    assert at_once == 1
    assert all(file == files[0] for file in files)


async def test_nothing_is_left_of_those_who_hang_up_in_the_middle(served: Served, db: Db, busy: Person) -> None:
    async def none_under_way() -> bool:
        busy_ones: int = await value(db, OF_THE_GATEWAY)
        return busy_ones == 0

    stalled = await asyncio.to_thread(reader, served, busy)
    await eventually(none_under_way)
    for _ in range(MOST_STREAMS_OF_ONE + 1):
        (await asyncio.to_thread(reader, served, busy)).close()

    await eventually(none_under_way)
    await test_it_comes_whole_over_http(served, busy)
    stalled.close()
