"""What becomes of a shared post that is deleted, and of what was taken back by mistake?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, argument

from app.activities.delete_share import DELETE_SHARE, Deletion, delete_share
from app.activities.reinstate import REINSTATE, reinstate_activity
from app.api.ids import read_id
from app.api.info import Info
from app.api.inputs import INPUT, KEY, SOURCE, call_of
from app.api.payloads import ActivityPayload, activity_payload
from app.api.roles import SERVICE, STAFF, only
from app.requests.once import reject
from app.requests.outcome import invalid, refused


@strawberry.input(description="A shared post that is gone.")
class DeleteShareInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Who shared.")
    share_id: str = strawberry.field(description="The share's id within its member.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")


@strawberry.input(description="A review or a share that was taken back by mistake.")
class ReinstateActivityInput:
    idempotency_key: str = strawberry.field(description=KEY)
    activity_id: ID = strawberry.field(description="The activity's global id.")
    reason: str = strawberry.field(description="Why, in words for the member: at most 500 characters.")


@strawberry.type
class ShareMutations:
    @strawberry.mutation(
        description="A shared post is deleted: its award is taken back, once. Of a share not yet known it is stored.",
        metadata=only(SERVICE),
    )
    async def delete_share(
        self, info: Info, input: Annotated[DeleteShareInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, DELETE_SHARE, input)
        deletion = Deletion(input.source, input.share_id, input.occurred_at)
        return await activity_payload(info, await context.write(delete_share(call, input.mi_account_id, deletion)))

    @strawberry.mutation(
        description="Give a rejected or deleted review, or a deleted share, its award again, with its original end.",
        metadata=only(STAFF),
    )
    async def reinstate_activity(
        self, info: Info, input: Annotated[ReinstateActivityInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, REINSTATE, input)
        found = read_id(input.activity_id)
        if found is None:
            act = reject(call, invalid("UNKNOWN_ID", "activityId"))
        elif found.kind != "Activity":
            act = reject(call, refused("NOT_FOUND", "activityId", what="ACTIVITY"))
        else:
            act = reinstate_activity(call, context.subject, found.member_id, found.row_id, input.reason)
        return await activity_payload(info, await context.write(act))
