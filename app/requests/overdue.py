"""Which events have waited too long for their cause? (PROGRAMME 3: out of order)"""

from dataclasses import dataclass
from datetime import datetime

from app.database import connection, rows
from app.keyset import Keyset, Page, Window, page_of

DAYS = 30
_ORDER = Keyset((("recorded_at", "timestamptz"), ("parked_event.id", "bigint")), descending=False)
_OVERDUE = f"""
SELECT parked_event.id, event, recorded_at, occurred_at, coalesce(o.source, r.source, facts ->> 'source') AS source,
  coalesce(o.order_id, review_id, share_id) AS reference
FROM parked_event LEFT JOIN shop_order o ON subject = 'order' AND o.id = subject_id
LEFT JOIN review r ON subject = 'review' AND r.id = subject_id
LEFT JOIN share ON subject = 'share' AND share.id = subject_id
WHERE applied_at IS NULL AND recorded_at <= programme_now() - interval '{DAYS * 24} hours'
"""


@dataclass(frozen=True)
class Overdue:
    """An event without its cause; `reference` names that in its source's words: an order, a review or a share."""

    id: int
    event: str
    recorded_at: datetime
    occurred_at: datetime
    source: str | None
    reference: str | None


async def overdue_page(window: Window) -> Page[Overdue]:
    """The events that have waited for more than 30 days, the oldest first."""
    page, arguments = _ORDER.page(window, 1)
    found = await rows(connection(), f"{_OVERDUE} {page}", *arguments)
    return page_of([Overdue(**dict(event)) for event in found], window)
