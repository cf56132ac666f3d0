"""What do staff see and do?"""

import asyncio
from datetime import datetime
from typing import Annotated

import asyncpg
import strawberry
from strawberry import ID, argument

from app.api.errors import ApiError, UserError
from app.api.ids import read_id
from app.api.info import Info
from app.api.inputs import INPUT, KEY, call_of
from app.api.payloads import (
    ERRORS,
    ActivityPayload,
    MemberPayload,
    activity_payload,
    member_payload,
    outcome_errors,
)
from app.api.roles import STAFF, only
from app.api.scalars import JSON, BigInt
from app.ledger.check import Report, check_ledger
from app.members.erase import erase_member
from app.members.export import document, export_member
from app.members.suspend import suspend_member
from app.members.zone import change_time_zone
from app.requests.advance import advance_clock
from app.requests.once import reject
from app.requests.outcome import invalid
from app.staff.adjust import Wish, adjust_points, approve_adjustment

LONGEST_CHECK_S = 8.0  # less than a request may take
TOO_LARGE = "The ledger cannot be checked within a request: run `mipoints check`, which has no time limit"

_checking = asyncio.Lock()  # a check holds a connection and reads everything: one at a time in a process


@strawberry.type(description="The ledger against itself: sums of lots, entries and balances.")
class LedgerCheck:
    ok: bool = strawberry.field(description="Does everything agree?")
    members: BigInt = strawberry.field(description="How many accounts were read.")
    entries: BigInt = strawberry.field(description="How many statement lines were read.")
    problems: list[str] = strawberry.field(description="The first rows that disagree.")


@strawberry.type
class StaffQueries:
    @strawberry.field(
        description="Check the ledger against itself. TIMEOUT where it is too large for that: run `mipoints check`.",
        metadata=only(STAFF),
    )
    async def ledger_check(self, info: Info) -> LedgerCheck | None:
        report = await checked()
        return LedgerCheck(
            ok=report.agrees,
            members=BigInt(report.members),
            entries=BigInt(report.entries),
            problems=list(report.problems),
        )


async def checked() -> Report:
    """What the check of the ledger says. Raises ApiError where a request has not the time to wait for it."""
    try:
        async with asyncio.timeout(LONGEST_CHECK_S), _checking:
            return await check_ledger()
    except (TimeoutError, asyncpg.QueryCanceledError) as error:
        raise ApiError("TIMEOUT", TOO_LARGE) from error


@strawberry.input(description="Another zone for a member.")
class ChangeTimeZoneInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Whose zone.")
    time_zone: str = strawberry.field(description="The IANA zone whose local dates count from now on.")


@strawberry.input(description="Points to give a member, or to take from one.")
class AdjustPointsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Whose points.")
    points: int = strawberry.field(description="Above 0: to give; below 0: to take. At most 10,000,000 either way.")
    reason: str = strawberry.field(description="Why, in words for the member: at most 500 characters, naming nobody.")


@strawberry.input(description="An adjustment that waits for a second person.")
class ApproveAdjustmentInput:
    idempotency_key: str = strawberry.field(description=KEY)
    activity_id: ID = strawberry.field(description="The activity that `adjustPoints` answered.")


@strawberry.input(description="A member to suspend, or whose suspension ends.")
class SuspendMemberInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Whose account.")
    suspended: bool = strawberry.field(description="True: earns and spends nothing from now on; false: does again.")
    reason: str = strawberry.field(description="Why, for the audit log: at most 500 characters, naming nobody.")


@strawberry.input(description="A person who asked for what is known of them.")
class ExportMemberInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Whose data.")


@strawberry.input(description="A person who asked to be erased.")
class EraseMemberInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Whose identity.")


@strawberry.type(description="What is known of a person.")
class ExportMemberPayload:
    document: JSON | None = strawberry.field(
        description="Everything, by parts: identity, account, activities, statement, coupons and their codes, and more."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type
class StaffMutations:
    @strawberry.mutation(
        description="Give a member points or take some; above a limit it is `deferred` until `approveAdjustment`.",
        metadata=only(STAFF),
    )
    async def adjust_points(
        self, info: Info, input: Annotated[AdjustPointsInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, "adjustPoints", input)
        wish = Wish(input.mi_account_id, input.points, input.reason)
        act = adjust_points(call, context.subject, wish, limit=context.gateway.adjustment_limit)
        return await activity_payload(info, await context.write(act))

    @strawberry.mutation(
        description="Apply an adjustment that another person asked for; NEEDS_APPROVAL for who asked.",
        metadata=only(STAFF),
    )
    async def approve_adjustment(
        self, info: Info, input: Annotated[ApproveAdjustmentInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, "approveAdjustment", input)
        found = read_id(input.activity_id)
        if found is None:
            return await activity_payload(info, await context.write(reject(call, invalid("UNKNOWN_ID", "activityId"))))
        activity_id = found.row_id if found.kind == "Activity" else None
        act = approve_adjustment(call, context.subject, activity_id, limit=context.gateway.adjustment_limit)
        return await activity_payload(info, await context.write(act))

    @strawberry.mutation(
        description="Suspend a member, or end that: who is suspended earns and spends nothing.", metadata=only(STAFF)
    )
    async def suspend_member(
        self, info: Info, input: Annotated[SuspendMemberInput, argument(description=INPUT)]
    ) -> MemberPayload | None:
        context = info.context
        call = call_of(context.caller, "suspendMember", input)
        act = suspend_member(call, context.subject, input.mi_account_id, input.suspended, input.reason)
        return await member_payload(info, await context.write(act))

    @strawberry.mutation(description="All that is known of a person, in one document.", metadata=only(STAFF))
    async def export_member(
        self, info: Info, input: Annotated[ExportMemberInput, argument(description=INPUT)]
    ) -> ExportMemberPayload | None:
        context = info.context
        call = call_of(context.caller, "exportMember", input)
        outcome = await context.write(export_member(call, context.subject, input.mi_account_id))
        known = await document(outcome.member_id, context.gateway.codes) if outcome.member_id is not None else None
        return ExportMemberPayload(
            document=JSON(known) if known is not None else None, user_errors=await outcome_errors(info, outcome)
        )

    @strawberry.mutation(
        description="Erase a person: the account closes and forfeits its points, and the identity becomes a tombstone.",
        metadata=only(STAFF),
    )
    async def erase_member(
        self, info: Info, input: Annotated[EraseMemberInput, argument(description=INPUT)]
    ) -> MemberPayload | None:
        context = info.context
        call = call_of(context.caller, "eraseMember", input)
        act = erase_member(call, context.subject, input.mi_account_id, context.gateway.tombstones)
        return await member_payload(info, await context.write(act))

    @strawberry.mutation(
        description="Give a member another zone; the past keeps its dates, and no day counts twice.",
        metadata=only(STAFF),
    )
    async def change_time_zone(
        self, info: Info, input: Annotated[ChangeTimeZoneInput, argument(description=INPUT)]
    ) -> MemberPayload | None:
        context = info.context
        call = call_of(context.caller, "changeTimeZone", input)
        act = change_time_zone(call, context.subject, input.mi_account_id, input.time_zone)
        return await member_payload(info, await context.write(act))


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
