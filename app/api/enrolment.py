"""How does a person become a member, and how do they leave?"""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.enums import MarketCode
from app.api.errors import ApiError
from app.api.info import Info
from app.api.inputs import INPUT, KEY, call_of
from app.api.payloads import (
    EnrolMemberPayload,
    MemberPayload,
    member_payload,
    outcome_activity,
    outcome_errors,
    outcome_member,
)
from app.api.roles import MEMBER, SERVICE, only
from app.members.close import close_account
from app.members.enrol import Enrolment, enrol


@strawberry.input(description="A person who asks to become a member.")
class EnrolMemberInput:
    idempotency_key: str = strawberry.field(description=KEY)
    market: MarketCode = strawberry.field(description="Where they live.")
    birth_date: date = strawberry.field(description="Their date of birth.")
    accepted_terms: str = strawberry.field(description="The market's `termsVersion` that they accept.")
    display_name: str | None = strawberry.field(default=None, description="The name to show: at most 100 characters.")
    mi_account_id: str | None = strawberry.field(
        default=None, description="Whom a service enrols; a member enrols themself."
    )
    person_key: str | None = strawberry.field(
        default=None, description="A verified person's key, unique where it is given."
    )


@strawberry.input(description="A member who leaves.")
class CloseAccountInput:
    idempotency_key: str = strawberry.field(description=KEY)
    forfeit_points: int = strawberry.field(
        description="The points that this gives up, as `closing` shows them; another number refuses."
    )


@strawberry.type
class EnrolmentMutations:
    @strawberry.mutation(
        description="Become a member: a member's token enrols itself, a service enrols anyone.",
        metadata=only(MEMBER, SERVICE),
    )
    async def enrol_member(
        self, info: Info, input: Annotated[EnrolMemberInput, argument(description=INPUT)]
    ) -> EnrolMemberPayload | None:
        context = info.context
        anyone = "service" in (context.roles or ())
        if input.mi_account_id not in (None, context.subject) and not anyone:
            raise ApiError("FORBIDDEN", "A member enrols themself; another `miAccountId` needs the role service")
        person = Enrolment(
            input.mi_account_id if input.mi_account_id is not None else context.subject,
            input.market.value,
            input.birth_date,
            input.accepted_terms,
            input.display_name,
            input.person_key,
        )
        outcome = await context.write(
            enrol(call_of(context.caller, "enrolMember", input), person, context.gateway.tombstones)
        )
        return EnrolMemberPayload(
            member=await outcome_member(info, outcome),
            activity=await outcome_activity(info, outcome),
            user_errors=await outcome_errors(info, outcome, input.market.value),
        )

    @strawberry.mutation(
        description="Leave the programme: points are given up, unused coupons end; enrolling again reopens it.",
        metadata=only(MEMBER),
    )
    async def close_account(
        self, info: Info, input: Annotated[CloseAccountInput, argument(description=INPUT)]
    ) -> MemberPayload | None:
        context = info.context
        call = call_of(context.caller, "closeAccount", input)
        return await member_payload(
            info, await context.write(close_account(call, context.subject, input.forfeit_points))
        )
