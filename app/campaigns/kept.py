"""What do an order's campaign awards still come to on what is kept of it? (PROGRAMME 3, 4)"""

from app.campaigns.running import terms_of
from app.database import Db, rows
from app.rules.campaigns import KeptOrder, still_worth

_AWARDS = """
SELECT award.id AS award_id, award.points, award.facts -> 'inputs' AS inputs, campaign.*
FROM award JOIN campaign ON campaign.id = award.campaign_id WHERE award.activity_id = $1 ORDER BY award.id
"""


async def still_earned(db: Db, activity_id: int, base_points: int, order: KeptOrder) -> dict[int, int]:
    """Award id -> points still entitled, of each campaign award of a purchase; `base_points`: its own on what is kept.

    Never more than was granted. The campaign's terms are those of its launch; that it has ended since changes nothing.
    """
    return {
        award["award_id"]: min(award["points"], still_worth(terms_of(award), base_points, order, award["inputs"] or {}))
        for award in await rows(db, _AWARDS, activity_id)
    }
