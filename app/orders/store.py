"""Which order is this, and what are its lines?"""

import asyncpg

from app.database import Db, one, rows
from app.given import given
from app.rules.orders import PricedOrder

# The cause row comes into being with the first word about an order, so that a purchase and its delivery cannot miss
# each other; DO UPDATE locks it and answers what is committed.
_LOCK = """
INSERT INTO shop_order (source, order_id) VALUES ($1, $2)
ON CONFLICT (source, order_id) DO UPDATE SET source = shop_order.source RETURNING id, activity_id, cancelled_at
"""
_OWNER = """
SELECT member.id, mi_account_id FROM member JOIN activity ON activity.member_id = member.id WHERE activity.id = $1
"""
_GIVEN = given(
    "lines",
    "order_id bigint, line_id text, sku text, quantity int, gross_minor bigint, coupon_minor bigint,"
    " points_minor bigint, net_minor bigint, earns boolean, categories jsonb",
)
STORE_LINES = f"""
INSERT INTO order_line (order_id, line_id, sku, quantity, gross_minor, coupon_minor, points_minor, net_minor, earns,
                        categories)
SELECT * FROM {_GIVEN} AS l
"""


async def lock_order(db: Db, source: str, order_id: str) -> asyncpg.Record:
    """The locked row of an order, known or not: id, activity_id, cancelled_at."""
    return await one(db, _LOCK, source, order_id)


async def owner_of(db: Db, activity_id: int) -> asyncpg.Record:
    """Whose activity this is: id and mi_account_id of the member."""
    return await one(db, _OWNER, activity_id)


async def store_order(db: Db, order_row_id: int, activity_id: int, priced: PricedOrder, *, points: int) -> None:
    """Store the lines with their allocated discounts, the points that paid for a part, and what the order became."""
    await rows(db, STORE_LINES, {"lines": line_rows(order_row_id, priced)})
    await rows(
        db, "UPDATE shop_order SET activity_id = $2, points = $3 WHERE id = $1", order_row_id, activity_id, points
    )


def line_rows(order_row_id: int, priced: PricedOrder) -> list[dict[str, object]]:
    """The document's "lines" of `STORE_LINES`."""
    return [
        {
            "order_id": order_row_id,
            "line_id": one.line.line_id,
            "sku": one.line.sku,
            "quantity": one.line.quantity,
            "gross_minor": one.gross_minor,
            "coupon_minor": one.coupon_minor,
            "points_minor": one.points_minor,
            "net_minor": one.net_minor,
            "earns": one.earns,
            "categories": sorted(one.line.categories),
        }
        for one in priced.lines
    ]
