"""Which members, offers and campaigns does the bench run on, and is their ledger sound?

Members come from `mipoints seed`'s own planner; what this adds is written with every check and trigger on, and
`check_ledger` has the last word.
"""

import asyncio
import json
from dataclasses import dataclass

from app.command import load_programme
from app.coupons.codes import CouponCodes
from app.database import close_database, connection, open_database, rows, transaction, value
from app.demo.seed import seed
from app.ledger.check import check_ledger
from app.schema import migrate
from app.worker import sweep
from scripts.benchmark.issuer import COUPON_KEY
from scripts.benchmark.own_shape import FUNCTIONS

CHEAPEST_POINTS = 100  # the price of what is redeemed; no stock and no limit, so that redeemers share no row
STOCK = 1_000_000
CAMPAIGNS = 5
GIFT_POINTS = 10_000_000  # enough for one member to redeem all through a run
QUIET_HOURS = 6  # so long nothing is due of the members that are asked about: all contenders read the same rows

_OFFERS = """
INSERT INTO coupon_offer (market_id, catalogue_key, price_points, value_minor, valid_days, stock, stock_left, suspended,
                          excluded_skus, excluded_categories, titles)
SELECT code, 'bench/' || code || '/' || price, price, price, 180, stock, stock, false, '[]', '[]', '{}'
FROM market CROSS JOIN unnest($1::int[], $2::int[]) AS own (price, stock) ORDER BY code, price
"""
_TITLES = """
UPDATE coupon_offer SET titles = jsonb_build_object('en', price_points || ' points: a coupon',
  'es', 'Cupón por ' || price_points || ' puntos', 'fr', 'Bon pour ' || price_points || ' points',
  'it', 'Buono per ' || price_points || ' punti')
"""
_CAMPAIGNS = """
INSERT INTO campaign (slug, titles, trigger, bonus_points, limit_per_member, limit_period, launched_at)
SELECT 'bench-' || n, $2::jsonb, (ARRAY['FUEL', 'REVIEW', 'SHARE'])[1 + n % 3], 5 * n, 1, 'MONTH', programme_now()
FROM generate_series(1, $1) AS n ORDER BY n
"""
_WINDOWS = """
INSERT INTO campaign_window (campaign_id, market_id, starts_at, ends_at)
SELECT campaign.id, code, programme_now() - interval '1 hour', programme_now() + interval '60 days'
FROM campaign CROSS JOIN market ORDER BY 1, 2
"""

# Points that staff gives to each member, as one adjustment: the rows that `adjustPoints` writes.
_GIFT = """
CREATE TEMP TABLE gift ON COMMIT DROP AS
SELECT account.*, revision.id AS revision_id, greatest(last_at, date_trunc('second', programme_now())) AS now,
  (programme_now() AT TIME ZONE time_zone)::date AS today, nextval('activity_id_seq') AS activity_id,
  nextval('award_id_seq') AS award_id, nextval('lot_id_seq') AS lot_id, nextval('operation_id_seq') AS operation_id,
  nextval('entry_id_seq') AS entry_id, nextval('adjustment_id_seq') AS adjustment_id, $1::int AS points,
  ((programme_now() AT TIME ZONE time_zone)::date + interval '12 months')::date AS last_day
FROM account JOIN LATERAL (SELECT id FROM programme_revision WHERE market_id = account.market_id
  AND in_force_from <= programme_now() ORDER BY in_force_from DESC, id DESC LIMIT 1) AS revision ON true
"""
_GIVEN = (
    """
INSERT INTO activity (id, member_id, kind, source, occurred_at, recorded_at, local_date, status, points, facts, reason,
                      reason_facts)
SELECT activity_id, member_id, 'ADJUSTMENT', 'staff', now, now, today, 'POSTED', points, '{}', 'ADJUSTED',
  '{"note": "bench"}' FROM gift
""",
    """
INSERT INTO adjustment (id, activity_id, points, note, asked_by, applied_at)
SELECT adjustment_id, activity_id, points, 'bench', 'bench', now FROM gift
""",
    """
INSERT INTO award (id, member_id, activity_id, rule, points, revision_id, explanation, facts)
SELECT award_id, member_id, activity_id, 'ADJUSTMENT', points, revision_id, 'ADJUSTMENT',
  jsonb_build_object('points', points) FROM gift
""",
    """
INSERT INTO lot (id, member_id, award_id, amount, remaining, reserved, consumed, expired, withdrawn, reclaimed,
                 awaits_approval, posting_date, posts_at, posted_at, last_usable_day, expires_at, notify_at)
SELECT lot_id, member_id, award_id, points, points, 0, 0, 0, 0, 0, false, today, now, now, last_day,
  (last_day + 1)::timestamp AT TIME ZONE time_zone, (last_day - 29)::timestamp AT TIME ZONE time_zone FROM gift
""",
    "INSERT INTO operation (id, member_id, cause, at, actor) "
    "SELECT operation_id, member_id, 'adjustment/' || adjustment_id, now, 'bench' FROM gift",
    """
INSERT INTO entry (id, member_id, operation_id, version, kind, source, target, points, pending_after, available_after,
                   reserved_after, debt_after, at, activity_id, reason, facts)
SELECT entry_id, member_id, operation_id, version + 1, 'ADJUST', 'ADJUSTED', 'AVAILABLE', points, pending,
  available + points, reserved, debt, now, activity_id, 'ADJUSTED', '{"note": "bench"}' FROM gift
""",
    "INSERT INTO move (entry_id, lot_id, points, ordinal) SELECT entry_id, lot_id, points, 1 FROM gift",
    """
UPDATE account SET available = account.available + gift.points, version = account.version + 1, last_at = gift.now,
  next_change_at = least(account.next_change_at, lot.notify_at)
FROM gift JOIN lot ON lot.id = lot_id WHERE account.member_id = gift.member_id
""",
)

