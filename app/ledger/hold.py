"""Who holds an account, and is it true to the clock?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from app.commits import note_member
from app.database import Db, row, rows, transaction
from app.ledger.account import AccountState, Balances, HoldState, LotState
from app.ledger.posting import announce, follow_lots, post
from app.ledger.reminders import reminders
from app.ledger.settle import first_notice, settle
from app.rules.earning import PostingNow

# An UPDATE is the one lock that no query builder drops; it changes nothing. What RETURNING answers is evaluated after
# the wait, so neither the balances nor the instant can be older than the lock.
_HOLD = """
UPDATE account SET version = version WHERE member_id = $1
RETURNING member_id, market_id, status, time_zone, pending, available, reserved, debt, version, last_at, next_change_at,
  greatest(programme_now(), last_at) AS at
"""
_HOLD_OWN = _HOLD.replace("$1", "(SELECT id FROM member WHERE mi_account_id = $1)")

_DUE = """
SELECT lot.id, award.activity_id, remaining, posts_at, posted_at, last_usable_day, expires_at, notify_at
FROM lot JOIN award ON award.id = lot.award_id
WHERE lot.member_id = $1 AND due_at <= $2 ORDER BY due_at, lot.id
"""

_CONFIRM = """
UPDATE lot SET posting_date = $2, last_usable_day = $3, expires_at = $4, notify_at = $5, posts_at = $6
WHERE id = $1 AND posted_at IS NULL AND remaining > 0
"""

# What RESERVE took less what was captured or released since, in the order of taking.
_HOLDS = """
SELECT id, held_until, array_agg(lot_id ORDER BY ordinal) AS lots, array_agg(points ORDER BY ordinal) AS points FROM (
  SELECT r.id, r.held_until, move.lot_id,
    min(ordinal) FILTER (WHERE kind = 'RESERVE') AS ordinal,
    sum(CASE WHEN kind = 'RESERVE' THEN move.points ELSE -move.points END)::int AS points
  FROM reservation r JOIN entry ON entry.reservation_id = r.id AND 'RESERVED' IN (source, target)
  JOIN move ON move.entry_id = entry.id WHERE r.id = ANY ($1::bigint[]) GROUP BY 1, 2, 3) held
WHERE points > 0 GROUP BY 1, 2 ORDER BY held_until
"""
_LOTS = """
SELECT lot.id, award.activity_id, remaining, posts_at, posted_at, last_usable_day, expires_at, notify_at
FROM lot JOIN award ON award.id = lot.award_id WHERE lot.id = ANY ($1::bigint[])
"""

_USABLE = """
SELECT id, remaining FROM lot WHERE member_id = $1 AND remaining > 0 AND posted_at IS NOT NULL AND id <> $2
ORDER BY expires_at, posted_at, id LIMIT $3 OFFSET $4
"""


@dataclass(frozen=True)
class Held:
    """A locked account, settled to `at`: the instant of everything this transaction writes."""

    account: AccountState
    at: datetime


async def hold(db: Db, member_id: int) -> Held:
    """Lock the member's account for this transaction and settle it. Raises LookupError when there is none."""
    found = await row(db, _HOLD, member_id)
    if found is None:
        raise LookupError(f"no account {member_id}")
    return await _settled(db, found)


async def hold_own(db: Db, mi_account_id: str) -> Held | None:
    """Lock and settle the account of a Mi Account; None when it is not enrolled."""
    found = await row(db, _HOLD_OWN, mi_account_id)
    return await _settled(db, found) if found else None


async def _settled(db: Db, held: asyncpg.Record) -> Held:
    note_member(held["member_id"])
    return Held(await catch_up(db, account_of(held), held["at"]), held["at"])


def account_of(found: Mapping[str, Any]) -> AccountState:
    """The account of a row that has its columns."""
    return AccountState(
        member_id=found["member_id"],
        market=found["market_id"],
        status=found["status"],
        time_zone=found["time_zone"],
        balances=Balances(found["pending"], found["available"], found["reserved"], found["debt"]),
        version=found["version"],
        last_at=found["last_at"],
        next_change_at=found["next_change_at"],
    )


async def catch_up(db: Db, account: AccountState, at: datetime) -> AccountState:
    """Write what the clock has changed in a held account up to `at`."""
    if account.next_change_at is None or account.next_change_at > at:
        return account
    lots = await due_lots(db, account.member_id, at)
    holds = await _timed_out(db, account.member_id, at)
    lots += await _pinned(db, holds, lots)
    settlement = settle(account, lots, at, holds)
    notices = (*settlement.notices, *await reminders(db, account.member_id, at))
    account = await post(db, account, settlement.movements, notices=notices)
    if not settlement.movements:
        await announce(db, account.member_id, notices)
    await _renotify(db, settlement.renotify)
    await _mark_released(db, settlement.released)
    await follow_lots(db, [lot.activity_id for lot in lots])
    return await _next_change(db, account)


