"""What is decided about a review, or is it gone? (PROGRAMME 3: on approval; rejected or deleted, it earns nothing)"""

from dataclasses import dataclass
from datetime import datetime

from app.activities.moderate import apply_decision
from app.activities.review import lock_review
from app.activities.when import occurred
from app.database import Db, value
from app.ledger.hold import hold
from app.requests.once import Call, once
from app.requests.outcome import Outcome
from app.requests.parked import park
from app.requests.words import ID_LENGTH, NOTE_LENGTH, SOURCE_LENGTH, unfit
from app.staff.audit import audit


@dataclass(frozen=True)
class Verdict:
    """A decision on a review or its end, by the review's id in its source; `note`: words to the member."""

    source: str
    review_id: str
    occurred_at: datetime | None = None
    note: str | None = None


async def decide_review(call: Call, event: str, verdict: Verdict, *, actor: str | None = None) -> Outcome:
    """Apply APPROVE, REJECT or DELETE (`moderate`); of a review not yet known it is stored and applied then.

    Deciding otherwise than before is ALREADY_DECIDED. `actor`: who of staff decides; it is noted in the audit log.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(verdict):
            return problem
        review = await lock_review(db, verdict.source, verdict.review_id)
        if actor is not None:
            await audit(db, actor, event, f"review/{review['id']}", before={"state": review["state"]})
        if review["activity_id"] is None:
            when = occurred(verdict.occurred_at, await value(db, "SELECT programme_now()"))
            if isinstance(when, Outcome):
                return when
            facts = {"note": verdict.note}
            return await park(
                db,
                "review",
                review["id"],
                event,
                occurred_at=when,
                request_id=request_id,
                facts=facts,
                named="reviewId",
            )
        member_id = await value(db, "SELECT member_id FROM activity WHERE id = $1", review["activity_id"])
        held = await hold(db, member_id)
        when = occurred(verdict.occurred_at, held.at)
        if isinstance(when, Outcome):
            return when
        return await apply_decision(db, held, review["id"], event, when, verdict.note)

    return await once(call, act)


def _unfit(verdict: Verdict) -> Outcome | None:
    return unfit(
        ("source", verdict.source, SOURCE_LENGTH),
        ("reviewId", verdict.review_id, ID_LENGTH),
        ("reason", verdict.note, NOTE_LENGTH),
    )
