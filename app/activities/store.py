"""Which activities, awards, taps and grants does a reader see?"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from app.activities.models import Activity
from app.activities.streaks import TapSeen
from app.database import Db, ask, connection, rows, value
from app.keyset import Keyset, Page, Window
from app.reads import Columns, Read, Rows
from app.rows import Pages, instances

KINDS = ("REGISTRATION", "APP_LOGIN", "PURCHASE", "SHARE", "REVIEW", "FUEL", "CUSTOM", "ADJUSTMENT")
STATUSES = ("PENDING", "POSTED", "WITHDRAWN", "EXPIRED", "NONE")

_ORDER = Keyset((("occurred_at", "timestamptz"), ("id", "bigint")))
_ALL = "SELECT * FROM activity WHERE member_id = {whose} {page}"
# One index probe for each kind and status: a page does not cost more for what is left out.
_CHOSEN = """
SELECT each.* FROM unnest(string_to_array(asked.kinds, ',')) AS k (kind)
CROSS JOIN unnest(string_to_array(asked.statuses, ',')) AS s (status) CROSS JOIN LATERAL
  (SELECT * FROM activity WHERE member_id = {whose} AND kind = k.kind AND status = s.status {page}) each
{order} LIMIT asked.most
"""
_AFTER = "SELECT * FROM activity WHERE member_id = $1 AND id > $2 ORDER BY id LIMIT $3"
_SEEN = """
line.id, line.member_id, line.kind, line.code, line.source, line.reference, line.occurred_at, line.status, line.points,
line.reason, line.facts::text, line.reason_facts::text
"""
_AWARD = """
award.id, award.member_id, award.rule, award.points, award.revision_id, revision.name AS revision, award.campaign_id,
campaign.titles::text AS titles, award.explanation, award.facts::text AS facts, lot.amount, lot.remaining, lot.reserved,
lot.expired, lot.reclaimed, lot.posts_at, lot.posted_at, lot.last_usable_day
"""
_AWARDS = """award JOIN lot ON lot.award_id = award.id
JOIN programme_revision revision ON revision.id = award.revision_id
LEFT JOIN campaign ON campaign.id = award.campaign_id
"""
_AWARDS_BESIDE = f"""
(SELECT array_agg(earned) FROM (SELECT {_AWARD} FROM {_AWARDS} WHERE activity_id = line.id ORDER BY award.id) earned)
"""
_GRANTS = """
WITH RECURSIVE asked AS (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) AS a (number, member_id, rule, limit_key)
), line (member_id, had_by) AS (
  SELECT member_id, member_id FROM asked
  UNION SELECT line.member_id, former_id FROM line JOIN member ON member.id = had_by WHERE former_id IS NOT NULL)
SELECT number, rule, limit_key, count(*)::int AS grants FROM asked JOIN line USING (member_id)
CROSS JOIN LATERAL (SELECT FROM award
  WHERE award.member_id = had_by AND award.rule = asked.rule AND award.limit_key = asked.limit_key) had
GROUP BY number, rule, limit_key
"""

Limits = tuple[tuple[str, str], ...]  # rules with the keys of their periods
Granted = dict[tuple[str, str], int]


class AwardSeen(NamedTuple):
    """An award with the state of its lot; `titles` of its campaign by language."""

    id: int
    member_id: int
    rule: str
    points: int
    revision_id: int
    revision: str
    campaign_id: int | None
    titles: Mapping[str, str] | None
    explanation: str
    facts: Mapping[str, object]
    amount: int
    remaining: int
    reserved: int
    expired: int
    reclaimed: int
    posts_at: datetime
    posted_at: datetime | None
    last_usable_day: date


class ActivitySeen(NamedTuple):
    """An activity as a page shows it: see the model, whose names these are. `awards`: None where they were not read."""

    id: int
    member_id: int
    kind: str
    code: str | None
    source: str
    reference: str | None
    occurred_at: datetime
    status: str
    points: int
    reason: str | None
    facts_text: str
    reason_facts_text: str
    awards: list[AwardSeen] | None = None

    @property
    def facts(self) -> Mapping[str, object]:
        return orjson.loads(self.facts_text)  # type: ignore[no-any-return]

    @property
    def reason_facts(self) -> Mapping[str, object]:
        return orjson.loads(self.reason_facts_text)  # type: ignore[no-any-return]


class ActivitiesAsked(NamedTuple):
    """A page of activities of these kinds and statuses (None: all), newest first, with `awards` or without."""

    kinds: tuple[str, ...] | None
    statuses: tuple[str, ...] | None
    window: Window
    awards: bool = False


ActivityPage = Page[ActivitySeen]


def _plain(line: Sequence[Any]) -> ActivitySeen:
    return ActivitySeen(*line)


def _with_awards(line: Sequence[Any]) -> ActivitySeen:
    return ActivitySeen(*line)._replace(awards=[_award(award) for award in line[-1] or ()])


def _award(line: Sequence[Any]) -> AwardSeen:
    seen = AwardSeen._make(line)
    titles: Any = seen.titles
    facts: Any = seen.facts
    return seen._replace(titles=orjson.loads(titles) if titles is not None else None, facts=orjson.loads(facts))


@lru_cache
def _pages(*, chosen: bool, awards: bool, own: bool) -> Pages[ActivitySeen]:
    """`own`: of members by their Mi Accounts, else by their ids."""
    whose = "(SELECT id FROM member WHERE mi_account_id = asked.id)" if own else "asked.id"
    given = {"kinds": "text", "statuses": "text"} if chosen else {}
    columns, make = (f"{_SEEN}, {_AWARDS_BESIDE}", _with_awards) if awards else (_SEEN, _plain)
    select = (_CHOSEN if chosen else _ALL).replace("{whose}", whose)
    return Pages(
        _ORDER, select, lambda: columns, make, given, "text" if own else "bigint", fixed=not awards, plain=not awards
    )


def activity_page(member_id: int, asked: ActivitiesAsked) -> asyncio.Future[ActivityPage]:
    """A page of a member's activities."""
    return _page(member_id, asked, own=False)


