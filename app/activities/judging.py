"""What does the rule engine need to know of an activity, read in one statement with the account?

The same as `record.decide` reads, kind by kind, in a transaction. Which limits count is the revision's to say, and what
the local day is, the zone's: the statement counts the grants of all limits that may be meant, and whoever asks for
another one, or for a campaign with a budget, takes the lock.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.campaigns.running import IN_FORCE, running_among
from app.ledger.account import AccountState
from app.programmes.store import Book, StoredRevision
from app.rules.earning import ActivityFacts, Decision, award, limits_of
from app.rules.terms import Kind

# Parts of a FROM, after `account`, `member` and `happened` (its `at`: when the activity happened). Grants of who the
# member was before count too.
_CAMPAIGNS = f"""
CROSS JOIN LATERAL (
  SELECT jsonb_agg(to_jsonb(campaign) ORDER BY campaign.id) AS campaigns
  FROM campaign JOIN campaign_window w ON w.campaign_id = campaign.id
  WHERE {IN_FORCE.format(market="account.market_id", at="happened.at", kind="{kind}", code="NULL")}
) AS running
"""
_GRANTED = """
CROSS JOIN LATERAL (
  WITH RECURSIVE line (had_by) AS (
    SELECT member.id UNION SELECT former_id FROM line JOIN member ON member.id = had_by WHERE former_id IS NOT NULL
  ), keys (period, key) AS (
    SELECT 'LIFETIME', 'LIFETIME'
    UNION ALL SELECT 'MONTH', to_char(happened.at AT TIME ZONE account.time_zone, 'YYYY-MM')
    UNION ALL SELECT 'DAY', to_char(happened.at AT TIME ZONE account.time_zone, 'YYYY-MM-DD')
  ), counted (rule, limit_key) AS (
    SELECT rule, key FROM unnest({rules}::text[], {periods}::text[]) AS l (rule, period) JOIN keys USING (period)
    UNION ALL SELECT 'CAMPAIGN', 'campaign:' || (c ->> 'id') || ':' || key
    FROM jsonb_array_elements(campaigns) AS c JOIN keys ON period = c ->> 'limit_period'
    WHERE c ->> 'limit_per_member' IS NOT NULL
  )
  SELECT jsonb_agg(jsonb_build_array(rule, limit_key, (
    SELECT count(*) FROM line JOIN award ON award.member_id = had_by AND award.rule = counted.rule
      AND award.limit_key = counted.limit_key))) AS granted FROM counted
) AS grants
"""
# Its columns. A member's purchases are counted only where a campaign may ask for them.
JUDGING = """
(SELECT coalesce(max(id), 0) FROM programme_revision) AS head, campaigns, granted, birth_date, enrolled_at,
CASE WHEN campaigns IS NOT NULL THEN
  (SELECT count(*) FROM activity WHERE activity.member_id = account.member_id AND kind = 'PURCHASE') END AS purchases
"""


def judging_from(kind: str, rules: str, periods: str) -> str:
    """The parts of a FROM for activities of this kind; `rules` and `periods`: the parameters of `limits_known`."""
    return _CAMPAIGNS.format(kind=f"'{kind}'") + _GRANTED.format(rules=rules, periods=periods)


def limits_known(book: Book, kind: Kind) -> tuple[list[str], list[str]]:
    """The rules that reward this kind with a limit, in any market at any time, and their limits' periods."""
    limits = {
        (rule.rule, rule.period.value)
        for revisions in book.markets.values()
        for stored in revisions
        for rule in stored.revision.rules_for(kind.value, None)
        if rule.period is not None
    }
    return [rule for rule, _ in limits], [period for _, period in limits]


def decided(
    found: Mapping[str, Any], account: AccountState, stored: StoredRevision, facts: ActivityFacts, at: datetime
) -> Decision | None:
    """What the activity that happened at `at` earns, by a row of `JUDGING`; None: whoever holds the lock decides."""
    running = running_among(found["campaigns"] or (), found, account.market, facts, at)
    if running is not None and any(terms.budget_left is not None for terms in running.campaigns):
        return None
    granted = {(rule, key): times for rule, key, times in found["granted"] or ()}
    if any((limit.rule, limit.key) not in granted for limit in limits_of(facts, stored.revision, running)):
        return None
    return award(facts, stored.revision, granted, running)
