"""What did staff do?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.connections import After, Before, Connection, First, Last, connect, window
from app.api.errors import ApiError
from app.api.ids import global_id
from app.api.info import Info
from app.api.node import Node
from app.api.roles import STAFF, only
from app.api.scalars import JSON
from app.staff import models
from app.staff.store import audit_page

ACTOR_LENGTH = 128


@strawberry.type(description="One act of staff; never changed.")
class AuditLine(Node):
    at: datetime = strawberry.field(description="When it was done.")
    actor: str = strawberry.field(description="Who: the token's subject.")
    action: str = strawberry.field(description="What: the mutation's name.")
    subject: str = strawberry.field(
        description='On which row: "member/12". It names nobody, as it outlives an erasure.'
    )
    before: JSON | None = strawberry.field(description="What was there before, where it needs saying.")
    after: JSON | None = strawberry.field(description="What is there since, where it needs saying.")


def audit_line(row: models.AuditLine) -> AuditLine:
    """A line of the audit log as staff read it."""
    return AuditLine(
        id=global_id("AuditLine", 0, row.id),
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        before=JSON(row.before) if row.before is not None else None,
        after=JSON(row.after) if row.after is not None else None,
    )


@strawberry.type
class AuditQueries:
    @strawberry.field(description="What staff did, newest first.", metadata=only(STAFF))
    async def audit_log(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        actor: Annotated[str | None, argument(description="Only what this person did.")] = None,
    ) -> Connection[AuditLine] | None:
        asked = window("auditLog", (int,), first=first, after=after, last=last, before=before)
        if actor is not None and (len(actor) > ACTOR_LENGTH or not actor.isprintable()):
            raise ApiError("BAD_USER_INPUT", f"`actor` has at most {ACTOR_LENGTH} printable characters")
        page = await audit_page(actor, asked)
        return connect("auditLog", page, lambda row: (row.id,), audit_line)
