"""Does an archive cost those anything who read over its seam, or who write beside it?"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial

import asyncpg
import pytest

from app.database import connection, one, rows
from app.demo.seed import seed
from app.keyset import Window
from app.ledger import liability
from app.ledger.archive import archive
from app.ledger.balances import past_balances
from app.ledger.lines import ENTRIES
from app.postgres import EmbeddedPostgres
from tests.demo.makers import CODES, opened_database
from tests.journeys.test_growth import read_by
from tests.ledger.makers import Person, reviewed

MANY = 1_000  # activities
SLACK = 2  # the first row of the other table, from either end

_WHO = """
SELECT member_id, account.version, last_at, middle.at AS middle, mi_account_id
FROM account JOIN member ON member.id = account.member_id
JOIN entry middle USING (member_id) WHERE middle.version = account.version / 2
ORDER BY account.version DESC LIMIT 1
"""

Reads = Mapping[str, Callable[[], Awaitable[object]]]


def reads_of(who: asyncpg.Record) -> Reads:
    """What is read of a member of many lines; half of them, up to the middle, will be archived."""
    member_id, half = who["member_id"], who["version"] // 2
    return {
        "newest page": lambda: ENTRIES.of(member_id, Window(20)),
        "page over the seam": lambda: ENTRIES.of(member_id, Window(20, after=(half + 10,))),
        "the same from behind": lambda: ENTRIES.of(member_id, Window(20, before=(half - 10,), backward=True)),
        "page of archived lines": lambda: ENTRIES.of(member_id, Window(20, after=(half // 2,))),
        "oldest page": lambda: ENTRIES.of(member_id, Window(20, backward=True)),
        "balance of the past": lambda: past_balances([(member_id, who["middle"])]),
        "liability": lambda: rows(connection(), liability._WRITTEN, who["middle"], who["last_at"], None),
        "review": lambda: reviewed(Person(member_id, who["mi_account_id"]), "A-NEW-ONE"),
    }


async def unindexed(read: Callable[[], Awaitable[object]]) -> None:
    await rows(connection(), "DROP INDEX archived_entry_version, archived_entry_instant")
    await read()


@pytest.fixture(scope="module")
async def costs(cluster: EmbeddedPostgres) -> AsyncIterator[dict[str, tuple[int, int, int]]]:
    """How many rows each reads before half of the lines are archived, after it, and then without the indexes."""
    async with opened_database(cluster):
        await seed(members=20, activities=10, seed=1, codes=CODES)
        await seed(members=1, activities=MANY, seed=2, codes=CODES)
        who = await one(connection(), _WHO)
        reads = reads_of(who)
        before = {name: await read_by(read) for name, read in reads.items()}
        assert await archive(who["middle"]) > MANY / 3
        await rows(connection(), "ANALYZE")
        yield {
            name: (before[name], await read_by(read), await read_by(partial(unindexed, read)))
            for name, read in reads.items()
        }


async def test_nothing_reads_more(costs: dict[str, tuple[int, int, int]]) -> None:
    assert min(before for before, _, _ in costs.values()) > 0
    assert {name: cost for name, cost in costs.items() if cost[1] > cost[0] + SLACK} == {}


async def test_an_archive_without_indexes_would_be_seen_to_cost_more(
    costs: dict[str, tuple[int, int, int]],
) -> None:
    dearer = {name for name, cost in costs.items() if cost[2] > cost[0] + SLACK}

    assert dearer == set(costs) - {"liability", "review"}
