"""Does every row keep what the schema has promised, whatever the database itself believes of its constraints?

Each check, NOT NULL, generated column, key and reference is judged again from the published promises. What triggers
promise of rows (the chain, accounts that follow their entries) is told by `app.ledger.agreements`; that rows of an
append-only table were not changed can be seen in `entry` alone, by its chain.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.promises import Promise

FIRST = 5  # how many bad rows of each kind are named

_KEY = re.compile(
    r"(?:UNIQUE|PRIMARY KEY|CREATE UNIQUE INDEX .* USING btree) \((?P<columns>[^()]*)\)(?: WHERE (?P<those>.*))?$"
)
_REFERENCE = re.compile(r"FOREIGN KEY \((?P<column>\w+)\) REFERENCES (?P<table>\w+)\((?P<key>\w+)\)")
_OF_A_ROW = ("check", "generated", "not null")  # what is inherited is judged with the table that it comes from
_TEXTS = ("text", "character varying")


class Statement(NamedTuple):
    """What is looked for, and the SQL that answers a line for each of the first rows that is found."""

    about: str
    sql: str


def repeated(promises: Iterable[Promise]) -> Iterator[Statement]:
    """The statements that judge every row anew. Raises ValueError for a promise that none can be made of."""
    tables: dict[str, list[Promise]] = {}
    for promise in promises:
        tables.setdefault(promise.table, []).append(promise)
    for table, of_table in tables.items():
        if table:
            named = _Named(table, of_table)
            if any(promise.kind in _OF_A_ROW for promise in of_table):
                yield Statement(f"rows of {table}", _rows(named, of_table))
            for promise in of_table:
                if promise.kind in ("primary key", "unique", "unique index"):
                    yield Statement(promise.called, _doubled(named, promise))
                if promise.kind == "foreign key":
                    yield Statement(promise.called, _dangling(named, promise))


class _Named:
    """How rows of a table are named to people, by their primary key, and which of its columns are texts."""

    def __init__(self, table: str, promises: list[Promise]) -> None:
        self.table = table
        [key] = [promise for promise in promises if promise.kind == "primary key"]
        self.key = _columns(key)[0][0]
        self.row = f"""'{table} ' || coalesce(t."{self.key}"::text, 'at ' || t.ctid)"""
        self.texts = {each.name for each in promises if each.kind == "column" and each.definition.startswith(_TEXTS)}


def _rows(named: _Named, promises: list[Promise]) -> str:
    """One pass over a table, for all that a row must keep by itself.

    NULLs are counted by a function: what the catalogue calls NOT NULL, the planner believes to be.
    """
    required = ", ".join(f't."{promise.name}"' for promise in promises if promise.kind == "not null")
    broken = {promise: _broken(promise) for promise in promises if promise.kind in _OF_A_ROW}
    suspects = [f"num_nulls({required}) > 0", *(sql for promise, sql in broken.items() if promise.kind != "not null")]
    judged = ",\n    ".join(
        f"({quoted(_told(promise))}, {quoted(promise.definition)}, {sql})" for promise, sql in broken.items()
    )
    return f"""
SELECT told || row || ', ' || definition FROM (
  SELECT b.told, b.definition, {named.row} AS row,
    row_number() OVER (PARTITION BY b.told ORDER BY t."{named.key}") AS place
  FROM "{named.table}" t CROSS JOIN LATERAL (VALUES
    {judged}) AS b (told, definition, is_broken)
  WHERE b.is_broken AND ({" OR ".join(suspects)})) first
WHERE place <= {FIRST} ORDER BY told, place"""


def _broken(promise: Promise) -> str:
    if promise.kind == "not null":
        return f'num_nulls(t."{promise.name}") > 0'
    if promise.kind == "generated":
        return f't."{promise.name}" IS DISTINCT FROM ({promise.definition})'
    return f"({promise.definition.removeprefix('CHECK ')}) IS FALSE"


def _doubled(named: _Named, promise: Promise) -> str:
    """Keys that two rows have; compared byte by byte, which for keys is the same as by their language and quicker."""
    columns, those = _columns(promise)
    keys = ", ".join(f'"{column}"' + (' COLLATE "C"' if column in named.texts else "") for column in columns)
    given = " AND ".join([*(f'"{column}" IS NOT NULL' for column in columns), those or "true"])
    needed = ", ".join(f'"{column}"' for column in dict.fromkeys((named.key, *columns)))
    is_number = len(columns) == 1 and not named.texts & {*columns}
    in_order = f" ORDER BY {keys}" if is_number else ""  # it nearly is already, which a hash table cannot use
    found = f'(SELECT {needed} FROM "{named.table}" WHERE {given}{in_order}) t'
    return f"""
SELECT {quoted(_told(promise))} || '{named.table} ' || concat_ws(' and ', first, nullif(last, first))
  || ', ' || times || ' rows, ' || {quoted(promise.definition)} FROM (
  SELECT min("{named.key}") AS first, max("{named.key}") AS last, count(*) AS times FROM {found}
  GROUP BY {keys} HAVING count(*) > 1) doubled
ORDER BY first LIMIT {FIRST}"""


def _dangling(named: _Named, promise: Promise) -> str:
    """References to what is not there."""
    found = _REFERENCE.match(promise.definition)
    if found is None:
        raise ValueError(f"{promise.called} is not understood: {promise.definition}")
    column = f't."{found["column"]}"'
    return f"""
SELECT {quoted(_told(promise))} || {named.row} || ', ' || {quoted(promise.definition)} FROM "{named.table}" t
WHERE {column} IS NOT NULL AND NOT EXISTS (SELECT FROM "{found["table"]}" o WHERE o."{found["key"]}" = {column})
ORDER BY t."{named.key}" LIMIT {FIRST}"""


def _columns(promise: Promise) -> tuple[list[str], str | None]:
    """The columns of a key, and of which rows it is one."""
    found = _KEY.match(promise.definition)
    if found is None:
        raise ValueError(f"{promise.called} is not understood: {promise.definition}")
    return found["columns"].split(", "), found["those"]


def _told(promise: Promise) -> str:
    return f"{promise.called} does not hold: "


def quoted(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"
