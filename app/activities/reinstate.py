"""What if a review or a share was taken back by mistake? (PROGRAMME 4: reinstateActivity)"""

import asyncpg

from app.database import Db, one, row, rows
from app.ledger.hold import Held, hold
from app.ledger.reinstate import reinstate
from app.members.standing import closed
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.requests.words import NOTE_LENGTH, unfit
from app.rules.text import Text
from app.staff.audit import audit

REINSTATE = "reinstateActivity"
_TAKEN_BACK = ("REVIEW_REJECTED", "REVIEW_DELETED", "SHARE_DELETED")

_ACTIVITY = "SELECT id, member_id, kind FROM activity WHERE id = $1 AND member_id = $2"
_REVIEW = "SELECT id, state FROM review WHERE activity_id = $1 FOR UPDATE"
_CLEARED = """
UPDATE activity SET reason = NULL, reason_facts = '{}' WHERE id = $1 AND reason = ANY ($2::text[])
"""


async def reinstate_activity(call: Call, actor: str, member_id: int, activity_id: int, note: str) -> Outcome:
    """Give a rejected or deleted review, or a deleted share, its award again, with its original end.

    Not taken back, or reinstated before: nothing more. NOT_FOUND for no such activity, INVALID_INPUT for another kind:
    what was returned is not kept. `actor`: who of staff; `note`: why, in words for the member.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := unfit(("reason", note, NOTE_LENGTH)):
            return problem
        activity = await row(db, _ACTIVITY, activity_id, member_id)
        if activity is None:
            return refused("NOT_FOUND", "activityId", what="ACTIVITY")
        if activity["kind"] not in ("REVIEW", "SHARE"):
            return invalid("NOT_A_POST", "activityId")
        review = await row(db, _REVIEW, activity_id)
        held = await hold(db, member_id)
        if refusal := closed(held.account):
            return refusal
        await _reinstate(db, held, activity, review, actor, note)
        return Outcome(member_id=member_id, activity_id=activity_id)

    return await once(call, act)


async def _reinstate(
    db: Db, held: Held, activity: asyncpg.Record, review: asyncpg.Record | None, actor: str, note: str
) -> None:
    before = await _stands(db, activity["id"])
    await reinstate(db, held, activity["id"], reason=Text("REINSTATED", {"note": note}), actor=actor)
    if review and review["state"] in ("REJECTED", "DELETED"):
        # It may be decided on again, and deleted: what it earned follows.
        await rows(db, "UPDATE review SET state = 'SUBMITTED' WHERE id = $1", review["id"])
    await rows(db, _CLEARED, activity["id"], list(_TAKEN_BACK))
    after = {**await _stands(db, activity["id"]), "note": note}
    await audit(db, actor, REINSTATE, f"activity/{activity['id']}", before=before, after=after)


async def _stands(db: Db, activity_id: int) -> dict[str, object]:
    return dict(await one(db, "SELECT status, points FROM activity WHERE id = $1", activity_id))
