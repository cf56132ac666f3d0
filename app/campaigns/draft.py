"""May a campaign be like this? Everything that is judged before it is launched, or run over the past."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.programmes.store import Book
from app.requests.outcome import Outcome, invalid, refused
from app.rules.campaigns import CampaignTerms
from app.rules.conditions import fault_of
from app.rules.terms import Kind, Period

GREATEST_BONUS = 10**7
GREATEST_RATE = 100  # of a multiplier and of points per unit: the largest order still fits an award
GREATEST_LIMIT = 10**6
GREATEST_BUDGET = 10**15
RATE_DECIMALS = 4
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,39}")
_OF_A_PRODUCT = (Kind.SHARE, Kind.REVIEW)


@dataclass(frozen=True)
class Draft:
    """A campaign's trigger, condition, effect and limits, in the markets of these codes."""

    trigger: str
    markets: tuple[str, ...]
    activity_code: str | None = None
    condition: str | None = None
    bonus_points: int | None = None
    multiplier: Decimal | None = None
    points_per_unit: Decimal | None = None
    limit_per_member: int | None = None
    limit_period: Period = Period.LIFETIME
    budget: int | None = None

    def terms(self) -> CampaignTerms:
        """The campaign as the rule engine would judge it, with its whole budget."""
        return CampaignTerms(
            0,
            self.trigger,
            self.activity_code,
            self.condition,
            self.bonus_points,
            self.multiplier,
            self.points_per_unit,
            self.limit_per_member,
            self.limit_period,
            budget_left=self.budget,
        )


def unfit_draft(draft: Draft, book: Book, path: Sequence[str] = ()) -> Outcome | None:
    """Why a campaign cannot be like this: MARKET_NOT_SERVED, CONDITION_INVALID or INVALID_INPUT; None: it can.

    `path` leads to the draft within the input.
    """
    return (
        _unfit_markets(draft, book, path)
        or _unfit_trigger(draft, path)
        or _unfit_effect(draft, path)
        or _unfit_limits(draft, path)
        or _unfit_condition(draft, path)
    )


def _unfit_markets(draft: Draft, book: Book, path: Sequence[str]) -> Outcome | None:
    if not draft.markets:
        return invalid("EMPTY", *path, "markets")
    for place, market in enumerate(draft.markets):
        if market not in book.markets:
            return refused("MARKET_NOT_SERVED", *path, "markets", str(place), market=market)
    return invalid("TWICE", *path, "markets") if len(set(draft.markets)) < len(draft.markets) else None


def _unfit_trigger(draft: Draft, path: Sequence[str]) -> Outcome | None:
    if draft.trigger not in list(Kind):
        return invalid("NO_TRIGGER", *path, "trigger")
    custom = draft.trigger == Kind.CUSTOM
    if draft.activity_code is None:
        return invalid("EMPTY", *path, "activityCode") if custom else None
    if not custom or not _CODE.fullmatch(draft.activity_code):
        return invalid("MALFORMED" if custom else "NOT_OF_TRIGGER", *path, "activityCode")
    return None


def _unfit_effect(draft: Draft, path: Sequence[str]) -> Outcome | None:
    effects = (draft.bonus_points, draft.multiplier, draft.points_per_unit)
    if sum(effect is not None for effect in effects) != 1:
        return invalid("ONE_OF", *path, "bonusPoints")
    if draft.bonus_points is not None and not 1 <= draft.bonus_points <= GREATEST_BONUS:
        return invalid("OUT_OF_RANGE", *path, "bonusPoints", minimum=1, maximum=GREATEST_BONUS)
    if draft.points_per_unit is not None and draft.trigger != Kind.PURCHASE:
        return invalid("NOT_OF_TRIGGER", *path, "pointsPerUnit")
    for field, rate, least in (("multiplier", draft.multiplier, 1), ("pointsPerUnit", draft.points_per_unit, 0)):
        if rate is None:
            continue
        if not least < rate <= GREATEST_RATE:
            return invalid("OUT_OF_RANGE", *path, field, minimum=least, maximum=GREATEST_RATE)
        if rate != round(rate, RATE_DECIMALS):
            return invalid("TOO_MANY_DECIMALS", *path, field)
    return None


def _unfit_limits(draft: Draft, path: Sequence[str]) -> Outcome | None:
    if draft.limit_per_member is not None and not 1 <= draft.limit_per_member <= GREATEST_LIMIT:
        return invalid("OUT_OF_RANGE", *path, "limitPerMember", minimum=1, maximum=GREATEST_LIMIT)
    if draft.limit_period is Period.PRODUCT and draft.trigger not in _OF_A_PRODUCT:
        return invalid("NOT_OF_TRIGGER", *path, "limitPeriod")
    if draft.budget is not None and not 1 <= draft.budget <= GREATEST_BUDGET:
        return invalid("OUT_OF_RANGE", *path, "budget", minimum=1, maximum=GREATEST_BUDGET)
    return None


def _unfit_condition(draft: Draft, path: Sequence[str]) -> Outcome | None:
    fault = fault_of(draft.condition) if draft.condition is not None else None
    if fault is None:
        return None
    where = {"line": fault.line, "column": fault.column}
    return refused("CONDITION_INVALID", *path, "condition", **where, problem=fault.problem)
