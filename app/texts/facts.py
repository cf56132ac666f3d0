"""How does a fact read in a language?

A message says `$net`; the facts say `net_minor` and `currency`. The suffix tells the unit: `_minor` money, `_on` a
local date, `_at` an instant in `zone`, `_rate` a decimal number ("1.5"). What cannot be read counts as missing. A
message may ask for another form of the same fact: AMOUNT($net) "31.49", SHORT($value) "€5", MONTH($day) "March 2026".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import format_currency, format_decimal, get_currency_precision
from fluent.runtime.types import FluentType

NONE = "none"  # what a message's selector sees of a fact that is null


@dataclass(frozen=True)
class Money(FluentType):
    """An amount in minor units of an ISO 4217 currency: "5,00 €" in es, "€5.00" in en."""

    minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))

    def format(self, locale: Locale) -> str:
        return format_currency(self.amount, self.currency, locale=locale)


class ShortMoney(Money):
    """Without decimals where there are no cents: "5 €"."""

    def format(self, locale: Locale) -> str:
        if self.amount % 1:
            return super().format(locale)
        whole = locale.currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(self.amount, self.currency, whole, locale=locale, currency_digits=False)


class Amount(Money):
    """Without the currency: "5,00"."""

    def format(self, locale: Locale) -> str:
        return format_currency(self.amount, self.currency, "#,##0.00", locale=locale)


@dataclass(frozen=True)
class Day(FluentType):
    """A local date: "1 de marzo de 2026"."""

    day: date

    def format(self, locale: Locale) -> str:
        if locale.language == "fr" and self.day.day == 1:
            return format_date(self.day, "d'er' MMMM y", locale=locale)  # CLDR writes "1 mars", French "1er mars"
        return format_date(self.day, "long", locale=locale)


class Month(Day):
    """The month of a local date: "marzo de 2026"."""

    def format(self, locale: Locale) -> str:
        return format_skeleton("yMMMM", self.day, locale=locale)


@dataclass(frozen=True)
class Moment(FluentType):
    """An instant on the reader's clock: "1 March 2026, 14:30"."""

    wall: datetime

    def format(self, locale: Locale) -> str:
        time = format_time(self.wall, "short", locale=locale)
        return str(get_datetime_format("long", locale=locale)).format(time, Day(self.wall.date()).format(locale))


@dataclass(frozen=True)
class Rate(FluentType):
    """A decimal number: "1,5" in es, "1.5" in en."""

    number: Decimal

    def format(self, locale: Locale) -> str:
        return format_decimal(self.number, "#,##0.####", locale=locale)


Shown = str | int | FluentType


def shown(name: str, facts: Mapping[str, object]) -> Shown | None:
    """The value of `$name` in a message, from the fact `name`, `name_minor`, `name_on`, `name_at` or `name_rate`.

    None when it is missing or unreadable. A null fact is "none", a truth value "true" or "false"; an int stays a number
    (plurals, grouped digits).
    """
    for suffix, read in READERS.items():
        if name + suffix in facts:
            fact = facts[name + suffix]
            return NONE if fact is None else read(fact, facts)
    return None


def _plain(fact: object, facts: Mapping[str, object]) -> Shown | None:
    if isinstance(fact, bool):
        return str(fact).lower()
    return fact if isinstance(fact, str | int) else None


def _money(fact: object, facts: Mapping[str, object]) -> Money | None:
    currency = facts.get("currency")
    if isinstance(fact, bool) or not isinstance(fact, int) or not isinstance(currency, str):
        return None
    return Money(fact, currency)


def _day(fact: object, facts: Mapping[str, object]) -> Day | None:
    try:
        return Day(date.fromisoformat(str(fact)))
    except ValueError:
        return None


def _moment(fact: object, facts: Mapping[str, object]) -> Moment | None:
    try:
        instant, zone = datetime.fromisoformat(str(fact)), ZoneInfo(str(facts.get("zone")))
    except (ValueError, ZoneInfoNotFoundError):
        return None
    return Moment(instant.astimezone(zone)) if instant.tzinfo else None


def _rate(fact: object, facts: Mapping[str, object]) -> Rate | None:
    try:
        return Rate(Decimal(str(fact)))
    except InvalidOperation:
        return None


READERS: dict[str, Callable[[object, Mapping[str, object]], Shown | None]] = {
    "": _plain,
    "_minor": _money,
    "_on": _day,
    "_at": _moment,
    "_rate": _rate,
}


def _short(fact: object) -> object:
    return ShortMoney(fact.minor, fact.currency) if isinstance(fact, Money) else fact


def _amount(fact: object) -> object:
    return Amount(fact.minor, fact.currency) if isinstance(fact, Money) else fact


def _month(fact: object) -> object:
    return Month(fact.day) if isinstance(fact, Day) else fact


FUNCTIONS: dict[str, Callable[[Any], Any]] = {"AMOUNT": _amount, "MONTH": _month, "SHORT": _short}
