"""What does a programme revision say for one market: its numbers, its earning rules, its offers?"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

# Where the store may come to, and with which money: clients know these and no others.
COUNTRIES = frozenset(
    "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()
)
CURRENCIES = frozenset("BGN CHF CZK DKK EUR GBP HUF ISK NOK PLN RON SEK".split())


class Kind(StrEnum):
    """The kinds of activity that a rule can reward."""

    REGISTRATION = "REGISTRATION"
    APP_LOGIN = "APP_LOGIN"
    PURCHASE = "PURCHASE"
    SHARE = "SHARE"
    REVIEW = "REVIEW"
    FUEL = "FUEL"
    CUSTOM = "CUSTOM"


class Period(StrEnum):
    """Over what a limit counts its grants."""

    LIFETIME = "LIFETIME"
    PRODUCT = "PRODUCT"
    MONTH = "MONTH"
    DAY = "DAY"


class Posts(StrEnum):
    """When an award posts: at once, by the deadline, or on approval (by the deadline when nobody decides)."""

    AT_ONCE = "AT_ONCE"
    PENDING = "PENDING"
    ON_APPROVAL = "ON_APPROVAL"


@dataclass(frozen=True)
class MarketFacts:
    """A market: ISO 3166 code, ISO 4217 currency, IANA zone, locale, and the legal entity that owes the points."""

    code: str
    currency: str
    time_zone: str
    locale: str
    operator: str


@dataclass(frozen=True)
class EarningRule:
    """`points` for each activity of kind `trigger` (each whole unit where `per_unit`), `limit` grants a `period`.

    `code` names the custom activity of a CUSTOM rule. A rule with `every_days` is a streak: it rewards so many local
    days in a row, on top of the rule of the same trigger. `titles` (locale -> text) are of custom rules only.
    """

    rule: str
    trigger: Kind
    code: str | None
    points: int
    per_unit: bool
    limit: int | None
    period: Period | None
    posts: Posts
    every_days: int | None = None
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OfferFacts:
    """A catalogue coupon: `value_minor` for `price_points`, valid through the local issue date + `valid_days`."""

    value_minor: int
    price_points: int
    valid_days: int
    minimum_order_minor: int | None = None


@dataclass(frozen=True)
class Revision:
    """Every number of the programme for one market from the instant `valid_from` (UTC) on (PROGRAMME 10).

    `maximum_share_bp` is in basis points of the order (10000 = 100 %); `minimum_to_possess` is in points.
    """

    name: str
    market: MarketFacts
    valid_from: datetime
    terms_version: str
    terms_url: str
    minimum_age: int
    point_value_minor: int
    minimum_to_possess: int
    maximum_share_bp: int
    expiry_months: int
    posting_days: int
    reservation_minutes: int
    late_tap_hours: int
    rules: tuple[EarningRule, ...]
    offers: tuple[OfferFacts, ...]
    excluded_skus: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()

    def rules_for(self, trigger: str, code: str | None) -> Iterator[EarningRule]:
        """The rules for an activity of this kind (and, for CUSTOM, this code), in the document's order."""
        return (rule for rule in self.rules if rule.trigger == trigger and rule.code == code)

    def streak_rule(self) -> EarningRule | None:
        """The rule that rewards days in a row, where this revision has one."""
        return next((rule for rule in self.rules if rule.every_days is not None), None)


def to_body(revision: Revision) -> dict[str, Any]:
    """The revision as plain JSON values, to be stored."""
    return asdict(revision) | {"valid_from": revision.valid_from.isoformat()}


def from_body(body: Mapping[str, Any]) -> Revision:
    """The revision that `to_body` wrote; a key that an older body lacks has its default."""
    return Revision(
        **{
            **body,
            "market": MarketFacts(**body["market"]),
            "valid_from": datetime.fromisoformat(body["valid_from"]),
            "rules": tuple(_rule_from(rule) for rule in body["rules"]),
            "offers": tuple(OfferFacts(**offer) for offer in body["offers"]),
            "excluded_skus": tuple(body.get("excluded_skus", ())),
            "excluded_categories": tuple(body.get("excluded_categories", ())),
        }
    )


def _rule_from(body: Mapping[str, Any]) -> EarningRule:
    period = body["period"]
    kinds = {"trigger": Kind(body["trigger"]), "period": period and Period(period), "posts": Posts(body["posts"])}
    return EarningRule(**{**body, **kinds})
