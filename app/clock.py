"""What time is it for the programme, and how does the sandbox move its clock?

The clock is the database's: `programme_now()` is real time plus the shift in `programme_clock`, the same for every
process. It only ever goes forward (RUNNING: the sandbox clock).
"""

from datetime import UTC, datetime, timedelta

import isodate

from app.database import Db, row, rows, value

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2199, 12, 31, tzinfo=UTC)
LONGEST_DURATION_TEXT = 64
LOCK = "SELECT FROM programme_clock WHERE id = 1 FOR UPDATE"
EXAMPLES = "A duration is written like P16D, P12M or PT1H, in whole months and years."
BOUNDS = f"The clock goes from {EARLIEST.date()} to {LATEST.date()}."


class ClockError(Exception):
    """The clock stays as it is. `problem`: CLOCK_BACK, MALFORMED, ONE_OF, OUT_OF_RANGE or NOT_EMPTY."""

    def __init__(self, problem: str, message: str) -> None:
        super().__init__(message)
        self.problem = problem


async def now(db: Db) -> datetime:
    """The programme's instant, in UTC. Writers take the one that their locking statement returns instead."""
    instant: datetime = await value(db, "SELECT programme_now()")
    return instant


async def advance(db: Db, *, to: datetime | None = None, by: str | None = None) -> datetime:
    """Moves the clock forward to an instant or by an ISO 8601 duration ("P16D", "P12M"); the programme's new instant.

    Months and years count by the calendar in UTC (31 January and P1M is the month's last day). `db` is a transaction.
    Raises ClockError for none or both of `to` and `by`, for anything that is not a later instant up to the year 2199,
    and for a text that is no duration.
    """
    if (to is None) == (by is None):
        raise ClockError("ONE_OF", "Give either an instant or a duration.")
    await row(db, LOCK)
    present = await now(db)
    target = to if to is not None else later(present, by or "")
    if target.tzinfo is None:
        raise ClockError("MALFORMED", "The instant needs a zone, such as Z.")
    if target < present:
        raise ClockError("CLOCK_BACK", f"The programme's clock is at {present.isoformat()} and never goes back.")
    await shift_to(db, target)
    return await now(db)


async def set_to(db: Db, instant: datetime) -> None:
    """Starts a database without members at `instant`, earlier or later than now; `db` is a transaction.

    Raises ClockError.
    """
    await row(db, LOCK)
    if await value(db, "SELECT EXISTS (SELECT FROM member)"):
        raise ClockError("NOT_EMPTY", "Only a database without members can start at another instant.")
    await shift_to(db, instant)


def later(present: datetime, duration: str) -> datetime:
    """`present` plus an ISO 8601 duration, by the calendar. Raises ClockError."""
    if len(duration) > LONGEST_DURATION_TEXT or duration.endswith(("P", "T")):
        raise ClockError("MALFORMED", EXAMPLES)
    try:
        target = present + isodate.parse_duration(duration)
    except OverflowError:
        raise ClockError("OUT_OF_RANGE", BOUNDS) from None
    except (isodate.ISO8601Error, ArithmeticError):
        raise ClockError("MALFORMED", EXAMPLES) from None
    except ValueError:  # a year that datetime does not know, or a part of a month
        raise ClockError("OUT_OF_RANGE", BOUNDS) from None
    if not isinstance(target, datetime):
        raise ClockError("MALFORMED", EXAMPLES)
    return target


async def shift_to(db: Db, target: datetime) -> None:
    """Makes `target` the present. The shift holds hours and seconds only: days would depend on the session's zone."""
    if not EARLIEST <= target <= LATEST:
        raise ClockError("OUT_OF_RANGE", BOUNDS)
    real: datetime = await value(db, "SELECT clock_timestamp()")
    hours, rest = divmod(target - real, timedelta(hours=1))
    await rows(
        db,
        "UPDATE programme_clock SET shift = make_interval(hours => $1) + $2::interval WHERE id = 1",
        hours,
        rest,
    )
