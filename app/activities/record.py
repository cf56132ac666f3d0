"""How does an activity become points? Recorded, judged by the rule engine, written to the ledger."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.activities.confirm import post_pending
from app.activities.store import grants
from app.campaigns.running import exhausted, running_for, spend
from app.database import Db, rows
from app.ledger.account import AccountState, Bucket, EntryKind, Movement, Transfer
from app.ledger.hold import Held, catch_up
from app.ledger.posting import follow_lots, post
from app.ledger.settle import first_notice, repay
from app.programmes.store import StoredRevision
from app.rules.campaigns import Running
from app.rules.earning import ActivityFacts, Award, Decision, Granted, award, limits_of
from app.rules.text import JsonScalar

_ACTIVITY = """
INSERT INTO activity (member_id, kind, code, source, reference, occurred_at, recorded_at, local_date, status, points,
                      facts, reason, reason_facts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13::jsonb) RETURNING id
"""

# An award and the lot that holds its points, in one statement; both answered in the order given.
_AWARDS = """
WITH given AS (
  SELECT * FROM unnest($2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::int[], $9::bool[],
                       $10::date[], $11::timestamptz[], $12::timestamptz[], $13::date[], $14::timestamptz[],
                       $15::timestamptz[], $17::bigint[])
    WITH ORDINALITY AS g (activity_id, rule, points, explanation, facts, limit_key, slot, awaits_approval, posting_date,
                          posts_at, posted_at, last_usable_day, expires_at, notify_at, campaign_id, number)
), granted AS (
  INSERT INTO award (member_id, activity_id, rule, points, revision_id, campaign_id, explanation, facts, limit_key,
                     slot)
  SELECT $1, activity_id, rule, points, $16, campaign_id, explanation, facts::jsonb, limit_key, slot
  FROM given ORDER BY number
  RETURNING id, activity_id, rule, coalesce(campaign_id, 0) AS campaign
)
INSERT INTO lot (member_id, award_id, amount, remaining, reserved, consumed, expired, withdrawn, reclaimed,
                 awaits_approval, posting_date, posts_at, posted_at, last_usable_day, expires_at, notify_at)
SELECT $1, granted.id, points, points, 0, 0, 0, 0, 0, awaits_approval, posting_date, posts_at, posted_at,
       last_usable_day, expires_at, notify_at
FROM given JOIN granted USING (activity_id, rule) WHERE coalesce(campaign_id, 0) = campaign ORDER BY number
RETURNING id
"""


@dataclass(frozen=True)
class ActivityDraft:
    """What is written of an activity beside what the engine judges; `facts` are for its title."""

    source: str
    reference: str | None
    occurred_at: datetime
    facts: Mapping[str, JsonScalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """The activity's id, what the engine decided, and the account after it."""

    activity_id: int
    decision: Decision
    account: AccountState


async def record(
    db: Db,
    held: Held,
    stored: StoredRevision,
    facts: ActivityFacts,
    draft: ActivityDraft,
    *,
    cause: str,
    activity_of: Mapping[date, int] | None = None,
    confirmed_at: datetime | None = None,
) -> Recorded:
    """Record what a held member did, with what it earns; nothing earned is recorded with its reason.

    `cause` is the natural key: recording it twice raises. `activity_of` names the activities of other local dates that
    an award may belong to (a streak that a late tap completed). `confirmed_at`: when it was delivered or approved, if
    that was told before it.
    """
    decision = await decide(db, held, stored, facts, draft.occurred_at)
    return await record_decision(
        db, held, stored, facts, draft, decision, cause=cause, activity_of=activity_of, confirmed_at=confirmed_at
    )


async def decide(db: Db, held: Held, stored: StoredRevision, facts: ActivityFacts, occurred_at: datetime) -> Decision:
    """What the activity of a held member earns; what campaigns with a budget give is taken out of it."""
    running = await running_for(db, held.account, facts, occurred_at)
    counted = await granted(db, held.account.member_id, facts, stored, running)
    decision = award(facts, stored.revision, counted, running)
    if running is None:
        return decision
    spent = await spend(db, running, decision.awards)
    return award(facts, stored.revision, counted, exhausted(running, spent)) if spent else decision


