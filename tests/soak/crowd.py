"""Who goes in and out of the gateway in a soak, and what do they remember of what they did?

One `Crowd` is shared by all kinds of load. What a kind leaves for others (an order to be delivered, a coupon to be
used) waits in a short queue, whose oldest makes room.
"""

import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from app.api.ids import GlobalId
from app.gateway.tokens import mint
from app.settings import Settings
from tests.client import Client, Who, member
from tests.journeys.makers import order
from tests.served import Served

MOST_WAITING = 300
TOKENS_FOR = timedelta(days=30)  # longer than any soak
SKUS = [f"SOAK-{number}" for number in range(60)]
MEMBERS = "SELECT mi_account_id, market_id FROM member ORDER BY id LIMIT 20000"
OFFERS = "SELECT id, market_id FROM coupon_offer WHERE NOT suspended ORDER BY price_points"


class Unexpected(Exception):
    """An answer that nobody may get; the message says which."""


@dataclass(frozen=True)
class Guest:
    """A member and their market."""

    who: Who
    market: str


class Caller(Client):
    """A client whose tokens outlast the soak."""

    def token(self, who: Who) -> str:
        """Theirs, made once."""
        if who not in self._tokens:
            settings = Settings(data_dir=self.served.data_dir)
            self._tokens[who] = mint(settings, who.role, who.subject, TOKENS_FOR)
        return self._tokens[who]

    def _token(self, who: Who) -> str:
        return self.token(who)


class Crowd:
    """Members, what there is to be had, and what is under way."""

    def __init__(self, served: Served, database: asyncpg.Connection, chance: random.Random) -> None:
        self.client = Caller(served, database)
        self.chance = chance
        self.guests: list[Guest] = []
        self.offers: dict[str, list[str]] = {}
        self.days = 0  # that have passed
        self._waiting: dict[str, deque[Any]] = {}

    async def gather(self) -> None:
        """Looks who is there, and what is offered to them."""
        found = await self.client.database.fetch(MEMBERS)
        self.guests = [Guest(member(row["mi_account_id"]), row["market_id"]) for row in found]
        for row in await self.client.database.fetch(OFFERS):
            self.offers.setdefault(row["market_id"], []).append(str(GlobalId("CouponOffer", 0, row["id"])))

    def anyone(self) -> Guest:
        """Some member."""
        return self.chance.choice(self.guests)

    def leave(self, what: str, thing: Any) -> None:
        """Something that others will go on with."""
        self._waiting.setdefault(what, deque(maxlen=MOST_WAITING)).append(thing)

    def take(self, what: str) -> Any:
        """One of what was left, and no others get it; None where there is none."""
        waiting = self._waiting.get(what)
        if not waiting:
            return None
        waiting.rotate(self.chance.randrange(len(waiting)))
        return waiting.popleft()

    def basket(self, market: str, **given: Any) -> dict[str, Any]:
        """An order of one to three products."""
        prices = [
            f"{self.chance.randrange(5, 700)}.{self.chance.randrange(100):02}" for _ in range(self.chance.randint(1, 3))
        ]
        made = order(*prices, market=market, **given)
        for line, sku in zip(made["lines"], self.chance.sample(SKUS, len(prices)), strict=True):
            line["sku"] = sku
        return made

    def headers(self, who: Who, **more: str) -> dict[str, str]:
        """Those of a request of somebody's."""
        return {"Authorization": f"Bearer {self.client.token(who)}", **more}

    async def act(self, who: Who, mutation: str, selection: str = "", /, **given: Any) -> tuple[str, Any]:
        """What became of a mutation: `done`, or that it was refused and why; and its payload."""
        payload = await self.client.do(who, mutation, selection, **given)
        refused = [error["code"] for error in payload["userErrors"]]
        return (f"refused: {refused[0]}" if refused else "done"), payload

    async def refused(self, code: str, body: Any, headers: Mapping[str, str]) -> str:
        """Sends what must be refused with this code. Raises Unexpected."""
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        sent = {"Content-Type": "application/json", **headers}
        answer = await self.client.served.http.post("/graphql", headers=sent, **given)
        codes = [error["extensions"]["code"] for error in answer.json().get("errors", [])]
        if answer.status_code >= 500 or not codes or codes[0] != code:
            raise Unexpected(f"{answer.status_code} {codes} instead of {code}")
        return f"error: {code}"
