"""Is what is kept as old as its reading, read once for all who ask, and never what was changed meanwhile?"""

import asyncio

import pytest

from app import catalogue
from app.catalogue import Kept


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests keep is no part of the catalogue."""
    monkeypatch.setattr(catalogue, "_all", [])


async def test_what_is_kept_is_as_old_as_its_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> int:
        begun.set()
        await go_on.wait()
        return 1

    kept: Kept[int] = Kept(slow)
    monkeypatch.setattr(catalogue, "LONGEST_SECONDS", 0.0)
    asked = asyncio.create_task(kept.fresh())
    await begun.wait()
    go_on.set()

    assert await asked == 1
    assert kept.known() is None


async def test_fifty_who_ask_at_one_time_read_once() -> None:
    reads = 0

    async def count() -> int:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0)
        return reads

    kept: Kept[int] = Kept(count)

    assert await asyncio.gather(*(kept.fresh() for _ in range(50))) == [1] * 50
    assert kept.known() == 1


async def test_what_was_being_read_when_it_changed_is_not_kept() -> None:
    answers: asyncio.Queue[asyncio.Future[int]] = asyncio.Queue()

    async def wait() -> int:
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        await answers.put(answer)
        return await answer

    kept: Kept[int] = Kept(wait)
    before = asyncio.create_task(kept.fresh())
    old = await answers.get()
    kept.forget()
    after = asyncio.create_task(kept.fresh())
    new = await answers.get()
    new.set_result(2)
    assert await after == 2
    old.set_result(1)

    assert await before == 1
    assert kept.known() == 2


async def test_a_read_that_fails_is_tried_again() -> None:
    tries = 0

    async def fail_once() -> int:
        nonlocal tries
        tries += 1
        return 1 // (tries - 1)

    kept: Kept[int] = Kept(fail_once)
    with pytest.raises(ZeroDivisionError):
        await kept.fresh()

    assert await kept.fresh() == 1
