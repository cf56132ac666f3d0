"""What becomes of a coupon when the order that reserved or used it is cancelled? It comes back. (PROGRAMME 7)"""

from datetime import datetime

from app.database import Db, rows
from app.ledger.settle import next_notice

_OF_ORDER = """
SELECT id, member_id, status, expires_at FROM coupon WHERE order_id = $1 AND status IN ('RESERVED', 'USED')
ORDER BY status = 'USED' DESC, id FOR UPDATE
"""
_BACK = """
WITH back AS (
  UPDATE coupon SET status = 'ISSUED', order_id = NULL, used_at = NULL, reserved_until = NULL, notify_at = $2
  WHERE id = $1 RETURNING member_id)
UPDATE account SET next_change_at = least(next_change_at, $2) FROM back WHERE account.member_id = back.member_id
"""


async def give_back(db: Db, order_row_id: int, at: datetime) -> int | None:
    """Free the coupon of a cancelled order, with its own code and end; its id, or None where the order has none.

    The caller holds the order's row and the member's account; `at` is the held instant. The member is told again
    of the end that is still to come. A coupon whose last day has passed meanwhile comes back as expired.
    """
    found = await rows(db, _OF_ORDER, order_row_id)
    for coupon in found:
        await rows(db, _BACK, coupon["id"], next_notice(coupon["expires_at"], at))
    return found[0]["id"] if found else None
