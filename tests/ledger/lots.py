"""How do the tests of the pure ledger make accounts and lots? Days count from 1 January 2026 in UTC."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.ledger.account import AccountState, Balances, LotState, Movement, Transfer
from app.ledger.settle import Settlement, first_notice

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LONG = 365


def day(number: float) -> datetime:
    return EPOCH + timedelta(days=number)


def account(*, pending: int = 0, available: int = 0, reserved: int = 0, debt: int = 0, last: float = 0) -> AccountState:
    return AccountState(
        7, "ES", "ACTIVE", "Europe/Madrid", Balances(pending, available, reserved, debt), 3, day(last), None
    )


def pending_lot(number: int, points: int, *, posts: float, expires: float | None = None) -> LotState:
    """A lot that posts at the midnight `posts` and ends a year later unless told otherwise."""
    end = day(posts + LONG if expires is None else expires)
    posts_at = day(posts)
    return LotState(number, 100 + number, points, posts_at, None, (end - timedelta(1)).date(), end, first_notice(end))


def posted_lot(number: int, points: int, *, posted: float = 0, expires: float = LONG) -> LotState:
    return replace(pending_lot(number, points, posts=posted, expires=expires), posted_at=day(posted))


def account_of(lots: Iterable[LotState], *, debt: int = 0, last: float = 0) -> AccountState:
    """The account that holds exactly these lots."""
    lots = list(lots)
    pending = sum(lot.remaining for lot in lots if lot.posted_at is None)
    available = sum(lot.remaining for lot in lots if lot.posted_at is not None)
    return account(pending=pending, available=available, debt=debt, last=last)


def transfers(movements: Iterable[Movement]) -> list[Transfer]:
    return [transfer for movement in movements for transfer in movement.transfers]


def lines(settlement: Settlement) -> list[tuple[str, int, datetime]]:
    """Kind, points and instant of each line to be."""
    return [(each.kind.value, each.points, each.at) for each in transfers(settlement.movements)]


def lots_after(lots: Iterable[LotState], settlement: Settlement) -> list[LotState]:
    """The lots as a settlement leaves them in the database; those that are used up are gone."""
    posted: Mapping[int, datetime] = {
        lot_id: each.at for each in transfers(settlement.movements) if each.kind == "POST" for lot_id, _ in each.moves
    }
    return [
        replace(
            lot,
            remaining=settlement.remaining[lot.id],
            posted_at=lot.posted_at or posted.get(lot.id),
            notify_at=settlement.renotify.get(lot.id, lot.notify_at),
        )
        for lot in lots
        if settlement.remaining[lot.id] > 0
    ]
