"""Is a request given up when its time is over, or that of its body, and never sooner?"""

import asyncio
from collections.abc import Iterator

import pytest

from app.gateway.faults import Fault
from app.gateway.patience import Patience

SECONDS = 10.0


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time a test moves on."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


@pytest.fixture
def clock() -> Iterator[Clock]:
    loop = Clock()
    yield loop
    loop.close()


async def at(clock: Clock, seconds: float) -> None:
    """So many seconds after the beginning, when all that is due by then has been done."""
    clock.ahead = seconds
    for _ in range(5):
        await asyncio.sleep(0)


async def request(*, goes_on: asyncio.Event) -> str:
    """A request whose body has come at once, and that ends when it may."""
    with Patience(SECONDS) as patience:
        patience.wait_for_body()
        patience.body_is_here()
        await goes_on.wait()
    return "answered"


async def body_due(begins: asyncio.Event) -> str:
    """A request whose body is waited for from then on, and never comes."""
    with Patience(SECONDS) as patience:
        await begins.wait()
        patience.wait_for_body()
        await asyncio.Event().wait()
    return "answered"


async def late(serving: asyncio.Task[str]) -> tuple[int, str]:
    """Status and code of what has been given up."""
    with pytest.raises(Fault) as fault:
        await serving
    return fault.value.status, fault.value.code


def test_a_body_is_waited_for_half_of_the_time_from_when_it_is_due(clock: Clock) -> None:
    async def story() -> None:
        begins = asyncio.Event()
        serving = asyncio.create_task(body_due(begins))
        await at(clock, 0)
        await at(clock, 3)
        begins.set()
        await at(clock, 3)
        await at(clock, 7.9)
        assert not serving.done()
        await at(clock, 8.1)
        assert await late(serving) == (408, "REQUEST_TIMEOUT")

    clock.run_until_complete(story())


def test_a_body_that_is_here_is_not_waited_for(clock: Clock) -> None:
    async def story() -> None:
        serving = asyncio.create_task(request(goes_on=asyncio.Event()))
        await at(clock, 0)
        await at(clock, 5.1)
        await at(clock, 9.9)
        assert not serving.done()
        await at(clock, 10.1)
        assert await late(serving) == (503, "TIMEOUT")

    clock.run_until_complete(story())


def test_a_body_that_comes_to_be_due_late_has_no_more_than_the_request(clock: Clock) -> None:
    async def story() -> None:
        begins = asyncio.Event()
        serving = asyncio.create_task(body_due(begins))
        await at(clock, 0)
        await at(clock, 6)
        begins.set()
        await at(clock, 6)
        await at(clock, 10.1)
        assert await late(serving) == (503, "TIMEOUT")

    clock.run_until_complete(story())


def test_what_a_task_does_after_its_answer_is_not_given_up(clock: Clock) -> None:
    async def story() -> None:
        async def longer() -> str:
            answer = await request(goes_on=goes_on)
            await left.wait()
            return answer

        goes_on, left = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(longer())
        await at(clock, 4.9)
        goes_on.set()
        await at(clock, 20)
        left.set()
        assert await serving == "answered"

    clock.run_until_complete(story())


def test_who_cancels_a_request_is_obeyed_even_when_its_time_is_over(clock: Clock) -> None:
    async def story() -> None:
        serving = asyncio.create_task(request(goes_on=asyncio.Event()))
        await at(clock, 0)
        clock.call_at(clock.time() + SECONDS, serving.cancel)
        await at(clock, 9.9)
        await at(clock, 10.1)
        with pytest.raises(asyncio.CancelledError):
            await serving

    clock.run_until_complete(story())
