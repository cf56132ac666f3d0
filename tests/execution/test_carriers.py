"""Does a resolver that waits live in one task and one context of its own, and is it ended with its request?"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse

from app.execution.executor import Executor

VOICE: ContextVar[str] = ContextVar("who speaks", default="nobody")
Act = Callable[[], Awaitable[Any]]


@strawberry.type
class Speaker:
    @strawberry.field
    def voice(self) -> str:
        return VOICE.get()


@strawberry.type
class Query:
    @strawberry.field
    async def speaker(self) -> Speaker:
        await asyncio.sleep(0)
        return Speaker()

    @strawberry.field
    async def act(self, info: strawberry.Info[dict[str, Act]], which: str) -> str | None:
        return str(await info.context[which]())

    @strawberry.field
    async def must(self, info: strawberry.Info[dict[str, Act]], which: str) -> str:
        return str(await info.context[which]())


SCHEMA = strawberry.Schema(Query)


async def ask(document: str, **acts: Act) -> ExecutionResult:
    return await Executor(SCHEMA, runs_before=0).execute(parse(document), context=acts)


async def test_a_resolver_sees_one_task_from_its_start_to_its_end() -> None:
    async def two_looks() -> bool:
        before = asyncio.current_task()
        await asyncio.sleep(0)
        between = asyncio.current_task()
        await asyncio.sleep(0.001)
        return before is between is asyncio.current_task()

    result = await ask('{ a: act(which: "look") b: act(which: "look") }', look=two_looks)

    assert result == ExecutionResult({"a": "True", "b": "True"}, None)


async def test_resolvers_that_wait_have_tasks_of_their_own_and_others_need_none() -> None:
    tasks = []

    async def at_once() -> int:
        tasks.append(asyncio.current_task())
        return 1

    async def waits() -> int:
        tasks.append(asyncio.current_task())
        await asyncio.sleep(0)
        return 2

    await ask(
        '{ a: act(which: "quick") b: act(which: "quick") c: act(which: "slow") d: act(which: "slow") }',
        quick=at_once,
        slow=waits,
    )

    first, second, third, fourth = tasks
    assert first is second is third
    assert fourth is not third
    assert asyncio.current_task() not in tasks


async def test_a_time_limit_ends_its_own_resolver_only() -> None:
    async def too_slow() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(10)
        except TimeoutError:
            return "ended"
        return "went on"

    async def slow() -> str:
        await asyncio.sleep(0.05)
        return "whole"

    result = await ask('{ a: act(which: "limited") b: act(which: "slow") }', limited=too_slow, slow=slow)

    assert result.data == {"a": "ended", "b": "whole"}


async def test_a_time_limit_of_no_time_ends_a_resolver_before_it_goes_on() -> None:
    async def no_time() -> str:
        try:
            async with asyncio.timeout(0):
                await asyncio.sleep(10)
        except TimeoutError:
            return "ended"
        return "went on"

    assert (await ask('{ act(which: "limited") }', limited=no_time)).data == {"act": "ended"}


async def test_what_one_resolver_says_to_its_context_no_other_hears() -> None:
    async def speaks() -> str:
        heard = VOICE.get()
        VOICE.set("I")
        await asyncio.sleep(0)
        assert VOICE.get() == "I"
        return heard

    result = await ask('{ a: act(which: "speak") b: act(which: "speak") }', speak=speaks)

    assert result.data == {"a": "nobody", "b": "nobody"}
    assert VOICE.get() == "nobody"


async def test_what_follows_a_resolver_that_waited_hears_its_own_request() -> None:
    executor = Executor(SCHEMA, runs_before=0)  # of one executor: its runs share the task that stands ready

    async def at_once() -> int:
        return 1

    async def request(name: str, document: str) -> ExecutionResult:
        VOICE.set(name)
        return await executor.execute(parse(document), context={"now": at_once})

    _, waited = await asyncio.gather(
        request("ana", '{ act(which: "now") }'), request("ben", '{ act(which: "now") speaker { voice } }')
    )

    assert waited == ExecutionResult({"act": "1", "speaker": {"voice": "ben"}}, None)


async def test_many_can_wait_for_one_future() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, future.set_result, 3)

    async def waits() -> int:
        return await future

    result = await ask('{ a: act(which: "wait") b: act(which: "wait") c: act(which: "wait") }', wait=waits)

    assert result.data == {"a": "3", "b": "3", "c": "3"}


async def test_a_request_that_is_cancelled_cancels_its_resolvers_and_waits_for_their_end() -> None:
    begun, ended = [], []

    async def waits() -> None:
        begun.append(1)
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0)
            ended.append(1)

    asked = asyncio.ensure_future(ask('{ a: act(which: "wait") b: act(which: "wait") }', wait=waits))
    while len(begun) < 2:
        await asyncio.sleep(0)
    asked.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asked
    assert ended == [1, 1]


async def test_what_nobody_needs_any_more_is_ended_with_the_request() -> None:
    ended = []

    async def waits() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            ended.append(1)

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    result = await ask('{ a: act(which: "wait") b: must(which: "fail") c: act(which: "wait") }', wait=waits, fail=fails)

    assert result.data is None
    assert [error.path for error in result.errors or ()] == [["b"]]
    assert ended == [1, 1]


async def test_a_resolver_that_swallows_its_cancellation_is_still_waited_for() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
        return "late"

    async def fails() -> None:
        raise ValueError("no")

    result = await ask('{ a: act(which: "wait") b: must(which: "fail") }', wait=stubborn, fail=fails)

    assert result.data is None


async def test_a_resolver_that_is_cancelled_from_outside_ends_the_request() -> None:
    async def gives_up() -> None:
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await ask('{ a: act(which: "give_up") }', give_up=gives_up)


async def test_no_task_outlives_its_request() -> None:
    async def waits() -> None:
        await asyncio.sleep(0.001)

    before = asyncio.all_tasks()
    await ask('{ a: act(which: "wait") b: act(which: "wait") }', wait=waits)
    await asyncio.sleep(0)
    gc.collect()

    assert asyncio.all_tasks() == before
