"""What does a tap on a Fuel button earn, today's or one made off line? (PROGRAMME 3: FUEL, FUEL_STREAK)"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import asyncpg

from app.activities.judging import JUDGING, decided, judging_from, limits_known
from app.activities.record import ActivityDraft, activity_entry, record, swift_record
from app.database import Db, connection, one, rows
from app.given import given
from app.ledger.hold import Held, hold_own
from app.ledger.swift import ACCOUNT, AT, held_as_read, write_swiftly
from app.members.standing import barred
from app.programmes.store import StoredRevision, known_book, revision_book
from app.requests.once import ALL_CLAIMED, CLAIMED, SEEN, Call, claim, not_seen, once
from app.requests.outcome import Outcome, invalid, refused
from app.rules.calendar import day_end, day_start, local_date
from app.rules.earning import ActivityFacts
from app.rules.streak import Recount, Tap, place_tap
from app.rules.terms import Kind

LONGEST_STREAK = 31
NO_STREAK = 32_000  # a revision without a streak rule: the count then never completes

_TAPS = """
SELECT local_date, day, day_starts_at, day_ends_at, activity_id FROM fuel_tap
WHERE member_id = $1 AND (local_date >= $2 OR day_ends_at > $3) ORDER BY local_date
"""
_TAP = """
INSERT INTO fuel_tap (member_id, local_date, day, day_starts_at, day_ends_at, activity_id)
VALUES ($1, $2, $3, $4, $5, $6)
"""
# One statement, one snapshot: nothing here is newer or older than the account's version.
_READ = f"""
SELECT {SEEN}, {ACCOUNT}, moment.at, {JUDGING}, taps.*, nextval('activity_id_seq') AS activity_id
FROM (SELECT $1::text AS principal, $2::text AS key, $3::text AS mi_account_id) AS asked
LEFT JOIN request AS seen USING (principal, key)
LEFT JOIN (member JOIN account ON account.member_id = member.id) USING (mi_account_id)
CROSS JOIN LATERAL (SELECT {AT} AS at) AS moment
CROSS JOIN LATERAL (SELECT least(coalesce($4::timestamptz, moment.at), moment.at) AS at) AS happened
{judging_from("FUEL", "$5", "$6")}
CROSS JOIN LATERAL (
  SELECT array_agg(local_date) AS dates, array_agg(day) AS days, array_agg(activity_id) AS activities,
    bool_or(local_date = today OR (day_starts_at <= happened.at AND happened.at < day_ends_at)) AS tapped
  FROM fuel_tap CROSS JOIN (SELECT (happened.at AT TIME ZONE account.time_zone)::date AS today) AS local
  WHERE fuel_tap.member_id = account.member_id AND (local_date >= today - {LONGEST_STREAK + 1}
    OR day_ends_at > happened.at)
) AS taps
"""
_TAP_GIVEN = given(
    "tap",
    "member_id bigint, local_date date, day smallint, day_starts_at timestamptz, day_ends_at timestamptz,"
    " activity_id bigint",
)
_WRITE = swift_record(
    CLAIMED,
    ALL_CLAIMED,
    f"""
, tapped AS (
  INSERT INTO fuel_tap (member_id, local_date, day, day_starts_at, day_ends_at, activity_id)
  SELECT * FROM {_TAP_GIVEN} AS t
)""",
)
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

    return await once(call, act, lambda: _swiftly(call, mi_account_id, tapped_at))


async def _swiftly(call: Call, mi_account_id: str, tapped_at: datetime | None) -> Outcome | None:
    """The same without a lock, for a first tap of its day that changes no other's place: see `once`."""
    limits = limits_known(known_book(), Kind.FUEL)
    found = await one(connection(), _READ, call.principal, call.key, mi_account_id, tapped_at, *limits)
    not_seen(call, found)
    if found["member_id"] is None:
        return refused("NOT_ENROLLED")
    held = held_as_read(found)
    if held is None or found["tapped"]:
        return None
    if refusal := barred(held.account):
        return refusal
    when = tapped_at or held.at
    stored = (await revision_book(connection(), found["head"])).of(held.account.market, when)
    return _not_a_tap(when, held.at, stored) or await _tap_swiftly(call, held, stored, min(when, held.at), found)


