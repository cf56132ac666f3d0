"""Do the activities of a database hold what the rule engine grants for them? Told member by member, in order."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import asyncpg

from app.database import Db, rows
from app.rules.calendar import local_date
from app.rules.earning import ActivityFacts, Award, Decision, OrderFacts, award, confirmed
from app.rules.revision import Revision
from app.rules.streak import Tap, place_tap

_ACTIVITIES = """
SELECT activity.*, mi_account_id, member.market_id, time_zone, net_minor, day
FROM activity JOIN member ON member.id = activity.member_id JOIN account USING (member_id)
LEFT JOIN shop_order ON shop_order.activity_id = activity.id LEFT JOIN order_line ON order_line.order_id = shop_order.id
LEFT JOIN fuel_tap ON fuel_tap.activity_id = activity.id
ORDER BY activity.member_id, activity.occurred_at, activity.id
"""
_AWARDS = """
SELECT award.*, lot.posting_date, lot.posts_at, lot.last_usable_day, lot.expires_at, lot.awaits_approval
FROM award JOIN lot ON lot.award_id = award.id ORDER BY award.id
"""


async def disagreements(db: Db, revisions: Mapping[str, Revision]) -> list[str]:
    """What differs from the engine's decisions under these revisions (by market): one line for each activity."""
    awards: dict[int, list[asyncpg.Record]] = {}
    for one in await rows(db, _AWARDS):
        awards.setdefault(one["activity_id"], []).append(one)
    granted: dict[int, dict[tuple[str, str], int]] = {}
    taps: dict[int, list[Tap]] = {}
    found = []
    for activity in await rows(db, _ACTIVITIES):
        member_id, revision = activity["member_id"], revisions[activity["market_id"]]
        before = granted.setdefault(member_id, {})
        decision = award(_facts(activity, revision, taps.setdefault(member_id, [])), revision, before)
        for one in decision.awards:
            if one.limit_key is not None:
                before[one.rule, one.limit_key] = one.slot or 0
        told, judged = _told(activity, awards.get(activity["id"], [])), _judged(activity, decision, awards, revision)
        if told != judged:
            found.append(f"{activity['mi_account_id']} {activity['kind']}: {told} is not {judged}")
    return found


def _facts(activity: asyncpg.Record, revision: Revision, taps: list[Tap]) -> ActivityFacts:
    kind, day = activity["kind"], activity["local_date"]
    streak_dates: tuple[date, ...] = ()
    if kind == "FUEL":
        streak = revision.streak_rule()
        recount = place_tap(day, taps, (streak and streak.every_days) or 32_000)
        taps.append(Tap(day, recount.day))
        assert activity["day"] == recount.day, activity["mi_account_id"]
        streak_dates = recount.bonuses
    order = OrderFacts(revision.market.currency, activity["net_minor"]) if kind == "PURCHASE" else None
    return ActivityFacts(
        kind, day, activity["time_zone"], sku=activity["facts"].get("sku"), order=order, streak_dates=streak_dates
    )


def _told(activity: asyncpg.Record, awards: Sequence[asyncpg.Record]) -> tuple[object, ...]:
    lots = [
        (
            (one["rule"], one["points"], one["explanation"], one["facts"], one["limit_key"], one["slot"]),
            (one["posting_date"], one["last_usable_day"], one["expires_at"], one["awaits_approval"]),
        )
        for one in awards
    ]
    return lots, sum(one["points"] for one in awards), activity["reason"], activity["reason_facts"]


def _judged(
    activity: asyncpg.Record, decision: Decision, awards: Mapping[int, Sequence[asyncpg.Record]], revision: Revision
) -> tuple[object, ...]:
    stored = {one["rule"]: one["posts_at"] for one in awards.get(activity["id"], [])}
    lots = [
        (
            (one.rule, one.points, one.explanation.code, dict(one.explanation.facts), one.limit_key, one.slot),
            (*_dates(activity, one, stored.get(one.rule), revision), one.awaits_approval),
        )
        for one in decision.awards
    ]
    reason = decision.reason
    return lots, activity["points"], reason.code if reason else None, dict(reason.facts) if reason else {}


def _dates(activity: asyncpg.Record, one: Award, posts_at: datetime | None, revision: Revision) -> tuple[object, ...]:
    """The dates of the engine's award: of its deadline, or of a confirmation where the stored lot posts before it."""
    zone = activity["time_zone"]
    if one.posts_at is None or posts_at is None or posts_at == one.posts_at:
        return one.posting_date, one.last_usable_day, one.expires_at
    assert activity["occurred_at"] < posts_at < one.posts_at, activity["mi_account_id"]
    posted = confirmed(activity["local_date"], local_date(posts_at, zone), revision, zone)
    return posted.posting_date, posted.last_usable_day, posted.expires_at
