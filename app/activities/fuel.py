"""What does a tap on a Fuel button earn, today's or one made off line? (PROGRAMME 3: FUEL, FUEL_STREAK)"""

from datetime import date, datetime, timedelta

import asyncpg

from app.activities.record import ActivityDraft, record
from app.database import Db, rows
from app.ledger.hold import Held, hold_own
from app.members.standing import barred
from app.programmes.store import StoredRevision, revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.rules.calendar import day_end, day_start, local_date
from app.rules.earning import ActivityFacts
from app.rules.streak import Recount, Tap, place_tap

NO_STREAK = 32_000  # a revision without a streak rule: the count then never completes

_TAPS = """
SELECT local_date, day, day_starts_at, day_ends_at, activity_id FROM fuel_tap
WHERE member_id = $1 AND (local_date >= $2 OR day_ends_at > $3) ORDER BY local_date
"""
_TAP = """
INSERT INTO fuel_tap (member_id, local_date, day, day_starts_at, day_ends_at, activity_id)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_MOVED = """
UPDATE fuel_tap SET day = m.day FROM unnest($2::date[], $3::smallint[]) AS m (local_date, day)
WHERE member_id = $1 AND fuel_tap.local_date = m.local_date
"""


async def tap_fuel(call: Call, mi_account_id: str, tapped_at: datetime | None) -> Outcome:
    """Record a tap on its own local date. A tap of a day already tapped is the same tap and grants nothing."""

    async def act(db: Db, request_id: int) -> Outcome:
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        if refusal := barred(held.account):
            return refusal
        when = tapped_at or held.at
        stored = (await revision_book(db)).of(held.account.market, when)
        return _not_a_tap(when, held.at, stored) or await _tap(db, held, stored, min(when, held.at))

    return await once(call, act)


def _not_a_tap(when: datetime, at: datetime, stored: StoredRevision) -> Outcome | None:
    if when > at + timedelta(minutes=5):
        return invalid("IN_FUTURE", "tappedAt")
    hours = stored.revision.late_tap_hours
    return refused("TAP_TOO_OLD", "tappedAt", hours=hours) if at - when > timedelta(hours=hours) else None


async def _tap(db: Db, held: Held, stored: StoredRevision, when: datetime) -> Outcome:
    member_id, zone = held.account.member_id, held.account.time_zone
    day = local_date(when, zone)
    rule = stored.revision.streak_rule()
    every_days = rule.every_days if rule and rule.every_days else NO_STREAK
    taps = await rows(db, _TAPS, member_id, day - timedelta(days=min(every_days, 31)), when)
    if same := next((tap for tap in taps if _same_day(tap, day, when)), None):
        return Outcome(member_id=member_id, activity_id=same["activity_id"])
    recount = place_tap(day, [Tap(tap["local_date"], tap["day"]) for tap in taps], every_days)
    recorded = await record(
        db,
        held,
        stored,
        ActivityFacts("FUEL", day, zone, streak_dates=recount.bonuses if rule else ()),
        ActivityDraft(source="app", reference=None, occurred_at=when, facts={"day_on": day.isoformat()}),
        cause=f"fuel/{member_id}/{day}",
        activity_of={tap["local_date"]: tap["activity_id"] for tap in taps},
    )
    await rows(db, _TAP, member_id, day, recount.day, day_start(day, zone), day_end(day, zone), recorded.activity_id)
    await _move(db, member_id, recount)
    return Outcome(member_id=member_id, activity_id=recorded.activity_id)


def _same_day(tap: asyncpg.Record, day: date, when: datetime) -> bool:
    # The tap's local day is an interval of the zone it was made in: a zone change grants no second today.
    return bool(tap["local_date"] == day or tap["day_starts_at"] <= when < tap["day_ends_at"])


async def _move(db: Db, member_id: int, recount: Recount) -> None:
    if recount.moved:
        await rows(db, _MOVED, member_id, [tap.local_date for tap in recount.moved], [tap.day for tap in recount.moved])
