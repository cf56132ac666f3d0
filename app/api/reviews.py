"""What becomes of a product review?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from app.activities.decide import Verdict, decide_review
from app.activities.moderate import APPROVE, DELETE, REJECT
from app.activities.review import Written, record_review
from app.api.info import Info
from app.api.inputs import INPUT, KEY, SOURCE, call_of
from app.api.payloads import ActivityPayload, activity_payload
from app.api.roles import SERVICE, STAFF, only


@strawberry.input(description="A product review written by a member.")
class RecordReviewInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Who wrote it.")
    sku: str = strawberry.field(description="The product: 1 to 64 characters.")
    review_id: str = strawberry.field(description="The review's id in its source.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")


@strawberry.input(description="A review that is published and compliant.")
class ApproveReviewInput:
    idempotency_key: str = strawberry.field(description=KEY)
    review_id: str = strawberry.field(description="The review's id in its source.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")


@strawberry.input(description="A review that does not comply with the review terms.")
class RejectReviewInput:
    idempotency_key: str = strawberry.field(description=KEY)
    review_id: str = strawberry.field(description="The review's id in its source.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")
    reason: str | None = strawberry.field(
        default=None, description="Why, in words for the member: at most 500 characters."
    )


@strawberry.input(description="A review that is gone.")
class DeleteReviewInput:
    idempotency_key: str = strawberry.field(description=KEY)
    review_id: str = strawberry.field(description="The review's id in its source.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")
    reason: str | None = strawberry.field(
        default=None, description="Why, in words for the member: at most 500 characters."
    )


@strawberry.type
class ReviewMutations:
    @strawberry.mutation(
        description="Record a review: its award is pending while it is moderated.", metadata=only(SERVICE)
    )
    async def record_review(
        self, info: Info, input: Annotated[RecordReviewInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, "recordReview", input)
        written = Written(input.source, input.review_id, input.sku, input.occurred_at)
        return await activity_payload(info, await context.write(record_review(call, input.mi_account_id, written)))

    @strawberry.mutation(description="Approve a review: its award posts.", metadata=only(SERVICE, STAFF))
    async def approve_review(
        self, info: Info, input: Annotated[ApproveReviewInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, APPROVE, input)
        verdict = Verdict(input.source, input.review_id, input.occurred_at)
        act = decide_review(call, APPROVE, verdict, actor=_staff(info))
        return await activity_payload(info, await context.write(act))

    @strawberry.mutation(description="Reject a review: its award is withdrawn.", metadata=only(SERVICE, STAFF))
    async def reject_review(
        self, info: Info, input: Annotated[RejectReviewInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, REJECT, input)
        verdict = Verdict(input.source, input.review_id, input.occurred_at, input.reason)
        act = decide_review(call, REJECT, verdict, actor=_staff(info))
        return await activity_payload(info, await context.write(act))

    @strawberry.mutation(
        description="A review is deleted: its award is taken back, once. Of a review not yet known it is stored.",
        metadata=only(SERVICE),
    )
    async def delete_review(
        self, info: Info, input: Annotated[DeleteReviewInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, DELETE, input)
        verdict = Verdict(input.source, input.review_id, input.occurred_at, input.reason)
        return await activity_payload(info, await context.write(decide_review(call, DELETE, verdict)))


def _staff(info: Info) -> str | None:
    return info.context.subject if STAFF in (info.context.roles or ()) else None
