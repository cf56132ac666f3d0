"""Which messages are due, which have arrived, and which are given up?

Real time counts here, not the programme's: a retry waits for the world outside. A claim is a lease: it pushes the next
try forward in a statement of its own, so that no transaction is open while a message is under way, and a message whose
sender died is sent again. At least once, then; the order of a member's messages is not promised.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.database import Db, rows

MOST_TRIES = 8
LEASE_SECONDS = 60.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30.0, 6 * 3600.0
_BATCH = 10
_FORGET_BATCH = 1_000

_CLAIM = """
UPDATE outbox_message SET next_try_at = clock_timestamp() + make_interval(secs => $3), attempts = attempts + 1
WHERE id IN (
  SELECT id FROM outbox_message WHERE endpoint = $1 AND next_try_at <= clock_timestamp()
  ORDER BY next_try_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id, endpoint, kind, body, attempts
"""
_DELIVERED = """
UPDATE outbox_message SET delivered_at = clock_timestamp(), next_try_at = NULL, failure = NULL
WHERE id = $1 AND delivered_at IS NULL
"""
# A claim that took too long has been followed by another, which alone says when the next try is.
_FAILED = """
UPDATE outbox_message SET failure = $3, next_try_at = clock_timestamp() + make_interval(secs => $4)
WHERE id = $1 AND attempts = $2 AND delivered_at IS NULL
"""
_RETRY = """
UPDATE outbox_message SET attempts = 0, next_try_at = clock_timestamp()
WHERE delivered_at IS NULL AND next_try_at IS NULL AND id = coalesce($1, id) RETURNING id
"""
_LEFT = """
SELECT id, endpoint, kind, attempts, created_at, next_try_at, failure FROM outbox_message
WHERE delivered_at IS NULL AND id > $1 ORDER BY id LIMIT $2
"""
_FORGET = """
DELETE FROM outbox_message WHERE id IN (
  SELECT id FROM outbox_message WHERE delivered_at < clock_timestamp() - interval '30 days'
  ORDER BY delivered_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@dataclass(frozen=True)
class Message:
    """A claimed message; `told` is the row of its notice, `attempts` counts this try."""

    id: int
    endpoint: str
    kind: str
    told: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True)
class Left:
    """A message that has not arrived; dead (to be retried by hand) where `next_try_at` is None."""

    id: int
    endpoint: str
    kind: str
    attempts: int
    created_at: datetime
    next_try_at: datetime | None
    failure: str | None

    def __str__(self) -> str:
        state = "dead" if self.next_try_at is None else f"next try {self.next_try_at:%Y-%m-%dT%H:%M:%SZ}"
        return f"{self.id} {self.kind} to {self.endpoint}: {self.attempts} tries, {state} ({self.failure or 'due'})"


async def claim(db: Db, endpoint: str) -> list[Message]:
    """A batch of an endpoint's due messages; nobody else sends them while the lease runs."""
    found = await rows(db, _CLAIM, endpoint, _BATCH, LEASE_SECONDS)
    return [
        Message(claimed["id"], claimed["endpoint"], claimed["kind"], claimed["body"], claimed["attempts"])
        for claimed in found
    ]


async def mark_delivered(db: Db, message: Message) -> None:
    """It has arrived."""
    await rows(db, _DELIVERED, message.id)


async def mark_failed(db: Db, message: Message, failure: str, *, chance: float) -> None:
    """It has not arrived, for a reason in a few words: it is due again later, or dead after its last try."""
    dead = message.attempts >= MOST_TRIES
    wait = None if dead else wait_seconds(message.attempts, chance)
    await rows(db, _FAILED, message.id, message.attempts, failure[:200], wait)


def wait_seconds(attempts: int, chance: float) -> float:
    """How long to wait after so many tries (1, 2, ...): three times longer each, with jitter.

    `chance` from 0 to 1 shortens it to half at most, so that what failed together does not come back together.
    """
    longest: float = min(FIRST_WAIT_SECONDS * 3 ** (attempts - 1), LONGEST_WAIT_SECONDS)
    return longest * (1 - chance / 2)


async def retry(db: Db, message_id: int | None = None) -> list[int]:
    """Put a dead message back, or all of them, with all their tries before them; the ids of those put back."""
    return [found["id"] for found in await rows(db, _RETRY, message_id)]


async def left(db: Db, *, after: int = 0, most: int = 100) -> list[Left]:
    """The messages that have not arrived, oldest first, from beyond a message id."""
    return [Left(**dict(found)) for found in await rows(db, _LEFT, after, most)]


async def forget_delivered(db: Db) -> int:
    """Delete one batch of the messages that arrived more than 30 days ago; how many."""
    return len(await rows(db, _FORGET, _FORGET_BATCH))
