"""What has the clock alone changed in this account since it was last written? (PROGRAMME 3, 5, 6)"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from app.ledger.account import AccountState, Bucket, EntryKind, HoldState, LotState, Movement, NoticeDraft, Transfer

NOTICE_DAYS = (30, 7)  # how long before their end a member is told of expiring points
# At one instant: what is let go, then what ends, then what begins, and last what begins as it ends.
_RELEASE, _EXPIRE, _POST, _OVER = 0, 1, 2, 3


@dataclass(frozen=True)
class Settlement:
    """What to write: movements in order, notices, the next notice instant per lot, and what is left afterwards.

    `released`: the reservations that have timed out.
    """

    movements: tuple[Movement, ...]
    notices: tuple[NoticeDraft, ...]
    renotify: dict[int, datetime | None]
    account: AccountState
    remaining: dict[int, int]
    released: tuple[int, ...] = ()


def settle(
    account: AccountState, lots: Sequence[LotState], at: datetime, holds: Sequence[HoldState] = ()
) -> Settlement:
    """Release timed-out holds, post pending lots and expire posted ones, in the order of the clock, up to `at`.

    `lots` are the member's lots with `due_at <= at` and those that `holds` pin; `holds` are the reservations held until
    `at` or earlier. Pinned points do not expire while held; released past their end they do at once. A line stands at
    the instant that caused it, or at the account's last line where that is later: lines never run backwards.
    """
    remaining = {lot.id: lot.remaining for lot in lots}
    movements: list[Movement] = []
    notices: list[NoticeDraft] = []
    by_id = {lot.id: lot for lot in lots}
    pinned = {hold.id: hold for hold in holds}
    for (instant, rank), due in groupby(_due(lots, holds, at), key=lambda event: event[:2]):
        ids = [each for _, _, each in due]
        when = max(instant, account.last_at)
        if rank == _RELEASE:
            found = _released(account, [pinned[each] for each in ids], by_id, when)
        elif rank == _POST:
            found = _posted(account, [by_id[each] for each in ids], when)
        else:
            found = _expired(account, [by_id[each] for each in ids], remaining, when)
        for movement in found:
            movements.append(movement)
            notices.extend(told(movement))
            for transfer in movement.transfers:
                account = account.after(transfer)
                _count(remaining, transfer)
    renotify, warnings = _warn(lots, remaining, at)
    return Settlement(
        tuple(movements), (*notices, *warnings), renotify, account, remaining, tuple(hold.id for hold in holds)
    )


def release(
    account: AccountState, hold: HoldState, lots: Mapping[int, LotState], *, at: datetime, points: int | None = None
) -> tuple[Transfer, ...]:
    """Let `points` of a hold (all when not given) go, last taken first; debt is repaid and what has ended expires."""
    freed = last_taken(hold.moves, sum(part for _, part in hold.moves) if points is None else points)
    if not freed:
        return ()
    back = Transfer(
        EntryKind.RELEASE,
        Bucket.RESERVED,
        Bucket.AVAILABLE,
        sum(part for _, part in freed),
        at,
        moves=freed,
        reservation_id=hold.id,
    )
    return (back, *came_back(account.after(back), freed, lots, at=at))


def came_back(
    account: AccountState, moves: Sequence[tuple[int, int]], lots: Mapping[int, LotState], *, at: datetime
) -> tuple[Transfer, ...]:
    """What follows when points come back to their lots: debt is repaid first, and what has ended meanwhile expires."""
    follows: list[Transfer] = []
    ended: list[tuple[int, int]] = []
    for lot_id, points in moves:
        lot = lots[lot_id]
        repaid = repay(account, lot_id, points, at=at, activity_id=lot.activity_id)
        for transfer in repaid:
            account = account.after(transfer)
            points -= transfer.points
            follows.append(transfer)
        if points > 0 and lot.expires_at <= at:
            ended.append((lot_id, points))
    if ended:
        follows.append(
            Transfer(
                EntryKind.EXPIRE,
                Bucket.AVAILABLE,
                Bucket.EXPIRED,
                sum(points for _, points in ended),
                at,
                moves=tuple(ended),
            )
        )
    return tuple(follows)


def first_taken(moves: Sequence[tuple[int, int]], points: int) -> tuple[tuple[int, int], ...]:
    """The first `points` of what was taken, in the order of taking."""
    chosen: list[tuple[int, int]] = []
    for lot_id, taken in moves:
        if points <= 0:
            break
        chosen.append((lot_id, min(points, taken)))
        points -= taken
    return tuple(chosen)


def last_taken(moves: Sequence[tuple[int, int]], points: int) -> tuple[tuple[int, int], ...]:
    """The last `points` of what was taken, in reverse order of taking."""
    return first_taken(moves[::-1], points)


def _count(remaining: dict[int, int], transfer: Transfer) -> None:
    for lot_id, points in transfer.moves:
        if transfer.source is Bucket.AVAILABLE:
            remaining[lot_id] -= points
        elif transfer.target is Bucket.AVAILABLE and transfer.source is not Bucket.PENDING:
            remaining[lot_id] += points


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


def _due(lots: Iterable[LotState], holds: Iterable[HoldState], at: datetime) -> list[tuple[datetime, int, int]]:
    events = [(hold.held_until, _RELEASE, hold.id) for hold in holds if hold.held_until <= at]
    events += [(lot.posts_at, _POST, lot.id) for lot in lots if lot.posted_at is None and lot.posts_at <= at]
    events += [
        (lot.expires_at, _EXPIRE, lot.id)
        if lot.posted_at or lot.expires_at > lot.posts_at
        else (lot.posts_at, _OVER, lot.id)
        for lot in lots
        if lot.expires_at <= at and (lot.posted_at or lot.posts_at <= at)
    ]
    return sorted(events)


def _released(
    account: AccountState, holds: Iterable[HoldState], lots: Mapping[int, LotState], when: datetime
) -> Iterator[Movement]:
    for hold in holds:
        transfers = release(account, hold, lots, at=when)
        for transfer in transfers:
            account = account.after(transfer)
        if transfers:
            yield Movement(f"reservation/{hold.id}/timed-out", transfers)


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


def told(movement: Movement) -> Iterator[NoticeDraft]:
    """The notices of what posts and what expires in a movement."""
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
