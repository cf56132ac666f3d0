"""Which order is this, and what are its lines?"""

import json

import asyncpg

from app.database import Db, one, rows
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
_LINES = """
INSERT INTO order_line (order_id, line_id, sku, quantity, gross_minor, coupon_minor, points_minor, net_minor, earns,
                        categories)
SELECT $1, line_id, sku, quantity, gross, coupon, points, net, earns, categories::jsonb
FROM unnest($2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bool[],
            $10::text[]) AS l (line_id, sku, quantity, gross, coupon, points, net, earns, categories)
"""


async def lock_order(db: Db, source: str, order_id: str) -> asyncpg.Record:
    """The locked row of an order, known or not: id, activity_id, cancelled_at."""
    return await one(db, _LOCK, source, order_id)


async def owner_of(db: Db, activity_id: int) -> asyncpg.Record:
    """Whose activity this is: id and mi_account_id of the member."""
    return await one(db, _OWNER, activity_id)


async def store_order(db: Db, order_row_id: int, activity_id: int, priced: PricedOrder, *, points: int) -> None:
    """Store the lines with their allocated discounts, the points that paid for a part, and what the order became."""
    lines = [
        (
            priced_line.line.line_id,
            priced_line.line.sku,
            priced_line.line.quantity,
            priced_line.gross_minor,
            priced_line.coupon_minor,
            priced_line.points_minor,
            priced_line.net_minor,
            priced_line.earns,
            json.dumps(sorted(priced_line.line.categories)),
        )
        for priced_line in priced.lines
    ]
    await rows(db, _LINES, order_row_id, *(list(column) for column in zip(*lines, strict=True)))
    await rows(
        db, "UPDATE shop_order SET activity_id = $2, points = $3 WHERE id = $1", order_row_id, activity_id, points
    )
