"""Does the check find a row that breaks a constraint, whatever became of the constraint?"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from app.database import Db, rows, transaction, value
from app.ledger.check import disagreements
from app.ledger.repeated import FIRST, repeated
from app.promises import Promise
from tests.ledger.broken_rows import OF_ROWS, PROMISED, SAMPLES, UNGUARD, damages
from tests.ledger.test_guards import Undone

Copied = Callable[[], AbstractAsyncContextManager[Db]]
STATEMENTS = {statement.about: statement for statement in repeated(PROMISED)}
DAMAGED = list(damages())
WITHOUT_AN_ENTRY = "INSERT INTO move (entry_id, lot_id, points, ordinal) SELECT -4711, min(id), 1, 1 FROM lot"

# How a row gets past a guard that stands there as if nothing had happened.
BYPASSED = {
    "foreign key move.move_entry_id_fkey": ("SET LOCAL session_replication_role = replica", WITHOUT_AN_ENTRY),
    "check move.move_points": (
        "ALTER TABLE move DROP CONSTRAINT move_points",
        "INSERT INTO move (entry_id, lot_id, points, ordinal) SELECT e.id, l.id, 0, 1"
        " FROM (SELECT max(id) AS id FROM ONLY entry) e, (SELECT min(id) AS id FROM lot) l",
        "ALTER TABLE move ADD CONSTRAINT move_points CHECK (points > 0 AND ordinal > 0) NOT VALID",
        "UPDATE pg_constraint SET convalidated = true WHERE conname = 'move_points'",
    ),
    "not null operation.member_id": (
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE operation ALTER member_id DROP NOT NULL",
        "UPDATE operation SET member_id = NULL WHERE id = 7",
        "UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'operation'::regclass AND attname = 'member_id'",
    ),
    "unique operation.operation_cause_key": (
        "SET LOCAL session_replication_role = replica",
        "UPDATE pg_index SET indisready = false WHERE indexrelid = 'operation_cause_key'::regclass",
        "INSERT INTO operation (member_id, cause, at) SELECT member_id, cause, at FROM operation WHERE id = 7",
        "UPDATE pg_index SET indisready = true WHERE indexrelid = 'operation_cause_key'::regclass",
    ),
    "primary key move.move_pkey": (
        "SET LOCAL session_replication_role = replica",
        "UPDATE pg_index SET indisready = false WHERE indexrelid = 'move_pkey'::regclass",
        "INSERT INTO move (id, entry_id, lot_id, points, ordinal) VALUES (7, -1, -1, 1, 1)",
        "UPDATE pg_index SET indisready = true WHERE indexrelid = 'move_pkey'::regclass",
        "SET LOCAL enable_seqscan = off",
        "SET LOCAL enable_sort = off",
    ),
}


@pytest.fixture(scope="module")
async def lived(copied: Copied) -> AsyncIterator[Db]:
    """A history with a row in every table, damaged in transactions which are all undone."""
    async with copied() as db:
        async with transaction() as adding:
            await rows(adding, "SET LOCAL session_replication_role = replica")
            for sample in SAMPLES:
                await rows(adding, sample)
        yield db


async def found_after(*statements: str, of: Promise) -> list[str]:
    """What the check says of a promise's table after these statements, which are undone."""
    keys = "key" in of.kind or "unique" in of.kind
    looking = STATEMENTS[of.called if keys else f"rows of {of.table}"]
    found: tuple[str, ...] = ()
    with pytest.raises(Undone):
        async with transaction() as db:
            for statement in statements:
                await rows(db, statement)
            found = await disagreements(db, [looking])
            raise Undone
    return [line for line in found if line.startswith(f"{of.called} does not hold: ")]


async def test_every_table_has_a_row_and_all_of_them_are_sound(lived: Db) -> None:
    tables = [promise.table for promise in PROMISED if promise.kind == "table"]
    empty = [table for table in tables if not await value(lived, f"SELECT count(*) FROM {table}")]

    async with transaction() as db:
        found = await disagreements(db, STATEMENTS.values())

    assert empty == []
    assert found == ()


def test_every_promise_of_rows_is_broken_once() -> None:
    assert {promise for promise, _ in DAMAGED} == {promise for promise in PROMISED if promise.kind in OF_ROWS}


@pytest.mark.parametrize(("promise", "damage"), DAMAGED, ids=lambda one: one.called if isinstance(one, Promise) else "")
async def test_a_row_is_named_that_breaks(lived: Db, promise: Promise, damage: str) -> None:
    found = await found_after(UNGUARD.format(table=promise.table), *damage.split("; "), of=promise)

    assert found
    assert all(f": {promise.table} " in line and line.endswith(f", {promise.definition}") for line in found)


@pytest.mark.parametrize("called", BYPASSED)
async def test_a_row_is_named_that_got_past(lived: Db, called: str) -> None:
    [promise] = [promise for promise in PROMISED if promise.called == called]

    assert len(await found_after(*BYPASSED[called], of=promise)) == 1


async def test_the_first_rows_are_named_by_their_ids(lived: Db) -> None:
    [promise] = [promise for promise in PROMISED if promise.called == "not null notice.kind"]

    found = await found_after(
        "ALTER TABLE notice ALTER kind DROP NOT NULL", "UPDATE notice SET kind = NULL", of=promise
    )

    first = await rows(lived, f"SELECT id FROM notice ORDER BY id LIMIT {FIRST}")
    assert found == [f"not null notice.kind does not hold: notice {id}, NOT NULL" for (id,) in first]
