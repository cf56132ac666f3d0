"""Which campaigns reward what a member has just done, and what do their conditions see of the member?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.database import Db, one, row, rows
from app.ledger.account import AccountState
from app.rules.calendar import local_date
from app.rules.campaigns import CampaignTerms, MemberFacts, Running, age_years
from app.rules.facts import ActivityFacts, Award
from app.rules.terms import Period

# By the activity's own instant: a campaign launched later with a start in the past rewards what is recorded from its
# launch on, and one that was ended since rewards what happened before its end.
IN_FORCE = """
w.market_id = {market} AND w.starts_at <= {at} AND w.ends_at > {at} AND coalesce(ended_at, 'infinity') > {at}
  AND trigger = {kind} AND activity_code IS NOT DISTINCT FROM {code}
"""
_RUNNING = f"""
SELECT campaign.* FROM campaign JOIN campaign_window w ON w.campaign_id = campaign.id
WHERE {IN_FORCE.format(market="$1", at="$2", kind="$3", code="$4")}
ORDER BY campaign.id
"""
_MEMBER = """
SELECT birth_date, enrolled_at, (SELECT count(*) FROM activity WHERE member_id = $1 AND kind = 'PURCHASE') AS purchases
FROM member WHERE id = $1
"""
# The one statement that gives points of a budget away: it waits for whoever is giving, then judges what is left.
_SPEND = """
UPDATE campaign SET budget_left = budget_left - $2 WHERE id = $1 AND budget_left >= $2 RETURNING id
"""


async def running_for(db: Db, account: AccountState, facts: ActivityFacts, occurred_at: datetime) -> Running | None:
    """The campaigns that run in the member's market when an activity of this kind and code happened; None: none do."""
    if facts.suspended or facts.excluded:
        return None
    found = await rows(db, _RUNNING, account.market, occurred_at, facts.kind, facts.code)
    if not found:
        return None
    member = await one(db, _MEMBER, account.member_id)
    return running_among(found, member, account.market, facts, occurred_at)


def running_among(
    found: Sequence[Mapping[str, Any]],
    member: Mapping[str, Any],
    market: str,
    facts: ActivityFacts,
    occurred_at: datetime,
) -> Running | None:
    """The campaigns of these rows as they see an activity of this member (see `member_facts`); None: there are none."""
    if facts.suspended or facts.excluded or not found:
        return None
    seen = member_facts(market, member, facts.local_date, facts.zone)
    hour = occurred_at.astimezone(ZoneInfo(facts.zone)).hour
    return Running(tuple(terms_of(campaign) for campaign in found), seen, hour)


async def spend(db: Db, running: Running, awards: Iterable[Award]) -> frozenset[int]:
    """Take awards out of their campaigns' budgets, each whole or not at all; the campaigns that no longer cover theirs.

    Locks the campaigns' rows, in order of their ids; the caller holds the account.
    """
    limited = {terms.id for terms in running.campaigns if terms.budget_left is not None}
    wanted = sorted((award.campaign_id, award.points) for award in awards if award.campaign_id in limited)
    return frozenset(
        [campaign_id for campaign_id, points in wanted if await row(db, _SPEND, campaign_id, points) is None]
    )


def exhausted(running: Running, campaign_ids: Collection[int]) -> Running:
    """The same campaigns, with nothing left in the budgets of these."""
    return replace(
        running,
        campaigns=tuple(
            replace(terms, budget_left=0) if terms.id in campaign_ids else terms for terms in running.campaigns
        ),
    )


def member_facts(market: str, member: Mapping[str, Any], day: date, zone: str) -> MemberFacts:
    """What a condition sees of a member (birth_date, enrolled_at, purchases) on a local day; erased: of no age."""
    born = member["birth_date"]
    enrolled = local_date(member["enrolled_at"], zone)
    return MemberFacts(
        market,
        age_years(born, day) if born is not None else 0,
        max(0, (day - enrolled).days),
        member["purchases"],
    )


def terms_of(campaign: Mapping[str, Any]) -> CampaignTerms:
    """A row of the table `campaign` as the rule engine judges it."""
    return CampaignTerms(
        id=campaign["id"],
        trigger=campaign["trigger"],
        code=campaign["activity_code"],
        condition=campaign["condition"],
        bonus_points=campaign["bonus_points"],
        multiplier=_decimal(campaign["multiplier"]),
        points_per_unit=_decimal(campaign["points_per_unit"]),
        limit_per_member=campaign["limit_per_member"],
        limit_period=Period(campaign["limit_period"]),
        posting_days=campaign["posting_days"],
        budget_left=campaign["budget_left"],
    )


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None
