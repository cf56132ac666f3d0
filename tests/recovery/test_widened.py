"""Does what runs without a request's key go on when a migration widens the tables that it has read before?

PostgreSQL refuses a prepared statement whose answer would have another column now. Outside a transaction asyncpg
prepares it anew; in one, the work fails. `once` does its work again, and the rest never answers a table's every column.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.campaigns.draft import Draft
from app.campaigns.preview import preview_campaign
from app.changes import Listener
from app.database import Db, close_database, connection, open_database, rows, transaction
from app.keyset import Window
from app.ledger import hold
from app.ledger.archive import archive
from app.ledger.check import check_ledger
from app.ledger.liability import liability
from app.ledger.outlets import tell_endpoints
from app.ledger.proof import signing_key
from app.members.export import document
from app.members.statement import statement_of
from app.notices import outbox
from app.programmes.store import exclusion_page, revision_book
from app.requests.advance import advance_clock
from app.requests.overdue import overdue_page
from app.schema import check_schema
from app.staff.store import audit_page
from app.worker import forget, sweep
from tests.checkout.makers import held
from tests.client import fresh
from tests.ledger.makers import CODES, START, Person, bought, enrolled, launched, redeemed

ENDPOINT = "http://127.0.0.1:9/"
MORE_THAN_ALL = 10_000  # statements that the connection remembers
WIDENED = """
SELECT format('ALTER TABLE %I ADD COLUMN %I text NOT NULL DEFAULT ''nothing''', relname, $1::text)
FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT EXISTS (
  SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid)
"""
Work = Callable[[Person], Awaitable[Any]]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Db]:
    """A fresh database by a single connection, which knows every statement that was sent before."""
    await open_database(database_url, pool_size=1, statement_cache_size=MORE_THAN_ALL)
    tell_endpoints([ENDPOINT])
    try:
        await launched()
        yield connection()
    finally:
        tell_endpoints([])
        await close_database()


async def widened(db: Db) -> None:
    for (statement,) in await rows(db, WIDENED, fresh("said")):
        await rows(db, statement)


async def somebody() -> Person:
    """A member of whom the clock has released, posted and ended points, and nobody has written it yet."""
    person = await enrolled()
    await bought(person, 2_000, delivered=True)
    await bought(person, 29)
    await redeemed(person, 100)
    await held(person, 40)
    await advance_clock(None, to=None, by="P400D")
    return person


async def sweeps(person: Person) -> None:
    """The worker's sweep, which logs whom it cannot settle and leaves them for later."""
    troubled: set[int] = set()
    while await sweep(troubled):
        pass
    assert troubled == set()


async def outbox_empties(person: Person) -> None:
    first, *others = await outbox.claim(connection(), ENDPOINT)
    await outbox.mark_failed(connection(), first, "too slow", chance=0.5)
    for message in others:
        await outbox.mark_delivered(connection(), message)
    await outbox.left(connection())
    await outbox.retry(connection())


async def takes_a_statement(person: Person) -> None:
    statement = await statement_of(person.name, signing_key(b"a secret"), actor="ben")
    assert statement is not None
    assert [piece async for piece in statement.pieces()]


async def previews(person: Person) -> None:
    draft = Draft("PURCHASE", ("ES",), bonus_points=5)
    preview = await preview_campaign(draft, await revision_book(connection()), START, START + timedelta(days=100))
    assert getattr(preview, "points", 0) > 0


async def watches(person: Person) -> None:
    changes = Listener("")
    async with changes.watch(person.id):
        await changes._look()


WORKS: dict[str, Work] = {
    "settling one": lambda person: hold.settle_member(person.id),
    "a sweep": sweeps,
    "forgetting": lambda person: forget(),
    "the outbox": outbox_empties,
    "a statement": takes_a_statement,
    "an export": lambda person: document(person.id, CODES),
    "the audit log": lambda person: audit_page("ben", Window(10)),
    "the liability": lambda person: liability(START, START + timedelta(days=1_000)),
    "a preview": previews,
    "exclusions": lambda person: exclusion_page("ES", START, Window(10)),
    "overdue events": lambda person: overdue_page(Window(10)),
    "the check": lambda person: check_ledger(),
    "the archive": lambda person: archive(START + timedelta(days=1_000)),
    "the clock": lambda person: advance_clock(None, to=None, by="PT1S"),
    "watching": watches,
    "being ready": lambda person: check_schema(),
}


async def troubled_by_wider_tables(db: Db, works: Mapping[str, Work]) -> dict[str, str]:
    """The first work that a migration troubles, and its statement; after it the connection has forgotten all others."""
    for widen in (False, True):
        await somebody()
        person = await somebody()
        if widen:
            await widened(db)
        for name, work in works.items():
            try:
                await work(person)
            except asyncpg.InvalidCachedStatementError as error:
                return {name: error.query or ""}
    return {}


async def test_what_runs_without_a_key_is_not_troubled_by_a_wider_table(db: Db) -> None:
    assert await troubled_by_wider_tables(db, WORKS) == {}


async def test_who_answers_every_column_of_a_table_in_a_transaction_would_be_seen(db: Db) -> None:
    async def reads_all(person: Person) -> None:
        async with transaction() as reading:
            await rows(reading, "SELECT * FROM audit_line")

    assert await troubled_by_wider_tables(db, WORKS | {"a fault": reads_all}) == {"a fault": "SELECT * FROM audit_line"}


async def test_a_sweep_that_is_troubled_would_be_seen(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "_HOLD", f"{hold._HOLD.rstrip()}, *")

    with pytest.raises(AssertionError, match=r"== set\(\)"):
        await troubled_by_wider_tables(db, {"a sweep": sweeps})
