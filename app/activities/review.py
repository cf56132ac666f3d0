"""What does a product review earn when it is written? (PROGRAMME 3: REVIEW, the first per product)"""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.activities.moderate import APPROVE, apply_decision
from app.activities.record import ActivityDraft, record
from app.activities.when import occurred
from app.database import Db, one, rows, value
from app.ledger.hold import hold, hold_own
from app.members.standing import closed
from app.programmes.exclusions import exclusions_at
from app.programmes.store import revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.requests.parked import applied, waiting
from app.requests.words import ID_LENGTH, SKU_LENGTH, SOURCE_LENGTH, unfit
from app.rules.calendar import local_date
from app.rules.earning import ActivityFacts

# The cause row comes into being with the first word about a review, so that a review and its decision cannot miss
# each other; DO UPDATE locks it and answers what is committed.
_LOCK = """
INSERT INTO review (source, review_id, state) VALUES ($1, $2, 'UNKNOWN')
ON CONFLICT (source, review_id) DO UPDATE SET state = review.state RETURNING id, state, activity_id
"""
_OWNER = "SELECT mi_account_id FROM member JOIN activity ON activity.member_id = member.id WHERE activity.id = $1"


@dataclass(frozen=True)
class Written:
    """A review by its id in its source."""

    source: str
    review_id: str
    sku: str
    occurred_at: datetime | None = None


async def lock_review(db: Db, source: str, review_id: str) -> asyncpg.Record:
    """The locked row of a review, known or not: id, state, activity_id."""
    return await one(db, _LOCK, source, review_id)


async def record_review(call: Call, mi_account_id: str, written: Written) -> Outcome:
    """Record a review: its award is pending while it is moderated, and posts on approval or by the deadline."""

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(mi_account_id, written):
            return problem
        review = await lock_review(db, written.source, written.review_id)
        if review["activity_id"] is not None:
            return await _again(db, review, mi_account_id)
        return await _first(db, mi_account_id, written, review)

    return await once(call, act)


def _unfit(mi_account_id: str, written: Written) -> Outcome | None:
    return unfit(
        ("miAccountId", mi_account_id, ID_LENGTH),
        ("source", written.source, SOURCE_LENGTH),
        ("reviewId", written.review_id, ID_LENGTH),
        ("sku", written.sku, SKU_LENGTH),
    )


async def _again(db: Db, review: asyncpg.Record, mi_account_id: str) -> Outcome:
    owner = await value(db, _OWNER, review["activity_id"])
    if owner != mi_account_id:
        return invalid("OTHER_MEMBER", "reviewId")
    member_id = await value(db, "SELECT member_id FROM activity WHERE id = $1", review["activity_id"])
    return Outcome(member_id=member_id, activity_id=review["activity_id"])


async def _first(db: Db, mi_account_id: str, written: Written, review: asyncpg.Record) -> Outcome:
    held = await hold_own(db, mi_account_id)
    if held is None:
        return refused("NOT_ENROLLED")
    if refusal := closed(held.account):
        return refusal
    when = occurred(written.occurred_at, held.at)
    if isinstance(when, Outcome):
        return when
    stored = (await revision_book(db)).of(held.account.market, when)
    zone = held.account.time_zone
    early = await waiting(db, "review", review["id"])
    recorded = await record(
        db,
        held,
        stored,
        ActivityFacts(
            "REVIEW",
            local_date(when, zone),
            zone,
            sku=written.sku,
            suspended=held.account.status == "SUSPENDED",
            excluded=written.sku in (await exclusions_at(db, stored.revision, when)).skus,
        ),
        ActivityDraft(written.source, written.review_id, when, {"sku": written.sku}),
        cause=f"review/{review['id']}",
        confirmed_at=next((event["occurred_at"] for event in early[:1] if event["event"] == APPROVE), None),
    )
    await rows(
        db,
        "UPDATE review SET state = 'SUBMITTED', activity_id = $2 WHERE id = $1",
        review["id"],
        recorded.activity_id,
    )
    outcome = Outcome(member_id=held.account.member_id, activity_id=recorded.activity_id)
    for event in early:
        # Held anew: each event finds the account as the one before it left it.
        decided = await apply_decision(
            db,
            await hold(db, held.account.member_id),
            review["id"],
            event["event"],
            event["occurred_at"],
            event["facts"].get("note"),
        )
        await applied(db, event, decided)
    return outcome
