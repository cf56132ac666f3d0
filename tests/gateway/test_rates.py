"""Does nobody get more than their rate, and everybody all of it, in one process and in several?"""

import asyncio
import json
import math
import sys
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import Db, row, rows, value
from app.gateway.rates import MOST_BUCKETS, Buckets, Charge, MemoryBuckets, SharedBuckets, forget_buckets
from tests.gateway.lookups import Watch
from tests.ledger.makers import queued

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 600  # ten a second


async def taken(buckets: Buckets, units: int, *, name: str = "a", limit: int = LIMIT) -> float:
    """The wait for one charge."""
    return await buckets.take([Charge(name, limit, units)])


async def test_a_bucket_holds_what_a_minute_allows_and_not_a_unit_more() -> None:
    buckets = MemoryBuckets(Watch())

    assert [await taken(buckets, 100) for _ in range(6)] == [0.0] * 6
    assert await taken(buckets, 1) == 0.1
    assert await taken(buckets, LIMIT) == 60.0
    assert await taken(buckets, LIMIT + 1) == math.inf
    assert await taken(buckets, 1, name="b") == 0.0


async def test_what_leaks_out_can_be_taken_again() -> None:
    watch = Watch()
    buckets = MemoryBuckets(watch)
    await taken(buckets, LIMIT)

    watch.seconds += 30

    assert await taken(buckets, LIMIT // 2) == 0.0
    assert await taken(buckets, 1) == 0.1
    watch.seconds += 3_600
    assert await taken(buckets, LIMIT) == 0.0
    assert await taken(buckets, 1) == 0.1


async def test_what_adding_fractions_has_left_over_keeps_nobody_waiting() -> None:
    watch = Watch()
    buckets = MemoryBuckets(watch)
    await taken(buckets, 13, limit=13)

    watch.seconds += 60 / 13

    assert await taken(buckets, 1, limit=13) == 0.0


async def test_a_charge_that_one_of_its_buckets_has_no_room_for_fills_none() -> None:
    buckets = MemoryBuckets(Watch())
    full = Charge("full", LIMIT, LIMIT)
    await buckets.take([full])

    assert await buckets.take([Charge("empty", LIMIT, 500), full]) == 60.0
    assert await taken(buckets, LIMIT, name="empty") == 0.0


STEPS = st.lists(st.tuples(st.floats(0, 90), st.integers(1, 70_000)), min_size=1, max_size=40)


@given(STEPS, st.sampled_from((1, 7, 30, 20_000, 2_000_000)))
async def test_who_waits_as_told_gets_in_and_never_more_than_the_rate(
    steps: list[tuple[float, int]], limit: int
) -> None:
    watch = Watch()
    buckets = MemoryBuckets(watch)
    began, got = watch.seconds, 0

    for pause, asked in steps:
        watch.seconds += pause
        units = 1 + asked % limit
        wait = await taken(buckets, units, limit=limit)
        if wait:
            watch.seconds += wait - 0.002
            assert wait < 0.002 or await taken(buckets, units, limit=limit)
            watch.seconds += 0.002
            assert await taken(buckets, units, limit=limit) == 0.0
        got += units
        assert got <= (limit + (watch.seconds - began) * limit / 60) * (1 + 1e-6)


async def test_the_memory_of_one_process_is_bounded_and_keeps_what_was_used_last() -> None:
    buckets = MemoryBuckets(Watch())
    await taken(buckets, LIMIT, name="forgotten")
    await taken(buckets, LIMIT, name="tried again")

    for number in range(MOST_BUCKETS):
        await taken(buckets, 1, name=str(number))
        if number == 10:
            assert await taken(buckets, 1, name="tried again") > 0

    assert await taken(buckets, 1, name="tried again") > 0
    assert await taken(buckets, LIMIT, name="forgotten") == 0.0


async def test_shared_buckets_do_the_same(db: Db) -> None:
    buckets = SharedBuckets()

    assert await taken(buckets, LIMIT) == 0.0
    assert 0 < await taken(buckets, LIMIT) <= 60.0
    assert await taken(buckets, LIMIT + 1) == math.inf
    assert await taken(buckets, LIMIT, name="b") == 0.0
    await rows(db, "UPDATE rate_bucket SET at = at - interval '30 seconds' WHERE name = 'b'")
    assert await taken(buckets, LIMIT // 2, name="b") == 0.0
    assert await taken(buckets, LIMIT // 2, name="b") > 0


async def test_a_shared_charge_that_one_bucket_has_no_room_for_fills_none(db: Db) -> None:
    buckets = SharedBuckets()
    await taken(buckets, LIMIT, name="full")

    assert await buckets.take([Charge("empty", LIMIT, 500), Charge("full", LIMIT, 100)]) > 0

    assert await value(db, "SELECT level FROM rate_bucket WHERE name = 'empty'") == 0


async def test_a_clock_that_was_set_back_neither_fills_nor_empties_a_shared_bucket(db: Db) -> None:
    buckets = SharedBuckets()
    await taken(buckets, 100)
    await rows(db, "UPDATE rate_bucket SET at = at + interval '1 hour'")

    await taken(buckets, 50)

    after = await row(db, "SELECT level, at <= clock_timestamp() AS now FROM rate_bucket")
    assert after is not None and dict(after) == {"level": 150, "now": True}


async def test_fifty_takes_at_once_by_two_processes_get_what_there_is_and_none_is_lost(
    db: Db, database_url: str
) -> None:
    there = [Charge("member", 30, 1), Charge("address", 1_000, 1)]
    back = list(reversed(there))  # each holds the rows in the same order all the same
    began = await value(db, "SELECT clock_timestamp()")

    got = sum(await asyncio.gather(taking(database_url, 25, there), taking(database_url, 25, back)))

    left_over = await row(
        db,
        "SELECT level, extract(epoch FROM clock_timestamp() - $1::timestamptz)::float8 * 30 / 60 AS most_leaked"
        " FROM rate_bucket WHERE name = 'member'",
        began,
    )
    assert left_over is not None
    leaked = got - left_over["level"]
    assert 0 <= leaked <= left_over["most_leaked"]
    assert 30 <= got <= 30 + leaked


async def test_rows_are_held_before_they_are_read_and_in_the_order_of_their_names(db: Db, database_url: str) -> None:
    charges = [Charge("b", LIMIT, LIMIT // 2), Charge("a", LIMIT, LIMIT // 2)]
    await SharedBuckets().take(charges)
    other = await asyncpg.connect(database_url)
    filling = other.transaction()
    await filling.start()
    await other.execute("UPDATE rate_bucket SET level = $1, at = clock_timestamp() WHERE name = 'a'", float(LIMIT))

    waiting = asyncio.create_task(SharedBuckets().take(charges))
    await queued(db)
    await other.execute("SELECT 1 FROM rate_bucket WHERE name = 'b' FOR UPDATE NOWAIT")
    await filling.commit()
    await other.close()

    assert await waiting > 0


async def taking(url: str, times: int, charges: list[Charge]) -> int:
    """How many of so many charges another process gets."""
    given = json.dumps([[each.name, each.limit, each.units] for each in charges])
    command = [sys.executable, "-m", "tests.gateway.taking", url, str(times), given]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    told, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return int(told)


async def test_shared_buckets_that_nobody_used_for_a_minute_are_forgotten(db: Db) -> None:
    buckets = SharedBuckets()
    for name in ("old", "older", "young"):
        await taken(buckets, 1, name=name)
    await rows(db, "UPDATE rate_bucket SET at = at - interval '61 seconds' WHERE name <> 'young'")

    assert [await forget_buckets(db, 1) for _ in range(3)] == [1, 1, 0]

    assert await value(db, "SELECT string_agg(name, ' ') FROM rate_bucket") == "young"


async def test_the_table_of_buckets_is_not_written_ahead(db: Db) -> None:
    assert await value(db, "SELECT relpersistence::text FROM pg_class WHERE relname = 'rate_bucket'") == "u"


@pytest.mark.parametrize("name", ["' OR 1=1 --", "é" * 128])
async def test_a_name_is_only_a_name(db: Db, name: str) -> None:
    assert await taken(SharedBuckets(), 1, name=name) == 0.0
