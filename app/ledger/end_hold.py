"""What becomes of held points when their hold ends? Some are spent, the others go back to their lots. (PROGRAMME 8)"""

from app.database import Db, rows
from app.ledger.account import Bucket, EntryKind, Movement, Transfer
from app.ledger.hold import Held, holds_of, lots_by_id, take
from app.ledger.posting import follow_lots, post
from app.ledger.settle import first_taken, release, told

_WRITE = "UPDATE reservation SET status = $2, captured = $3 WHERE id = $1"


async def end_hold(db: Db, held: Held, reservation_id: int, *, captured: int = 0, actor: str | None = None) -> Held:
    """End a HELD reservation of a held account: spend `captured` of its points (0 to all), first taken first.

    The others go back last taken first: debt is repaid first, and what has ended meanwhile expires.
    """
    [pinned] = await holds_of(db, [reservation_id])
    lots = await lots_by_id(db, [lot_id for lot_id, _ in pinned.moves])
    account = held.account
    transfers: list[Transfer] = []
    if captured:
        spend = _spent(Bucket.RESERVED, captured, held, reservation_id, first_taken(pinned.moves, captured))
        account = account.after(spend)
        transfers.append(spend)
    freed = sum(points for _, points in pinned.moves) - captured
    transfers += release(account, pinned, lots, at=held.at, points=freed)
    status = "CAPTURED" if captured else "RELEASED"
    movement = Movement(f"reservation/{reservation_id}/{status.lower()}", tuple(transfers), actor)
    account = await post(
        db,
        held.account,
        [movement],
        notices=tuple(told(movement)),
        due_at=min(lot.notify_at or lot.expires_at for lot in lots.values()),
    )
    await _write(db, reservation_id, status, captured)
    await follow_lots(db, [lot.activity_id for lot in lots.values()])
    return Held(account, held.at)


async def spend_anew(db: Db, held: Held, reservation_id: int, *, captured: int) -> Held:
    """Spend `captured` points for a reservation whose time is over; the caller has seen that they are available."""
    moves = await take(db, held.account.member_id, captured)
    lots = await lots_by_id(db, [lot_id for lot_id, _ in moves])
    spend = _spent(Bucket.AVAILABLE, captured, held, reservation_id, moves)
    account = await post(db, held.account, [Movement(f"reservation/{reservation_id}/captured", (spend,))])
    await _write(db, reservation_id, "CAPTURED", captured)
    await follow_lots(db, [lot.activity_id for lot in lots.values()])
    return Held(account, held.at)


def _spent(
    source: Bucket, points: int, held: Held, reservation_id: int, moves: tuple[tuple[int, int], ...]
) -> Transfer:
    return Transfer(
        EntryKind.CAPTURE, source, Bucket.REDEEMED, points, held.at, moves=moves, reservation_id=reservation_id
    )


async def _write(db: Db, reservation_id: int, status: str, captured: int) -> None:
    await rows(db, _WRITE, reservation_id, status, captured)
