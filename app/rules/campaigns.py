"""What does a temporary earning rule add to what an activity earns, then and after a return? Pure. PROGRAMME 3, 9."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.rules.calendar import expiry, of_age, posting_deadline
from app.rules.conditions import holds
from app.rules.facts import ActivityFacts, Award, Granted, Input, LimitKey, OrderFacts, period_key, resets_on
from app.rules.money import whole_units
from app.rules.terms import Kind, Period, Posts, Revision
from app.rules.text import JsonScalar, Text

RULE = "CAMPAIGN"


@dataclass(frozen=True)
class CampaignTerms:
    """A campaign as it judges activities: exactly one of `bonus_points`, `multiplier` and `points_per_unit` is set.

    `posting_days` None: as the activity's own award; 0: at once; else pending to the end of so many local days.
    `budget_left` in points (None: no budget).
    """

    id: int
    trigger: str
    code: str | None = None
    condition: str | None = None
    bonus_points: int | None = None
    multiplier: Decimal | None = None
    points_per_unit: Decimal | None = None
    limit_per_member: int | None = None
    limit_period: Period = Period.LIFETIME
    posting_days: int | None = None
    budget_left: int | None = None


@dataclass(frozen=True)
class MemberFacts:
    """Who did it, as a condition sees them on the activity's local date; `purchases`: those recorded before it."""

    market: str
    age_years: int
    days_enrolled: int
    purchases: int


@dataclass(frozen=True)
class Running:
    """The campaigns that reward an activity, in the order of their launch, and what their conditions see beside it.

    `hour`: 0 to 23 on the member's clock.
    """

    campaigns: tuple[CampaignTerms, ...]
    member: MemberFacts
    hour: int


@dataclass(frozen=True)
class KeptOrder:
    """What is kept of an order, of the lines that earn: net in minor units, pieces, and which products they are."""

    currency: str
    net_minor: int
    item_count: int
    skus: tuple[str, ...]
    categories: tuple[str, ...]


def campaign_awards(
    facts: ActivityFacts, revision: Revision, granted: Granted, running: Running, base_points: int
) -> tuple[list[Award], list[Text]]:
    """The awards of campaigns on top of an activity's own `base_points`, and the reasons of those that gave nothing.

    A campaign whose condition does not hold gives nothing and no reason.
    """
    awards: list[Award] = []
    reasons: list[Text] = []
    if facts.order is not None and facts.order.item_count == 0:
        return awards, reasons  # nothing in the order earns
    inputs = {**_of_then(facts, running), **_of_order(facts.order)}
    for terms in running.campaigns:
        if terms.condition is not None and not holds(terms.condition, inputs):
            continue
        outcome = _judge(terms, facts, revision, granted, running, base_points)
        if isinstance(outcome, Award):
            awards.append(outcome)
        elif outcome is not None:
            reasons.append(outcome)
    return awards, reasons


def campaign_limit(terms: CampaignTerms, day: date, sku: str | None) -> LimitKey | None:
    """The campaign's limit per member on that local day, for that product; None where there is none."""
    key = period_key(terms.limit_period, day, sku)
    if terms.limit_per_member is None or key is None:
        return None
    return LimitKey(RULE, f"campaign:{terms.id}:{key}", terms.limit_per_member, terms.limit_period)


def campaign_limits(campaigns: Sequence[CampaignTerms], day: date, sku: str | None) -> tuple[LimitKey, ...]:
    """The limits whose grants `campaign_awards` needs to know for an activity of that local day and product."""
    keys = (campaign_limit(terms, day, sku) for terms in campaigns)
    return tuple(key for key in keys if key is not None)