async def _tap_swiftly(
    call: Call, held: Held, stored: StoredRevision, when: datetime, found: asyncpg.Record
) -> Outcome | None:
    member_id, zone = held.account.member_id, held.account.time_zone
    tap = _placed(stored, zone, when, zip(found["dates"] or (), found["days"] or (), strict=True))
    decision = decided(found, held.account, stored, tap.facts, when)
    if decision is None or tap.recount.moved:
        return None
    activity_id = found["activity_id"]
    entry = activity_entry(
        held,
        stored,
        tap.facts,
        tap.draft,
        decision,
        activity_id=activity_id,
        cause=f"fuel/{member_id}/{tap.day}",
        activity_of=dict(zip(found["dates"] or (), found["activities"] or (), strict=True)),
        touched_by=found["touched_by"],
    )
    if not entry.all_done(held.at):
        return None
    outcome = Outcome(member_id=member_id, activity_id=activity_id)
    row = {
        "member_id": member_id,
        "local_date": tap.day,
        "day": tap.recount.day,
        "day_starts_at": day_start(tap.day, zone),
        "day_ends_at": day_end(tap.day, zone),
        "activity_id": activity_id,
    }
    await write_swiftly(_WRITE, [entry.posted], **entry.rows, tap=[row], requests=[claim(call, outcome)])
    return outcome


@dataclass(frozen=True)
class Placed:
    """A tap on its local day: what it changes in the streak, and what is judged and written of it."""

    day: date
    recount: Recount
    facts: ActivityFacts
    draft: ActivityDraft


def _placed(stored: StoredRevision, zone: str, when: datetime, around: Iterable[tuple[date, int]]) -> Placed:
    day = local_date(when, zone)
    rule = stored.revision.streak_rule()
    recount = place_tap(day, [Tap(*tap) for tap in around], _every_days(stored))
    return Placed(
        day,
        recount,
        ActivityFacts("FUEL", day, zone, streak_dates=recount.bonuses if rule else ()),
        ActivityDraft(source="app", reference=None, occurred_at=when, facts={"day_on": day.isoformat()}),
    )


def _every_days(stored: StoredRevision) -> int:
    rule = stored.revision.streak_rule()
    return rule.every_days if rule and rule.every_days else NO_STREAK


def _not_a_tap(when: datetime, at: datetime, stored: StoredRevision) -> Outcome | None:
    if when > at + timedelta(minutes=5):
        return invalid("IN_FUTURE", "tappedAt")
    hours = stored.revision.late_tap_hours
    return refused("TAP_TOO_OLD", "tappedAt", hours=hours) if at - when > timedelta(hours=hours) else None


async def _tap(db: Db, held: Held, stored: StoredRevision, when: datetime) -> Outcome:
    member_id, zone = held.account.member_id, held.account.time_zone
    day = local_date(when, zone)
    taps = await rows(db, _TAPS, member_id, day - timedelta(days=min(_every_days(stored), LONGEST_STREAK)), when)
    if same := next((tap for tap in taps if _same_day(tap, day, when)), None):
        return Outcome(member_id=member_id, activity_id=same["activity_id"])
    placed = _placed(stored, zone, when, ((tap["local_date"], tap["day"]) for tap in taps))
    recorded = await record(
        db,
        held,
        stored,
        placed.facts,
        placed.draft,
        cause=f"fuel/{member_id}/{day}",
        activity_of={tap["local_date"]: tap["activity_id"] for tap in taps},
    )
    recount = placed.recount
    await rows(db, _TAP, member_id, day, recount.day, day_start(day, zone), day_end(day, zone), recorded.activity_id)
    await _move(db, member_id, recount)
    return Outcome(member_id=member_id, activity_id=recorded.activity_id)


def _same_day(tap: asyncpg.Record, day: date, when: datetime) -> bool:
    # The tap's local day is an interval of the zone it was made in: a zone change grants no second today.
    return bool(tap["local_date"] == day or tap["day_starts_at"] <= when < tap["day_ends_at"])


async def _move(db: Db, member_id: int, recount: Recount) -> None:
    if recount.moved:
        await rows(db, _MOVED, member_id, [tap.local_date for tap in recount.moved], [tap.day for tap in recount.moved])
