"""When did this happen, as far as the programme can believe it?"""

from datetime import UTC, datetime, timedelta

from app.requests.outcome import Outcome, invalid

CLOCK_SKEW = timedelta(minutes=5)  # how far a caller's clock may run ahead of the programme's
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)  # before Mi Accounts there was nothing to record


def occurred(told: datetime | None, at: datetime) -> datetime | Outcome:
    """The instant of an event told at `at`: `at` when not told or a little ahead; INVALID_INPUT beyond belief."""
    if told is None or at < told <= at + CLOCK_SKEW:
        return at
    if told > at:
        return invalid("IN_FUTURE", "occurredAt")
    return told if told >= EARLIEST else invalid("TOO_EARLY", "occurredAt")
