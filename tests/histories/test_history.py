"""Is nothing lost and nothing doubled, whatever fails? The short form of `scripts/prove history`."""

import asyncio
import sys
from pathlib import Path

from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.histories.house import opened
from tests.histories.live import found_in, missed
from tests.histories.proving_history import POOL, report
from tests.histories.trial import run

SECONDS = 60
SEED = 20261127
SEEDED_SECONDS = 4
QUICK_FAULTS = ("a swift answer is not stored", "told, and undone", "balances are remembered")


async def test_nothing_is_lost_or_doubled_while_gateways_and_database_fail(folder: Path) -> None:
    async with opened(folder, [2, 1], pool=POOL) as house:
        trial = await run(house, seconds=SECONDS, seed=SEED)

    told = "\n".join(report(trial))
    sys.stdout.write(told)
    assert trial.violations == [], told
    assert {fault.kind for fault in trial.history.faults} == trial.kinds, told
    assert {one.mutation for one in trial.history.operations if one.done} > {
        "redeemCoupon",
        "tapFuel",
        "recordPurchase",
    }


async def test_the_checks_find_what_is_wrong_with_a_gateway(folder: Path, cluster: EmbeddedPostgres) -> None:
    async def found(name: str) -> str | None:
        async with fresh_database(cluster) as url:
            return missed(name, await found_in(url, folder, name, seconds=SEEDED_SECONDS, seed=SEED))

    assert await asyncio.gather(*(found(name) for name in QUICK_FAULTS)) == [None] * len(QUICK_FAULTS)
