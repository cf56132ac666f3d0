"""Who may subscribe, and what is left of a subscription that ends, however it ends?"""

import asyncio
import gc
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack
from typing import Any

import pytest
import strawberry

from app.api import subscriptions
from app.api.roles import declared_roles
from app.api.schema import SUBSCRIPTIONS, build_schema
from app.changes import Listener
from app.database import Db, connection, rows
from tests.api.asking import done, schema
from tests.api.makers import bought, enrolled, stand, tapped
from tests.api.streams import ACTIVITY, BALANCE, context_of, results_of, subscribed
from tests.client import SHOP, STAFF, Who, fresh, member
from tests.telling import eventually, listeners, watched

Counted = Callable[[], AbstractContextManager[list[str]]]
FIELDS = [name for root, name in declared_roles(schema()._schema) if root == "Subscription"]
REFUSED: Mapping[str, tuple[Who | None, str]] = {
    "nobody": (None, "UNAUTHENTICATED"),
    "service": (SHOP, "FORBIDDEN"),
    "staff": (STAFF, "FORBIDDEN"),
}
# Every connection of the pool but the one that asks; they are gone when it answers.
CUT_OFF = """
SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'mipoints' AND pid <> pg_backend_pid()
"""


async def only_result(document: str, who: Who | None, listener: Listener | None) -> Any:
    """What a subscription answers that does not begin."""
    results = [one async for one in await results_of(document, context_of(who, listener))]
    assert len(results) == 1
    return results[0]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("asker", REFUSED)
async def test_who_may_not_subscribe_is_refused_before_anything_is_read_or_watched(
    listener: Listener, counted: Counted, asker: str, field: str
) -> None:
    who, code = REFUSED[asker]

    with counted() as statements:
        result = await only_result(f"subscription {{ it: {field} {{ __typename }} }}", who, listener)

    assert result.data is None
    assert [(error.path, error.extensions) for error in result.errors] == [(["it"], {"code": code})]
    assert statements == []
    assert watched(listener) == []


async def test_a_subscription_without_declared_roles_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    @strawberry.type
    class Bare:
        @strawberry.subscription(description="Nobody says who may ask.")
        async def bare(self) -> int:
            return 1

    monkeypatch.setattr("app.api.schema.SUBSCRIPTIONS", (*SUBSCRIPTIONS, Bare))

    with pytest.raises(LookupError, match="bare"):
        build_schema("production")


@pytest.mark.parametrize("document", [BALANCE, ACTIVITY])
async def test_before_enrolment_there_is_nothing_to_tell(listener: Listener, document: str) -> None:
    result = await only_result(document, member(fresh("mi")), listener)

    assert result.data is None
    assert [error.extensions for error in result.errors] == [{"code": "NOT_ENROLLED"}]
    assert watched(listener) == []


@pytest.mark.parametrize("document", [BALANCE, ACTIVITY])
async def test_where_nobody_listens_nothing_is_told(programme: Db, document: str) -> None:
    result = await only_result(document, await enrolled(), None)

    assert [error.extensions for error in result.errors] == [{"code": "UNAVAILABLE"}]


@pytest.mark.parametrize("document", [BALANCE, ACTIVITY])
async def test_it_ends_when_the_member_is_erased(listener: Listener, document: str) -> None:
    who = await enrolled()

    async with subscribed(who, document, listener) as stream:
        await done(STAFF, "eraseMember", miAccountId=who.subject)

        assert await stream.ended()
        assert watched(listener) == []


@pytest.mark.parametrize("document", [BALANCE, ACTIVITY])
async def test_who_enrols_again_after_an_erasure_is_somebody_else(listener: Listener, document: str) -> None:
    who = await enrolled()

    async with subscribed(who, document, listener) as stream:
        await tapped(who)
        await stream.next()
        await bought(who, "1.00")
        await done(STAFF, "eraseMember", miAccountId=who.subject)
        again = {"market": "ES", "birthDate": "1990-05-17", "acceptedTerms": "2020-01", "miAccountId": who.subject}
        await done(SHOP, "enrolMember", **again)

        assert await stream.ended()


async def test_who_is_suspended_or_has_left_is_still_told(listener: Listener) -> None:
    who = await enrolled()

    async with subscribed(who, BALANCE, listener) as stream:
        await stand(who, "SUSPENDED")
        await stand(who, "CLOSED")

        assert (await stream.next())["available"] == 0


async def test_a_database_that_was_away_ends_no_subscription(
    programme: Db, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "TRY_AGAIN_SECONDS", 0.01)
    who = await enrolled()

    async with subscribed(who, BALANCE, listener) as balances, subscribed(who, ACTIVITY, listener) as activities:
        for euros in range(1, 4):
            await asyncio.gather(*(rows(programme, "SELECT pg_sleep(0.01)") for _ in range(5)))
            await rows(programme, CUT_OFF)
            await bought(who, f"{euros}.00")

            assert (await activities.next())["points"] == euros
            assert (await balances.next())["pending"] > 0


@pytest.mark.parametrize("document", [BALANCE, ACTIVITY])
async def test_a_hundred_who_come_and_go_leave_nothing_behind(listener: Listener, document: str) -> None:
    who = await enrolled()

    async def listens() -> bool:
        return bool(await listeners(connection()))

    async with subscribed(who, document, listener):
        await eventually(listens)  # which takes a task of its own for as long as the process runs
    tasks = len(asyncio.all_tasks())

    async def no_task_more() -> bool:
        return len(asyncio.all_tasks()) <= tasks

    for number in range(20):
        async with AsyncExitStack() as stack:
            streams = [await stack.enter_async_context(subscribed(who, document, listener)) for _ in range(5)]
            if number % 4 == 0:
                await bought(who, "1.00")
                for stream in streams:
                    await stream.next()

    assert watched(listener) == []
    await eventually(no_task_more)


@pytest.mark.parametrize("document", [BALANCE, ACTIVITY])
async def test_a_stream_that_is_dropped_or_never_read_lets_go_of_its_watch(listener: Listener, document: str) -> None:
    who = await enrolled()

    async def nobody_watches() -> bool:
        return watched(listener) == []

    gc.disable()  # what goes without it was held by nothing, not even in a circle
    try:
        results = await results_of(document, context_of(who, listener))
        await results.aclose()
        assert watched(listener) == []

        results = await results_of(document, context_of(who, listener))
        first = asyncio.create_task(anext(results))
        await eventually(lambda: asyncio.sleep(0, watched(listener)))
        await tapped(who)
        await first
        del results, first
        await eventually(nobody_watches)
    finally:
        gc.enable()
