"""Was this request answered before, and if not, what is its one answer?

Key, effect and stored outcome are written in one transaction. A refusal rolls its transaction back, so it changes
nothing by construction, and is then stored under its key alone.

What is asked for often is first tried swiftly: read without a lock, judged, and written by one statement that is its
own transaction and changes nothing unless all is still as it was read (`CLAIMED`, `posting.POSTING`, `only_if`).
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from app import commits
from app.database import Db, connection, row, rows, transaction
from app.given import given, how_many
from app.requests.outcome import Outcome, invalid, refused

KEY_LENGTH = 128
_TRIES = 3
_SWIFT_TRIES = 2
# What goes well when it is tried again. The last: a migration beside us gave a table another column, and a transaction
# cannot go on with what its connection knew of the table; asyncpg has forgotten that when it raises.
_LOST = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.InvalidCachedStatementError)

_CLAIM = """
INSERT INTO request (principal, key, mutation, fingerprint, accepted_at, state, outcome)
VALUES ($1, $2, $3, $4, programme_now(), 'OPEN', '{}') ON CONFLICT (principal, key) DO NOTHING RETURNING id
"""
_REFUSED = """
INSERT INTO request (principal, key, mutation, fingerprint, accepted_at, completed_at, state, outcome)
SELECT $1, $2, $3, $4, at, at, 'DONE', $5::jsonb FROM (SELECT programme_now() AS at) AS moment
ON CONFLICT (principal, key) DO NOTHING RETURNING id
"""
# A part of a swift statement: the keys of the document's "requests" with their outcomes. It comes before every lock, as
# the claim does in a transaction, and all the rest of the statement depends on it.
_REQUESTS = given("requests", "principal text, key text, mutation text, fingerprint text, outcome jsonb")
CLAIMED = f"""
claimed AS (
  INSERT INTO request (principal, key, mutation, fingerprint, accepted_at, completed_at, state, outcome)
  SELECT principal, key, mutation, decode(fingerprint, 'hex'), at, at, 'DONE', outcome
  FROM {_REQUESTS} AS r CROSS JOIN (SELECT programme_now() AS at) AS moment
  ORDER BY principal, key ON CONFLICT (principal, key) DO NOTHING RETURNING id
)
"""
ALL_CLAIMED = f"(SELECT count(*) FROM claimed) = {how_many('requests')}"
# What a swift reading statement answers of its key, from `LEFT JOIN request AS seen`.
SEEN = "seen.mutation AS seen_mutation, seen.fingerprint AS seen_fingerprint, seen.outcome AS seen_outcome"
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
Swift = Callable[[], Awaitable[Outcome | None]]


class TooBusy(RuntimeError):
    """The database could not serve this request in `_TRIES` tries; nothing was changed and it may be sent again."""


class Answered(Exception):
    """A swift try found its key answered already: with this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("answered already")
        self.outcome = outcome


async def once(call: Call, act: Act, swift: Swift | None = None) -> Outcome:
    """Run `act(db, request_id)` at most once for this key; answer its outcome, now or again.

    The same key with another input is IDEMPOTENCY_KEY_REUSED; a key that is empty, too long (over 128 characters) or
    holds control characters is INVALID_INPUT and is not stored. Raises TooBusy after three lost races.

    `swift()`, where given, does the same first, outside a transaction: it answers a refusal that is not stored yet or
    what it has written with its key, raises Answered, or answers None for what only `act` can do, with its lock.
    """
    if problem := key_problem(call.key):
        return problem
    if swift is not None and not commits.under_way() and (outcome := await _swiftly(call, swift)) is not None:
        return outcome
    for _ in range(_TRIES):
        try:
            return await _attempt(call, act)
        except _LOST:
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


async def _swiftly(call: Call, swift: Swift) -> Outcome | None:
    for _ in range(_SWIFT_TRIES):
        try:
            outcome = await swift()
        except Answered as already:
            return already.outcome
        except _LOST:
            continue  # something is no longer as it was read
        return await _store_refusal(call, outcome) if outcome is not None and outcome.errors else outcome
    return None


async def _store_refusal(call: Call, outcome: Outcome) -> Outcome:
    db, stored = connection(), json.dumps(outcome.stored())
    kept = await row(db, _REFUSED, call.principal, call.key, call.mutation, call.fingerprint, stored)
    return outcome if kept is not None else await _again(db, call)


def not_seen(call: Call, found: Mapping[str, Any]) -> None:
    """Raises Answered where the row of a swift reading statement (`SEEN`) holds this key's outcome."""
    if found["seen_mutation"] is not None:
        raise Answered(_answer(call, found["seen_mutation"], found["seen_fingerprint"], found["seen_outcome"]))


def claim(call: Call, outcome: Outcome) -> dict[str, object]:
    """A row of a swift statement's "requests"."""
    return {
        "principal": call.principal,
        "key": call.key,
        "mutation": call.mutation,
        "fingerprint": call.fingerprint.hex(),
        "outcome": outcome.stored(),
    }


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
    return _answer(call, found["mutation"], found["fingerprint"], found["outcome"])


def _answer(call: Call, mutation: str, fingerprint: bytes, outcome: Mapping[str, Any]) -> Outcome:
    if mutation != call.mutation or fingerprint != call.fingerprint:
        return refused("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    return Outcome.restored(outcome)


async def reject(call: Call, outcome: Outcome) -> Outcome:
    """Store a refusal that needs no look at the database."""

    async def act(db: Db, request_id: int) -> Outcome:
        return outcome

    return await once(call, act)
