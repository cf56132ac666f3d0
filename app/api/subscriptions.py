"""What happens to the member who asks, from now on?"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import TypeVar

import strawberry

from app.activities.store import activities_after, newest_activity
from app.api.activities import Activity
from app.api.balances import Balance, balance
from app.api.context import Context
from app.api.errors import ApiError
from app.api.info import Info
from app.api.members import member
from app.api.roles import MEMBER, only
from app.changes import Listener, Watch
from app.members.store import MemberView
from app.pool import LOST, DatabaseBusy

PAGE = 50  # activities read at a time
TRIES, TRY_AGAIN_SECONDS = 30, 1.0  # a database may be away for half a minute

Row = TypeVar("Row")


@strawberry.type
class MemberSubscriptions:
    @strawberry.subscription(
        description="The signed-in member's balance, each time that available, pending, reserved or debt has become"
        " another, also by the clock alone. Several changes may be told as one: the latest state counts. Before"
        " enrolment it is refused as NOT_ENROLLED; it ends when the member is erased.",
        metadata=only(MEMBER),
    )
    async def balance_changed(self, info: Info) -> AsyncGenerator[Balance | None, None]:
        listener, me = await _begin(info.context)
        return _balances(info, listener, me)

    @strawberry.subscription(
        description="Every activity that is recorded for the signed-in member, with points or without, each once, in"
        " the order of recording. That it posts later is not told. Before enrolment it is refused as NOT_ENROLLED; it"
        " ends when the member is erased.",
        metadata=only(MEMBER),
    )
    async def activity_recorded(self, info: Info) -> AsyncGenerator[Activity | None, None]:
        listener, me = await _begin(info.context)
        return _activities(info, listener, me.id, await newest_activity(me.id))


# What these two begin with is read before they run, and the watch opens as they do: a stream that is closed before it
# was ever read holds nothing, and as a watch looks at once, what came between is not missed.


async def _balances(info: Info, listener: Listener, me: MemberView) -> AsyncGenerator[Balance | None, None]:
    told = me.account.balances
    async with listener.watch(me.id) as watch:
        while (view := await _changed(info.context, watch, me.id)) is not None:
            if view.account.balances != told:
                told = view.account.balances
                yield await balance(info, await member(info.context, view), view, None)


async def _activities(
    info: Info, listener: Listener, member_id: int, last: int
) -> AsyncGenerator[Activity | None, None]:
    # An id is drawn by the insert, which holds the account until its commit: a member's ids come in the order of their
    # commits, and no lower one can still appear.
    async with listener.watch(member_id) as watch:
        while await _changed(info.context, watch, member_id) is not None:
            while page := await _patiently(partial(activities_after, member_id, last, PAGE)):
                for row in page:
                    view = await _now(info.context, member_id)
                    if view is None:
                        return
                    last = row.id
                    yield Activity(row=row, owner=await member(info.context, view))


async def _begin(context: Context) -> tuple[Listener, MemberView]:
    listener, me = context.gateway.listener, await context.me()
    if listener is None:
        raise ApiError("UNAVAILABLE", "Nothing is told here")
    if me is None:
        raise ApiError("NOT_ENROLLED", "This Mi Account is not a member; `enrolMember` first")
    return listener, me


async def _changed(context: Context, watch: Watch, member_id: int) -> MemberView | None:
    """The member after what may be a change, as `_now`."""
    await watch.changed()
    return await _now(context, member_id)


async def _now(context: Context, member_id: int) -> MemberView | None:
    """The member as they are now, settled to the clock; None once the Mi Account is theirs no more: they are erased."""

    async def read() -> MemberView | None:
        context.look_again()
        return await context.me()

    view = await _patiently(read)
    return view if view is not None and view.id == member_id else None


async def _patiently(read: Callable[[], Awaitable[Row]]) -> Row:
    """What `read` answers, tried again while the database is away: clients take an error for the end."""
    for _ in range(TRIES):
        try:
            return await read()
        except (DatabaseBusy, *LOST):
            await asyncio.sleep(TRY_AGAIN_SECONDS)
    return await read()
