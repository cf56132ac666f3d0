"""Which products are left out of the programme in a market at an instant? (PROGRAMME 11)"""

from collections.abc import Iterable
from datetime import datetime

from app.database import Db, rows
from app.rules.orders import Exclusions
from app.rules.revision import Revision

EXCLUDED = "market_id = {market} AND coalesce(from_at, '-infinity') <= {at} AND coalesce(until_at, 'infinity') > {at}"
_IN_FORCE = f"SELECT sku, category FROM exclusion WHERE {EXCLUDED.format(market='$1', at='$2')}"


async def exclusions_at(db: Db, revision: Revision, at: datetime) -> Exclusions:
    """The revision's own exclusions and those that staff have declared: they neither earn nor take a discount."""
    found = await rows(db, _IN_FORCE, revision.market.code, at)
    return exclusions_among([(one["sku"], one["category"]) for one in found], revision)


def exclusions_among(declared: Iterable[tuple[str | None, str | None]], revision: Revision) -> Exclusions:
    """The revision's own exclusions and these (sku, category), of which one is None."""
    pairs = list(declared)
    return Exclusions(
        frozenset([*revision.excluded_skus, *(sku for sku, _ in pairs if sku is not None)]),
        frozenset([*revision.excluded_categories, *(category for _, category in pairs if category is not None)]),
    )
