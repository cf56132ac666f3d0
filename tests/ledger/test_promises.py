"""Are the published promises those of the migrations, and is a database that promises less found out?"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from app.database import Db, rows, transaction
from app.guards import GUARDS, UNIQUE_KEYS
from app.ledger.check import check_ledger, guards_of
from app.promises import FILE, Promise, promised, said, written
from tests.ledger.test_guards import Undone

Copied = Callable[[], AbstractAsyncContextManager[Db]]

# What somebody did to a database, and what must be named of it.
CHANGES = {
    "DROP INDEX award_limit": "unique index award.award_limit is missing",
    "ALTER TABLE lot DROP CONSTRAINT lot_parts": "check lot.lot_parts is missing",
    "ALTER TABLE move DROP CONSTRAINT move_lot_id_fkey": "foreign key move.move_lot_id_fkey is missing",
    "ALTER TABLE move DROP CONSTRAINT move_points, ADD CONSTRAINT move_points CHECK (points > 0)": (
        "check move.move_points says CHECK (points > 0), published is CHECK (points > 0 AND ordinal > 0)"
    ),
    "ALTER TABLE move DROP CONSTRAINT move_points,"
    " ADD CONSTRAINT move_points CHECK (points > 0 AND ordinal > 0) NOT VALID": (
        "check move.move_points says CHECK (points > 0 AND ordinal > 0) NOT VALID"
    ),
    "ALTER TABLE entry DISABLE TRIGGER entry_append_only": "trigger entry.entry_append_only says",
    "ALTER TABLE entry ENABLE REPLICA TRIGGER entry_chain": "trigger entry.entry_chain says",
    "DROP TRIGGER lot_kept ON lot": "trigger lot.lot_kept is missing",
    "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$": (
        "function append_only says"
    ),
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'operation_cause_key'::regclass": (
        "unique operation.operation_cause_key says UNIQUE (cause) NOT VALID"
    ),
    "ALTER TABLE entry ALTER COLUMN points DROP NOT NULL": "not null entry.points is missing",
    "ALTER TABLE lot ALTER COLUMN due_at DROP EXPRESSION": "generated lot.due_at is missing",
    "ALTER TABLE entry SET UNLOGGED": "table entry says unlogged",
    "ALTER TABLE entry ALTER COLUMN reason TYPE varchar(400)": "column entry.reason says character varying(400)",
    "ALTER TABLE notice DROP COLUMN points": "column notice.points is missing",
}


@pytest.fixture(scope="module")
async def lived(copied: Copied) -> AsyncIterator[Db]:
    """A history whose guards are changed in transactions which are all undone."""
    async with copied() as db:
        yield db


async def test_what_is_published_is_what_the_migrations_promise(lived: Db) -> None:
    assert FILE.read_bytes() == written(await said(lived)), "scripts/publish-promises renews app/promises.json"


def test_every_guard_that_is_looked_for_at_the_start_is_published() -> None:
    published = {promise.name for promise in promised()}

    assert {name for _, _, name in (*GUARDS, *UNIQUE_KEYS)} - published == set()


@pytest.mark.parametrize(("change", "named"), CHANGES.items(), ids=CHANGES)
async def test_a_guard_that_is_missing_or_another_is_named(lived: Db, change: str, named: str) -> None:
    with pytest.raises(Undone):
        async with transaction() as db:
            if "UNLOGGED" in change:
                await rows(db, "ALTER TABLE move SET UNLOGGED")
            await rows(db, change)
            found, _ = await guards_of(db)
            raise Undone

    assert [line for line in found if line.startswith(f"schema is not as it was published: {named}")]


async def test_tables_that_cannot_be_read_are_named_and_nothing_else_is_looked_for(
    lived: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ledger.check.promised", lambda: (Promise("column", "notice", "colour", "text"),))

    report = await check_ledger(at_once=2)

    assert report.lines() == [
        "0 accounts, 0 entries:",
        "schema is not as it was published: column notice.colour is missing, published is text",
    ]
