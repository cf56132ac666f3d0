"""What can a member still do today to earn points?"""

from dataclasses import dataclass
from datetime import date

from app.rules.earning import Granted, LimitKey, limit_key, resets_on
from app.rules.terms import EarningRule, Kind, Revision


@dataclass(frozen=True)
class Opportunity:
    """A rule whose limit is open: `points` for each activity, or for each whole `per` ("EUR") where that is set.

    `remaining`: grants until the limit is used up (None: no limit, or one a product); it opens anew on `resets_on`.
    """

    rule: str
    trigger: Kind
    code: str | None
    points: int
    per: str | None
    remaining: int | None
    resets_on: date | None


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
