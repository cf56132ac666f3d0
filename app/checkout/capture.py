"""What happens when a checkout spends the points that it holds? (PROGRAMME 8)"""

from dataclasses import dataclass

from app.checkout.models import Reservation
from app.checkout.release import held_reservation
from app.checkout.store import reservation_of
from app.database import Db, value
from app.ledger.end_hold import end_hold, spend_anew
from app.ledger.hold import Held
from app.members.standing import barred
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused

# A late capture comes too late for good when the order was cancelled, has become another member's, or holds or took
# other points since; another member's that have timed out count no more, written down or not.
_TOO_LATE = """
SELECT cancelled_at IS NOT NULL OR EXISTS (SELECT FROM activity WHERE id = activity_id AND member_id <> $4) OR EXISTS (
  SELECT FROM reservation WHERE order_id = $1 AND id <> $2
    AND (status = 'CAPTURED' OR (status = 'HELD' AND held_until > $3)))
FROM shop_order WHERE id = $1
"""
_NOT_HELD = refused("RESERVATION_NOT_HELD", "reservationId")


@dataclass(frozen=True)
class PaidWithPoints:
    """The account after an order's points were captured, and how many they are."""

    held: Held
    points: int


async def capture_points(call: Call, reservation_id: int, points: int | None) -> Outcome:
    """Spend `points` (None: all) of a reservation, once; the rest goes back. The threshold is not judged again.

    Captured before with the same points, it is the same. Timed out, the points are taken again where they are still
    available, else CAPTURE_SHORTFALL. Released, or captured with other points: RESERVATION_NOT_HELD.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        found = await held_reservation(db, reservation_id, None)
        if isinstance(found, Outcome):
            return found
        held, reservation = found
        wanted = reservation.points if points is None else points
        if not 1 <= wanted <= reservation.points:
            return invalid("OUT_OF_RANGE", "points", minimum=1, maximum=reservation.points)
        captured = await capture(db, held, reservation, wanted)
        if isinstance(captured, Outcome):
            return captured
        return Outcome(member_id=reservation.member_id, reservation_id=reservation.id)

    return await once(call, act)


async def pay_order(
    db: Db, held: Held, reservation_id: int, order_row_id: int, order_points: int
) -> PaidWithPoints | Outcome:
    """Capture the held member's reservation for this locked order: all its points, or what was captured before.

    The order's own `order_points`, where it names any, must be as many. Another's reservation or order, or one that
    was let go: RESERVATION_NOT_HELD; timed out: as `capture_points`.
    """
    reservation = await reservation_of(db, reservation_id)
    if reservation is None or reservation.member_id != held.account.member_id or reservation.order_id != order_row_id:
        return _NOT_HELD
    points = reservation.captured or reservation.points
    if reservation.status != "RELEASED" and order_points not in (0, points):
        return invalid("OTHER_POINTS", "order", "points")
    captured = await capture(db, held, reservation, points)
    return captured if isinstance(captured, Outcome) else PaidWithPoints(captured, points)


async def capture(db: Db, held: Held, reservation: Reservation, points: int) -> Held | Outcome:
    """Spend `points` of a held member's reservation, held or timed out, and answer the account after it.

    What is held already is the order's, also when the account was suspended meanwhile; nothing is taken anew then.
    """
    if reservation.status == "HELD":
        return await end_hold(db, held, reservation.id, captured=points)
    if reservation.status == "CAPTURED":
        return held if reservation.captured == points else _NOT_HELD
    if reservation.status != "EXPIRED":
        return _NOT_HELD
    if await value(db, _TOO_LATE, reservation.order_id, reservation.id, held.at, reservation.member_id):
        return _NOT_HELD
    if refusal := barred(held.account):
        return refusal
    if missing := max(0, points - held.account.balances.available):
        return refused("CAPTURE_SHORTFALL", "points", missing=missing)
    return await spend_anew(db, held, reservation.id, captured=points)
