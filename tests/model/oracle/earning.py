"""What does an activity earn, and when does that post and end? PROGRAMME 3, 9, by the model's own reading."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.model.oracle.books import Activity, Books, LeftOut, Lot, Member
from tests.model.oracle.days import end_of, local_day, months_later, years_old
from tests.model.oracle.numbers import Numbers
from tests.model.oracle.points import repay, settle

# The conditions that campaigns of the model have, each as CEL says it and as Python does.
CONDITIONS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "order.net_minor >= 3000": lambda seen: seen["order.net_minor"] >= 3000,
    "order.item_count >= 2": lambda seen: seen["order.item_count"] >= 2,
    "'PHONE' in order.categories": lambda seen: "PHONE" in seen["order.categories"],
    "activity.weekday >= 6 || activity.hour < 8": lambda seen: (
        seen["activity.weekday"] >= 6 or seen["activity.hour"] < 8
    ),
    "member.purchases == 0 && member.age_years >= 18": lambda seen: (
        seen["member.purchases"] == 0 and seen["member.age_years"] >= 18
    ),
    "member.days_enrolled >= 1": lambda seen: seen["member.days_enrolled"] >= 1,
}


@dataclass(frozen=True)
class Basket:
    """What earns of an order: net in cents, pieces, categories."""

    net_minor: int
    item_count: int
    categories: frozenset[str]


@dataclass(eq=False)
class Campaign:
    """A temporary earning rule, with its window in each market and exactly one effect (PROGRAMME 9)."""

    number: int
    trigger: str
    windows: dict[str, tuple[datetime, datetime]]
    code: str | None = None
    condition: str | None = None
    bonus: int | None = None
    multiplier: str | None = None
    per_unit: str | None = None
    limit: int | None = None
    period: str = "LIFETIME"
    posting_days: int | None = None
    budget_left: int | None = None
    ended_at: datetime | None = None

    def runs(self, market: str, trigger: str, code: str | None, when: datetime) -> bool:
        """Does it reward what happened then? Its window is [start, end), and it may have been ended early."""
        start, end = self.windows.get(market, (when, when))
        ended = self.ended_at is not None and self.ended_at <= when
        return (self.trigger, self.code) == (trigger, code) and start <= when < end and not ended

    def worth(self, base: int, units: int) -> int:
        """The bonus; floor(base x multiplier) - base; or floor(rate x units): each floored once."""
        if self.bonus is not None:
            return self.bonus
        if self.multiplier is not None:
            return int(base * Fraction(self.multiplier)) - base
        return int(units * Fraction(self.per_unit or 0))

    def still_worth(self, base: int, kept: Basket, then: Mapping[str, Any]) -> int:
        """What is still earned on what is kept; a fixed bonus stays while its condition still holds."""
        if kept.item_count == 0:
            return 0
        if self.bonus is not None and self.condition is not None:
            seen = {**then, **_of_basket(kept)}
            return self.bonus if CONDITIONS[self.condition](seen) else 0
        return self.worth(base, kept.net_minor // 100)


def record(
    books: Books,
    member: Member,
    kind: str,
    when: datetime,
    *,
    code: str | None = None,
    sku: str | None = None,
    basket: Basket | None = None,
    excluded: bool = False,
    streaks: Iterable[Activity | date] = (),
    confirmed_at: datetime | None = None,
) -> Activity:
    """Note an activity with what it earns; without an award it is noted all the same.

    `streaks`: the days that now complete a Fuel streak, by their tap's activity, or by the date of this one.
    """
    day = local_day(when, member.zone)
    activity = Activity(len(books.activities), member, kind, when, day)
    books.activities.append(activity)
    if member.status == "SUSPENDED" or excluded:
        return activity
    numbers = books.numbers(member.market, when)
    base = _own_awards(books, activity, numbers, code, sku, basket)
    for completed in streaks:
        owner = completed if isinstance(completed, Activity) else activity
        open_lot(books, owner, "FUEL_STREAK", numbers.streak_points, numbers)
        base += numbers.streak_points if owner is activity else 0
    _campaign_awards(books, activity, numbers, base, (code, sku, basket))
    if confirmed_at is not None:
        confirm(books, activity, confirmed_at)
    settle(books, member)
    return activity


def open_lot(
    books: Books,
    activity: Activity,
    rule: str,
    points: int,
    numbers: Numbers,
    *,
    days: int | None = None,
    awaits_approval: bool = False,
    **more: Any,
) -> Lot:
    """Points of an award; `days` None: at once, else pending to the midnight that ends so many days later."""
    member = activity.member
    at_once = days is None
    posting_date = activity.local_date + timedelta(days=days or 0)
    last = months_later(posting_date, numbers.expiry_months)
    zone = member.zone
    lot = Lot(
        books.lots,
        activity,
        rule,
        points,
        numbers,
        posting_date,
        books.now if at_once else end_of(posting_date, zone),
        last,
        end_of(last, zone),
        books.now if at_once else None,
        books.now,
        awaits_approval,
        remaining=points,
        **more,
    )
    books.lots += 1
    activity.lots.append(lot)
    member.lots.append(lot)
    if at_once:
        member.flows["adjusted" if rule == "ADJUSTMENT" else "granted"] += points
        repay(member, lot, points)
    return lot


def confirm(books: Books, activity: Activity, when: datetime) -> None:
    """A delivery, or an approval: what is pending posts now, on the later local date; after posting, nothing."""
    member = activity.member
    for lot in activity.lots:
        confirmable = lot.awaits_approval or activity.kind == "PURCHASE"
        if lot.posted_at is None and lot.remaining and confirmable and when < lot.posts_at:
            lot.posting_date = max(activity.local_date, local_day(when, member.zone))
            lot.last_usable_day = months_later(lot.posting_date, lot.numbers.expiry_months)
            lot.ends_at = end_of(lot.last_usable_day, member.zone)
            lot.posts_at = books.now
    settle(books, member)


def excluded_at(books: Books, market: str, when: datetime, *words: LeftOut) -> bool:
    """Had staff left this product, or the category that it is of, out by then?"""
    return any(
        place == market and left_out in words and since <= when and (until is None or when < until)
        for place, left_out, since, until in books.exclusions
    )


def _own_awards(
    books: Books, activity: Activity, numbers: Numbers, code: str | None, sku: str | None, basket: Basket | None
) -> int:
    """The programme's own rules; their points."""
    total = 0
    for rule in numbers.rules_for(activity.kind, code):
        points = rule.points * (basket.net_minor // 100) if basket else rule.points  # one floor per order
        if points == 0 or not _granted(activity, rule.name, "", rule.limit, rule.period, sku):
            continue
        days = None if rule.posts == "AT_ONCE" else numbers.posting_days
        open_lot(books, activity, rule.name, points, numbers, days=days, awaits_approval=rule.posts == "ON_APPROVAL")
        total += points
    return total


def _campaign_awards(books: Books, activity: Activity, numbers: Numbers, base: int, what: tuple[Any, Any, Any]) -> None:
    code, sku, basket = what
    if basket is not None and basket.item_count == 0:
        return  # nothing of the order earns
    member = activity.member
    for campaign in books.campaigns:
        if not campaign.runs(member.market, activity.kind, code, activity.occurred_at):
            continue
        seen = _seen(activity, code, sku, basket)
        points = campaign.worth(base, basket.net_minor // 100 if basket else 0)
        if points <= 0 or (campaign.condition is not None and not CONDITIONS[campaign.condition](seen)):
            continue
        full = not _free(activity, "CAMPAIGN", f"{campaign.number}:", campaign.limit, campaign.period, sku)
        if full or (campaign.budget_left is not None and points > campaign.budget_left):
            continue  # a budget covers a whole award or gives none
        _granted(activity, "CAMPAIGN", f"{campaign.number}:", campaign.limit, campaign.period, sku)
        if campaign.budget_left is not None:
            campaign.budget_left -= points
        own = next((rule.posts for rule in numbers.rules_for(activity.kind, code)), "AT_ONCE")
        days: int | None = numbers.posting_days
        if campaign.posting_days is not None:
            own, days = "PENDING", campaign.posting_days or None
        if own == "AT_ONCE":
            days = None
        open_lot(
            books,
            activity,
            "CAMPAIGN",
            points,
            numbers,
            days=days,
            awaits_approval=own == "ON_APPROVAL",
            campaign=campaign,
            inputs=seen,
        )


def _key(activity: Activity, rule: str, prefix: str, period: str, sku: str | None) -> tuple[str, str]:
    day = activity.local_date
    spelt = {"LIFETIME": "ever", "MONTH": f"{day:%Y-%m}", "DAY": f"{day}", "PRODUCT": f"sku {sku}"}
    return rule, prefix + spelt[period]


def _free(activity: Activity, rule: str, prefix: str, limit: int | None, period: str | None, sku: str | None) -> bool:
    if limit is None or period is None:
        return True
    key = _key(activity, rule, prefix, period, sku)
    return sum(one.grants[key] for one in activity.member.line) < limit


def _granted(
    activity: Activity, rule: str, prefix: str, limit: int | None, period: str | None, sku: str | None
) -> bool:
    """Count a grant, for limits count grants and not survivors; False: the limit is reached."""
    if not _free(activity, rule, prefix, limit, period, sku):
        return False
    if limit is not None and period is not None:
        activity.member.grants[_key(activity, rule, prefix, period, sku)] += 1
    return True


def _seen(activity: Activity, code: str | None, sku: str | None, basket: Basket | None) -> dict[str, Any]:
    member, day = activity.member, activity.local_date
    return {
        "activity.weekday": day.isoweekday(),
        "activity.hour": activity.occurred_at.astimezone(ZoneInfo(member.zone)).hour,
        "member.age_years": years_old(member.born, day),
        "member.days_enrolled": max(0, (day - local_day(member.enrolled_at, member.zone)).days),
        "member.purchases": member.purchases,
        **_of_basket(basket or Basket(0, 0, frozenset())),
    }


def _of_basket(basket: Basket) -> dict[str, Any]:
    return {
        "order.net_minor": basket.net_minor,
        "order.item_count": basket.item_count,
        "order.categories": basket.categories,
    }
