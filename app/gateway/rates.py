"""May this caller ask for so much now? Leaky buckets by principal and by address, in units of cost.

A bucket holds what its limit allows in a minute and leaks evenly. What does not fit is not let in and fills nothing.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.database import connection, row

MOST_BUCKETS = 50_000  # of one process; the one that was longest untouched makes room
WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Charge:
    """So many `units` for the bucket of this name, of which a minute allows `limit`."""

    name: str
    limit: int
    units: int


class Buckets(Protocol):
    """Where buckets are kept."""

    async def take(self, charge: Charge) -> float:
        """0 when the units fitted and were taken; else the seconds until they would fit (inf: never)."""


class MemoryBuckets:
    """Buckets of one process, bounded in number."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, charge: Charge) -> float:
        """See Buckets.take."""
        at = self._monotonic()
        level = self._level(charge, at)
        if level + charge.units > charge.limit:
            return wait_of(charge, level)
        self._levels[charge.name] = level + charge.units, at
        self._levels.move_to_end(charge.name)
        if len(self._levels) > MOST_BUCKETS:
            self._levels.popitem(last=False)
        return 0.0

    def wait(self, charge: Charge) -> float:
        """What `take` would answer; nothing is taken."""
        level = self._level(charge, self._monotonic())
        return wait_of(charge, level) if level + charge.units > charge.limit else 0.0

    def _level(self, charge: Charge, at: float) -> float:
        level, seen = self._levels.get(charge.name, (0.0, at))
        return max(0.0, level - (at - seen) * charge.limit / WINDOW_S)


# One statement, and no row of a bucket that has no room: what does not fit changes nothing. Real time, not the
# programme's: a bucket is about this server. The row is locked by the conflict, so parallel charges queue up.
_TAKE = """
INSERT INTO rate_bucket AS b (name, level, at) VALUES ($1, $2::float8, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET at = clock_timestamp(),
  level = greatest(0, b.level - extract(epoch FROM clock_timestamp() - b.at)::float8 * $3::float8 / 60) + $2::float8
WHERE greatest(0, b.level - extract(epoch FROM clock_timestamp() - b.at)::float8 * $3::float8 / 60) + $2::float8
  <= $3::float8
RETURNING level
"""
_LEVEL = """
SELECT greatest(0, level - extract(epoch FROM clock_timestamp() - at)::float8 * $2::float8 / 60) AS level
FROM rate_bucket WHERE name = $1
"""


class SharedBuckets:
    """Buckets of all processes of a database, in a table that is not written ahead: a crash empties them."""

    async def take(self, charge: Charge) -> float:
        """See Buckets.take."""
        if charge.units > charge.limit:
            return math.inf
        db = connection()
        if await row(db, _TAKE, charge.name, charge.units, charge.limit) is not None:
            return 0.0
        found = await row(db, _LEVEL, charge.name, charge.limit)
        return wait_of(charge, found["level"] if found is not None else 0.0)


def wait_of(charge: Charge, level: float) -> float:
    """Seconds until the units fit into a bucket that is filled up to `level`; inf when they never do."""
    if charge.units > charge.limit:
        return math.inf
    return max(0.001, (level + charge.units - charge.limit) * WINDOW_S / charge.limit)


async def take_all(buckets: Buckets, charges: Sequence[Charge]) -> float:
    """Takes each charge whose limit is not 0 (none); the seconds to wait for the first that does not fit, else 0."""
    for charge in charges:
        if charge.limit:
            wait = await buckets.take(charge)
            if wait:
                return wait
    return 0.0
