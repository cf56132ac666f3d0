"""Which events still wait for their cause, long after they came?"""

from datetime import datetime

import strawberry
from strawberry import ID

from app.api.connections import After, Before, Connection, First, Last, connect, window
from app.api.ids import global_id
from app.api.info import Info
from app.api.roles import STAFF, only
from app.requests.overdue import Overdue, overdue_page


@strawberry.type(description="An event that has waited for its order, review or share for more than 30 days.")
class ParkedOperation:
    id: ID = strawberry.field(description="The opaque id.")
    event: str = strawberry.field(description="The mutation that brought it.")
    source: str | None = strawberry.field(description="Where the id of what it waits for comes from.")
    reference: str | None = strawberry.field(description="What it waits for, in its source's words.")
    recorded_at: datetime = strawberry.field(description="When it came.")
    occurred_at: datetime = strawberry.field(description="When it happened.")


def _parked(event: Overdue) -> ParkedOperation:
    return ParkedOperation(
        id=global_id("ParkedOperation", 0, event.id),
        event=event.event,
        source=event.source,
        reference=event.reference,
        recorded_at=event.recorded_at,
        occurred_at=event.occurred_at,
    )


@strawberry.type
class ParkedQueries:
    @strawberry.field(
        description="Events that have waited for their cause for more than 30 days, the oldest first.",
        metadata=only(STAFF),
    )
    async def parked_operations(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[ParkedOperation] | None:
        asked = window("parkedOperations", (datetime, int), first=first, after=after, last=last, before=before)
        page = await overdue_page(asked)
        return connect("parkedOperations", page, lambda event: (event.recorded_at, event.id), _parked)
