"""How is a mixed load driven at a rate of its own, whatever the gateway does?

Open loop: each request has its instant before it is sent, and its time is counted from there. A gateway that stalls is
not sent less meanwhile, and what had to wait for its turn counts as long as its client would have waited.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from websockets.exceptions import WebSocketException

from tests.soak import deeds, reading, strangers
from tests.soak.crowd import Crowd, Unexpected

Kind = Callable[[Crowd], Awaitable[str]]

MOST_IN_FLIGHT = 400
LAST_ANSWERS_S = 30.0
UNEXPECTED = "unexpected: "
FAILURES = (AssertionError, Unexpected, httpx.HTTPError, WebSocketException, OSError, ValueError, KeyError, TypeError)
DAY_EVERY_S = 5.0
CODE = re.compile(r"""["']code["']: ?["'](\w+)""")  # in the answer that an assertion shows

# How often each comes, in a hundred requests or so.
MIX: dict[Kind, float] = {
    reading.home_by_get: 14,
    reading.home_by_post: 10,
    reading.page: 9,
    reading.statement: 5,
    reading.offers: 6,
    reading.quote: 2,
    reading.wrong_code: 1,
    reading.new_document: 4,
    reading.liability: 0.1,
    reading.preview: 0.1,
    deeds.redeem: 6,
    deeds.redeem_again: 3,
    deeds.tap: 6,
    deeds.buy: 8,
    deeds.deliver: 5,
    deeds.give_back: 2,
    deeds.share: 3,
    deeds.delete_share: 1,
    deeds.review: 3,
    deeds.moderate: 3,
    deeds.enrol: 2,
    deeds.log_in: 1,
    deeds.reserve: 3,
    deeds.end_reservation: 2,
    deeds.hold_coupon: 1.5,
    deeds.use_coupon: 1,
    deeds.adjust: 0.5,
    strangers.bad_input: 2,
    strangers.bad_document: 3,
    strangers.bad_body: 2,
    strangers.bad_token: 2,
    strangers.hang_up: 2,
    strangers.socket: 0.7,
    strangers.event_stream: 0.7,
}
UNTIMED = frozenset({"hang_up", "socket", "event_stream"})  # they last as long as their client wishes


@dataclass(frozen=True)
class Record:
    """One request: when it was due, how late it was sent, how long its client waited from when it was due, and what
    became of it; seconds."""

    kind: str
    due: float
    late: float
    taken: float
    outcome: str


async def drive(crowd: Crowd, *, rate: float, seconds: float, chance: random.Random) -> list[Record]:
    """So many requests a second for so long; what became of each."""
    loop = asyncio.get_running_loop()
    began, records, in_flight = loop.time(), list[Record](), set[asyncio.Task[None]]()
    kinds, weights, days = list(MIX), list(MIX.values()), max(1, int(rate * DAY_EVERY_S))

    async def one(kind: Kind, due: float) -> None:
        late = loop.time() - began - due
        outcome = await outcome_of(kind, crowd)
        records.append(Record(kind.__name__, due, late, loop.time() - began - due, outcome))

    for number in range(int(rate * seconds)):
        due = number / rate
        await asyncio.sleep(max(0.0, began + due - loop.time()))
        kind = deeds.day_passes if number % days == days - 1 else chance.choices(kinds, weights)[0]
        if len(in_flight) >= MOST_IN_FLIGHT:
            records.append(Record(kind.__name__, due, 0.0, 0.0, f"{UNEXPECTED}{MOST_IN_FLIGHT} have no answer yet"))
            continue
        task = asyncio.create_task(one(kind, due))
        in_flight.add(task)
        task.add_done_callback(in_flight.discard)
    await give_up(in_flight, records, seconds)
    return sorted(records, key=lambda record: record.due)


async def outcome_of(kind: Kind, crowd: Crowd) -> str:
    """What became of one request, in a few words."""
    try:
        return await kind(crowd)
    except FAILURES as error:
        codes = CODE.findall(str(error))
        return UNEXPECTED + (", ".join(sorted(set(codes))) or f"{type(error).__name__}: {str(error)[:200]}")


async def give_up(in_flight: set[asyncio.Task[None]], records: list[Record], due: float) -> None:
    """Waits for the last answers; what has none by then is noted."""
    left = (await asyncio.wait(in_flight, timeout=LAST_ANSWERS_S))[1] if in_flight else set()
    for task in left:
        task.cancel()
        records.append(Record("any", due, 0.0, LAST_ANSWERS_S, f"{UNEXPECTED}no answer"))
    await asyncio.gather(*left, return_exceptions=True)


async def warm_up(crowd: Crowd, documents: int) -> None:
    """Each kind once, one after the other, and so many new documents: what is remembered of them is as full as it gets.

    Raises what is unexpected.
    """
    for kind in MIX:
        if kind.__name__ not in UNTIMED:
            await kind(crowd)
    for _ in range(documents):
        await reading.new_document(crowd)
