"""Which pending awards does a confirmation post, and with which dates? (PROGRAMME 3)"""

from datetime import datetime

from app.database import Db, rows
from app.ledger.account import AccountState
from app.ledger.hold import Held, confirm
from app.rules.calendar import local_date
from app.rules.earning import confirmed
from app.rules.revision import from_body

_PENDING = """
SELECT lot.id, activity.local_date, programme_revision.body FROM lot
JOIN award ON award.id = lot.award_id JOIN activity ON activity.id = award.activity_id
JOIN programme_revision ON programme_revision.id = award.revision_id
WHERE award.activity_id = $1 AND posted_at IS NULL AND remaining > 0
  AND (awaits_approval OR activity.kind = 'PURCHASE') AND posts_at > $2
"""


async def post_pending(db: Db, held: Held, activity_id: int, when: datetime) -> AccountState:
    """Post an activity's pending awards now, as confirmed at `when`; after posting, a confirmation changes nothing.

    That is by the clock: what happened after an award's deadline comes too late, whatever was told first. Of a review,
    those that await its approval: a campaign with posting days of its own does not.
    """
    zone = held.account.time_zone
    day = local_date(when, zone)
    pending = await rows(db, _PENDING, activity_id, when)
    return await confirm(
        db,
        held,
        {lot["id"]: confirmed(lot["local_date"], day, from_body(lot["body"]), zone) for lot in pending},
    )