async def confirm(db: Db, held: Held, lots: Mapping[int, PostingNow]) -> AccountState:
    """Post pending lots of a held account now, with the dates that their confirmation gives them."""
    for lot_id, dates in lots.items():
        first = first_notice(dates.expires_at)
        await rows(db, _CONFIRM, lot_id, dates.posting_date, dates.last_usable_day, dates.expires_at, first, held.at)
    return await catch_up(db, replace(held.account, next_change_at=held.at), held.at) if lots else held.account


async def settle_member(member_id: int) -> AccountState:
    """Bring one member's account up to the clock, in a short transaction of its own."""
    async with transaction() as db:
        return (await hold(db, member_id)).account


async def due_lots(db: Db, member_id: int, at: datetime) -> list[LotState]:
    """The member's lots that the clock changes at or before `at`, soonest first."""
    return [LotState(**dict(lot)) for lot in await rows(db, _DUE, member_id, at)]


async def take(db: Db, member_id: int, points: int, *, beside: int = 0) -> tuple[tuple[int, int], ...]:
    """Choose `points` from posted lots other than `beside`, soonest-expiring first, ties by posting time, then id.

    PROGRAMME 6. The caller holds the account and has seen that `available` covers them.
    """
    chosen: list[tuple[int, int]] = []
    offset = 0
    while points > 0:
        lots = await rows(db, _USABLE, member_id, beside, 100, offset)
        if not lots:
            raise LookupError(f"lots of member {member_id} lack {points} points of what the account shows")
        for lot in lots:
            if points > 0:
                chosen.append((lot["id"], min(points, lot["remaining"])))
                points -= chosen[-1][1]
        offset += len(lots)
    return tuple(chosen)


async def holds_of(db: Db, reservation_ids: Sequence[int]) -> list[HoldState]:
    """The points that reservations still hold, as they were taken."""
    found = await rows(db, _HOLDS, list(reservation_ids))
    return [
        HoldState(hold["id"], hold["held_until"], tuple(zip(hold["lots"], hold["points"], strict=True)))
        for hold in found
    ]


async def lots_by_id(db: Db, lot_ids: Iterable[int]) -> dict[int, LotState]:
    """These lots as they stand."""
    return {lot["id"]: LotState(**dict(lot)) for lot in await rows(db, _LOTS, sorted(set(lot_ids)))}


async def _timed_out(db: Db, member_id: int, at: datetime) -> list[HoldState]:
    due = await rows(
        db,
        "SELECT id FROM reservation WHERE member_id = $1 AND status = 'HELD' AND held_until <= $2 ORDER BY held_until",
        member_id,
        at,
    )
    return await holds_of(db, [hold["id"] for hold in due]) if due else []


async def _pinned(db: Db, holds: Sequence[HoldState], lots: Sequence[LotState]) -> list[LotState]:
    known = {lot.id for lot in lots}
    wanted = {lot_id for hold in holds for lot_id, _ in hold.moves} - known
    return list((await lots_by_id(db, wanted)).values()) if wanted else []


async def _mark_released(db: Db, reservation_ids: Sequence[int]) -> None:
    if reservation_ids:
        await rows(db, "UPDATE reservation SET status = 'EXPIRED' WHERE id = ANY ($1::bigint[])", list(reservation_ids))


async def _renotify(db: Db, renotify: dict[int, datetime | None]) -> None:
    if renotify:
        await rows(
            db,
            "UPDATE lot SET notify_at = n.at FROM unnest($1::bigint[], $2::timestamptz[]) AS n (id, at)"
            " WHERE lot.id = n.id",
            list(renotify),
            list(renotify.values()),
        )


async def _next_change(db: Db, account: AccountState) -> AccountState:
    found = await rows(
        db,
        "UPDATE account SET next_change_at ="
        " least((SELECT due_at FROM lot WHERE member_id = $1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1),"
        " (SELECT held_until FROM reservation WHERE member_id = $1 AND status = 'HELD' ORDER BY held_until LIMIT 1),"
        " (SELECT notify_at FROM coupon WHERE member_id = $1 AND notify_at IS NOT NULL ORDER BY notify_at LIMIT 1))"
        " WHERE member_id = $1 RETURNING next_change_at",
        account.member_id,
    )
    return replace(account, next_change_at=found[0]["next_change_at"])
