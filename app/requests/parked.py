"""Which events came before their cause, and what becomes of them when it arrives?"""

import json
from collections.abc import Mapping
from datetime import datetime

import asyncpg

from app.database import Db, rows, value
from app.requests.once import close
from app.requests.outcome import Outcome, invalid

MAXIMUM_WAITING = 100  # events of one cause that never came

_PARK = """
INSERT INTO parked_event (subject, subject_id, event, occurred_at, recorded_at, facts, request_id)
VALUES ($1, $2, $3, $4, programme_now(), $5::jsonb, $6)
"""
_COUNT = "SELECT count(*) FROM parked_event WHERE subject = $1 AND subject_id = $2 AND applied_at IS NULL"
_WAITING = """
SELECT id, event, occurred_at, facts, request_id FROM parked_event
WHERE subject = $1 AND subject_id = $2 AND applied_at IS NULL ORDER BY occurred_at, id
"""


async def park(
    db: Db,
    subject: str,
    subject_id: int,
    event: str,
    *,
    occurred_at: datetime,
    request_id: int,
    facts: Mapping[str, object],
    named: str | None = None,
) -> Outcome:
    """Store an event whose cause, the locked row `subject_id`, is not yet known; the answer is deferred.

    `facts` are JSON values, `named` the input field that names the cause: INVALID_INPUT stands there when
    `MAXIMUM_WAITING` events wait for it already.
    """
    if await value(db, _COUNT, subject, subject_id) >= MAXIMUM_WAITING:
        return invalid("TOO_MANY", *([named] if named else []), maximum=MAXIMUM_WAITING)
    await rows(db, _PARK, subject, subject_id, event, occurred_at, json.dumps(dict(facts)), request_id)
    return Outcome(deferred=True)


async def waiting(db: Db, subject: str, subject_id: int) -> list[asyncpg.Record]:
    """The events that wait for this cause, in the order in which they occurred."""
    return await rows(db, _WAITING, subject, subject_id)


async def applied(db: Db, event: asyncpg.Record, outcome: Outcome) -> None:
    """Mark a parked event as applied and complete the request that brought it."""
    await rows(db, "UPDATE parked_event SET applied_at = programme_now() WHERE id = $1", event["id"])
    if event["request_id"] is not None:
        await close(db, event["request_id"], outcome)
