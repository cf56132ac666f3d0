"""What would a campaign have given, had it run?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.activities import Activity
from app.api.connections import After, Connection, connect, window
from app.api.errors import UserError, user_errors
from app.api.info import Info
from app.api.launching import CampaignDraftInput, draft_of
from app.api.members import member_by_id
from app.api.money import Money, money
from app.api.roles import STAFF, only
from app.api.scalars import BigInt
from app.campaigns.preview import Preview, Rewarded, preview_campaign
from app.keyset import Window, page_of
from app.requests.outcome import Outcome

EXAMPLES = 10


@strawberry.type(description="What a campaign would have given for activities already recorded.")
class CampaignPreview:
    members: int = strawberry.field(description="How many members would have earned something.")
    activities: int = strawberry.field(description="For how many activities.")
    points: BigInt = strawberry.field(description="How many points.")
    liability: list[Money] = strawberry.field(description="What these points would have added to what is owed.")
    examples: Connection[Activity] = strawberry.field(description="These activities, newest first.")
    user_errors: list[UserError] = strawberry.field(description="Why the campaign could not be launched like this.")


@strawberry.type
class PreviewQueries:
    @strawberry.field(
        description="Run a campaign not yet launched over the activities of [from, to), at most 10,000, with its "
        "limits and its budget; nothing is written.",
        metadata=only(STAFF),
    )
    async def preview_campaign(
        self,
        info: Info,
        campaign: Annotated[CampaignDraftInput, argument(description="The campaign.")],
        from_: Annotated[datetime, argument(name="from", description="Activities from this instant on.")],
        to: Annotated[datetime, argument(description="Until this instant, exclusive.")],
        first: Annotated[int | None, argument(description="How many examples: 1 to 100; 10 when not said.")] = None,
        after: After = None,
    ) -> CampaignPreview | None:
        asked = window("examples", (datetime, int), first=EXAMPLES if first is None else first, after=after)
        preview = await preview_campaign(draft_of(campaign), await info.context.book(), from_, to)
        if isinstance(preview, Outcome):
            errors = user_errors(preview.errors, await info.context.locale())
            return await _answer(info, Preview(0, 0, (), {}), asked, errors)
        return await _answer(info, preview, asked, [])


async def _answer(info: Info, preview: Preview, asked: Window, errors: list[UserError]) -> CampaignPreview:
    return CampaignPreview(
        members=preview.members,
        activities=len(preview.rewarded),
        points=BigInt(preview.points),
        liability=[money(minor, currency) for currency, minor in sorted(preview.owed_minor.items())],
        examples=await _examples(info, preview, asked),
        user_errors=errors,
    )


async def _examples(info: Info, preview: Preview, asked: Window) -> Connection[Activity]:
    later = [one for one in preview.rewarded if asked.after is None or (one.occurred_at, one.id) < asked.after]
    page = page_of(later[: asked.size + 1], asked)
    found = await info.context.loaders.activity.load_many([one.id for one in page.rows])
    shown: dict[int, Activity] = {}
    for row in found:
        owner = await member_by_id(info.context, row.member_id) if row else None
        if row and owner:
            shown[row.id] = Activity(row=row, owner=owner)
    return connect("examples", page, _place, lambda one: shown[one.id])


def _place(one: Rewarded) -> tuple[datetime, int]:
    return one.occurred_at, one.id
