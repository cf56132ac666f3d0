"""How many of these charges does another process get? `python -m tests.gateway.taking URL TIMES JSON`"""

import asyncio
import json
import sys

from app.database import close_database, open_database
from app.gateway.rates import Charge, SharedBuckets


async def take(url: str, times: int, charges: list[Charge]) -> int:
    """So many takes at once over a pool of ten; how many were let in."""
    await open_database(url, pool_size=10)
    try:
        buckets = SharedBuckets()
        waits = await asyncio.gather(*(buckets.take(charges) for _ in range(times)))
    finally:
        await close_database()
    return waits.count(0.0)


if __name__ == "__main__":
    given = [Charge(*each) for each in json.loads(sys.argv[3])]
    sys.stdout.write(str(asyncio.run(take(sys.argv[1], int(sys.argv[2]), given))))
