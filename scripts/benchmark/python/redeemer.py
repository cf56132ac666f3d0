"""How many coupons a second does `redeem` itself issue, without HTTP and GraphQL before it?

Arguments: seconds, tasks, and a file of members, a line each: Mi Account and offer. Tells as JSON how many it was.
"""

import asyncio
import json
import os
import random
import sys
import time
import uuid
from pathlib import Path

import uvloop

from app.coupons.codes import CouponCodes
from app.coupons.redeem import redeem
from app.database import close_database, open_database
from app.requests.once import Call

FINGERPRINT = bytes(32)
WARM_S = 1.0


async def lane(members: list[tuple[str, int]], codes: CouponCodes, until: float) -> int:
    """One redemption after the other, each by a member by chance, until an instant of the monotonic clock."""
    done = 0
    while time.monotonic() < until:
        mi_account_id, offer_id = random.choice(members)  # noqa: S311 - any member will do
        call = Call(f"member:{mi_account_id}", uuid.uuid4().hex, "redeemCoupon", FINGERPRINT)
        outcome = await redeem(call, mi_account_id, offer_id, None, codes)
        if outcome.errors:
            raise RuntimeError(f"{mi_account_id} was refused: {outcome.errors}")
        done += 1
    return done


async def run(seconds: float, tasks: int, members: list[tuple[str, int]]) -> float:
    """Redemptions a second by so many tasks, no two of which share a member."""
    codes = CouponCodes(os.environ["BENCH_COUPON_KEY"].encode())
    await open_database(os.environ["BENCH_DATABASE_URL"], pool_size=tasks)
    try:
        for length in (WARM_S, seconds):
            began = time.monotonic()
            lanes = [lane(members[number::tasks], codes, began + length) for number in range(tasks)]
            done = sum(await asyncio.gather(*lanes))
            rate = done / (time.monotonic() - began)
        return rate
    finally:
        await close_database()


def main() -> None:
    seconds, tasks, path = float(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    members = [line.split() for line in path.read_text().splitlines()]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rate = runner.run(run(seconds, tasks, [(name, int(offer)) for name, offer in members]))
    sys.stdout.write(f"{json.dumps({'rate': rate})}\n")


if __name__ == "__main__":
    main()
