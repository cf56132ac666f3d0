"""How is all that a review or a share earned taken back, once? (PROGRAMME 4)"""

import json
from dataclasses import replace

from app.database import Db, rows, value
from app.ledger.clawback import claw_back
from app.ledger.hold import Held
from app.rules.text import Text

# Pending awards come first: they are taken back before anything that was posted.
_LOTS = """
SELECT lot.id, amount FROM lot JOIN award ON award.id = lot.award_id WHERE award.activity_id = $1
ORDER BY posted_at IS NULL DESC, lot.id
"""
# A reinstatement is what brings points back from where a clawback put them.
_REINSTATED = "SELECT count(DISTINCT operation_id) FROM entry WHERE activity_id = $1 AND source = 'CLAWED_BACK'"


async def withdraw(db: Db, held: Held, activity_id: int, reason: Text) -> Held:
    """Take back what the awards of a held member's activity still hold; taken before and not reinstated, nothing.

    The activity says why from then on; one that earned nothing keeps its own reason. A closed account has given its
    points up: there no point moves. The last part of an operation's
    cause names the lot, as `ledger.reinstate` reads it.
    """
    lots = await rows(db, _LOTS, activity_id)
    if not lots or held.account.status == "CLOSED":
        return held
    times = await value(db, _REINSTATED, activity_id)
    for lot in lots:
        cause = f"withdraw/{activity_id}/{times}/{lot['id']}"
        taken = await claw_back(db, held, lot["id"], lot["amount"], cause=cause, reason=reason)
        held = replace(held, account=taken.account)
    await rows(
        db,
        "UPDATE activity SET reason = $2, reason_facts = $3::jsonb WHERE id = $1",
        activity_id,
        reason.code,
        json.dumps(dict(reason.facts)),
    )
    return held
