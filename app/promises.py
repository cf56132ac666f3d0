"""What has the schema promised of its rows, and does this database still promise the same?

`promises.json` is what a freshly migrated database says of itself, as it was at the release: an audit repeats that, and
not what the database under audit says today. `scripts/publish-promises` renews it; a test compares it with the
migrations.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import orjson

from app.database import Db, rows

FILE = Path(__file__).with_name("promises.json")

# Constraints that are not validated, triggers and indexes that are switched off say so in their definitions. Names
# without their schema, on which an operator decides.
_SAID = """
WITH tables AS (
  SELECT oid, relname::text AS name, relpersistence FROM pg_class
  WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace AND relname <> 'tortoise_migrations')
SELECT 'table' AS kind, name AS "table", '' AS name, CASE relpersistence WHEN 'p' THEN 'logged' ELSE 'unlogged' END
  AS definition FROM tables
UNION ALL
SELECT kind, tables.name, attname::text, definition FROM tables JOIN pg_attribute ON attrelid = tables.oid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum AND attgenerated <> ''
  CROSS JOIN LATERAL (VALUES
    ('column', format_type(atttypid, atttypmod)),
    ('generated', pg_get_expr(adbin, adrelid, true)),
    (CASE WHEN attinhcount > 0 THEN 'inherited not null' ELSE 'not null' END, CASE WHEN attnotnull THEN 'NOT NULL' END))
    AS said (kind, definition)
  WHERE attnum > 0 AND NOT attisdropped AND definition IS NOT NULL
UNION ALL
SELECT CASE WHEN coninhcount > 0 THEN 'inherited ' ELSE '' END || CASE contype WHEN 'c' THEN 'check'
      WHEN 'u' THEN 'unique' WHEN 'p' THEN 'primary key' ELSE 'foreign key' END,
    tables.name, conname::text, pg_get_constraintdef(pg_constraint.oid, true) || CASE WHEN indrelid = conrelid
      AND NOT (indisvalid AND indisready) THEN ' NOT VALID' ELSE '' END
  FROM tables JOIN pg_constraint ON conrelid = tables.oid LEFT JOIN pg_index ON indexrelid = conindid
  WHERE contype IN ('c', 'u', 'p', 'f')
UNION ALL
SELECT CASE WHEN indisunique THEN 'unique index' ELSE 'index' END, tables.name, relname::text,
    pg_get_indexdef(indexrelid, 0, true) || CASE WHEN indisvalid AND indisready THEN '' ELSE ' NOT VALID' END
  FROM tables JOIN pg_index ON indrelid = tables.oid JOIN pg_class ON pg_class.oid = indexrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
UNION ALL
SELECT 'trigger', tables.name, tgname::text,
    pg_get_triggerdef(pg_trigger.oid, true) || CASE WHEN tgenabled IN ('O', 'A') THEN '' ELSE ' DISABLED' END
  FROM tables JOIN pg_trigger ON tgrelid = tables.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'function', '', proname::text, format('(%s) RETURNS %s %s %s', pg_get_function_arguments(oid),
    pg_get_function_result(oid), provolatile, encode(sha256(convert_to(prosrc, 'UTF8')), 'hex'))
  FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'
"""


class Promise(NamedTuple):
    """A part of the schema as PostgreSQL tells it: `kind` is table, column, generated, not null, check, unique, primary
    key, foreign key, unique index, index, trigger or function; "inherited ..." where it comes with another table."""

    kind: str
    table: str
    name: str
    definition: str

    @property
    def called(self) -> str:
        """How it is named to people: "check lot.lot_parts", "function programme_now"."""
        return f"{self.kind} {'.'.join(part for part in (self.table, self.name) if part)}"


def promised() -> tuple[Promise, ...]:
    """The schema as it was published."""
    return tuple(Promise(*said) for said in orjson.loads(FILE.read_bytes()))


async def said(db: Db) -> tuple[Promise, ...]:
    """The schema of this database, in the order of the published one."""
    return tuple(sorted(Promise(*found) for found in await rows(db, _SAID)))


def written(promises: Iterable[Promise]) -> bytes:
    """The text of the published file: a promise a line."""
    return b"[\n" + b",\n".join(orjson.dumps(tuple(promise)) for promise in promises) + b"\n]\n"


def broken(published: Iterable[Promise], now: Iterable[Promise]) -> list[tuple[Promise, str | None]]:
    """What was promised and is missing (None) or says something else today."""
    today = {promise[:3]: promise.definition for promise in now}
    return [
        (promise, today.get(promise[:3]))
        for promise in published
        if reread(today.get(promise[:3])) != reread(promise.definition)
    ]


def reread(definition: str | None) -> str | None:
    """A definition as it is after a dump and a restore, which write the casts of a list of words in another way."""
    return definition and re.sub(r"(?<=')::character varying(::text)?(?=[,\]])|(?<=\])::text\[\]", "", definition)
