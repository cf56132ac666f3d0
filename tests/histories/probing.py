"""How long was each gateway without an answer after the database came back?"""

import asyncio
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.histories.history import Fault
from tests.histories.house import Gateway, House, Span
from tests.histories.wire import Unknown, ask

PROBE = "{ me { balance { available } } }"
PATIENCE_S = 3.0
PAUSE_S = 0.1
BACK_S = 30.0  # ten times what it may take


@dataclass
class Prober:
    """Asks one gateway again and again, and notes each good answer: asked and answered when."""

    house: House
    gateway: Gateway
    mi_account_id: str
    good: list[tuple[float, float]] = field(default_factory=list)

    async def probe(self) -> None:
        """Until it is cancelled."""
        token = self.house.token("member", self.mi_account_id)
        while True:
            asked_at = time.monotonic()
            try:
                await ask(self.gateway.port, token, PROBE, {}, patience_s=PATIENCE_S)
                self.good.append((asked_at, time.monotonic()))
            except Unknown:
                pass
            await asyncio.sleep(PAUSE_S)


@dataclass(frozen=True)
class Recovery:
    """After one restart of the database: seconds from its first connection to each gateway's first good answer.

    `unanswered_s`: how long nobody was answered by any gateway. Gateways that were away themselves are left out.
    """

    outage: Span
    gateways_s: dict[int, float]
    unanswered_s: float

    @property
    def slowest_s(self) -> float:
        return max(self.gateways_s.values(), default=0.0)


def recoveries(house: House, probers: Sequence[Prober]) -> list[Recovery]:
    """One of each restart that came to its end."""
    everywhere = sorted(answered for one in probers for _, answered in one.good)
    return [
        Recovery(
            outage,
            {one.gateway.number: after for one in probers if (after := recovered(one, outage)) is not None},
            longest_gap(everywhere, outage),
        )
        for outage in house.outages
    ]


async def until_all_are_back(house: House, probers: Sequence[Prober]) -> None:
    """Until each gateway has answered after the last restart, or for so long that it never will."""
    deadline = time.monotonic() + BACK_S
    while time.monotonic() < deadline and any(never_back(recoveries(house, probers))):
        await asyncio.sleep(PAUSE_S)


def meanwhile(one: Recovery, faults: Sequence[Fault]) -> Iterator[Fault]:
    """What else befell the house from the outage on until its last gateway answered."""
    until = one.outage.ended_at + one.slowest_s
    yield from (fault for fault in faults if fault.began_at < until and fault.ended_at > one.outage.began_at)


def never_back(found: Sequence[Recovery]) -> Iterator[str]:
    """The gateways that answer nobody any more after a restart of the database."""
    for one in found:
        yield from (f"never_back: gateway {number}" for number, after in one.gateways_s.items() if math.isinf(after))


def recovered(one: Prober, outage: Span) -> float | None:
    """Seconds from the outage's end to this gateway's first good answer, infinite without; None where it was away."""
    answered = min((at for _, at in one.good if at >= outage.ended_at), default=math.inf)
    if any(away.began_at < answered and away.ended_at > outage.began_at for away in one.gateway.away):
        return None
    return answered - outage.ended_at


def longest_gap(answers: Sequence[float], outage: Span) -> float:
    """The time without any answer around an outage."""
    before = max((at for at in answers if at <= outage.began_at), default=outage.began_at)
    during = sorted(at for at in answers if at > outage.began_at)
    points = [before, *[at for at in during if at < outage.ended_at]]
    points += [at for at in during if at >= outage.ended_at][:1]
    return max((later - sooner for sooner, later in pairwise(points)), default=0.0)
