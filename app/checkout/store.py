"""Which reservations are there, and how do they stand by the clock?"""

from collections.abc import Sequence
from datetime import datetime

from app.checkout.models import Reservation
from app.database import Db, connection, value
from app.keyset import Keyset
from app.rows import instances, pages_of

# By the clock, whatever was last written; `status_now` says the same of a row already read.
_PAGE = """
SELECT * FROM reservation WHERE member_id = asked.id AND (asked.statuses IS NULL
  OR CASE WHEN status = 'HELD' AND held_until <= programme_now() THEN 'EXPIRED' ELSE status END
    = ANY (string_to_array(asked.statuses, ','))) {page}
"""
# A member's, newest first; `statuses`, parted by commas (null: all), are judged by the clock.
RESERVATIONS = pages_of(Reservation, Keyset((("id", "bigint"),)), _PAGE, statuses="text")
# The one that paid, else the newest.
_OF_ORDERS = """
SELECT DISTINCT ON (order_id) * FROM reservation WHERE order_id = ANY ($1::bigint[])
ORDER BY order_id, status = 'CAPTURED' DESC, id DESC
"""
_ANOTHERS = """
SELECT EXISTS (SELECT FROM reservation WHERE order_id = $1 AND member_id <> $2
  AND (status = 'CAPTURED' OR (status = 'HELD' AND held_until > $3)))
"""


def status_now(reservation: Reservation, at: datetime) -> str:
    """HELD, CAPTURED, RELEASED, or EXPIRED from `held_until` on."""
    timed_out = reservation.status == "HELD" and reservation.held_until <= at
    return "EXPIRED" if timed_out else reservation.status


async def reservations_of_orders(order_ids: Sequence[int]) -> dict[int, Reservation]:
    """The reservation of each order, by the order's row id: the one that paid, else the newest."""
    found = await instances(connection(), Reservation, _OF_ORDERS, list(order_ids))
    return {reservation.order_id: reservation for reservation in found}


async def reservations_for(db: Db, order_id: int) -> list[Reservation]:
    """All reservations of a locked order, newest first."""
    return await instances(db, Reservation, "SELECT * FROM reservation WHERE order_id = $1 ORDER BY id DESC", order_id)


async def reservation_of(db: Db, reservation_id: int) -> Reservation | None:
    """A reservation as it stands."""
    found = await instances(db, Reservation, "SELECT * FROM reservation WHERE id = $1", reservation_id)
    return found[0] if found else None


async def held_by_another(db: Db, order_id: int, member_id: int, at: datetime) -> bool:
    """Whether another member has paid for a locked order with points, or holds points for it at this instant."""
    found: bool = await value(db, _ANOTHERS, order_id, member_id, at)
    return found
