"""Who was this person before they were erased? (PROGRAMME 11: a salted tombstone)"""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from app.database import Db, rows, value

_LEAVE = """
INSERT INTO tombstone (identity, member_id, erased_at)
SELECT identity, $2, $3 FROM unnest($1::text[]) AS i (identity)
ON CONFLICT (identity) DO UPDATE SET member_id = excluded.member_id, erased_at = excluded.erased_at
"""
_FIND = "SELECT member_id FROM tombstone WHERE identity = $1"
# All that a member was before, the latest first: the member itself, its former one, and so on.
_LINE = """
WITH RECURSIVE line (id, former_id, depth) AS (
  SELECT id, former_id, 1 FROM member WHERE id = $1
  UNION SELECT member.id, member.former_id, depth + 1 FROM line JOIN member ON member.id = line.former_id)
SELECT id FROM line ORDER BY depth
"""
_SUSPENDED_AS = """
UPDATE member SET suspended_at = coalesce(member.suspended_at, person.suspended_at) FROM member AS person
WHERE member.id = $1 AND person.id = $2
"""


@dataclass(frozen=True)
class Tombstones:
    """Knows an erased identity again by a keyed hash; the key (16 bytes at least) is in no database."""

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise ValueError("a tombstone key has at least 16 bytes")

    async def leave(self, db: Db, member_id: int, mi_account_id: str, person_key: str | None) -> None:
        """Note whose identity is erased now; the last member of an identity is the one that is found again."""
        identities = [self._mi_account(mi_account_id)]
        if person_key is not None:
            identities.append(self._person(person_key))
        await rows(db, _LEAVE, identities, member_id, await value(db, "SELECT programme_now()"))

    async def find(self, db: Db, mi_account_id: str, person_key: str | None) -> int | None:
        """The member that this Mi Account or this verified person was before; None when neither was erased.

        Where they were two, they are one person from now on: what either had counts.
        """
        account = await value(db, _FIND, self._mi_account(mi_account_id))
        person = await value(db, _FIND, self._person(person_key)) if person_key is not None else None
        if account is not None and person is not None:
            return await _united(db, account, person)
        former: int | None = account if account is not None else person
        return former

    def _mi_account(self, mi_account_id: str) -> str:
        return self._keyed(b"mi account", mi_account_id)

    def _person(self, person_key: str) -> str:
        return self._keyed(b"person", person_key)

    def _keyed(self, purpose: bytes, text: str) -> str:
        return hmac.digest(self.key, b"tombstone of a " + purpose + b"\0" + text.encode(), sha256).hex()


async def _united(db: Db, account: int, person: int) -> int:
    """The last of what both have been, so that all of it counts: one of them, where the other is an earlier self of it.

    Else the account's own line goes on with the person's, and a suspension of either is one of both.
    """
    line = [found["id"] for found in await rows(db, _LINE, account)]
    other = [found["id"] for found in await rows(db, _LINE, person)]
    own = [each for each in line if each not in other]
    if not own or person in line:
        return account if own else person
    await rows(db, "UPDATE member SET former_id = $2 WHERE id = $1", own[-1], person)
    await rows(db, _SUSPENDED_AS, account, person)
    return account