def own_activity_page(mi_account_id: str, asked: ActivitiesAsked) -> asyncio.Future[ActivityPage]:
    """The same of whoever has this Mi Account: empty where nobody has, and read before it is known who that is."""
    return _page(mi_account_id, asked, own=True)


def _page(whose: int | str, asked: ActivitiesAsked, *, own: bool) -> asyncio.Future[ActivityPage]:
    kinds, statuses, window, awards = asked
    if kinds is None and statuses is None:
        return _pages(chosen=False, awards=awards, own=own).of(whose, window)
    words = (KINDS if kinds is None else kinds, STATUSES if statuses is None else statuses)
    return _pages(chosen=True, awards=awards, own=own).of(whose, window, *map(",".join, words))


async def newest_activity(member_id: int) -> int:
    """The id of the activity that was recorded last for a member; 0 when there is none."""
    newest: int = await value(connection(), "SELECT coalesce(max(id), 0) FROM activity WHERE member_id = $1", member_id)
    return newest


async def activities_after(member_id: int, last: int, limit: int) -> list[Activity]:
    """The next activities recorded for a member after the one of the id `last`, oldest first."""
    return await instances(connection(), Activity, _AFTER, member_id, last, limit)


def awards_of(activity_id: int) -> asyncio.Future[list[AwardSeen]]:
    """The awards of an activity, in the order of their granting."""
    return ask(_AWARDS_OF, activity_id)


def taps_of(member_id: int) -> asyncio.Future[list[TapSeen]]:
    """A member's Fuel taps of the last nine days, oldest first."""
    return ask(_TAPS, member_id)


def grants_of(asked: tuple[int, Limits]) -> asyncio.Future[Granted]:
    """How often a member was granted each of these limits: see `grants`."""
    return ask(_GRANTS_OF, asked)


async def grants(db: Db, asked: Sequence[tuple[int, str, str]]) -> dict[int, Granted]:
    """How often each (member, rule, limit key) was granted, withdrawn grants included, and those of who they were."""
    counted: dict[int, Granted] = defaultdict(dict)
    numbers, members = list(range(1, len(asked) + 1)), [member_id for member_id, _, _ in asked]
    for grant in await rows(
        db, _GRANTS, numbers, members, [rule for _, rule, _ in asked], [key for _, _, key in asked]
    ):
        counted[members[grant["number"] - 1]][grant["rule"], grant["limit_key"]] = grant["grants"]
    return counted


def _ids(keys: Sequence[int]) -> Columns:
    return (list(keys),)


def _limits(keys: Sequence[tuple[int, Limits]]) -> Columns:
    flat = [
        (number, member_id, rule, limit_key)
        for number, (member_id, limits) in enumerate(keys, 1)
        for rule, limit_key in limits
    ]
    return [list(column) for column in zip(*flat, strict=True)] if flat else ([], [], [], [])


def _granted(key: object, found: Rows) -> Granted:
    return {(rule, limit_key): count for _, rule, limit_key, count in found}


_AWARDS_OF: Read[int, list[AwardSeen]] = Read(
    f"SELECT asked.number, earned.* FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, number) CROSS JOIN LATERAL"
    f" (SELECT {_AWARD} FROM {_AWARDS} WHERE activity_id = asked.id ORDER BY award.id) earned",
    _ids,
    lambda _, found: [_award(line[1:]) for line in found],
)
_TAPS: Read[int, list[TapSeen]] = Read(
    """SELECT asked.number, fuel_tap.local_date, day, day_starts_at, day_ends_at, activity.points
    FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, number) JOIN fuel_tap ON fuel_tap.member_id = asked.id
      AND local_date > (SELECT programme_now() - interval '11 days')::date -- by the index: no zone is two days away
    JOIN activity ON activity.id = fuel_tap.activity_id WHERE day_ends_at > programme_now() - interval '9 days'
    ORDER BY fuel_tap.local_date""",
    _ids,
    lambda _, found: [TapSeen(*line[1:]) for line in found],
)
_GRANTS_OF: Read[tuple[int, Limits], Granted] = Read(_GRANTS, _limits, _granted)
