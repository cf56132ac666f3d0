"""Does a short soak of a sound gateway find nothing but answers, and does one of a gateway that leaks find the leak?

`scripts/prove soak` is the long form; here nothing is said of times or of memory.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.database import close_database, open_database
from app.demo.seed import seed
from app.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.demo.makers import CODES, with_programme
from tests.served import serving
from tests.soak.driving import MIX
from tests.soak.endpoint import slow_shop
from tests.soak.proving_soak import checked
from tests.soak.report import write
from tests.soak.soaking import Plan, soak

MEMBERS, DEEDS = 200, 12
PNG = b"\x89PNG"
PICTURES = ["connections", "handles", "latency", "memory", "queues", "throughput"]


@pytest.fixture(scope="module")
async def database_of_members(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database with seeded members, which the soaks of this module share."""
    async with fresh_database(cluster) as url:
        await open_database(url)
        try:
            await with_programme()
            await seed(members=MEMBERS, activities=DEEDS, seed=1, codes=CODES)
        finally:
            await close_database()
        yield url


async def test_all_is_answered_the_ledger_agrees_and_the_report_is_there(
    database_of_members: str, roomy: Path, tmp_path: Path
) -> None:
    async with (
        slow_shop() as shop,
        serving(roomy, "--empty", database_url=database_of_members, variables=shop.settings) as served,
    ):
        found = await soak(served, database_of_members, Plan(seconds=10, rate=30))
        check = await asyncio.to_thread(checked, database_of_members)
        report = write(found, tmp_path, check.stdout, "A test.")

    assert found.troubles() == []
    assert len(found.records) == 10 * 30
    assert len({record.kind for record in found.records}) > len(MIX) // 2
    assert shop.messages > 0
    assert (check.returncode, check.stderr) == (0, "")
    assert {("RSS", "gateway"), ("connections", "PostgreSQL"), ("p99", "all requests")} <= set(found.courses)
    assert "## Verdict" in report.read_text(encoding="utf-8")
    assert sorted(path.stem for path in tmp_path.glob("*.png")) == PICTURES
    assert all(path.read_bytes().startswith(PNG) and path.stat().st_size > 5_000 for path in tmp_path.glob("*.png"))


async def test_a_gateway_that_keeps_files_open_is_found_out(database_of_members: str, roomy: Path) -> None:
    leaking = (sys.executable, "-m", "tests.soak.leaking", "handles")
    async with serving(roomy, "--empty", database_url=database_of_members, program=leaking) as served:
        found = await soak(served, database_of_members, Plan(seconds=8, rate=25, every=0.25))

    assert [leak for leak in found.leaks() if leak.startswith("handles of gateway grows")]
