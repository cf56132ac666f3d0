"""What happens in one trial? Load and storm at the same time, then all unknown is asked again, then the judgement."""

import asyncio
import contextlib
import itertools
import random
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.histories.effects import EFFECTS
from tests.histories.errands import TOO_DEAR, World
from tests.histories.history import History, Operation
from tests.histories.house import House
from tests.histories.ledger_checks import LEDGER
from tests.histories.ledger_rows import Rows, rows_of
from tests.histories.looks import untrue_looks
from tests.histories.probing import Prober, Recovery, never_back, recoveries, until_all_are_back
from tests.histories.shoppers import SETTLE_TRIES, Shopper
from tests.histories.storm import Storm
from tests.histories.wire import ask
from tests.served import MIPOINTS

HOT, COLD = 4, 12
SHOPPERS = 12
CLOCK_DAYS = 60  # that the clock moves in a whole trial: postings and ends fall due, and no key is forgotten yet
ADVANCE_EVERY_S = 5.0
BURST = 40
BUDGET = 300
WINDOW = {"startsAt": "2020-01-01T00:00", "endsAt": "2040-01-01T00:00"}
AGE_DAYS = 340  # of the points that members have from the start
CHECKS = (*EFFECTS, *LEDGER, untrue_looks)
OFFERS = {"plain": (10, None, None), "stocked": (15, 25, None), "limited": (5, None, 2), "dear": (TOO_DEAR, None, None)}


@dataclass
class Trial:
    """What came of it."""

    history: History
    rows: Rows
    violations: list[str]
    unknown: Counter[str]
    recoveries: list[Recovery]
    ended_by_themselves: int
    worker_back_s: Sequence[float]
    seconds: float
    kinds: frozenset[str]  # of faults that there are to come
    not_done: list[str] = field(default_factory=list)


async def run(
    house: House,
    *,
    seconds: float,
    seed: int,
    stormy: bool = True,
    patient: bool = False,
    small_disk: bool = False,
    shoppers: int = SHOPPERS,
) -> Trial:
    """A trial of so many seconds of load in an open house, with everything drawn by this seed."""
    history, began_at = History(), time.monotonic()
    world = World([f"hot-{number}" for number in range(HOT)], [f"cold-{number}" for number in range(COLD)], {})
    clients = [
        Shopper(f"client-{number}", house, world, history, random.Random(f"{seed}/{number}"))
        for number in range(shoppers)
    ]
    await prepare(house, world, clients[0])
    storm = Storm(
        house,
        history,
        random.Random(f"{seed}/storm"),
        hot=world.hot,
        burst=lambda: burst(clients),
        patient=patient,
        small_disk=small_disk,
    )
    probers = [Prober(house, gateway, world.cold[0]) for gateway in house.gateways]
    async with beside(house.watch_over(), *(one.probe() for one in probers)):
        async with asyncio.TaskGroup() as load:
            until = time.monotonic() + seconds
            for one in clients:
                load.create_task(one.shop(until))
            load.create_task(move_clock(clients[-1], seconds, until))
            if stormy:
                load.create_task(storm.rage(storm.over_gateways, until, (0.5, 2.0)))
                load.create_task(storm.rage(storm.over_database, until, (1.0, 3.0)))
        await until_all_are_back(house, probers)
        await asyncio.gather(*(settle(one, history) for one in clients))
        await asyncio.gather(*(one.look(who) for one in clients for who in world.everybody()[:HOT]))
    rows = await rows_of(house.url)
    unknown = sum((one.unknown for one in clients), Counter[str]())
    back = recoveries(house, probers)
    violations = [*judged(history, rows), *surprises(unknown), *never_back(back), *await ledger_disagrees(house)]
    return Trial(
        history,
        rows,
        violations,
        unknown,
        back,
        sum(one.ended_by_itself for one in house.gateways),
        storm.worker_back_s,
        time.monotonic() - began_at,
        frozenset(name for _, name, _ in (*storm.over_gateways, *storm.over_database) if stormy),
    )


