"""Which plain values cross the border, and in what form?"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType
from urllib.parse import urlsplit

import orjson
import strawberry
from graphql import GraphQLError

URL = NewType("URL", str)
JSON = NewType("JSON", object)
LocalDateTime = NewType("LocalDateTime", datetime)
BigInt = NewType("BigInt", int)

_WHOLE_LIMIT = 10**15
# ASCII: the digits of other scripts are digits to Python too.
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_BIG = re.compile(r"-?\d{1,18}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_WALL_CLOCK = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def _text(value: object, form: re.Pattern[str], example: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise GraphQLError(f'Expected a string such as "{example}"')
    return value


def parse_instant(value: object) -> datetime:
    """An instant with its offset, in UTC, from 1900 to 2199."""
    text = _text(value, _INSTANT, "2026-03-31T22:30:00Z").upper()
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise GraphQLError("There is no such instant") from error
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise GraphQLError(f"An instant lies between {_FIRST_YEAR} and {_LAST_YEAR}")
    return instant


def show_instant(value: datetime) -> str:
    """An instant in UTC, such as 2026-03-31T22:30:00Z, with microseconds where it has any."""
    instant = value if value.tzinfo is UTC else value.astimezone(UTC)
    return orjson.dumps(instant, None, orjson.OPT_UTC_Z)[1:-1].decode()  # a third of what isoformat takes


def parse_date(value: object) -> date:
    """A calendar day, from 1900 to 2199."""
    try:
        day = date.fromisoformat(_text(value, _DATE, "2026-03-31"))
    except ValueError as error:
        raise GraphQLError("There is no such day") from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise GraphQLError(f"A day lies between {_FIRST_YEAR} and {_LAST_YEAR}")
    return day


def parse_amount(value: object) -> Decimal:
    """A decimal number as a string (or a whole number): no exponent, no float."""
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _WHOLE_LIMIT
    return Decimal(_text(str(value) if whole else value, _AMOUNT, "19.99"))


def parse_url(value: object) -> URL:
    """An absolute http or https address of at most 2,048 characters."""
    if not isinstance(value, str) or len(value) > 2_048 or not value.isprintable() or " " in value:
        raise GraphQLError('Expected an address such as "https://www.mi.com/es/product"')
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound:
        raise GraphQLError('Expected an address such as "https://www.mi.com/es/product"')
    return URL(value)


def parse_wall_clock(value: object) -> LocalDateTime:
    """A wall-clock time without a zone, from 1900 to 2199."""
    try:
        told = datetime.fromisoformat(_text(value, _WALL_CLOCK, "2026-05-31T23:59"))
    except ValueError as error:
        raise GraphQLError("There is no such time") from error
    if not _FIRST_YEAR <= told.year <= _LAST_YEAR:
        raise GraphQLError(f"A time lies between {_FIRST_YEAR} and {_LAST_YEAR}")
    return LocalDateTime(told)


def parse_json(value: object) -> JSON:
    """No input of the programme takes free JSON."""
    raise GraphQLError("JSON is answered, never taken")


def parse_big(value: object) -> BigInt:
    """A whole number as a string, of at most 18 digits."""
    return BigInt(int(_text(value, _BIG, "12345678901")))


SCALARS: Mapping[object, Any] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description='An instant with its offset (RFC 3339); answered in UTC: "2026-03-31T22:30:00Z".',
        serialize=show_instant,
        parse_value=parse_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description='A calendar day (ISO 8601): "2026-03-31".',
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='A decimal number as a string: "19.99". Floats are refused.',
        serialize=lambda value: format(value, "f"),
        parse_value=parse_amount,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute http or https address of at most 2,048 characters.",
        serialize=str,
        parse_value=parse_url,
    ),
    LocalDateTime: strawberry.scalar(
        name="LocalDateTime",
        description='A wall-clock time without a zone: "2026-05-31T23:59".',
        serialize=datetime.isoformat,
        parse_value=parse_wall_clock,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        serialize=lambda value: value,
        parse_value=parse_json,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description='A whole number as a string, for totals that outgrow 32 bits: "12345678901".',
        serialize=str,
        parse_value=parse_big,
    ),
}
