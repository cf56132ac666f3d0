"""How does a test speak to the gateway: as a member, as the shop, as staff?"""

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from app.gateway.tokens import mint
from app.settings import Settings
from tests.served import Served

_numbers = itertools.count(1)
TABLES = (
    *("member", "account", "activity", "award", "lot", "operation", "entry", "move", "coupon", "notice"),
    *("fuel_tap", "share", "review", "shop_order", "order_line", "parked_event"),
)


@dataclass(frozen=True)
class Who:
    """Somebody with a token of one role."""

    role: str
    subject: str


SHOP = Who("service", "shop")
STAFF = Who("staff", "operator")


def member(mi_account_id: str) -> Who:
    """The holder of a Mi Account."""
    return Who("member", mi_account_id)


@asynccontextmanager
async def client_of(served: Served, database_url: str) -> AsyncIterator["Client"]:
    """A client of a running gateway, with a connection of its own to the gateway's database."""
    database = await asyncpg.connect(database_url)
    try:
        yield Client(served, database)
    finally:
        with suppress(OSError):  # its server was killed
            await database.close(timeout=5)


def fresh(word: str) -> str:
    """A name that this run has not used: a key, a Mi Account, an order."""
    return f"{word}-{next(_numbers)}"


class Client:
    """The gateway as its callers see it, over HTTP; no answer is a 5xx. `database`: where it keeps its rows."""

    def __init__(self, served: Served, database: asyncpg.Connection) -> None:
        self.served = served
        self.database = database
        self._tokens: dict[Who, str] = {}

    async def send(self, who: Who | None, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The whole answer to a document, errors and all."""
        return await self.served.post(document, variables, self._token(who) if who else None)

    async def read(self, who: Who | None, document: str, **variables: Any) -> Any:
        """The data of a document that meets no error."""
        answer = await self.send(who, document, variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def do(self, who: Who, mutation: str, selection: str = "", /, **given: Any) -> Any:
        """A mutation's payload, refused or not; without an `idempotencyKey` it gets one of its own."""
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        document = (
            f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code field }} }} }}"
        )
        answer = await self.send(who, document, {"input": {"idempotencyKey": fresh("key"), **given}})
        assert "errors" not in answer, answer
        return answer["data"][mutation]

    async def done(self, who: Who, mutation: str, selection: str = "", /, **given: Any) -> Any:
        """The payload of a mutation that is not refused."""
        payload = await self.do(who, mutation, selection, **given)
        assert payload["userErrors"] == [], payload
        return payload

    async def advance(self, *, to: str | None = None, by: str | None = None) -> None:
        """Moves the programme's clock."""
        await self.done(STAFF, "advanceClock", "now", to=to, by=by)

    async def me(self, mi_account_id: str, selection: str) -> Any:
        """What a member sees of their own."""
        return (await self.read(member(mi_account_id), f"{{ me {{ {selection} }} }}"))["me"]

    async def balance(self, mi_account_id: str, *, at: str | None = None) -> Any:
        """A member's pending, available and debt, now or at an instant."""
        document = "query ($at: DateTime) { me { balance(at: $at) { pending available debt } } }"
        return (await self.read(member(mi_account_id), document, at=at))["me"]["balance"]

    async def statement(self, mi_account_id: str) -> list[tuple[str, int]]:
        """The kinds and points of a member's statement lines, oldest first."""
        seen = await self.me(mi_account_id, "statement(first: 100) { edges { node { kind points } } }")
        return [(edge["node"]["kind"], edge["node"]["points"]) for edge in reversed(seen["statement"]["edges"])]

    async def ledger_agrees(self) -> bool:
        """Does the ledger agree with itself?"""
        check = (await self.read(STAFF, "{ ledgerCheck { ok problems } }"))["ledgerCheck"]
        assert check["problems"] == []
        return bool(check["ok"])

    async def rows_by_table(self) -> dict[str, int]:
        """How many rows stand in the tables that a refusal must leave as they are."""
        counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in TABLES)
        return dict(await self.database.fetchrow(f"SELECT {counts}"))

    def _token(self, who: Who) -> str:
        if who not in self._tokens:
            settings = Settings(data_dir=self.served.data_dir)
            self._tokens[who] = mint(settings, who.role, who.subject, timedelta(hours=1))
        return self._tokens[who]
