"""What does a moderator's decision on a review change, and what its deletion? (PROGRAMME 3, 4)"""

from collections.abc import Mapping
from datetime import datetime

from app.activities.confirm import post_pending
from app.activities.withdraw import withdraw
from app.database import Db, one, rows
from app.ledger.hold import Held
from app.requests.outcome import Outcome, refused
from app.rules.text import JsonScalar, Text

APPROVE, REJECT, DELETE = "approveReview", "rejectReview", "deleteReview"
_STATES = {APPROVE: "APPROVED", REJECT: "REJECTED", DELETE: "DELETED"}
# From where each leads on; from elsewhere a decision comes too late, and there is nothing left to delete.
_FROM = {APPROVE: ("SUBMITTED",), REJECT: ("SUBMITTED",), DELETE: ("SUBMITTED", "APPROVED")}
_REASONS = {REJECT: "REVIEW_REJECTED", DELETE: "REVIEW_DELETED"}


async def apply_decision(db: Db, held: Held, review_id: int, event: str, when: datetime, note: str | None) -> Outcome:
    """Approve, reject or delete a review whose row and account are held; the same again answers the same.

    An approval posts what is pending, on the later local date of review and approval. A rejection or a deletion takes
    the awards back. Deciding otherwise than before, or after the deletion, is ALREADY_DECIDED.
    """
    review = await one(db, "SELECT state, activity_id FROM review WHERE id = $1", review_id)
    answer = Outcome(member_id=held.account.member_id, activity_id=review["activity_id"])
    if review["state"] == _STATES[event]:
        return answer
    if review["state"] not in _FROM[event]:
        return answer if event == DELETE else refused("ALREADY_DECIDED", decision=review["state"])
    await rows(db, "UPDATE review SET state = $2 WHERE id = $1", review_id, _STATES[event])
    if event == APPROVE:
        await post_pending(db, held, review["activity_id"], when)
    else:
        facts: Mapping[str, JsonScalar] = {"note": note} if note else {}
        await withdraw(db, held, review["activity_id"], Text(_REASONS[event], facts))
    return answer
