"""How is what went wrong said to a client: as data, or as a top-level error?"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, cast

import strawberry
from graphql import GraphQLError

from app.api.enums import value
from app.api.money import Money, money
from app.requests.outcome import Refusal
from app.texts.render import say


class ApiError(GraphQLError):
    """A top-level error that is safe to show: what a client did wrong in GraphQL, with its `extensions.code`."""

    public = True

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})
        self.code = code


@strawberry.enum(description="Why a request was refused; more codes may come.")
class UserErrorCode(Enum):
    NOT_ENROLLED = value("NOT_ENROLLED", description="This Mi Account is not a member; `enrolMember` first.")
    ALREADY_ENROLLED = value("ALREADY_ENROLLED", description="This Mi Account is a member already.")
    MARKET_NOT_SERVED = value("MARKET_NOT_SERVED", description="The programme is not offered in this market.")
    UNDER_AGE = value("UNDER_AGE", description="A member has the programme's minimum age on their local date.")
    ACCOUNT_SUSPENDED = value(
        "ACCOUNT_SUSPENDED", description="The account is suspended: it earns nothing and spends nothing."
    )
    ACCOUNT_CLOSED = value("ACCOUNT_CLOSED", description="The account is closed.")
    TERMS_NOT_ACCEPTED = value(
        "TERMS_NOT_ACCEPTED", description="`acceptedTerms` is not the market's current `termsVersion`."
    )
    INSUFFICIENT_POINTS = value("INSUFFICIENT_POINTS", description="Fewer points are available than are needed.")
    BELOW_MINIMUM = value("BELOW_MINIMUM", description="The posted balance is below the minimum to possess.")
    LIMIT_REACHED = value("LIMIT_REACHED", description="The limit of this offer or rule is used up.")
    OUT_OF_STOCK = value("OUT_OF_STOCK", description="No piece of this offer is left.")
    OFFER_NOT_OPEN = value("OFFER_NOT_OPEN", description="The offer's window has not opened or has closed.")
    OFFER_SUSPENDED = value("OFFER_SUSPENDED", description="The offer is suspended.")
    NO_ELIGIBLE_LINES = value("NO_ELIGIBLE_LINES", description="No line of the order may take this discount.")
    ABOVE_MAXIMUM_SHARE = value(
        "ABOVE_MAXIMUM_SHARE", description="Points would pay for more of the order than they may."
    )
    COUPON_NOT_FOUND = value("COUPON_NOT_FOUND", description="This member has no coupon of that code.")
    COUPON_NOT_USABLE = value(
        "COUPON_NOT_USABLE", description="The coupon is reserved or used for another order, or cancelled."
    )
    COUPON_EXPIRED = value("COUPON_EXPIRED", description="The coupon's last day has passed.")
    BELOW_MINIMUM_ORDER = value(
        "BELOW_MINIMUM_ORDER", description="The eligible lines are below the coupon's minimum order."
    )
    RESERVATION_NOT_HELD = value("RESERVATION_NOT_HELD", description="The reservation is not held any more.")
    CAPTURE_SHORTFALL = value("CAPTURE_SHORTFALL", description="Not enough points are left to capture.")
    IDEMPOTENCY_KEY_REUSED = value(
        "IDEMPOTENCY_KEY_REUSED", description="The idempotency key was used for another input."
    )
    CURRENCY_NOT_OF_MARKET = value(
        "CURRENCY_NOT_OF_MARKET", description="The order is not in the currency of the member's market."
    )
    UNKNOWN_ACTIVITY = value("UNKNOWN_ACTIVITY", description="No rule or campaign knows this activity.")
    PERSON_ALREADY_ENROLLED = value("PERSON_ALREADY_ENROLLED", description="This verified person has another account.")
    FORFEIT_MISMATCH = value("FORFEIT_MISMATCH", description="The points to forfeit are not the confirmed ones.")
    TAP_TOO_OLD = value("TAP_TOO_OLD", description="An off-line tap came later than the programme takes them.")
    PRICE_CHANGED = value("PRICE_CHANGED", description="The offer's price is not the expected one.")
    CAMPAIGN_EXISTS = value("CAMPAIGN_EXISTS", description="There is a campaign of this slug.")
    ALREADY_DECIDED = value("ALREADY_DECIDED", description="The opposite was decided before.")
    RETURN_EXCEEDS_ORDER = value(
        "RETURN_EXCEEDS_ORDER", description="More would be returned than is kept of the order."
    )
    NEEDS_APPROVAL = value("NEEDS_APPROVAL", description="A second person must approve.")
    INVALID_INPUT = value("INVALID_INPUT", description="A value of the input cannot be taken; `field` says which.")
    NOT_FOUND = value("NOT_FOUND", description="There is no such thing, or it is not yours.")
    CONDITION_INVALID = value("CONDITION_INVALID", description="The condition does not compile or has the wrong type.")


@strawberry.interface(description="A refusal: why the request changed nothing.")
class UserError:
    code: UserErrorCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason in the reader's language, for people.")
    field: list[str] | None = strawberry.field(description="The path of the input value at fault, if it is one.")


@strawberry.type(description="A refusal that needs no further facts.")
class SimpleUserError(UserError):
    pass


@strawberry.type(description="Fewer points are available than are needed.")
class InsufficientPoints(UserError):
    available: int = strawberry.field(description="Points available now.")
    required: int = strawberry.field(description="Points needed.")
    missing: int = strawberry.field(description="required - available.")


@strawberry.type(description="A limit is used up.")
class LimitReached(UserError):
    limit: int = strawberry.field(description="How many are granted in a period.")
    resets_at: datetime | None = strawberry.field(description="When it opens again; null: never.")


@strawberry.type(description="The posted balance is below what one must possess to pay with points.")
class BelowMinimum(UserError):
    posted: int = strawberry.field(description="Points posted now: available + reserved - debt.")
    minimum: int = strawberry.field(description="Points that must be posted.")


@strawberry.type(description="Less is available than a late capture needs.")
class CaptureShortfall(UserError):
    missing: int = strawberry.field(description="Points that are missing.")


@strawberry.type(description="Closing would give up another number of points than was confirmed.")
class ForfeitMismatch(UserError):
    points: int = strawberry.field(description="Points that closing would give up now.")
    value: Money = strawberry.field(description="What they are worth.")


@strawberry.type(description="A condition that does not compile or has the wrong type.")
class ConditionError(UserError):
    line: int = strawberry.field(description="The line of the condition at fault, from 1.")
    column: int = strawberry.field(description="The column in that line, from 1.")


_FACTS: Mapping[str, tuple[type[UserError], tuple[str, ...]]] = {
    "INSUFFICIENT_POINTS": (InsufficientPoints, ("available", "required", "missing")),
    "LIMIT_REACHED": (LimitReached, ("limit", "resets_at")),
    "BELOW_MINIMUM": (BelowMinimum, ("posted", "minimum")),
    "CAPTURE_SHORTFALL": (CaptureShortfall, ("missing",)),
    "FORFEIT_MISMATCH": (ForfeitMismatch, ("points", "value")),
    "CONDITION_INVALID": (ConditionError, ("line", "column")),
}
USER_ERRORS: tuple[type[UserError], ...] = (SimpleUserError, *(shape for shape, _ in _FACTS.values()))


def user_errors(refusals: Iterable[Refusal], locale: str) -> list[UserError]:
    """Refusals as clients read them, each with its facts and its message in the locale."""
    return [_user_error(refusal, locale) for refusal in refusals]


def _user_error(refusal: Refusal, locale: str) -> UserError:
    shape, names = _FACTS.get(refusal.code, (SimpleUserError, ()))
    facts: dict[str, Any] = {name: refusal.facts.get(name) for name in names}
    if shape is ForfeitMismatch:
        facts["value"] = money(cast(int, refusal.facts["value_minor"]), cast(str, refusal.facts["currency"]))
    return shape(
        code=UserErrorCode[refusal.code],
        message=say(locale, f"error-{refusal.code}", refusal.facts),
        field=list(refusal.path) or None,
        **facts,
    )
