"""What does a member own at this instant: now, in the past from the ledger, in the future from the lots?"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.database import ask, connection, rows
from app.ledger.account import AccountState, Balances, HoldState, LotState
from app.ledger.hold import holds_of
from app.ledger.settle import settle
from app.reads import Read

MAXIMUM_LOTS = 20_000  # live lots of one member that a look into the future reads

_PAST = """
SELECT asked.number, e.pending_after, e.available_after, e.reserved_after, e.debt_after, e.version
FROM unnest($1::bigint[], $2::timestamptz[]) WITH ORDINALITY AS asked (member_id, at, number)
CROSS JOIN LATERAL (SELECT * FROM entry WHERE entry.member_id = asked.member_id AND entry.at <= asked.at
                    ORDER BY entry.at DESC, version DESC LIMIT 1) e
"""
# A lot that is held whole changes only when its points come back: it is read beside those that the clock changes, and
# OFFSET keeps the planner from looking for it among everybody's.
_LIVE = """
WITH held AS MATERIALIZED (
  SELECT DISTINCT lot_id FROM reservation JOIN entry ON entry.reservation_id = reservation.id
  JOIN move ON move.entry_id = entry.id WHERE reservation.member_id = ANY ($1::bigint[]) AND status = 'HELD')
SELECT lot.member_id, lot.id, (SELECT activity_id FROM award WHERE id = lot.award_id) AS activity_id, remaining,
  posts_at, posted_at, last_usable_day, expires_at, notify_at
FROM (
  SELECT * FROM lot WHERE member_id = ANY ($1::bigint[]) AND due_at IS NOT NULL
  UNION ALL
  SELECT whole.* FROM held CROSS JOIN LATERAL (
    SELECT * FROM lot WHERE id = held.lot_id AND due_at IS NULL AND reserved > 0 OFFSET 0) whole
) lot ORDER BY due_at, lot.id LIMIT $2
"""
_HELD = "SELECT id, member_id FROM reservation WHERE member_id = ANY ($1::bigint[]) AND status = 'HELD'"
_SCHEDULE = """
SELECT asked.number, sum(remaining)::int, last_usable_day, expires_at
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, number) JOIN lot ON lot.member_id = asked.id
WHERE remaining > 0 AND posted_at IS NOT NULL GROUP BY asked.number, last_usable_day, expires_at ORDER BY expires_at
"""
# What of each lot was available after a version: what moved in less what moved out, up to it.
_PAST_SCHEDULE = """
SELECT asked.number, expires_at, last_usable_day,
  sum(CASE WHEN target = 'AVAILABLE' THEN move.points ELSE -move.points END)::int AS points
FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS asked (member_id, version, number)
JOIN entry ON entry.member_id = asked.member_id AND entry.version <= asked.version AND 'AVAILABLE' IN (source, target)
JOIN move ON move.entry_id = entry.id JOIN lot ON lot.id = move.lot_id
GROUP BY 1, 2, 3 HAVING sum(CASE WHEN target = 'AVAILABLE' THEN move.points ELSE -move.points END) > 0 ORDER BY 2
"""


@dataclass(frozen=True)
class ExpiryStep:
    """Points that end together: usable through `last_usable_day`, gone from the instant `expires_at`."""

    points: int
    last_usable_day: date
    expires_at: datetime


@dataclass(frozen=True)
class PastBalance:
    """The balances after the last line at or before an instant; version 0: there was none."""

    balances: Balances
    version: int


async def past_balances(asked: Sequence[tuple[int, datetime]]) -> list[PastBalance]:
    """The balances of (member, instant) pairs, one index probe each."""
    found = await rows(connection(), _PAST, [member for member, _ in asked], [at for _, at in asked])
    answers = [PastBalance(Balances(), 0)] * len(asked)
    for line in found:
        balances = Balances(line["pending_after"], line["available_after"], line["reserved_after"], line["debt_after"])
        answers[line["number"] - 1] = PastBalance(balances, line["version"])
    return answers


async def past_schedules(asked: Sequence[tuple[int, int]]) -> list[list[ExpiryStep]]:
    """What was going to expire when, of (member, version) pairs."""
    found = await rows(connection(), _PAST_SCHEDULE, [member for member, _ in asked], [version for _, version in asked])
    answers: list[list[ExpiryStep]] = [[] for _ in asked]
    for step in found:
        answers[step["number"] - 1].append(ExpiryStep(step["points"], step["last_usable_day"], step["expires_at"]))
    return answers


def schedule_of(member_id: int) -> asyncio.Future[list[ExpiryStep]]:
    """What of a member's available points expires when, soonest first."""
    return ask(_SCHEDULE_OF, member_id)


_SCHEDULE_OF: Read[int, list[ExpiryStep]] = Read(
    _SCHEDULE, lambda member_ids: (list(member_ids),), lambda _, found: [ExpiryStep(*step[1:]) for step in found]
)


async def live_lots(member_ids: Sequence[int]) -> dict[int, list[LotState]]:
    """The lots of each member that the clock will still change, those that are held for a checkout included."""
    answers: dict[int, list[LotState]] = defaultdict(list)
    for lot in await rows(connection(), _LIVE, list(member_ids), MAXIMUM_LOTS):
        facts = dict(lot)
        answers[facts.pop("member_id")].append(LotState(**facts))
    return answers


async def live_holds(member_ids: Sequence[int]) -> dict[int, list[HoldState]]:
    """What is held for each member's checkouts, and until when."""
    owners = {held["id"]: held["member_id"] for held in await rows(connection(), _HELD, list(member_ids))}
    answers: dict[int, list[HoldState]] = defaultdict(list)
    for held in await holds_of(connection(), list(owners)) if owners else []:
        answers[owners[held.id]].append(held)
    return answers


def project(
    account: AccountState, lots: Iterable[LotState], at: datetime, holds: Iterable[HoldState] = ()
) -> tuple[Balances, list[ExpiryStep]]:
    """The balances and schedule at a later instant if nothing but the clock happens: what is held comes back."""
    lots = list(lots)
    settlement = settle(account, lots, at, [held for held in holds if held.held_until <= at])
    steps: dict[tuple[datetime, date], int] = {}
    for lot in lots:
        usable = lot.expires_at > at and (lot.posted_at is not None or lot.posts_at <= at)
        if usable and settlement.remaining[lot.id] > 0:
            key = (lot.expires_at, lot.last_usable_day)
            steps[key] = steps.get(key, 0) + settlement.remaining[lot.id]
    return settlement.account.balances, [
        ExpiryStep(points, day, expires_at) for (expires_at, day), points in sorted(steps.items())
    ]
