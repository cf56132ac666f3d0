"""How does a database get many members with a history, for trials of size?

Batch by batch, each in a transaction of its own: a plan in temporary tables (`plan.py`), then plain inserts of it
(`written.py`). Killed at any point it leaves whole batches; run again it adds more members.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from app.clock import now
from app.coupons.codes import CouponCodes
from app.database import Db, connection, rows, transaction, value
from app.demo.plan import ANALYZED, ASKED, PLAN
from app.demo.written import COUPON, DEEDS, LEDGER, REDEEMED
from app.ledger.settle import NOTICE_DAYS
from app.rules.money import minor_units

MOST_MEMBERS = 2_000  # of a batch; what a batch holds in memory and on disk is bounded by both
MOST_DEEDS = 40_000
LANES = 2  # batches at a time; no two share a row that one would wait for

_LAST = """
SELECT coalesce(max(split_part(mi_account_id, '-', -1)::int), 0) FROM member WHERE mi_account_id ^@ $1
AND substr(mi_account_id, length($1) + 1) ~ '^[0-9]{1,9}$'
"""


async def seed(*, members: int, activities: int, seed: int, codes: CouponCodes) -> None:
    """Add `members` (>= 1) Mi Accounts `seed-<seed>-<n>`, each with so many activities, the registration at least.

    The same seed number gives the same members on the same day; what is there of it already is left and continued.
    """
    deeds = max(1, activities)
    first = 1 + await value(connection(), _LAST, f"seed-{seed}-")
    present = await now(connection())
    waiting = batches(first, members, deeds)
    with click.progressbar(length=members, label=f"Seeding {members} members") as progress:

        async def lane() -> None:
            for start, end in waiting:
                async with transaction() as db:
                    await add(db, (seed, start, end, deeds, present), codes)
                progress.update(end - start + 1)

        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(lane())
    await rows(connection(), "ANALYZE")


def batches(first: int, members: int, deeds: int) -> Iterator[tuple[int, int]]:
    """The numbers of the first and last member of each batch."""
    size = max(1, min(MOST_MEMBERS, MOST_DEEDS // deeds))
    for start in range(first, first + members, size):
        yield start, min(start + size, first + members) - 1


async def add(db: Db, asked: tuple[int, int, int, int, datetime], codes: CouponCodes) -> None:
    """Plan and write one batch: `asked` is seed, first and last number, deeds of each, and the present."""
    currencies = [one["currency"] for one in await rows(db, "SELECT DISTINCT currency FROM market")]
    units = [10 ** minor_units(currency) for currency in currencies]
    await rows(db, ASKED, *asked, currencies, units, timedelta(days=max(NOTICE_DAYS)))
    for table in PLAN:
        await rows(db, table)
    for columns in ANALYZED:
        await rows(db, f"ANALYZE {columns}")
    for insert in DEEDS:
        await rows(db, insert)
    redeemed = await rows(db, REDEEMED)
    nonces = [coupon["nonce"] for coupon in redeemed]
    lookups = [codes.lookup(codes.code(nonce)) for nonce in nonces]
    await rows(db, COUPON, [coupon["coupon_id"] for coupon in redeemed], nonces, lookups)
    for insert in LEDGER:
        await rows(db, insert)
