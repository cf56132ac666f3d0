"""What do staff see and do?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.errors import UserError
from app.api.info import Info
from app.api.inputs import INPUT, KEY, call_of
from app.api.payloads import ERRORS, MemberPayload, outcome_errors, outcome_member
from app.api.roles import STAFF, only
from app.api.scalars import BigInt
from app.ledger.check import check_ledger
from app.members.zone import change_time_zone
from app.requests.advance import advance_clock


@strawberry.type(description="The ledger against itself: sums of lots, entries and balances.")
class LedgerCheck:
    ok: bool = strawberry.field(description="Does everything agree?")
    members: BigInt = strawberry.field(description="How many accounts were read.")
    entries: BigInt = strawberry.field(description="How many statement lines were read.")
    problems: list[str] = strawberry.field(description="The first rows that disagree.")


@strawberry.type
class StaffQueries:
    @strawberry.field(description="Check the ledger against itself.", metadata=only(STAFF))
    async def ledger_check(self, info: Info) -> LedgerCheck | None:
        report = await check_ledger()
        return LedgerCheck(
            ok=report.agrees,
            members=BigInt(report.members),
            entries=BigInt(report.entries),
            problems=list(report.problems),
        )


@strawberry.input(description="Another zone for a member.")
class ChangeTimeZoneInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Whose zone.")
    time_zone: str = strawberry.field(description="The IANA zone whose local dates count from now on.")


@strawberry.type
class StaffMutations:
    @strawberry.mutation(
        description="Give a member another zone; the past keeps its dates, and no day counts twice.",
        metadata=only(STAFF),
    )
    async def change_time_zone(
        self, info: Info, input: Annotated[ChangeTimeZoneInput, argument(description=INPUT)]
    ) -> MemberPayload | None:
        context = info.context
        call = call_of(context.caller, "changeTimeZone", input)
        outcome = await context.write(change_time_zone(call, input.mi_account_id, input.time_zone))
        return MemberPayload(
            member=await outcome_member(info, outcome), user_errors=await outcome_errors(info, outcome)
        )


@strawberry.input(description="Where to move the sandbox clock: either `to` or `by`.")
class AdvanceClockInput:
    idempotency_key: str | None = strawberry.field(default=None, description="The request's own key, if it has one.")
    to: datetime | None = strawberry.field(default=None, description="The instant to advance to.")
    by: str | None = strawberry.field(default=None, description='An ISO 8601 duration: "P16D".')


@strawberry.type(description="The programme's clock.")
class ClockPayload:
    now: datetime | None = strawberry.field(description="What time it is now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type
class SandboxMutations:
    @strawberry.mutation(
        description="Development only: move the programme's clock forward, for every worker of this database.",
        metadata=only(STAFF),
    )
    async def advance_clock(
        self, info: Info, input: Annotated[AdvanceClockInput, argument(description=INPUT)]
    ) -> ClockPayload | None:
        context = info.context
        call = call_of(context.caller, "advanceClock", input) if input.idempotency_key is not None else None
        outcome = await context.write(advance_clock(call, to=input.to, by=input.by))
        now = None if outcome.errors else (await context.moment()).now
        return ClockPayload(now=now, user_errors=await outcome_errors(info, outcome))
