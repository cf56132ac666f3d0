"""What do the tests of demo and seed start from?"""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

from app.clock import set_to
from app.coupons.codes import CouponCodes
from app.database import Db, close_database, connection, open_database, rows, transaction
from app.postgres import EmbeddedPostgres
from app.programmes.load import load_shipped
from tests.conftest import fresh_database

CODES = CouponCodes(b"a key of the tests")


async def with_programme(at: datetime | None = None) -> None:
    """Loads the shipped programme into the open database; `at`: the instant at which it starts."""
    async with transaction() as db:
        if at is not None:
            await set_to(db, at)
        await load_shipped(db)


@contextlib.asynccontextmanager
async def opened_database(cluster: EmbeddedPostgres, at: datetime | None = None) -> AsyncIterator[Db]:
    """A fresh database with the programme in it, opened for as long as the block."""
    async with fresh_database(cluster) as url:
        await open_database(url)
        try:
            await with_programme(at)
            yield connection()
        finally:
            await close_database()


async def histories(db: Db) -> dict[str, list[tuple[object, ...]]]:
    """What each Mi Account did, earned and moved, without row ids; instants to the minute."""
    told: dict[str, list[tuple[object, ...]]] = {}
    for sql in (_DEEDS, _LINES, _COUPONS):
        for line in await rows(db, sql):
            told.setdefault(line[0], []).append(tuple(line)[1:])
    return told


_DEEDS = """
SELECT mi_account_id, display_name, birth_date, kind, source, reference, date_trunc('minute', occurred_at), local_date,
  status, points, facts::text, reason
FROM activity JOIN member ON member.id = member_id ORDER BY mi_account_id, occurred_at, kind, reference, facts::text
"""
_LINES = """
SELECT mi_account_id, version, kind, points, pending_after, available_after, debt_after, date_trunc('minute', at)
FROM entry JOIN member ON member.id = member_id ORDER BY mi_account_id, version
"""
_COUPONS = """
SELECT mi_account_id, status, value_minor, points_spent, last_usable_day
FROM coupon JOIN member ON member.id = member_id ORDER BY mi_account_id, coupon.id
"""
