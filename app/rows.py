"""How do the rows of a hand-written statement become Tortoise models?"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import orjson
from tortoise.fields import JSONField
from tortoise.models import Model

from app.database import Db, ask, rows
from app.keyset import Keyset, Page, Window, page_of
from app.reads import Columns, Read, Rows

M = TypeVar("M", bound=Model)
Row = TypeVar("Row")
Asked = tuple[object, Window, tuple[object, ...]]


async def instances(db: Db, model: type[M], sql: str, *args: object) -> list[M]:
    """The answer of a statement that selects all columns of the model's table.

    Those that the model knows are answered: of a transaction that answers all, a migration that adds another one beside
    us makes PostgreSQL refuse what was prepared before.
    """
    known = ", ".join(model._meta.fields_db_projection.values())
    return [model._init_from_db(**dict(found)) for found in await rows(db, f"SELECT {known} FROM ({sql}) line", *args)]


async def by_id(model: type[M], ids: Sequence[int]) -> dict[int, M]:
    """Rows of a table by their ids; those that are not there are absent."""
    return {found.pk: found for found in await model.filter(pk__in=list(ids))}


class Table(Generic[M]):
    """A model's columns, and its instances from their values: what Tortoise makes of a row, in a tenth of the time."""

    def __init__(self, model: type[M]) -> None:
        self.model = model

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns by name. Tortoise knows them once it is open."""
        return tuple(self.model._meta.fields_db_projection.values())

    @cached_property
    def _json(self) -> tuple[str, ...]:
        fields = self.model._meta.fields_map
        return tuple(name for name in self.model._meta.fields_db_projection if isinstance(fields[name], JSONField))

    def selected(self, alias: str) -> str:
        """The columns in SQL, json as text."""
        json = {self.model._meta.fields_db_projection[name] for name in self._json}
        return ", ".join(f"{alias}.{column}{'::text' if column in json else ''}" for column in self.columns)

    def make(self, values: Sequence[Any]) -> M:
        """The instance of a row of `selected`."""
        made = self.model.__new__(self.model)
        known = made.__dict__
        known.update(self._constant, _await_when_save={})
        known.update(zip(self._names, values, strict=True))
        for name in self._json:
            if (text := known[name]) is not None:
                known[name] = orjson.loads(text)
        return made

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.model._meta.fields_db_projection)

    @cached_property
    def _constant(self) -> dict[str, object]:
        meta = self.model._meta
        generated = meta.db_pk_column in meta.generated_db_fields
        return {"_partial": False, "_saved_in_db": True, "_custom_generated_pk": not generated}


class Pages(Generic[Row]):
    """The pages of a list that each member has, or each of something else, gathered.

    `select` reads the rows of `asked.id`, of the type `kind`, with `{page}` where condition, order and limit belong and
    `{order}` for the order alone; `given` names what else it knows of `asked`, with types. `columns` are selected from
    its `line`, and `make` makes a row of them; `fixed`: one that nobody can change. `plain`: none of the columns holds
    arrays or rows, and no comma stands within one.
    """

    def __init__(
        self,
        order: Keyset,
        select: str,
        columns: Callable[[], str],
        make: Callable[[Sequence[Any]], Row],
        given: Mapping[str, str],
        kind: str = "bigint",
        fixed: bool = False,
        plain: bool = True,
    ) -> None:
        self._order = order
        self._select = select
        self._columns = columns
        self._make = make
        self._kind = kind
        self._fixed = fixed
        self._plain = plain
        self._given = given
        self._reads: dict[tuple[bool, bool, bool], Read[Asked, Page[Row]]] = {}

    def of(self, whose: object, window: Window, *given: object) -> asyncio.Future[Page[Row]]:
        """One page of the list of `whose`, with what else is `given`, in its order."""
        shape = (window.after is not None, window.before is not None, window.backward)
        read = self._reads.get(shape)
        if read is None:
            read = self._reads[shape] = self._read(window)
        return ask(read, (whose, window, given))

    def _read(self, window: Window) -> Read[Asked, Page[Row]]:
        """The read of all pages of this shape: their sizes, their keys and what else is given may differ."""
        keys = [
            (f"{side}_{name}", kind)
            for side, key in (("after", window.after), ("before", window.before))
            if key is not None
            for name, kind in self._order.columns
        ]
        asked = [("id", self._kind), ("most", "int"), *keys, *self._given.items()]
        arrays = ", ".join(f"${number}::{kind}[]" for number, (_, kind) in enumerate(asked, 1))
        order = self._order.order(window)
        page = f"{self._order.where(window, [f'asked.{name}' for name, _ in keys])} {order} LIMIT asked.most"
        columns = self._columns()
        return Read(
            f"SELECT asked.number, {columns} "
            f"FROM unnest({arrays}) WITH ORDINALITY AS asked ({', '.join(name for name, _ in asked)}, number) "
            f"CROSS JOIN LATERAL ({self._select.format(page=page, order=order)}) line",
            _asked_columns,
            self._answer,
            self._fixed,
            columns.count(",") + 2 if self._plain else None,
        )

    def _answer(self, asked: Asked, found: Rows) -> Page[Row]:
        return page_of([self._make(line[1:]) for line in found], asked[1])


def pages_of(model: type[M], order: Keyset, select: str, **given: str) -> Pages[M]:
    """Pages of a model's instances: `select` reads all columns of its table."""
    table = Table(model)
    return Pages(order, select, lambda: table.selected("line"), table.make, given)


def _asked_columns(keys: Sequence[Asked]) -> Columns:
    lines = [
        (whose, window.size + 1, *(window.after or ()), *(window.before or ()), *given) for whose, window, given in keys
    ]
    return [list(column) for column in zip(*lines, strict=True)]
