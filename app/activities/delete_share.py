"""What does deleting a shared post change? (PROGRAMME 3, 4: its award is taken back, its slot stays taken)"""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.activities.when import occurred
from app.activities.withdraw import withdraw
from app.database import Db, one
from app.ledger.hold import Held, hold, hold_own
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused
from app.requests.parked import applied, park, waiting
from app.requests.words import ID_LENGTH, SOURCE_LENGTH, unfit
from app.rules.text import Text

DELETE_SHARE = "deleteShare"

# The row comes into being with the first word about a share; DO UPDATE answers what is committed. The member's account
# is held before: it is the lock of all their shares.
_NAMED = """
INSERT INTO share (member_id, share_id) VALUES ($1, $2)
ON CONFLICT (member_id, share_id) DO UPDATE SET share_id = share.share_id RETURNING id, activity_id
"""


@dataclass(frozen=True)
class Deletion:
    """A shared post that is gone, by the share's id within its member; `source`: who tells it."""

    source: str
    share_id: str
    occurred_at: datetime | None = None


async def delete_share(call: Call, mi_account_id: str, deletion: Deletion) -> Outcome:
    """Take a share's award back, once, and answer its activity; of a share not yet known it is stored until then.

    Another name of the same share (product, network and day) deletes that share.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(mi_account_id, deletion):
            return problem
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        when = occurred(deletion.occurred_at, held.at)
        if isinstance(when, Outcome):
            return when
        share = await named_share(db, held, deletion.share_id)
        if share["activity_id"] is None:
            facts = {"source": deletion.source}
            return await park(
                db,
                "share",
                share["id"],
                DELETE_SHARE,
                occurred_at=when,
                request_id=request_id,
                facts=facts,
                named="shareId",
            )
        return await _delete(db, held, share["activity_id"])

    return await once(call, act)


async def named_share(db: Db, held: Held, share_id: str) -> asyncpg.Record:
    """The row of a held member's share id, known or not: id, activity_id."""
    return await one(db, _NAMED, held.account.member_id, share_id)


async def apply_early_deletions(db: Db, member_id: int, share_row_id: int, activity_id: int) -> None:
    """Apply what was said of a share id before it was known."""
    for event in await waiting(db, "share", share_row_id):
        await applied(db, event, await _delete(db, await hold(db, member_id), activity_id))


async def _delete(db: Db, held: Held, activity_id: int) -> Outcome:
    await withdraw(db, held, activity_id, Text("SHARE_DELETED"))
    return Outcome(member_id=held.account.member_id, activity_id=activity_id)


def _unfit(mi_account_id: str, deletion: Deletion) -> Outcome | None:
    return unfit(
        ("miAccountId", mi_account_id, ID_LENGTH),
        ("source", deletion.source, SOURCE_LENGTH),
        ("shareId", deletion.share_id, ID_LENGTH),
    )
