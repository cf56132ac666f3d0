"""How do staff change a member's points by hand? (PROGRAMME 11: reason and actor, two people above a limit)"""

from dataclasses import dataclass, replace

import asyncpg

from app.activities.record import ActivityDraft, record_decision, write_awards
from app.database import Db, one, row, rows
from app.ledger.adjust import credit, debit
from app.ledger.hold import Held, hold, hold_own
from app.members.standing import closed
from app.programmes.store import StoredRevision, revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.requests.parked import applied, park, waiting
from app.requests.words import ID_LENGTH, NOTE_LENGTH, unfit
from app.rules.calendar import expiry, local_date
from app.rules.earning import ActivityFacts, Award, Decision
from app.rules.text import Text
from app.staff.audit import audit

ADJUSTMENT_LIMIT = 10_000  # points that one person adjusts alone, unless the settings say otherwise
MOST = 10_000_000  # points of one adjustment, given or taken
SOURCE = "staff"

_ASKED = """
INSERT INTO adjustment (activity_id, points, note, asked_by) VALUES ($1, $2, $3, $4) RETURNING id
"""
_APPLIED = "UPDATE adjustment SET applied_at = $2, approved_by = $3 WHERE id = $1"
_LOCK = """
SELECT adjustment.*, activity.member_id FROM adjustment JOIN activity ON activity.id = activity_id
WHERE activity_id = $1 FOR UPDATE OF adjustment
"""
# A credit's activity follows its lot; a debit has none, and shows what was taken.
_TAKEN = "UPDATE activity SET status = 'POSTED', points = $2 WHERE id = $1"
_REASON = "UPDATE activity SET reason = $2, reason_facts = $3::jsonb WHERE id = $1"


@dataclass(frozen=True)
class Wish:
    """Points to give (> 0) or to take (< 0), with staff's own words on why."""

    mi_account_id: str
    points: int
    note: str


async def adjust_points(call: Call, actor: str, wish: Wish, *, limit: int) -> Outcome:
    """Give or take points now; more than `limit` of them wait for another person's approval (`deferred`).

    Refused as NOT_FOUND, ACCOUNT_CLOSED or INVALID_INPUT.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(wish):
            return problem
        held = await hold_own(db, wish.mi_account_id)
        if held is None:
            return refused("NOT_FOUND", "miAccountId", what="MEMBER")
        if refusal := closed(held.account):
            return refusal
        waits = needs_approval(wish.points, limit)
        reason = Text("NEEDS_APPROVAL" if waits else "ADJUSTED", {"note": wish.note})
        activity_id = await _recorded(db, held, reason)
        asked = await one(db, _ASKED, activity_id, wish.points, wish.note, actor)
        after = {"points": wish.points, "reason": wish.note, "activity": activity_id, "applied": not waits}
        await audit(db, actor, "adjustPoints", f"member/{held.account.member_id}", after=after)
        answer = Outcome(member_id=held.account.member_id, activity_id=activity_id)
        if waits:
            facts = {"source": SOURCE, "points": wish.points}
            parked = await park(
                db,
                "adjustment",
                asked["id"],
                "adjustPoints",
                occurred_at=held.at,
                request_id=request_id,
                facts=facts,
            )
            return replace(answer, deferred=parked.deferred)
        await _apply(db, held, asked["id"], activity_id, wish.points, wish.note, actor=actor)
        return answer

    return await once(call, act)


async def approve_adjustment(call: Call, actor: str, activity_id: int | None, *, limit: int) -> Outcome:
    """Apply an adjustment that another person asked for; applied already, it answers the same.

    Refused as NOT_FOUND (also for an activity that is no adjustment), NEEDS_APPROVAL for who asked, or ACCOUNT_CLOSED.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        asked = await row(db, _LOCK, activity_id)
        if asked is None:
            return refused("NOT_FOUND", "activityId", what="ACTIVITY")
        answer = Outcome(member_id=asked["member_id"], activity_id=activity_id)
        if asked["applied_at"] is not None:
            return answer
        if asked["asked_by"] == actor:
            return refused("NEEDS_APPROVAL", "activityId", limit=limit)
        held = await hold(db, asked["member_id"])
        if refusal := closed(held.account):
            return refusal
        await _approve(db, held, asked, actor)
        for event in await waiting(db, "adjustment", asked["id"]):
            await applied(db, event, answer)
        return answer

    return await once(call, act)


def needs_approval(points: int, limit: int) -> bool:
    """Are these more points, given or taken, than one person may adjust alone?"""
    return abs(points) > limit


def _unfit(wish: Wish) -> Outcome | None:
    if wish.points == 0 or abs(wish.points) > MOST:
        return invalid("OUT_OF_RANGE", "points", minimum=-MOST, maximum=MOST)
    return unfit(("miAccountId", wish.mi_account_id, ID_LENGTH), ("reason", wish.note, NOTE_LENGTH))


async def _recorded(db: Db, held: Held, reason: Text) -> int:
    zone = held.account.time_zone
    recorded = await record_decision(
        db,
        held,
        await _revision(db, held),
        ActivityFacts("ADJUSTMENT", local_date(held.at, zone), zone),
        ActivityDraft(SOURCE, None, held.at),
        Decision((), reason),
        cause="adjustment",
    )
    return recorded.activity_id


async def _approve(db: Db, held: Held, asked: asyncpg.Record, actor: str) -> None:
    points, note = asked["points"], asked["note"]
    await rows(db, _REASON, asked["activity_id"], "ADJUSTED", {"note": note})
    await _apply(db, held, asked["id"], asked["activity_id"], points, note, actor=asked["asked_by"], approver=actor)
    before = {"points": points, "activity": asked["activity_id"], "askedBy": asked["asked_by"], "applied": False}
    await audit(
        db,
        actor,
        "approveAdjustment",
        f"member/{held.account.member_id}",
        before=before,
        after={**before, "applied": True},
    )


async def _apply(
    db: Db,
    held: Held,
    adjustment_id: int,
    activity_id: int,
    points: int,
    note: str,
    *,
    actor: str,
    approver: str | None = None,
) -> None:
    cause, reason = f"adjustment/{adjustment_id}", Text("ADJUSTED", {"note": note})
    if points > 0:
        stored = await _revision(db, held)
        given = _award(held, stored, points)
        [lot_id] = await write_awards(db, held, stored.id, [given], [activity_id])
        await credit(
            db,
            held,
            lot_id,
            points,
            expires_at=given.expires_at,
            activity_id=activity_id,
            cause=cause,
            reason=reason,
            actor=actor,
        )
    else:
        await debit(db, held, -points, activity_id=activity_id, cause=cause, reason=reason, actor=actor)
        await rows(db, _TAKEN, activity_id, points)
    await rows(db, _APPLIED, adjustment_id, held.at, approver)


def _award(held: Held, stored: StoredRevision, points: int) -> Award:
    zone = held.account.time_zone
    today = local_date(held.at, zone)
    end = expiry(today, stored.revision.expiry_months, zone)
    return Award(
        rule="ADJUSTMENT",
        points=points,
        local_date=today,
        posts_at=None,
        posting_date=today,
        last_usable_day=end.last_usable_day,
        expires_at=end.expires_at,
        awaits_approval=False,
        limit_key=None,
        slot=None,
        explanation=Text("ADJUSTMENT", {"points": points}),
    )


async def _revision(db: Db, held: Held) -> StoredRevision:
    return (await revision_book(db)).of(held.account.market, held.at)