def worth(terms: CampaignTerms, base_points: int, order: OrderFacts | KeptOrder | None) -> int:
    """Points of one grant: the bonus, floor(base x multiplier) - base, or floor(rate x whole units). PROGRAMME 3."""
    if terms.bonus_points is not None:
        return terms.bonus_points
    if terms.multiplier is not None:
        return int(base_points * terms.multiplier // 1) - base_points
    units = whole_units(order.net_minor, order.currency) if order else 0
    return int((terms.points_per_unit or Decimal(0)) * units // 1)


def still_worth(terms: CampaignTerms, base_points: int, order: KeptOrder, then: Mapping[str, Input]) -> int:
    """Points of a grant that what is kept of the order still earns; `then`: the inputs stored with the award.

    A multiplier and a per-unit rate are computed again on what is kept; a bonus stays while its condition holds of
    that. An order of which nothing is kept earns nothing. PROGRAMME 3.
    """
    if order.item_count == 0:
        return 0
    kept = OrderFacts(
        order.currency, order.net_minor, item_count=order.item_count, skus=order.skus, categories=order.categories
    )
    lost = (
        terms.bonus_points is not None
        and terms.condition is not None
        and not holds(terms.condition, {**then, **_of_order(kept)})
    )
    return 0 if lost else worth(terms, base_points, order)


def age_years(born: date, on: date) -> int:
    """Whole years on the local date `on`; who was born on 29 February has the birthday on 1 March (PROGRAMME 2)."""
    years = on.year - born.year
    return max(0, years if of_age(born, on, years) else years - 1)


def _judge(
    terms: CampaignTerms,
    facts: ActivityFacts,
    revision: Revision,
    granted: Granted,
    running: Running,
    base_points: int,
) -> Award | Text | None:
    points = worth(terms, base_points, facts.order)
    if points <= 0:
        return None
    limit = campaign_limit(terms, facts.local_date, facts.sku)
    slot = granted.get((RULE, limit.key), 0) + 1 if limit else None
    if limit and slot and slot > limit.limit:
        opens = resets_on(limit.period, facts.local_date)
        told = {"limit": limit.limit, "period": limit.period.value, "resets_on": opens.isoformat() if opens else None}
        return Text("CAMPAIGN_LIMIT", told)
    if terms.budget_left is not None and points > terms.budget_left:
        return Text("BUDGET_EXHAUSTED")
    posts = _posts(terms, facts, revision)
    at_once = posts is Posts.AT_ONCE
    days = 0 if at_once else revision.posting_days if terms.posting_days is None else terms.posting_days
    posting = posting_deadline(facts.local_date, days, facts.zone)
    end = expiry(posting.posting_date, revision.expiry_months, facts.zone)
    return Award(
        rule=RULE,
        points=points,
        local_date=facts.local_date,
        posts_at=None if at_once else posting.posts_at,
        posting_date=posting.posting_date,
        last_usable_day=end.last_usable_day,
        expires_at=end.expires_at,
        awaits_approval=posts is Posts.ON_APPROVAL,
        limit_key=limit.key if limit else None,
        slot=slot,
        explanation=_explain(terms, points, base_points, facts.order),
        campaign_id=terms.id,
        inputs=_of_then(facts, running),
    )


def _posts(terms: CampaignTerms, facts: ActivityFacts, revision: Revision) -> Posts:
    if terms.posting_days is not None:
        return Posts.PENDING if terms.posting_days else Posts.AT_ONCE
    own = next(revision.rules_for(facts.kind, facts.code), None)
    if own is not None:
        return own.posts
    return Posts.PENDING if facts.kind == Kind.PURCHASE else Posts.AT_ONCE


def _explain(terms: CampaignTerms, points: int, base_points: int, order: OrderFacts | None) -> Text:
    told: dict[str, JsonScalar] = {"points": points}
    if terms.multiplier is not None:
        return Text("CAMPAIGN_MULTIPLIER", {**told, "base": base_points, "multiplier_rate": _plain(terms.multiplier)})
    if terms.points_per_unit is None or order is None:
        return Text("CAMPAIGN_BONUS", told)
    units = whole_units(order.net_minor, order.currency)
    told |= {"units": units, "each_rate": _plain(terms.points_per_unit)}
    return Text("CAMPAIGN_PER_UNIT", {**told, "net_minor": order.net_minor, "currency": order.currency})


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _of_order(order: OrderFacts | None) -> dict[str, Input]:
    shown = order or OrderFacts("", 0)
    return {
        "order.net_minor": shown.net_minor,
        "order.item_count": shown.item_count,
        "order.skus": list(shown.skus),
        "order.categories": list(shown.categories),
    }


def _of_then(facts: ActivityFacts, running: Running) -> dict[str, Input]:
    member = running.member
    return {
        "activity.kind": facts.kind,
        "activity.code": facts.code or "",
        "activity.sku": facts.sku or "",
        "activity.local_date": facts.local_date.isoformat(),
        "activity.weekday": facts.local_date.isoweekday(),
        "activity.hour": running.hour,
        "member.market": member.market,
        "member.age_years": member.age_years,
        "member.days_enrolled": member.days_enrolled,
        "member.purchases": member.purchases,
    }
