"""Which products are left out of the programme in a market at an instant? (PROGRAMME 11)"""

from datetime import datetime

from app.database import Db, rows
from app.rules.orders import Exclusions
from app.rules.revision import Revision

_IN_FORCE = """
SELECT sku, category FROM exclusion
WHERE market_id = $1 AND coalesce(from_at, '-infinity') <= $2 AND coalesce(until_at, 'infinity') > $2
"""


async def exclusions_at(db: Db, revision: Revision, at: datetime) -> Exclusions:
    """The revision's own exclusions and those that staff have declared: they neither earn nor take a discount."""
    found = await rows(db, _IN_FORCE, revision.market.code, at)
    return Exclusions(
        frozenset([*revision.excluded_skus, *(one["sku"] for one in found if one["sku"] is not None)]),
        frozenset([*revision.excluded_categories, *(one["category"] for one in found if one["category"] is not None)]),
    )
