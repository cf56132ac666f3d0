"""How does a member get their whole statement, with its proof?

`app.ledger.proof` says what stands in it and proves it again.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.database import Db, connection, one, rows, transaction, value
from app.ledger.hold import settle_member
from app.ledger.proof import FORMAT, ended, public_key, told, written
from app.staff.audit import audit

PROGRAMME = "Mi Points"
COMMAND = "mipoints statement"  # who the audit log names where no token says it
PAGE = 250  # entries at a time: so few that nobody waits while they are written

_reading = asyncio.Lock()  # of all statements of a process one page at a time, so that many keep nobody waiting

# The balances as the last entry left them, which is where the statement ends: later entries are no part of it.
_HEAD = """
SELECT account.market_id, currency, operator, mi_account_id, version, pending, available, reserved, debt,
  greatest(programme_now(), last_at) AS at,
  coalesce((SELECT hash FROM entry WHERE member_id = account.member_id AND version = account.version), '') AS hash
FROM account JOIN member ON member.id = account.member_id JOIN market ON market.code = account.market_id
WHERE account.member_id = $1
"""
_ENTRIES = """
SELECT version, operation_id AS "operationId", kind, source, target, points, pending_after AS pending,
  available_after AS available, reserved_after AS reserved, debt_after AS debt, at, activity_id AS "activityId",
  coupon_id AS "couponId", reservation_id AS "reservationId", reason, facts::text AS facts, hash
FROM entry WHERE member_id = $1 AND version > $2 AND version <= $3 ORDER BY version LIMIT $4
"""


@dataclass(frozen=True)
class Statement:
    """A statement that is fixed: its head, the hash of its last entry, and the key that signs it."""

    head: dict[str, Any]
    hash: str
    key: Ed25519PrivateKey

    @property
    def entries(self) -> int:
        """How many there are."""
        version: int = self.head["version"]
        return version

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The file, piece by piece; entries are never changed, so no transaction is open meanwhile."""
        yield written(self.head)
        after = 0
        while page := await self._page(after):
            yield b"".join(page)
            after += len(page)
        yield written(ended(self.head, self.hash, self.key))

    async def _page(self, after: int) -> list[bytes]:
        """The lines that follow the version `after`; none when that is the last."""
        async with _reading:
            found = await rows(connection(), _ENTRIES, self.head["memberId"], after, self.entries, PAGE)
            return [written(_line(entry)) for entry in found]


def _line(entry: asyncpg.Record) -> dict[str, Any]:
    return {**entry, "at": told(entry["at"]), "hash": entry["hash"].hex()}


async def statement_of(mi_account_id: str, key: Ed25519PrivateKey, *, actor: str | None = None) -> Statement | None:
    """The statement of a Mi Account up to now, the clock's changes written first; None when it is not enrolled.

    The audit log notes an `actor` of staff.
    """
    member_id: int | None = await value(connection(), "SELECT id FROM member WHERE mi_account_id = $1", mi_account_id)
    if member_id is None:
        return None
    await settle_member(member_id)
    async with transaction() as db:
        if actor is not None:
            await audit(db, actor, "downloadStatement", f"member/{member_id}")
        return await _fixed(db, member_id, key)


async def _fixed(db: Db, member_id: int, key: Ed25519PrivateKey) -> Statement:
    found = await one(db, _HEAD, member_id)
    head = {
        "format": FORMAT,
        "programme": PROGRAMME,
        "operator": found["operator"],
        "market": found["market_id"],
        "currency": found["currency"],
        "miAccountId": found["mi_account_id"],
        "memberId": member_id,
        "at": told(found["at"]),
        "version": found["version"],
        "pending": found["pending"],
        "available": found["available"],
        "reserved": found["reserved"],
        "debt": found["debt"],
        "publicKey": public_key(key),
    }
    return Statement(head, found["hash"].hex(), key)
