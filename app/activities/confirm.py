"""Which pending awards does a confirmation post, and with which dates? (PROGRAMME 3)"""

from datetime import datetime

from app.database import Db, rows
from app.ledger.hold import Held, confirm
from app.rules.calendar import local_date
from app.rules.earning import confirmed
from app.rules.revision import from_body

_PENDING = """
SELECT lot.id, activity.local_date, programme_revision.body FROM lot
JOIN award ON award.id = lot.award_id JOIN activity ON activity.id = award.activity_id
JOIN programme_revision ON programme_revision.id = award.revision_id
WHERE award.activity_id = $1 AND posted_at IS NULL AND remaining > 0
"""


async def post_pending(db: Db, held: Held, activity_id: int, when: datetime) -> None:
    """Post an activity's pending awards now, as confirmed at `when`; once posted, a confirmation changes nothing."""
    zone = held.account.time_zone
    day = local_date(when, zone)
    pending = await rows(db, _PENDING, activity_id)
    await confirm(
        db,
        held,
        {lot["id"]: confirmed(lot["local_date"], day, from_body(lot["body"]), zone) for lot in pending},
    )