async def record_decision(
    db: Db,
    held: Held,
    stored: StoredRevision,
    facts: ActivityFacts,
    draft: ActivityDraft,
    decision: Decision,
    *,
    cause: str,
    activity_of: Mapping[date, int] | None = None,
    confirmed_at: datetime | None = None,
) -> Recorded:
    """Record an activity of a held member with what was decided that it earns; without awards no point moves."""
    activity_id = await _write_activity(db, held, facts, draft, decision)
    if not decision.awards:
        return Recorded(activity_id, decision, held.account)
    owners = [
        activity_id if one.local_date == facts.local_date else (activity_of or {})[one.local_date]
        for one in decision.awards
    ]
    lots = await write_awards(db, held, stored.id, decision.awards, owners)
    account = await post(
        db,
        held.account,
        [Movement(cause, _earned(held.account, held.at, decision.awards, owners, lots))],
        due_at=min(one.posts_at or first_notice(one.expires_at) for one in decision.awards),
    )
    if set(owners) != {activity_id}:
        await follow_lots(db, owners)
    if confirmed_at is not None:
        account = await post_pending(db, Held(account, held.at), activity_id, confirmed_at)
    # What was recorded late may already be due: a purchase of last month posts as it is recorded.
    return Recorded(activity_id, decision, await catch_up(db, account, held.at))


async def granted(
    db: Db, member_id: int, facts: ActivityFacts, stored: StoredRevision, running: Running | None
) -> Granted:
    """How many grants of each limit that this activity touches the member has had, withdrawn ones included."""
    limits = limits_of(facts, stored.revision, running)
    if not limits:
        return {}
    counted = await grants(db, [(member_id, limit.rule, limit.key) for limit in limits])
    return counted.get(member_id, {})


def _earned(
    account: AccountState, at: datetime, awards: Sequence[Award], owners: Sequence[int], lots: Sequence[int]
) -> tuple[Transfer, ...]:
    transfers: list[Transfer] = []
    for one, owner, lot_id in zip(awards, owners, lots, strict=True):
        target = Bucket.PENDING if one.posts_at else Bucket.AVAILABLE
        moves = ((lot_id, one.points),)
        earn = Transfer(EntryKind.EARN, Bucket.ISSUED, target, one.points, at, moves=moves, activity_id=owner)
        repaid = () if one.posts_at else repay(account, lot_id, one.points, at=at, activity_id=owner)
        for transfer in (earn, *repaid):
            account = account.after(transfer)
            transfers.append(transfer)
    return tuple(transfers)


async def _write_activity(db: Db, held: Held, facts: ActivityFacts, draft: ActivityDraft, decision: Decision) -> int:
    own = [one for one in decision.awards if one.local_date == facts.local_date]
    status = "NONE" if not own else "PENDING" if any(one.posts_at for one in own) else "POSTED"
    reason = decision.reason
    written = await rows(
        db,
        _ACTIVITY,
        held.account.member_id,
        facts.kind,
        facts.code,
        draft.source,
        draft.reference,
        draft.occurred_at,
        held.at,
        facts.local_date,
        status,
        sum(one.points for one in own),
        json.dumps(dict(draft.facts)),
        reason.code if reason else None,
        json.dumps(dict(reason.facts) if reason else {}),
    )
    activity_id: int = written[0]["id"]
    return activity_id


async def write_awards(
    db: Db, held: Held, revision_id: int, awards: Sequence[Award], owners: Sequence[int]
) -> list[int]:
    """Write awards, each of its owning activity, with the lots that hold their points; the lots' ids, in order."""
    lines = [
        (
            owner,
            one.rule,
            one.points,
            one.explanation.code,
            json.dumps({**one.explanation.facts, **({"inputs": dict(one.inputs)} if one.inputs else {})}),
            one.limit_key,
            one.slot,
            one.awaits_approval,
            one.posting_date,
            one.posts_at or held.at,
            None if one.posts_at else held.at,
            one.last_usable_day,
            one.expires_at,
            first_notice(one.expires_at),
            one.campaign_id,
        )
        for one, owner in zip(awards, owners, strict=True)
    ]
    *columns, campaigns = (list(column) for column in zip(*lines, strict=True))
    written = await rows(db, _AWARDS, held.account.member_id, *columns, revision_id, campaigns)
    return [lot["id"] for lot in written]
