"""May this caller ask for so much now? Leaky buckets by principal and by address, in units of cost.

A bucket holds what its limit allows in a minute and leaks evenly. What does not fit into each of its buckets is not let
in, and fills none of them.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from app.database import Db, connection, rows, value

MOST_BUCKETS = 50_000  # of one process; the one that was longest untouched makes room
WINDOW_S = 60.0
ROUNDING_S = 1e-7  # a shorter wait is none: it is what adding fractions has left over


class Charge(NamedTuple):
    """So many `units` for the bucket of this name, of which a minute allows `limit`."""

    name: str
    limit: int
    units: int


class Buckets(Protocol):
    """Where buckets are kept."""

    async def take(self, charges: Sequence[Charge]) -> float:
        """0 when all units fitted and were taken; else nothing was, and the seconds until they would (inf: never)."""


class MemoryBuckets:
    """Buckets of one process, bounded in number."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, charges: Sequence[Charge]) -> float:
        """See Buckets.take."""
        at = self._monotonic()
        levels = [self._level(charge, at) for charge in charges]
        wait = max(map(_wait, charges, levels), default=0.0)
        for charge, level in zip(charges, levels, strict=True):
            self._levels[charge.name] = (level if wait else level + charge.units), at
            self._levels.move_to_end(charge.name)
        while len(self._levels) > MOST_BUCKETS:
            self._levels.popitem(last=False)
        return wait

    def wait(self, charge: Charge) -> float:
        """What `take` would answer; nothing is taken."""
        return _wait(charge, self._level(charge, self._monotonic()))

    def _level(self, charge: Charge, at: float) -> float:
        level, seen = self._levels.get(charge.name, (0.0, at))
        return max(0.0, level - (at - seen) * charge.limit / WINDOW_S)


class SharedBuckets:
    """Buckets of all processes of a database, in a table that is not written ahead: a crash empties them.

    `take_rates` (migration 0006) holds their rows in the order of their names, judges, and writes. It goes by real
    time, not the programme's: a bucket is about this server.
    """

    async def take(self, charges: Sequence[Charge]) -> float:
        """See Buckets.take."""
        if any(charge.units > charge.limit for charge in charges):
            return math.inf
        names = [charge.name for charge in charges]
        units, limits = [charge.units for charge in charges], [charge.limit for charge in charges]
        wait = await value(connection(), "SELECT take_rates($1, $2::float8[], $3::float8[])", names, units, limits)
        return _told(float(wait))


async def forget_buckets(db: Db, most: int) -> int:
    """Delete at most so many shared buckets that are empty, for they were not touched for a minute; how many."""
    return len(await rows(db, _FORGET, most))


_FORGET = """
DELETE FROM rate_bucket WHERE name IN (SELECT name FROM rate_bucket WHERE at < clock_timestamp() - interval '1 minute'
  LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING name
"""


def _wait(charge: Charge, level: float) -> float:
    """Seconds until the units fit into a bucket that is filled up to `level`; inf when they never do."""
    if charge.units > charge.limit:
        return math.inf
    return _told((level + charge.units - charge.limit) * WINDOW_S / charge.limit)


def _told(wait_s: float) -> float:
    """In whole milliseconds, rounded up: who waits as long as they are told is let in."""
    return math.ceil(wait_s * 1_000) / 1_000 if wait_s > ROUNDING_S else 0.0
