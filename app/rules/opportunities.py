"""What can a member still do today to earn points?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.rules.campaigns import RULE, CampaignTerms, KeptOrder, campaign_limit, worth
from app.rules.earning import Granted, LimitKey, limit_key, resets_on
from app.rules.money import minor_units
from app.rules.terms import EarningRule, Kind, Revision


@dataclass(frozen=True)
class Opportunity:
    """A rule whose limit is open: `points` for each activity, or for each whole `per` ("EUR") where that is set.

    A campaign's points come on top of those of its trigger's own rules; parts of a point are left out.

    `remaining`: grants until the limit is used up (None: no limit, or one a product); it opens anew on `resets_on`.
    """

    rule: str
    trigger: Kind
    code: str | None
    points: int
    per: str | None
    remaining: int | None
    resets_on: date | None
    campaign_id: int | None = None


def opportunities(revision: Revision, today: date, granted: Granted) -> tuple[Opportunity, ...]:
    """Every rule of the revision with an open limit on the local date `today`, in the document's order.

    `granted` counts the grants so far of each limit that `limits_on` names (absent: none).
    """
    found = (_opportunity(rule, revision, today, granted) for rule in revision.rules)
    return tuple(opportunity for opportunity in found if opportunity is not None)


def limits_on(revision: Revision, today: date) -> tuple[LimitKey, ...]:
    """The limits whose grants `opportunities` needs to know; those of single products are not among them."""
    keys = (limit_key(rule, today, None) for rule in revision.rules)
    return tuple(key for key in keys if key is not None)


def campaign_opportunities(
    campaigns: Sequence[CampaignTerms], revision: Revision, today: date, granted: Granted
) -> tuple[Opportunity, ...]:
    """Every running campaign with an open limit and budget on the local date `today`, in the order given."""
    found = (_campaign(terms, revision, today, granted) for terms in campaigns)
    return tuple(opportunity for opportunity in found if opportunity is not None)


def _campaign(terms: CampaignTerms, revision: Revision, today: date, granted: Granted) -> Opportunity | None:
    limit = campaign_limit(terms, today, None)
    remaining = limit.limit - granted.get((limit.rule, limit.key), 0) if limit else None
    own = [rule for rule in revision.rules_for(terms.trigger, terms.code) if rule.every_days is None]
    one_unit = KeptOrder(revision.market.currency, 10 ** minor_units(revision.market.currency), 1, (), ())
    points = worth(terms, sum(rule.points for rule in own), one_unit)
    used_up = terms.budget_left is not None and terms.budget_left < max(points, 1)
    if used_up or (remaining is not None and remaining <= 0):
        return None
    per_unit = terms.bonus_points is None and any(rule.per_unit for rule in own)
    return Opportunity(
        rule=RULE,
        trigger=Kind(terms.trigger),
        code=terms.code,
        points=points,
        per=revision.market.currency if per_unit else None,
        remaining=remaining,
        resets_on=resets_on(limit.period, today) if limit else None,
        campaign_id=terms.id,
    )


def _opportunity(rule: EarningRule, revision: Revision, today: date, granted: Granted) -> Opportunity | None:
    limit = limit_key(rule, today, None)
    remaining = limit.limit - granted.get((rule.rule, limit.key), 0) if limit else None
    if remaining is not None and remaining <= 0:
        return None
    return Opportunity(
        rule=rule.rule,
        trigger=rule.trigger,
        code=rule.code,
        points=rule.points,
        per=revision.market.currency if rule.per_unit else None,
        remaining=remaining,
        resets_on=resets_on(limit.period, today) if limit else None,
    )
