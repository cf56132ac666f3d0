"""Which numbers does the programme say, and from when on? PROGRAMME 3's table, and 10's British revision."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime


@dataclass(frozen=True)
class Rule:
    """A line of PROGRAMME 3's table: points for a trigger. `limit` grants in a `period`; `posts`: when they post."""

    name: str
    trigger: str
    points: int
    posts: str = "AT_ONCE"
    limit: int | None = None
    period: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Numbers:
    """The numbers of a revision: days, months, minutes, hours, points and basis points."""

    name: str
    rules: tuple[Rule, ...]
    streak_points: int = 100
    streak_days: int = 7
    expiry_months: int = 12
    posting_days: int = 16
    reservation_minutes: int = 30
    late_tap_hours: int = 48
    minimum_to_possess: int = 1000
    maximum_share_bp: int = 10_000
    in_force_from: datetime = field(default=datetime(2000, 1, 1, tzinfo=UTC))

    def rules_for(self, trigger: str, code: str | None = None) -> list[Rule]:
        return [rule for rule in self.rules if rule.trigger == trigger and rule.code == code]


def _table(registration: int, app: int, share: int, *more: Rule) -> tuple[Rule, ...]:
    return (
        Rule("REGISTRATION", "REGISTRATION", registration, limit=1, period="LIFETIME"),
        Rule("APP_LOGIN", "APP_LOGIN", app, limit=1, period="LIFETIME"),
        Rule("PURCHASE", "PURCHASE", 1, "PENDING"),
        Rule("SHARE", "SHARE", share, limit=3, period="MONTH"),
        Rule("REVIEW", "REVIEW", 20, "ON_APPROVAL", limit=1, period="PRODUCT"),
        Rule("FUEL", "FUEL", 10, limit=1, period="DAY"),
        *more,
    )


SEED_2020 = Numbers("SEED-2020", _table(50, 30, 5))
UK_2025 = Numbers(
    "UK-2025",
    _table(200, 100, 10, Rule("BROWSING", "CUSTOM", 10, code="BROWSE")),
    minimum_to_possess=1,
    maximum_share_bp=500,
)
# Made up for this proof: points are short-lived and soon usable, so that what ends is met often.
SHORT_LIVED = replace(
    SEED_2020, name="SHORT-LIVED", expiry_months=1, posting_days=3, minimum_to_possess=100, maximum_share_bp=5_000
)
ZONES = {"ES": "Europe/Madrid", "FR": "Europe/Paris", "IT": "Europe/Rome", "GB": "Europe/London"}
CURRENCIES = {"ES": "EUR", "FR": "EUR", "IT": "EUR", "GB": "GBP"}
