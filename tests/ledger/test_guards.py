"""Does the database itself refuse what would falsify points, whatever program writes it?"""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg
import pytest

import app.migrations
from app.database import Db, rows, transaction
from app.guards import GUARDS, UNIQUE_KEYS
from app.schema import SchemaNotCurrent, check_schema, guard_name
from tests.ledger.other_violations import VIOLATIONS
from tests.ledger.violations import Violation

GUARD_SQL = [path.read_text() for path in sorted(Path(app.migrations.__path__[0]).glob("*.sql"))]
WRITTEN = re.compile(
    r"(?:CREATE(?: OR REPLACE)?(?: UNIQUE| CONSTRAINT)? (?:INDEX|TRIGGER|FUNCTION)|CONSTRAINT) (?P<name>\w+)"
)
UNIQUE = re.compile(r"CREATE UNIQUE INDEX (\w+)")
DROPS = {
    "index": "DROP INDEX {name} CASCADE",
    "unique": "DROP INDEX {name} CASCADE",
    "trigger": "DROP TRIGGER {name} ON {table} CASCADE",
    "function": "DROP FUNCTION {name} CASCADE",
    "check": "ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE",
    "foreign key": "ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE",
}


class Undone(Exception):
    """Ends a transaction whose changes are not wanted."""


@pytest.fixture(scope="module")
async def lived(copied: Callable[[], AbstractAsyncContextManager[Db]]) -> AsyncIterator[Db]:
    """A history that is damaged in transactions which are all undone."""
    async with copied() as db:
        yield db


@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda violation: violation.says)
async def test_the_database_refuses(lived: Db, violation: Violation) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with transaction() as damaging:
            await rows(damaging, violation.statement)
            await rows(damaging, "SET CONSTRAINTS ALL IMMEDIATE")

    if violation.words:
        assert violation.words in str(refused.value)
    else:
        assert str(refused.value.constraint_name).startswith(violation.guard)


def test_every_guard_that_judges_has_a_violation_that_it_refuses() -> None:
    judging = {name for kind, _, name in GUARDS if kind in ("check", "trigger", "foreign key")}
    judging |= {name for sql in GUARD_SQL for name in UNIQUE.findall(without_comments(sql))}

    assert judging - {violation.guard for violation in VIOLATIONS} == set()


def test_every_guard_of_the_migrations_is_looked_for_at_the_start() -> None:
    written = {found["name"] for sql in GUARD_SQL for found in WRITTEN.finditer(without_comments(sql))}

    assert len(written) > 60
    assert written - {name for _, _, name in GUARDS} == set()


def test_every_guard_that_is_looked_for_is_written_by_a_migration() -> None:
    written = {found["name"] for sql in GUARD_SQL for found in WRITTEN.finditer(without_comments(sql))}

    assert {name for _, _, name in GUARDS} - written == set()


async def test_a_programme_whose_guard_is_dropped_does_not_start(lived: Db) -> None:
    unnoticed = []
    for kind, table, name in (*GUARDS, *UNIQUE_KEYS):
        drop = DROPS["check"] if (kind, table, name) in UNIQUE_KEYS else DROPS[kind]
        try:
            async with transaction() as damaging:
                await rows(damaging, drop.format(table=table, name=name))
                with pytest.raises(SchemaNotCurrent) as refused:
                    await check_schema()
                if guard_name(kind, table, name) not in refused.value.missing:
                    unnoticed.append(name)
                raise Undone
        except Undone:
            pass

    assert unnoticed == []
    await check_schema()


def without_comments(sql: str) -> str:
    return re.sub(r"--.*", "", sql)
