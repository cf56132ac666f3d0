"""Do the web workers of one gateway outlast their database and each other, and none of them its supervisor?"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.serving import HUNG_SECONDS
from tests.histories.house import House, opened
from tests.histories.probing import PROBE
from tests.histories.storm import command_of, serves, workers_of
from tests.histories.wire import Unknown, ask

WAIT_SECONDS = 60
ASKED_SECONDS = 1.5  # in which the supervisor has asked each worker


async def test_a_worker_that_ends_takes_nobody_along_and_none_outlives_its_supervisor(folder: Path) -> None:
    async with opened(folder, [2]) as house:
        gateway = house.gateways[0]
        victim, other = workers_of(gateway)

        await house.stop_database()
        os.kill(victim, signal.SIGKILL)
        await until(lambda: "a web worker waits for the database" in gateway.said)
        await house.bring_back_database()

        await until(lambda: len(workers_of(gateway)) == 2)
        assert other in workers_of(gateway)
        assert await answers(house)

        left = workers_of(gateway)
        gateway.kill_alone()

        await until(lambda: not any(command_of(pid) for pid in left))
        await gateway.bring_back()
        assert await answers(house)


async def test_workers_that_die_while_one_owes_an_answer_are_replaced_at_once(folder: Path, database_url: str) -> None:
    async with opened(folder, [2], url=database_url) as house:
        gateway = house.gateways[0]
        silent, other = workers_of(gateway)
        os.kill(silent, signal.SIGSTOP)
        await asyncio.sleep(ASKED_SECONDS)

        os.kill(silent, signal.SIGKILL)
        os.kill(other, signal.SIGKILL)

        await until(lambda: len(set(workers_of(gateway)) - {silent, other}) == 2, seconds=HUNG_SECONDS / 2)
        await until(lambda: all(serves(gateway, one) for one in workers_of(gateway)))
        assert await answers(house)


async def test_a_worker_that_says_nothing_for_long_is_replaced(folder: Path, database_url: str) -> None:
    impatient = "from app import cli, serving; serving.HUNG_SECONDS = 5; cli.main()"
    async with opened(folder, [2], command=(sys.executable, "-c", impatient, "serve"), url=database_url) as house:
        gateway = house.gateways[0]
        hung, other = workers_of(gateway)

        os.kill(hung, signal.SIGSTOP)

        await until(lambda: any(serves(gateway, one) for one in set(workers_of(gateway)) - {hung, other}))
        assert hung not in workers_of(gateway)
        assert await answers(house)


async def until(so: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def answers(house: House) -> bool:
    """Does the gateway answer, in the end?"""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            return await ask(house.gateways[0].port, house.token("member", "nobody"), PROBE, {}) == {"me": None}
        except Unknown:
            await asyncio.sleep(0.1)
    return False
