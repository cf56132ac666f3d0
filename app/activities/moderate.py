"""What does a moderator's decision on a review change? (PROGRAMME 3, 4)"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.activities.confirm import post_pending
from app.database import Db, one, rows
from app.ledger.clawback import claw_back
from app.ledger.hold import Held
from app.requests.outcome import Outcome, refused
from app.rules.text import JsonScalar, Text

APPROVE, REJECT = "approveReview", "rejectReview"
_STATES = {APPROVE: "APPROVED", REJECT: "REJECTED"}

_LOTS = """
SELECT lot.id, amount FROM lot JOIN award ON award.id = lot.award_id WHERE award.activity_id = $1 ORDER BY lot.id
"""


async def apply_decision(db: Db, held: Held, review_id: int, event: str, when: datetime, note: str | None) -> Outcome:
    """Approve or reject a review whose row and account are held; the same decision again answers the same.

    An approval posts what is pending, on the later local date of review and approval. A rejection takes the award back.
    """
    review = await one(db, "SELECT state, activity_id FROM review WHERE id = $1", review_id)
    answer = Outcome(member_id=held.account.member_id, activity_id=review["activity_id"])
    if review["state"] == _STATES[event]:
        return answer
    if review["state"] != "SUBMITTED":
        return refused("ALREADY_DECIDED", decision=review["state"])
    await rows(db, "UPDATE review SET state = $2 WHERE id = $1", review_id, _STATES[event])
    if event == APPROVE:
        await post_pending(db, held, review["activity_id"], when)
    else:
        await _withdraw(db, held, review_id, review["activity_id"], note)
    return answer


async def _withdraw(db: Db, held: Held, review_id: int, activity_id: int, note: str | None) -> None:
    facts: Mapping[str, JsonScalar] = {"note": note} if note else {}
    for lot in await rows(db, _LOTS, activity_id):
        cause = f"review/{review_id}/rejected/{lot['id']}"
        taken = await claw_back(db, held, lot["id"], lot["amount"], cause=cause, reason=Text("REVIEW_REJECTED", facts))
        held = replace(held, account=taken.account)
    await rows(
        db,
        "UPDATE activity SET reason = 'REVIEW_REJECTED', reason_facts = $2::jsonb WHERE id = $1",
        activity_id,
        dict(facts),
    )
