"""What are local days, months and their ends, by PROGRAMME 3 and 6 alone?"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


def local_day(at: datetime, zone: str) -> date:
    """The date on the wall of a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def start_of(day: date, zone: str) -> datetime:
    """The midnight with which a local day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def end_of(day: date, zone: str) -> datetime:
    """The midnight that ends a local day, in UTC: the first instant that is no longer of it."""
    return start_of(day + ONE_DAY, zone)


def months_later(day: date, months: int) -> date:
    """So many calendar months later; a day that does not exist becomes the month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def next_month(day: date) -> date:
    """The first day of the month after."""
    return months_later(day.replace(day=1), 1)
