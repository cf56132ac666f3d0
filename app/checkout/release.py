"""What happens when a checkout lets held points go? (PROGRAMME 8)"""

from app.checkout.models import Reservation
from app.checkout.store import reservation_of, reservations_for
from app.database import Db
from app.ledger.end_hold import end_hold
from app.ledger.hold import Held, hold, hold_own
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused

_NOT_FOUND = refused("NOT_FOUND", "reservationId", what="RESERVATION")


async def release_points(call: Call, reservation_id: int, mi_account_id: str | None) -> Outcome:
    """Let a reservation's points go back to their lots; released before, it is the same.

    `mi_account_id`: of the member who asks for themself, to whom another's is NOT_FOUND; None for the shop. Captured or
    timed out: RESERVATION_NOT_HELD.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        found = await held_reservation(db, reservation_id, mi_account_id)
        if isinstance(found, Outcome):
            return found
        held, reservation = found
        if reservation.status == "HELD":
            await end_hold(db, held, reservation.id)
        elif reservation.status != "RELEASED":
            return refused("RESERVATION_NOT_HELD", "reservationId")
        return Outcome(member_id=reservation.member_id, reservation_id=reservation.id)

    return await once(call, act)


async def release_of_order(db: Db, held: Held, order_row_id: int) -> tuple[int | None, Held]:
    """Let go what an order of a held member still holds: the reservation's id, if there is one, and the account."""
    for reservation in await reservations_for(db, order_row_id):
        if reservation.status == "HELD" and reservation.member_id == held.account.member_id:
            return reservation.id, await end_hold(db, held, reservation.id)
    return None, held


async def held_reservation(
    db: Db, reservation_id: int, mi_account_id: str | None
) -> tuple[Held, Reservation] | Outcome:
    """The reservation with its member's account held and settled, so that its status is true; or NOT_FOUND."""
    found = await reservation_of(db, reservation_id)
    if found is None:
        return _NOT_FOUND
    held = await hold_own(db, mi_account_id) if mi_account_id is not None else await hold(db, found.member_id)
    if held is None:
        return refused("NOT_ENROLLED")
    reservation = await reservation_of(db, found.id)
    if reservation is None or reservation.member_id != held.account.member_id:
        return _NOT_FOUND
    return held, reservation