@contextlib.asynccontextmanager
async def beside(*endless: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """These go on while the block runs."""
    tasks = [asyncio.create_task(one) for one in endless]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def judged(history: History, rows: Rows) -> list[str]:
    """What the checkers find, each line with the name of its check."""
    return [f"{check.__name__}: {found}" for check in CHECKS for found in check(history, rows)]


def surprises(unknown: Counter[str]) -> Iterator[str]:
    """Whatever fails around a gateway, it says UNAVAILABLE: anything else is a fault of its own."""
    yield from (f"surprises: {why}, {times} times" for why, times in unknown.items() if "INTERNAL" in why)


async def prepare(house: House, world: World, client: Shopper) -> None:
    """Offers, a campaign with a budget, and members with points, some of which end during the trial."""
    for name, (price, stock, limit) in OFFERS.items():
        given = {"market": "ES", "titles": titled(name), "price": price, "value": "5", "validDays": 180}
        made = await by_staff(house, "launchCouponOffer", "offer { id }", **given, stock=stock, limitPerMember=limit)
        world.offers[name] = (made["offer"]["id"], price)
    given = {"slug": "spring", "titles": titled("spring"), "trigger": "PURCHASE", "markets": ["ES"], **WINDOW}
    await by_staff(house, "launchCampaign", "campaign { id }", **given, bonusPoints=7, budget=str(BUDGET))
    long_ago = (datetime.now(UTC) - timedelta(days=AGE_DAYS)).isoformat(timespec="seconds")
    errands = client.errands
    for who in (*world.hot, *world.cold):
        await client.carry_out(errands.enrolment(who))
        order_id = world.fresh("order")
        await client.carry_out(
            errands.purchase_of(order_id, who, 3000 if who in world.hot else 200, occurred_at=long_ago)
        )
        await client.carry_out(errands.delivery_of(order_id, who, occurredAt=long_ago))


async def by_staff(house: House, mutation: str, selection: str, **given: Any) -> dict[str, Any]:
    """The payload of something that staff prepare; it is not part of the log."""
    document = (
        f"mutation ($input: {mutation[0].upper()}{mutation[1:]}Input!) "
        f"{{ {mutation}(input: $input) {{ {selection} userErrors {{ code }} }} }}"
    )
    asked = {"input": {"idempotencyKey": f"prepare-{given['titles'][0]['text']}", **given}}
    data = await ask(house.gateways[0].port, house.token("staff", "operator"), document, asked)
    payload: dict[str, Any] = data[mutation]
    assert not payload["userErrors"], payload
    return payload


def titled(text: str) -> list[dict[str, str]]:
    return [{"locale": "en", "text": text}]


async def move_clock(client: Shopper, seconds: float, until: float) -> None:
    """Staff moves the sandbox clock, a part of `CLOCK_DAYS` at a time."""
    times = max(1, int(seconds / ADVANCE_EVERY_S))
    for _ in range(times):
        await asyncio.sleep(min(ADVANCE_EVERY_S, max(0.0, until - time.monotonic())))
        hours = max(1, CLOCK_DAYS * 24 // times)
        key = client.errands.world.fresh("key")
        await client.carry_out(Operation(client.name, key, "advanceClock", {"hours": hours}))


async def burst(clients: Sequence[Shopper]) -> str:
    """All clients ask for several things at once."""
    wishes = itertools.islice(itertools.cycle(clients), BURST)
    await asyncio.gather(*(one.carry_out(one.errands.next(), 1) for one in wishes))
    return f"{BURST} at once"


async def settle(client: Shopper, history: History) -> None:
    """Asks again, with its key, whatever this client was never answered."""
    for one in [one for one in history.operations if one.answer is None and one.client == client.name]:
        await client.carry_out(one, SETTLE_TRIES)


async def ledger_disagrees(house: House) -> list[str]:
    """What `mipoints check` says of a ledger that does not agree with itself."""
    environment = house.gateways[0].environment
    command = [str(MIPOINTS), "check", "--data", str(house.folder)]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, env=environment, timeout=600, check=False
    )
    return [] if done.returncode == 0 else [f"mipoints check: {line}" for line in done.stdout.splitlines()]
