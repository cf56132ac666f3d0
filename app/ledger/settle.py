"""What has the clock alone changed in this account since it was last written? (PROGRAMME 3, 5, 6)"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from app.ledger.account import AccountState, Bucket, EntryKind, LotState, Movement, NoticeDraft, Transfer

NOTICE_DAYS = (30, 7)  # how long before their end a member is told of expiring points
_EXPIRE, _POST, _OVER = 0, 1, 2  # at one midnight what ends goes before what begins, unless it begins as it ends


@dataclass(frozen=True)
class Settlement:
    """What to write: movements in order, notices, the next notice instant per lot, and what is left afterwards."""

    movements: tuple[Movement, ...]
    notices: tuple[NoticeDraft, ...]
    renotify: dict[int, datetime | None]
    account: AccountState
    remaining: dict[int, int]


def settle(account: AccountState, lots: Sequence[LotState], at: datetime) -> Settlement:
    """Post pending lots and expire posted ones whose instant is at or before `at`, in the order of the clock.

    `lots` are the member's lots with `due_at <= at`. A line stands at the instant that caused it, or at the
    account's last line where that is later, so that lines never run backwards.
    """
    remaining = {lot.id: lot.remaining for lot in lots}
    movements: list[Movement] = []
    notices: list[NoticeDraft] = []
    for (instant, rank), due in groupby(_due(lots, at), key=lambda event: event[:2]):
        together = [lot for _, _, lot in due]
        when = max(instant, account.last_at)
        for movement in (
            _posted(account, together, when) if rank == _POST else _expired(account, together, remaining, when)
        ):
            movements.append(movement)
            notices.extend(_told(movement))
            for transfer in movement.transfers:
                account = account.after(transfer)
                if transfer.source is Bucket.AVAILABLE:
                    for lot_id, points in transfer.moves:
                        remaining[lot_id] -= points
    renotify, warnings = _warn(lots, remaining, at)
    return Settlement(tuple(movements), (*notices, *warnings), renotify, account, remaining)


def repay(account: AccountState, lot_id: int, points: int, *, at: datetime, activity_id: int) -> tuple[Transfer, ...]:
    """New points repay debt first, as a line of its own (PROGRAMME 4); `account` is as it was before them."""
    repaid = min(account.balances.debt, points)
    if repaid == 0:
        return ()
    return (
        Transfer(
            EntryKind.DEBT_REPAID,
            Bucket.AVAILABLE,
            Bucket.DEBT,
            repaid,
            at,
            moves=((lot_id, repaid),),
            activity_id=activity_id,
        ),
    )


def next_notice(expires_at: datetime, after: datetime) -> datetime | None:
    """The first notice instant of points that end at `expires_at` which is later than `after`."""
    return min((told for told in _notice_instants(expires_at) if told > after), default=None)


def first_notice(expires_at: datetime) -> datetime:
    """When the first notice of points that end at `expires_at` is due, be it past."""
    return min(_notice_instants(expires_at))


def _notice_instants(expires_at: datetime) -> Iterator[datetime]:
    return (expires_at - timedelta(days=days) for days in NOTICE_DAYS)


def _due(lots: Iterable[LotState], at: datetime) -> list[tuple[datetime, int, LotState]]:
    events = [(lot.posts_at, _POST, lot) for lot in lots if lot.posted_at is None and lot.posts_at <= at]
    events += [
        (lot.expires_at, _EXPIRE, lot) if lot.posted_at or lot.expires_at > lot.posts_at else (lot.posts_at, _OVER, lot)
        for lot in lots
        if lot.expires_at <= at and (lot.posted_at or lot.posts_at <= at)
    ]
    return sorted(events, key=lambda event: (event[0], event[1], event[2].id))


def _posted(account: AccountState, lots: Iterable[LotState], when: datetime) -> Iterator[Movement]:
    for lot in lots:
        post = Transfer(
            EntryKind.POST,
            Bucket.PENDING,
            Bucket.AVAILABLE,
            lot.remaining,
            when,
            moves=((lot.id, lot.remaining),),
            activity_id=lot.activity_id,
        )
        repaid = repay(account, lot.id, lot.remaining, at=when, activity_id=lot.activity_id)
        for transfer in (post, *repaid):
            account = account.after(transfer)
        yield Movement(f"post/{lot.id}", (post, *repaid))


def _expired(
    account: AccountState, lots: Sequence[LotState], remaining: dict[int, int], when: datetime
) -> Iterator[Movement]:
    moves = tuple((lot.id, remaining[lot.id]) for lot in lots if remaining[lot.id] > 0)
    if not moves:
        return
    yield Movement(
        f"expire/{account.member_id}/{account.version + 1}",
        (
            Transfer(
                EntryKind.EXPIRE,
                Bucket.AVAILABLE,
                Bucket.EXPIRED,
                sum(points for _, points in moves),
                when,
                moves=moves,
                activity_id=lots[0].activity_id if len(lots) == 1 else None,
            ),
        ),
    )


def _told(movement: Movement) -> Iterator[NoticeDraft]:
    kinds = {EntryKind.POST: "POSTED", EntryKind.EXPIRE: "EXPIRED"}
    for transfer in movement.transfers:
        if transfer.kind in kinds:
            yield NoticeDraft(kinds[transfer.kind], transfer.at, transfer.points, transfer.activity_id)


def _warn(
    lots: Iterable[LotState], remaining: dict[int, int], at: datetime
) -> tuple[dict[int, datetime | None], list[NoticeDraft]]:
    renotify: dict[int, datetime | None] = {}
    ending: dict[tuple[datetime, datetime, str], int] = {}
    for lot in lots:
        live = remaining[lot.id] > 0 and lot.expires_at > at and (lot.posted_at or lot.posts_at <= at)
        if not live or lot.notify_at is None or lot.notify_at > at:
            continue
        renotify[lot.id] = next_notice(lot.expires_at, at)
        told_at = max(told for told in _notice_instants(lot.expires_at) if told <= at)
        key = (told_at, lot.expires_at, lot.last_usable_day.isoformat())
        ending[key] = ending.get(key, 0) + remaining[lot.id]
    return renotify, [
        NoticeDraft("EXPIRING", told_at, points, facts={"last_usable_on": day})
        for (told_at, _, day), points in sorted(ending.items())
    ]
