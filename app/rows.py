"""How do the rows of a hand-written statement become Tortoise models?"""

from collections.abc import Sequence
from typing import TypeVar

from tortoise.models import Model

from app.database import Db, connection, rows
from app.keyset import Keyset, Page, Window, page_of

M = TypeVar("M", bound=Model)


async def instances(db: Db, model: type[M], sql: str, *args: object) -> list[M]:
    """The answer of a statement that selects all columns of the model's table."""
    return [model._init_from_db(**dict(found)) for found in await rows(db, sql, *args)]


async def by_id(model: type[M], ids: Sequence[int]) -> dict[int, M]:
    """Rows of a table by their ids; those that are not there are absent."""
    return {found.pk: found for found in await model.filter(pk__in=list(ids))}


async def page_of_each(
    model: type[M],
    member_ids: Sequence[int],
    window: Window,
    order: Keyset,
    select: str,
    *args: object,
) -> dict[int, Page[M]]:
    """One page of a list of each member, in one statement.

    `select` reads the rows of the member `asked.id`, with `{page}` where the window's condition, order and limit
    belong; `args` are its parameters from $2 on.
    """
    where, arguments = order.condition(window, 2 + len(args))
    chosen = select.format(page=f"{where} {order.order(window)}", order=order.order(window))
    sql = f"SELECT line.* FROM unnest($1::bigint[]) AS asked (id) CROSS JOIN LATERAL ({chosen}) line"
    lines: dict[int, list[M]] = {member_id: [] for member_id in member_ids}
    for found in await rows(connection(), sql, list(member_ids), *args, *arguments):
        lines[found["member_id"]].append(model._init_from_db(**dict(found)))
    return {member_id: page_of(lines[member_id], window) for member_id in member_ids}
