"""What does this activity earn, under the rules in force when it happened, and why (or why not)? PROGRAMME 3.

`limits_of` says what has to be counted first, `award` decides. Both are asked with the same facts.
"""

from dataclasses import dataclass
from datetime import date, datetime

from app.rules.calendar import expiry, month_start, posting_deadline
from app.rules.campaigns import Running, campaign_awards, campaign_limits
from app.rules.facts import (
    ActivityFacts,
    Award,
    Decision,
    Granted,
    LimitKey,
    OrderFacts,
    period_key,
    resets_on,
)
from app.rules.money import whole_units
from app.rules.terms import EarningRule, Kind, Posts, Revision
from app.rules.text import JsonScalar, Text

__all__ = [
    "ActivityFacts",
    "Award",
    "Decision",
    "Granted",
    "LimitKey",
    "OrderFacts",
    "PostingNow",
    "award",
    "confirmed",
    "limit_key",
    "limits_of",
    "resets_on",
]


@dataclass(frozen=True)
class PostingNow:
    """The dates of an award that posts at this moment."""

    posting_date: date
    last_usable_day: date
    expires_at: datetime


def award(facts: ActivityFacts, revision: Revision, granted: Granted, running: Running | None = None) -> Decision:
    """Decides what the activity earns: by the revision's rules, in their order, then by the running campaigns.

    `granted` counts the grants so far of each limit that `limits_of` names (absent: none). Nothing earned is no error:
    the decision says LIMIT_REACHED, BELOW_ONE_UNIT, EXCLUDED, ACCOUNT_SUSPENDED or NO_RULE, and of campaigns
    CAMPAIGN_LIMIT or BUDGET_EXHAUSTED. `facts.order` is needed for a purchase (else ValueError).
    """
    if facts.suspended:
        return Decision((), Text("ACCOUNT_SUSPENDED"))
    if facts.excluded or (facts.sku is not None and facts.sku in revision.excluded_skus):
        return Decision((), Text("EXCLUDED"))
    awards, reasons = _own_awards(facts, revision, granted)
    if running is not None:
        base_points = sum(one.points for one in awards if one.local_date == facts.local_date)
        added, more = campaign_awards(facts, revision, granted, running, base_points)
        awards += added
        reasons += more
    if not awards and not reasons:
        reasons.append(Text("NO_RULE"))
    return Decision(tuple(awards), reasons[0] if reasons else None, tuple(reasons[1:]))


def limits_of(facts: ActivityFacts, revision: Revision, running: Running | None = None) -> tuple[LimitKey, ...]:
    """The limits whose grants `award` needs to know for this activity."""
    rules = revision.rules_for(facts.kind, facts.code)
    keys = (limit_key(rule, facts.local_date, facts.sku) for rule in rules)
    own = tuple(key for key in keys if key is not None)
    return own + campaign_limits(running.campaigns if running else (), facts.local_date, facts.sku)


def limit_key(rule: EarningRule, day: date, sku: str | None) -> LimitKey | None:
    """The limit of the rule on that local day, for that product; None where there is none or no product is named."""
    key = period_key(rule.period, day, sku) if rule.period is not None else None
    if rule.limit is None or rule.period is None or key is None:
        return None
    return LimitKey(rule.rule, key, rule.limit, rule.period)


def confirmed(award_occurred_on: date, confirmed_on: date, revision: Revision, zone: str) -> PostingNow:
    """The dates of a pending award that a delivery or an approval confirms: it posts on the later of both local dates.

    Asked only while the award is pending: a confirmation after posting changes nothing (PROGRAMME 3).
    """
    posting_date = max(award_occurred_on, confirmed_on)
    end = expiry(posting_date, revision.expiry_months, zone)
    return PostingNow(posting_date, end.last_usable_day, end.expires_at)


def _own_awards(facts: ActivityFacts, revision: Revision, granted: Granted) -> tuple[list[Award], list[Text]]:
    awards: list[Award] = []
    reasons: list[Text] = []
    for rule in revision.rules_for(facts.kind, facts.code):
        for own_date in facts.streak_dates if rule.every_days else (facts.local_date,):
            outcome = _judge(rule, own_date, facts, revision, granted)
            if isinstance(outcome, Award):
                awards.append(outcome)
            else:
                reasons.append(outcome)
    return awards, reasons


def _judge(
    rule: EarningRule, own_date: date, facts: ActivityFacts, revision: Revision, granted: Granted
) -> Award | Text:
    limit = limit_key(rule, own_date, facts.sku)
    slot = granted.get((rule.rule, limit.key), 0) + 1 if limit else None
    if limit and slot and slot > limit.limit:
        return _limit_reached(limit, own_date)
    points = rule.points * (_units(facts) if rule.per_unit else 1)
    if points == 0:
        return _below_one_unit(facts)
    at_once = rule.posts is Posts.AT_ONCE
    posting = posting_deadline(own_date, 0 if at_once else revision.posting_days, facts.zone)
    end = expiry(posting.posting_date, revision.expiry_months, facts.zone)
    return Award(
        rule=rule.rule,
        points=points,
        local_date=own_date,
        posts_at=None if at_once else posting.posts_at,
        posting_date=posting.posting_date,
        last_usable_day=end.last_usable_day,
        expires_at=end.expires_at,
        awaits_approval=rule.posts is Posts.ON_APPROVAL,
        limit_key=limit.key if limit else None,
        slot=slot,
        explanation=_explain(rule, points, own_date, slot, facts),
    )


def _order(facts: ActivityFacts) -> OrderFacts:
    if facts.order is None:
        raise ValueError(f"a {facts.kind} needs its order's facts")
    return facts.order


def _units(facts: ActivityFacts) -> int:
    order = _order(facts)
    return whole_units(order.net_minor, order.currency)


def _limit_reached(limit: LimitKey, day: date) -> Text:
    opens = resets_on(limit.period, day)
    return Text(
        "LIMIT_REACHED",
        {"limit": limit.limit, "period": limit.period.value, "resets_on": opens.isoformat() if opens else None},
    )


def _below_one_unit(facts: ActivityFacts) -> Text:
    order = _order(facts)
    if order.net_minor == 0 and order.excluded_minor > 0:
        return Text("EXCLUDED")
    return Text("BELOW_ONE_UNIT", {"net_minor": order.net_minor, "currency": order.currency})


def _explain(rule: EarningRule, points: int, day: date, slot: int | None, facts: ActivityFacts) -> Text:
    own: dict[str, JsonScalar] = {}
    if rule.trigger is Kind.CUSTOM:
        return Text("CUSTOM", {"points": points, "code": rule.code})
    if rule.every_days is not None:
        own = {"days": rule.every_days, "day_on": day.isoformat()}
    elif rule.trigger is Kind.FUEL:
        own = {"day_on": day.isoformat()}
    elif rule.trigger is Kind.SHARE:
        own = {"number": slot, "limit": rule.limit, "month_on": month_start(day).isoformat()}
    elif rule.trigger is Kind.REVIEW:
        own = {"sku": facts.sku}
    elif rule.trigger is Kind.PURCHASE:
        own = _purchase_facts(facts)
    return Text(rule.rule, {"points": points, **own})


def _purchase_facts(facts: ActivityFacts) -> dict[str, JsonScalar]:
    order = _order(facts)
    discounts = {
        "coupon_minor": order.coupon_minor,
        "points_discount_minor": order.points_minor,
        "excluded_minor": order.excluded_minor,
    }
    told = {name: minor for name, minor in discounts.items() if minor > 0}
    return {"units": _units(facts), "net_minor": order.net_minor, "currency": order.currency, **told}
