"""Which coupon has this code, and how often may its asker be wrong?"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import asyncpg

from app.coupons.codes import CouponCodes
from app.database import Db, row, rows, transaction

CODE_LENGTH = 64
WRONG_CODES = 10  # within `_WINDOW` of the programme's time, after which no code is looked up
WRONG_CODES_OF_A_SERVICE = 100  # a shop's back end asks for many shoppers
_WINDOW = "interval '10 minutes'"
_WRONG = f"(SELECT count(*) FROM coupon_guess WHERE principal = $2::text AND at > programme_now() - {_WINDOW})"

# The count comes first: it is the same for every row, so PostgreSQL looks no code up once it is reached.
_FIND = f"""
SELECT id, member_id FROM coupon WHERE {_WRONG} < $3 AND lookup = $1 AND ($4::bigint IS NULL OR member_id = $4)
"""
_NOTE = f"INSERT INTO coupon_guess (principal, at) SELECT $2::text, programme_now() WHERE {_WRONG} < $1"
_FORGET = f"""
DELETE FROM coupon_guess WHERE id IN (SELECT id FROM coupon_guess WHERE at <= programme_now() - {_WINDOW}
  LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""

Answer = TypeVar("Answer")


@dataclass
class CodeSearch:
    """One principal's search for a coupon by its code; wrong codes count against them, whatever they were tried for.

    `principal` is whose idempotency keys it uses: the roles, a colon, the token's subject.
    """

    principal: str
    codes: CouponCodes
    missed: bool = False

    async def find(self, db: Db, code: str, member_id: int | None = None) -> asyncpg.Record | None:
        """Id and member of the coupon of a code, this member's where one is named.

        None: there is no such coupon, or this principal was wrong too often to be told.
        """
        found = None
        if len(code) <= CODE_LENGTH:
            found = await row(db, _FIND, self.codes.lookup(code), self.principal, self._most, member_id)
        self.missed = found is None
        return found

    async def counted(self, answer: Awaitable[Answer]) -> Answer:
        """The answer of a use case that may have missed; a refusal is rolled back, so the miss is noted after it."""
        answered = await answer
        if self.missed:
            async with transaction() as db:
                await rows(db, _NOTE, self._most, self.principal)
        return answered

    @property
    def _most(self) -> int:
        return WRONG_CODES_OF_A_SERVICE if self.principal.startswith("service:") else WRONG_CODES


async def forget_guesses(db: Db, most: int) -> int:
    """Delete at most so many wrong codes that count against nobody any more; how many."""
    return len(await rows(db, _FORGET, most))
