"""How do clients act at the same time, try again, send twice and hang up, and write down all that they were told?"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.histories.errands import SERVICE, Errands, World
from tests.histories.history import MADE, Balances, History, Look, Operation, Try, answer_of, row_id
from tests.histories.house import House
from tests.histories.wire import Unknown, ask, ask_and_hang_up

TRIES = 5  # of an operation while the storm goes on; what is unknown then is asked again after it
SETTLE_TRIES = 60
LOOK = """
{ me { balance { asOf pending available reserved debt } statement(first: 1) { edges { node { id } } } } }
"""
SELECTED = {"activity": "activity { id }", "coupon": "coupon { id code }", "reservation": "reservation { id }", "": ""}
WITHOUT_DEFERRED = frozenset(("enrolMember",))


class Shopper:
    """One client: it does one thing after the other, and looks at balances in between."""

    def __init__(self, name: str, house: House, world: World, history: History, chance: random.Random) -> None:
        self.name, self.house, self.history, self.chance = name, house, history, chance
        self.errands = Errands(name, world, chance)
        self.unknown: Counter[str] = Counter()

    async def shop(self, until: float) -> None:
        """Goes on until this instant."""
        while time.monotonic() < until:
            one = self.errands.next()
            await self.carry_out(one)
            if one.mi_account_id is not None and self.chance.random() < 0.6:
                await self.look(one.mi_account_id)

    async def carry_out(self, one: Operation, tries: int = TRIES) -> dict[str, Any] | None:
        """Sends an operation until it is answered, sometimes twice at once, sometimes hanging up first."""
        if not one.tries:
            self.history.operations.append(one)
        for _ in range(tries):
            how = self.chance.random()
            if how < 0.06:
                await self._hang_up(one)
            payloads = await asyncio.gather(*(self._send(one) for _ in range(2 if how > 0.9 else 1)))
            if answered := [payload for payload in payloads if payload is not None]:
                self.errands.learn(one, answered[0])
                return answered[0]
            await asyncio.sleep(self.chance.uniform(0.05, 0.4))
        return None

    async def look(self, who: str) -> None:
        """Reads a balance from whichever gateway; one that does not answer is not asked again."""
        gateway, invoked_at = self._gateway(), time.monotonic()
        try:
            data = await ask(self._port(gateway), self.house.token("member", who), LOOK, {})
        except Unknown as error:
            self.unknown[f"look: {error}"] += 1
            return
        if (me := data["me"]) is None:
            return
        balance, lines = me["balance"], me["statement"]["edges"]
        owned = Balances(*(balance[name] for name in ("pending", "available", "reserved", "debt")))
        newest = row_id(lines[0]["node"]["id"]) if lines else None
        self.history.looks.append(
            Look(self.name, gateway, who, invoked_at, time.monotonic(), balance["asOf"], owned, newest)
        )

    async def _send(self, one: Operation) -> dict[str, Any] | None:
        gateway, invoked_at = self._gateway(), time.monotonic()
        token, document, variables = self._request(one)
        try:
            payload: dict[str, Any] | None = (await ask(self._port(gateway), token, document, variables))[one.mutation]
            if payload is None:
                raise Unknown("no payload")
        except Unknown as error:
            self.unknown[f"operation: {error}"] += 1
            one.tries.append(Try(gateway, invoked_at, time.monotonic(), None, str(error)))
            return None
        one.tries.append(Try(gateway, invoked_at, time.monotonic(), answer_of(one.mutation, payload)))
        return payload

    async def _hang_up(self, one: Operation) -> None:
        gateway, invoked_at = self._gateway(), time.monotonic()
        await ask_and_hang_up(self._port(gateway), *self._request(one), after_s=self.chance.uniform(0, 0.03))
        self.unknown["operation: hung up"] += 1
        one.tries.append(Try(gateway, invoked_at, time.monotonic(), None, "hung up"))

    def _request(self, one: Operation) -> tuple[str, str, Mapping[str, Any]]:
        """Its token, document and variables."""
        given = {**one.given, "idempotencyKey": one.key}
        if one.mutation == "advanceClock":
            given["by"] = f"PT{given.pop('hours')}H"
        made = MADE[one.mutation]
        selected = SELECTED[made] + (" deferred" if made == "activity" and one.mutation not in WITHOUT_DEFERRED else "")
        document = (
            f"mutation ($input: {one.mutation[0].upper()}{one.mutation[1:]}Input!) {{ {one.mutation}(input: $input) "
            f"{{ {selected} userErrors {{ code }} }} }}"
        )
        if one.mutation == "advanceClock":
            token = self.house.token("staff", "operator")
        elif one.mutation in SERVICE:
            token = self.house.token("service", "shop")
        else:
            token = self.house.token("member", one.mi_account_id or "")
        return token, document, {"input": given}

    def _gateway(self) -> int:
        """Mostly one that is there, as a balancer of load would find out."""
        there = [one.number for one in self.house.gateways if not one.is_away]
        if there and self.chance.random() < 0.8:
            return self.chance.choice(there)
        return self.chance.randrange(len(self.house.gateways))

    def _port(self, gateway: int) -> int:
        return self.house.gateways[gateway].port