# What one member did half a million times, each beyond a limit: recorded, and without points.
_HISTORY = """
INSERT INTO activity (member_id, kind, source, occurred_at, recorded_at, local_date, status, points, facts, reason,
                      reason_facts)
SELECT $1, 'SHARE', 'telegram', at, at, at::date, 'NONE', 0, '{"sku": "SEED-1", "network": "telegram"}',
  'LIMIT_REACHED', '{"limit": 3}'
FROM generate_series(1, $2) AS n CROSS JOIN LATERAL (
  SELECT date_trunc('second', programme_now() - interval '1 day') - n * (interval '250 days' / $2) AS at) AS placed
"""
_ASKED = """
SELECT member.id, mi_account_id, account.market_id FROM member JOIN account ON account.member_id = member.id
WHERE coalesce(next_change_at, 'infinity') > programme_now() + make_interval(hours => $2)
ORDER BY hashint8(member.id), member.id LIMIT $1
"""


@dataclass(frozen=True)
class Asked:
    """A member that the bench asks about."""

    id: int
    mi_account_id: str
    market: str


class NotSound(Exception):
    """The bench's own data is not as the programme would have written it: a bug of the bench."""


async def make(url: str, *, members: int, activities: int, points: int) -> None:
    """Fill a fresh database: members with so many activities and `points` beside what they earned, offers, campaigns.

    Raises NotSound when the ledger does not agree with itself.
    """
    await migrate(url)
    await open_database(url, statement_timeout_ms=0)
    try:
        await load_programme()
        await seed(members=members, activities=activities, seed=1, codes=CouponCodes(COUPON_KEY.encode()))
        async with transaction() as db:
            await rows(db, _OFFERS, [CHEAPEST_POINTS, 300, 700, 1_500], [None, STOCK, None, None])
            await rows(db, _TITLES)
            titles = {"en": "More points", "es": "Más puntos", "fr": "Plus de points", "it": "Più punti"}
            await rows(db, _CAMPAIGNS, CAMPAIGNS, json.dumps(titles))
            await rows(db, _WINDOWS)
            await rows(db, _GIFT, points)
            for statement in (*_GIVEN, *FUNCTIONS):
                await rows(db, statement)
        while await sweep():
            pass
        await rows(connection(), "VACUUM ANALYZE")
    finally:
        await close_database()
    await require_sound(url)


async def require_sound(url: str) -> None:
    """Raises NotSound with the first rows that disagree, as `mipoints check` names them."""
    await open_database(url, statement_timeout_ms=0)
    try:
        report = await check_ledger()
    finally:
        await close_database()
    if not report.agrees:
        raise NotSound("\n".join(report.lines()))


async def lengthen(url: str, member: Asked, activities: int) -> None:
    """Give one member so many activities, unless they have them from an earlier run."""
    await open_database(url, statement_timeout_ms=0)
    try:
        has = await value(connection(), "SELECT count(*) FROM activity WHERE member_id = $1", member.id)
        if has < activities:
            await rows(connection(), _HISTORY, member.id, activities)
        await rows(connection(), "VACUUM ANALYZE activity")
    finally:
        await close_database()


async def asked_about(url: str, members: int) -> list[Asked]:
    """So many members, by chance but the same each time, of whom nothing is due for hours."""
    await open_database(url)
    try:
        found = await rows(connection(), _ASKED, members, QUIET_HOURS)
    finally:
        await close_database()
    return [Asked(one["id"], one["mi_account_id"], one["market_id"]) for one in found]


async def cheapest_offers(url: str) -> dict[str, int]:
    """The row id of the cheapest offer of each market: what the bench redeems."""
    await open_database(url)
    try:
        found = await rows(
            connection(), "SELECT market_id, id FROM coupon_offer WHERE price_points = $1", CHEAPEST_POINTS
        )
        return {offer["market_id"]: offer["id"] for offer in found}
    finally:
        await close_database()


def run_make(url: str, *, members: int, activities: int, points: int) -> None:
    """`make` from where no loop runs."""
    asyncio.run(make(url, members=members, activities=activities, points=points))
