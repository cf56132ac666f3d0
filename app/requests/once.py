"""Was this request answered before, and if not, what is its one answer?

Key, effect and stored outcome are written in one transaction. A refusal rolls its transaction back, so it changes
nothing by construction, and is then stored under its key alone.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.database import Db, connection, row, rows, transaction
from app.requests.outcome import Outcome, invalid, refused

KEY_LENGTH = 128
_TRIES = 3

_CLAIM = """
INSERT INTO request (principal, key, mutation, fingerprint, accepted_at, state, outcome)
VALUES ($1, $2, $3, $4, programme_now(), 'OPEN', '{}') ON CONFLICT (principal, key) DO NOTHING RETURNING id
"""
_CLOSE = """
UPDATE request SET state = $2::text, outcome = $3::jsonb,
  completed_at = CASE WHEN $2::text = 'DONE' THEN programme_now() END
WHERE id = $1
"""
_FIND = """
SELECT mutation, fingerprint, state, accepted_at, completed_at, outcome FROM request WHERE principal = $1 AND key = $2
"""


@dataclass(frozen=True)
class Call:
    """A mutation as its principal sent it; `fingerprint` covers the coerced input without its defaults."""

    principal: str
    key: str
    mutation: str
    fingerprint: bytes


@dataclass(frozen=True)
class StoredRequest:
    """What is known of a key: `state` is DONE or PARKED, instants by the programme's clock."""

    mutation: str
    state: str
    accepted_at: datetime
    completed_at: datetime | None
    outcome: Outcome


Act = Callable[[Db, int], Awaitable[Outcome]]


class TooBusy(RuntimeError):
    """The database could not serve this request in `_TRIES` tries; nothing was changed and it may be sent again."""


async def once(call: Call, act: Act) -> Outcome:
    """Run `act(db, request_id)` at most once for this key; answer its outcome, now or again.

    The same key with another input is IDEMPOTENCY_KEY_REUSED; a key that is empty, too long (over 128 characters) or
    holds control characters is INVALID_INPUT and is not stored. Raises TooBusy after three lost races.
    """
    if problem := key_problem(call.key):
        return problem
    for _ in range(_TRIES):
        try:
            return await _attempt(call, act)
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            continue
    raise TooBusy("the request lost its race for a lock; send it again")


async def find(principal: str, key: str) -> StoredRequest | None:
    """What happened to this principal's request, or None when it was never seen."""
    if key_problem(key):
        return None
    found = await row(connection(), _FIND, principal, key)
    if found is None:
        return None
    return StoredRequest(
        found["mutation"],
        found["state"],
        found["accepted_at"],
        found["completed_at"],
        Outcome.restored(found["outcome"]),
    )


def key_problem(key: str) -> Outcome | None:
    """Why this idempotency key cannot be one."""
    if not key:
        return invalid("EMPTY", "idempotencyKey")
    if len(key) > KEY_LENGTH:
        return invalid("TOO_LONG", "idempotencyKey", maximum=KEY_LENGTH)
    return None if key.isprintable() else invalid("CONTROL_CHARACTERS", "idempotencyKey")


class _Rollback(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__("refused")
        self.outcome = outcome


async def _attempt(call: Call, act: Act) -> Outcome:
    try:
        async with transaction() as db:
            request_id = await _claim(db, call)
            if request_id is None:
                return await _again(db, call)
            outcome = await act(db, request_id)
            if outcome.errors:
                raise _Rollback(outcome)
            await close(db, request_id, outcome)
            return outcome
    except _Rollback as refusal:
        return await _store_refusal(call, refusal.outcome)


async def _store_refusal(call: Call, outcome: Outcome) -> Outcome:
    async with transaction() as db:
        request_id = await _claim(db, call)
        if request_id is None:
            return await _again(db, call)
        await close(db, request_id, outcome)
        return outcome


async def close(db: Db, request_id: int, outcome: Outcome) -> None:
    """Store what came of a request; a deferred one stays PARKED until its cause arrives."""
    await rows(db, _CLOSE, request_id, "PARKED" if outcome.deferred else "DONE", json.dumps(outcome.stored()))


async def _claim(db: Db, call: Call) -> int | None:
    claimed = await row(db, _CLAIM, call.principal, call.key, call.mutation, call.fingerprint)
    return claimed["id"] if claimed else None


async def _again(db: Db, call: Call) -> Outcome:
    # The claim waited for whoever held the key, so this later statement sees what that one stored.
    found = await row(db, _FIND, call.principal, call.key)
    if found is None:
        raise asyncpg.SerializationError("the key's first request was rolled back; try again")
    if found["mutation"] != call.mutation or found["fingerprint"] != call.fingerprint:
        return refused("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    return Outcome.restored(found["outcome"])


async def reject(call: Call, outcome: Outcome) -> Outcome:
    """Store a refusal that needs no look at the database."""

    async def act(db: Db, request_id: int) -> Outcome:
        return outcome

    return await once(call, act)
