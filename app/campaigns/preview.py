"""What would a campaign have given for what members did in a span of time? Nothing is written. (PROGRAMME 9)"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.campaigns.draft import Draft, unfit_draft
from app.campaigns.running import member_facts
from app.database import Db, rows
from app.programmes.store import Book
from app.replica import snapshot
from app.requests.outcome import Outcome, invalid
from app.rules.campaigns import RULE, CampaignTerms, Running, campaign_awards
from app.rules.facts import ActivityFacts, Award, OrderFacts

GREATEST_SPAN = 10_000  # activities: a few seconds
BATCH = 500

# In the order in which they happened. What was recorded of a suspended member or an excluded product earns nothing.
_ACTIVITIES = """
SELECT activity.id FROM activity JOIN account USING (member_id)
WHERE kind = $1 AND code IS NOT DISTINCT FROM $2 AND market_id = ANY ($3::text[])
  AND occurred_at >= $4 AND occurred_at < $5 AND coalesce(reason, '') NOT IN ('ACCOUNT_SUSPENDED', 'EXCLUDED')
ORDER BY occurred_at, activity.id LIMIT $6
"""
_FACTS = """
WITH asked AS MATERIALIZED (SELECT id, member_id FROM activity WHERE id = ANY ($1::bigint[])),
counted AS (
  SELECT id, count(*) FILTER (WHERE kind = 'PURCHASE') OVER (PARTITION BY member_id ORDER BY id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS purchases
  FROM activity WHERE member_id IN (SELECT member_id FROM asked) AND (kind = 'PURCHASE' OR id = ANY ($1::bigint[])))
SELECT a.id, a.member_id, a.kind, a.code, a.local_date, a.occurred_at, a.facts ->> 'sku' AS sku, account.market_id,
  time_zone, birth_date, enrolled_at, purchases, coalesce(own.points, 0)::int AS base_points, lines.*
FROM activity a JOIN counted USING (id) JOIN account USING (member_id) JOIN member ON member.id = a.member_id
LEFT JOIN LATERAL (
  SELECT sum(points) AS points FROM award WHERE activity_id = a.id AND campaign_id IS NULL) own ON true
LEFT JOIN shop_order ON shop_order.activity_id = a.id
LEFT JOIN LATERAL (
  SELECT coalesce(sum(net_minor), 0)::bigint AS net_minor, coalesce(sum(quantity), 0)::int AS item_count,
    array_agg(DISTINCT sku) AS skus,
    array(SELECT DISTINCT category FROM order_line l, jsonb_array_elements_text(l.categories) AS category
          WHERE l.order_id = shop_order.id AND l.earns ORDER BY 1) AS categories
  FROM order_line WHERE order_id = shop_order.id AND earns) lines ON true
WHERE a.id = ANY ($1::bigint[]) ORDER BY occurred_at, a.id
"""


@dataclass(frozen=True)
class Rewarded:
    """An activity that would have earned these points."""

    id: int
    occurred_at: datetime
    points: int


@dataclass(frozen=True)
class Preview:
    """What a campaign would have given; `rewarded` newest first; `owed_minor`: by currency, what it is worth."""

    members: int
    points: int
    rewarded: tuple[Rewarded, ...]
    owed_minor: Mapping[str, int]


async def preview_campaign(draft: Draft, book: Book, start: datetime, end: datetime) -> Preview | Outcome:
    """Run a campaign over the activities of [start, end), with its limits and its budget.

    Refused like a launch, and as INVALID_INPUT for an empty span or one of more than 10,000 activities.
    """
    if problem := unfit_draft(draft, book, ("campaign",)):
        return problem
    if end <= start:
        return invalid("OUT_OF_RANGE", "to")
    asked = (draft.trigger, draft.activity_code, list(draft.markets), start, end, GREATEST_SPAN + 1)

    async def read(db: Db) -> Preview | Outcome:
        ids = [found["id"] for found in await rows(db, _ACTIVITIES, *asked)]
        if len(ids) > GREATEST_SPAN:
            return invalid("TOO_MANY", "to", maximum=GREATEST_SPAN)
        return await _run(db, draft.terms(), ids, book)

    return await snapshot(read)


async def _run(db: Db, terms: CampaignTerms, ids: list[int], book: Book) -> Preview:
    granted: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    owed: dict[str, int] = defaultdict(int)
    members: set[int] = set()
    rewarded: list[Rewarded] = []
    for first in range(0, len(ids), BATCH):
        for found in await rows(db, _FACTS, ids[first : first + BATCH]):
            award = _award(terms, found, book, granted[found["member_id"]])
            if award is None:
                continue
            if terms.budget_left is not None:
                terms = replace(terms, budget_left=terms.budget_left - award.points)
            if award.limit_key is not None and award.slot is not None:
                granted[found["member_id"]][RULE, award.limit_key] = award.slot
            revision = book.of(found["market_id"], found["occurred_at"]).revision
            owed[revision.market.currency] += award.points * revision.point_value_minor
            members.add(found["member_id"])
            rewarded.append(Rewarded(found["id"], found["occurred_at"], award.points))
        await asyncio.sleep(0)  # other requests go on meanwhile
    return Preview(len(members), sum(one.points for one in rewarded), tuple(reversed(rewarded)), owed)


def _award(
    terms: CampaignTerms, found: Mapping[str, Any], book: Book, granted: Mapping[tuple[str, str], int]
) -> Award | None:
    zone = found["time_zone"]
    revision = book.of(found["market_id"], found["occurred_at"]).revision
    facts = ActivityFacts(
        found["kind"],
        found["local_date"],
        zone,
        code=found["code"],
        sku=found["sku"],
        order=_order(found, revision.market.currency) if found["kind"] == "PURCHASE" else None,
    )
    member = member_facts(found["market_id"], found, found["local_date"], zone)
    running = Running((terms,), member, found["occurred_at"].astimezone(ZoneInfo(zone)).hour)
    awards, _ = campaign_awards(facts, revision, granted, running, found["base_points"])
    return awards[0] if awards else None


def _order(found: Mapping[str, Any], currency: str) -> OrderFacts:
    return OrderFacts(
        currency,
        found["net_minor"],
        item_count=found["item_count"],
        skus=tuple(found["skus"] or ()),
        categories=tuple(found["categories"]),
    )
