"""What do readers see of an order?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.database import Db, connection, rows, value
from app.requests.words import ID_LENGTH, SOURCE_LENGTH, unfit
from app.rules.clawback import BoughtLine

# Whose it is, by what is known of it: its purchase, else what was reserved for it.
_ORDERS = """
SELECT o.id, o.source, o.order_id, o.activity_id, coalesce(a.member_id, r.member_id, c.member_id) AS member_id,
  c.id AS coupon_id, r.id AS reservation_id
FROM shop_order o LEFT JOIN activity a ON a.id = o.activity_id
LEFT JOIN LATERAL (SELECT id, member_id FROM reservation WHERE order_id = o.id ORDER BY id DESC LIMIT 1) r ON true
LEFT JOIN LATERAL (SELECT id, member_id FROM coupon WHERE order_id = o.id
  AND (status = 'USED' OR (status = 'RESERVED' AND reserved_until > programme_now())) LIMIT 1) c ON true
WHERE o.id = ANY ($1::bigint[]) AND coalesce(a.member_id, r.member_id, c.member_id) IS NOT NULL
"""
_LINES = """
SELECT order_id, id, line_id, sku, quantity, coalesce(returned, 0) AS returned, net_minor, coupon_minor, points_minor,
  earns, categories
FROM order_line WHERE order_id = ANY ($1::bigint[]) ORDER BY id
"""


@dataclass(frozen=True)
class OrderView:
    """An order of a member with what belongs to it, all by row ids; `order_id` is the id in its source."""

    id: int
    source: str
    order_id: str
    activity_id: int | None
    member_id: int
    coupon_id: int | None
    reservation_id: int | None


async def find_order(source: str, order_id: str) -> int | None:
    """The row id of an order by its id in its source."""
    if unfit(("source", source, SOURCE_LENGTH), ("orderId", order_id, ID_LENGTH)):
        return None
    found: int | None = await value(
        connection(), "SELECT id FROM shop_order WHERE source = $1 AND order_id = $2", source, order_id
    )
    return found


async def orders_by_id(ids: Sequence[int]) -> dict[int, OrderView]:
    """These orders; one of which nothing but early events is known is absent."""
    return {order["id"]: OrderView(**dict(order)) for order in await rows(connection(), _ORDERS, list(ids))}


async def lines_by_order(order_row_ids: Sequence[int]) -> dict[int, list[BoughtLine]]:
    """The lines of each order as they stand."""
    return await _lines(connection(), order_row_ids)


async def lines_of(db: Db, order_row_id: int) -> tuple[BoughtLine, ...]:
    """The lines of an order as they stand, in its transaction."""
    return tuple((await _lines(db, [order_row_id]))[order_row_id])


async def _lines(db: Db, order_row_ids: Sequence[int]) -> dict[int, list[BoughtLine]]:
    lines: dict[int, list[BoughtLine]] = defaultdict(list)
    for line in await rows(db, _LINES, list(order_row_ids)):
        facts = {**dict(line), "categories": tuple(line["categories"])}
        lines[facts.pop("order_id")].append(BoughtLine(**facts))
    return lines
