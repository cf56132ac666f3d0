"""Which local day is it, when does a day begin, and which day is so many months later? Anew from PROGRAMME 2, 3, 6."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def local_day(at: datetime, zone: str) -> date:
    """The date that a calendar on the wall of this zone shows at an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(4096)
def first_instant(day: date, zone: str) -> datetime:
    """The instant at which the calendar turns to `day`: looked for, minute by minute, by halving two days around it."""
    before = datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY
    minutes, least = 2 * 24 * 60, 0
    while minutes - least > 1:
        half = (minutes + least) // 2
        if local_day(before + half * MINUTE, zone) >= day:
            minutes = half
        else:
            least = half
    return before + minutes * MINUTE


def end_of(day: date, zone: str) -> datetime:
    """The midnight that ends a local day: the first instant that is not of it."""
    return first_instant(day + DAY, zone)


def wall_instant(day: date, zone: str) -> datetime:
    """00:00 of that day on the wall clock, as staff write a campaign's window."""
    return first_instant(day, zone)


def months_later(day: date, months: int) -> date:
    """So many calendar months later; a day that does not exist becomes the month's last."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def years_old(born: date, on: date) -> int:
    """Whole years; who was born on 29 February has the birthday on 1 March in a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
