"""What does this activity earn, under the rules in force when it happened, and why (or why not)? PROGRAMME 3.

`limits_of` says what has to be counted first, `award` decides. Both are asked with the same facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.rules.calendar import expiry, month_start, next_month, posting_deadline
from app.rules.money import whole_units
from app.rules.terms import EarningRule, Kind, Period, Posts, Revision
from app.rules.text import JsonScalar, Text

Granted = Mapping[tuple[str, str], int]  # (rule, limit key) -> grants so far, withdrawn ones included


@dataclass(frozen=True)
class OrderFacts:
    """An order as earning sees it, in minor units: `net_minor` is what is eligible, after every discount.

    `coupon_minor`, `points_minor` (discounts) and `excluded_minor` (net of excluded products) only explain.
    """

    currency: str
    net_minor: int
    coupon_minor: int = 0
    points_minor: int = 0
    excluded_minor: int = 0


@dataclass(frozen=True)
class ActivityFacts:
    """What a member did, on the local date of their zone.

    `streak_dates`: the dates that newly complete a Fuel streak with this tap (app.rules.streak). `excluded`: the
    product of a share or review is excluded from the programme now. `suspended`: the member is.
    """

    kind: str
    local_date: date
    zone: str
    code: str | None = None
    sku: str | None = None
    order: OrderFacts | None = None
    suspended: bool = False
    excluded: bool = False
    streak_dates: tuple[date, ...] = ()


@dataclass(frozen=True)
class LimitKey:
    """A limit to count grants for: `key` is "LIFETIME", "sku:AB-1", "2026-03" or "2026-03-31"."""

    rule: str
    key: str
    limit: int
    period: Period


@dataclass(frozen=True)
class Award:
    """Points (> 0) that one rule grants. `posts_at` None: at once. `slot`: which grant of its limit it is, from 1.

    `local_date` is the award's own: of a streak its last day, else the activity's. `expires_at` and `last_usable_day`
    hold if it posts on `posting_date`; an earlier confirmation makes new ones (`confirmed`).
    """

    rule: str
    points: int
    local_date: date
    posts_at: datetime | None
    posting_date: date
    last_usable_day: date
    expires_at: datetime
    awaits_approval: bool
    limit_key: str | None
    slot: int | None
    explanation: Text
    campaign_id: int | None = None


@dataclass(frozen=True)
class Decision:
    """The awards of an activity, and the reason why there are none or why they are less than one might expect."""

    awards: tuple[Award, ...]
    reason: Text | None = None

    @property
    def points(self) -> int:
        return sum(each.points for each in self.awards)


@dataclass(frozen=True)
class PostingNow:
    """The dates of an award that posts at this moment."""

    posting_date: date
    last_usable_day: date
    expires_at: datetime


def award(facts: ActivityFacts, revision: Revision, granted: Granted) -> Decision:
    """Decides what the activity earns; the order of the awards is that of the revision's rules.

    `granted` counts the grants so far of each limit that `limits_of` names (absent: none). Nothing earned is no error:
    the decision says LIMIT_REACHED, BELOW_ONE_UNIT, EXCLUDED, ACCOUNT_SUSPENDED or NO_RULE. `facts.order` is needed for
    a purchase (else ValueError).
    """
    if facts.suspended:
        return Decision((), Text("ACCOUNT_SUSPENDED"))
    rules = list(revision.rules_for(facts.kind, facts.code))
    if not rules:
        return Decision((), Text("NO_RULE"))
    if facts.excluded or (facts.sku is not None and facts.sku in revision.excluded_skus):
        return Decision((), Text("EXCLUDED"))
    awards: list[Award] = []
    reasons: list[Text] = []
    for rule in rules:
        for own_date in facts.streak_dates if rule.every_days else (facts.local_date,):
            outcome = _judge(rule, own_date, facts, revision, granted)
            if isinstance(outcome, Award):
                awards.append(outcome)
            else:
                reasons.append(outcome)
    return Decision(tuple(awards), reasons[0] if reasons else None)


def limits_of(facts: ActivityFacts, revision: Revision) -> tuple[LimitKey, ...]:
    """The limits whose grants `award` needs to know for this activity."""
    rules = revision.rules_for(facts.kind, facts.code)
    keys = (limit_key(rule, facts.local_date, facts.sku) for rule in rules)
    return tuple(key for key in keys if key is not None)


def limit_key(rule: EarningRule, day: date, sku: str | None) -> LimitKey | None:
    """The limit of the rule on that local day, for that product; None where there is none or no product is named."""
    if rule.limit is None or rule.period is None or (rule.period is Period.PRODUCT and sku is None):
        return None
    spelt = {
        Period.LIFETIME: "LIFETIME",
        Period.PRODUCT: f"sku:{sku}",
        Period.MONTH: f"{day:%Y-%m}",
        Period.DAY: day.isoformat(),
    }
    return LimitKey(rule.rule, spelt[rule.period], rule.limit, rule.period)


def resets_on(period: Period, day: date) -> date | None:
    """The local date on which a limit that is used up on `day` opens again; None: never."""
    if period is Period.MONTH:
        return next_month(day)
    return day + timedelta(days=1) if period is Period.DAY else None


def confirmed(award_occurred_on: date, confirmed_on: date, revision: Revision, zone: str) -> PostingNow:
    """The dates of a pending award that a delivery or an approval confirms: it posts on the later of both local dates.

    Asked only while the award is pending: a confirmation after posting changes nothing (PROGRAMME 3).
    """
    posting_date = max(award_occurred_on, confirmed_on)
    end = expiry(posting_date, revision.expiry_months, zone)
    return PostingNow(posting_date, end.last_usable_day, end.expires_at)


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
