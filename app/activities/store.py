"""Which activities, awards, taps and grants does a reader see?"""

from collections import defaultdict
from collections.abc import Sequence

import asyncpg

from app.activities.models import Activity
from app.activities.streaks import TapSeen
from app.database import Db, connection, rows, value
from app.keyset import Keyset, Page, Window
from app.rows import instances, page_of_each

KINDS = ("REGISTRATION", "APP_LOGIN", "PURCHASE", "SHARE", "REVIEW", "FUEL", "CUSTOM", "ADJUSTMENT")
STATUSES = ("PENDING", "POSTED", "WITHDRAWN", "EXPIRED", "NONE")

_ORDER = Keyset((("occurred_at", "timestamptz"), ("id", "bigint")))
_ALL = "SELECT * FROM activity WHERE member_id = asked.id {page}"
_CHOSEN = """
SELECT each.* FROM unnest($2::text[]) AS k (kind) CROSS JOIN unnest($3::text[]) AS s (status) CROSS JOIN LATERAL
  (SELECT * FROM activity WHERE member_id = asked.id AND kind = k.kind AND status = s.status {page}) each {order}
"""
_AFTER = "SELECT * FROM activity WHERE member_id = $1 AND id > $2 ORDER BY id LIMIT $3"
_AWARDS = """
SELECT award.*, revision.name AS revision, campaign.titles, lot.amount, lot.remaining, lot.reserved, lot.expired,
       lot.reclaimed, lot.posts_at, lot.posted_at, lot.last_usable_day
FROM award JOIN lot ON lot.award_id = award.id JOIN programme_revision revision ON revision.id = award.revision_id
LEFT JOIN campaign ON campaign.id = award.campaign_id
WHERE activity_id = ANY ($1::bigint[]) ORDER BY award.id
"""
_TAPS = """
SELECT fuel_tap.member_id, fuel_tap.local_date, day, day_starts_at, day_ends_at, activity.points
FROM fuel_tap JOIN activity ON activity.id = fuel_tap.activity_id
WHERE fuel_tap.member_id = ANY ($1::bigint[]) AND day_ends_at > programme_now() - interval '9 days'
ORDER BY fuel_tap.local_date
"""
_GRANTS = """
WITH RECURSIVE asked AS (
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) AS a (member_id, rule, limit_key)
), line (member_id, had_by) AS (
  SELECT member_id, member_id FROM asked
  UNION SELECT line.member_id, former_id FROM line JOIN member ON member.id = had_by WHERE former_id IS NOT NULL)
SELECT asked.member_id, rule, limit_key, count(*)::int AS grants FROM asked JOIN line USING (member_id)
CROSS JOIN LATERAL (SELECT FROM award
  WHERE award.member_id = had_by AND award.rule = asked.rule AND award.limit_key = asked.limit_key) had
GROUP BY asked.member_id, rule, limit_key
"""


async def activity_pages(
    member_ids: Sequence[int], kinds: Sequence[str] | None, statuses: Sequence[str] | None, window: Window
) -> dict[int, Page[Activity]]:
    """Each member's activities of these kinds and statuses (None: all), newest first.

    With a filter, one index probe for each kind and status: a page does not cost more for what is left out.
    """
    if kinds is None and statuses is None:
        return await page_of_each(Activity, member_ids, window, _ORDER, _ALL)
    chosen = (list(kinds if kinds is not None else KINDS), list(statuses if statuses is not None else STATUSES))
    return await page_of_each(Activity, member_ids, window, _ORDER, _CHOSEN, *chosen)


async def newest_activity(member_id: int) -> int:
    """The id of the activity that was recorded last for a member; 0 when there is none."""
    newest: int = await value(connection(), "SELECT coalesce(max(id), 0) FROM activity WHERE member_id = $1", member_id)
    return newest


async def activities_after(member_id: int, last: int, limit: int) -> list[Activity]:
    """The next activities recorded for a member after the one of the id `last`, oldest first."""
    return await instances(connection(), Activity, _AFTER, member_id, last, limit)


async def awards_of(activity_ids: Sequence[int]) -> dict[int, list[asyncpg.Record]]:
    """The awards of each activity with the state of their lots, and the titles of their campaigns."""
    awards: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for award in await rows(connection(), _AWARDS, list(activity_ids)):
        awards[award["activity_id"]].append(award)
    return awards


async def recent_taps(member_ids: Sequence[int]) -> dict[int, list[TapSeen]]:
    """Each member's Fuel taps of the last nine days, oldest first."""
    taps: dict[int, list[TapSeen]] = defaultdict(list)
    for tap in await rows(connection(), _TAPS, list(member_ids)):
        facts = dict(tap)
        taps[facts.pop("member_id")].append(TapSeen(**facts))
    return taps


async def grants(db: Db, asked: Sequence[tuple[int, str, str]]) -> dict[int, dict[tuple[str, str], int]]:
    """How often each (member, rule, limit key) was granted, withdrawn grants included, and those of who they were."""
    counted: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for grant in await rows(db, _GRANTS, *(list(column) for column in zip(*asked, strict=True))):
        counted[grant["member_id"]][grant["rule"], grant["limit_key"]] = grant["grants"]
    return counted
