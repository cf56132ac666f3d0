"""What does the rule engine judge, and in what does it answer? Frozen values, no rule of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.rules.calendar import next_month
from app.rules.terms import Period
from app.rules.text import Text

Granted = Mapping[tuple[str, str], int]  # (rule, limit key) -> grants so far, withdrawn ones included
Input = str | int | list[str]  # what a campaign's condition can see
NO_INPUTS: Mapping[str, Input] = {}


@dataclass(frozen=True)
class OrderFacts:
    """An order as earning sees it, in minor units: `net_minor` is what is eligible, after every discount.

    `coupon_minor`, `points_minor` (discounts) and `excluded_minor` (net of excluded products) only explain.
    `item_count`, `skus` and `categories` are those of the lines that earn.
    """

    currency: str
    net_minor: int
    coupon_minor: int = 0
    points_minor: int = 0
    excluded_minor: int = 0
    item_count: int = 0
    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


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
    """A limit to count grants for: `key` is "LIFETIME", "sku:AB-1", "2026-03" or "2026-03-31"; see `period_key`."""

    rule: str
    key: str
    limit: int
    period: Period


@dataclass(frozen=True)
class Award:
    """Points (> 0) that one rule grants. `posts_at` None: at once. `slot`: which grant of its limit it is, from 1.

    `local_date` is the award's own: of a streak its last day, else the activity's. `expires_at` and `last_usable_day`
    hold if it posts on `posting_date`; an earlier confirmation makes new ones (`confirmed`). `inputs`: what a
    campaign's condition saw of the activity and the member, to judge it again when a part of the order comes back.
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
    inputs: Mapping[str, Input] = field(default_factory=lambda: NO_INPUTS)


@dataclass(frozen=True)
class Decision:
    """The awards of an activity, and the reason why there are none or why they are less than one might expect.

    `further`: the reasons beside the first.
    """

    awards: tuple[Award, ...]
    reason: Text | None = None
    further: tuple[Text, ...] = ()

    @property
    def points(self) -> int:
        return sum(each.points for each in self.awards)

    @property
    def reasons(self) -> tuple[Text, ...]:
        return (self.reason, *self.further) if self.reason else ()


def period_key(period: Period, day: date, sku: str | None) -> str | None:
    """How a limit's key spells the period that the local `day` lies in; None where no product is named."""
    if period is Period.PRODUCT:
        return f"sku:{sku}" if sku is not None else None
    return {Period.LIFETIME: "LIFETIME", Period.MONTH: f"{day:%Y-%m}", Period.DAY: day.isoformat()}[period]


def resets_on(period: Period, day: date) -> date | None:
    """The local date on which a limit that is used up on `day` opens again; None: never."""
    if period is Period.MONTH:
        return next_month(day)
    return day + timedelta(days=1) if period is Period.DAY else None
