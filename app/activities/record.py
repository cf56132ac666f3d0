"""How does an activity become points? Recorded, judged by the rule engine, written to the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.activities.confirm import post_pending
from app.activities.store import grants
from app.campaigns.running import exhausted, running_for, spend
from app.database import Db, rows, value
from app.given import given
from app.ledger.account import AccountState, Bucket, EntryKind, Movement, Transfer
from app.ledger.hold import Held, catch_up
from app.ledger.posting import (
    ALL_HELD,
    LOT_CHANGES,
    Posting,
    follow_lots,
    posting,
    posting_of,
    write,
)
from app.ledger.settle import first_notice, repay
from app.ledger.swift import swift_posting
from app.programmes.store import StoredRevision
from app.rules.campaigns import Running
from app.rules.earning import ActivityFacts, Award, Decision, Granted, award, limits_of
from app.rules.text import JsonScalar

_ACTIVITY = given(
    "activity",
    "id bigint, member_id bigint, kind text, code text, source text, reference text, occurred_at timestamptz,"
    " recorded_at timestamptz, local_date date, status text, points int, facts jsonb, reason text, reason_facts jsonb",
)
_AWARDS = given(
    "awards",
    "number int, member_id bigint, activity_id bigint, rule text, points int, revision_id bigint, campaign_id bigint,"
    " explanation text, facts jsonb, limit_key text, slot int, awaits_approval boolean, posting_date date,"
    " posts_at timestamptz, posted_at timestamptz, last_usable_day date, expires_at timestamptz,"
    " notify_at timestamptz",
)
# Awards and the lots that hold their points, numbered from 1. What leaves a new lot in the same statement, to repay a
# debt, is gone from it already: an UPDATE would not see the lot.
_OPENED = f"""
opened AS MATERIALIZED (
  SELECT *, nextval('award_id_seq') AS award_id, nextval('lot_id_seq') AS lot_id FROM {_AWARDS} AS a
), granted AS (
  INSERT INTO award (id, member_id, activity_id, rule, points, revision_id, campaign_id, explanation, facts, limit_key,
                     slot)
  SELECT award_id, member_id, activity_id, rule, points, revision_id, campaign_id, explanation, facts, limit_key, slot
  FROM opened ORDER BY number
), filled AS (
  INSERT INTO lot (id, member_id, award_id, amount, remaining, reserved, consumed, expired, withdrawn, reclaimed,
                   awaits_approval, posting_date, posts_at, posted_at, last_usable_day, expires_at, notify_at)
  SELECT lot_id, member_id, award_id, points, points + coalesce(d.remaining, 0), 0, coalesce(d.consumed, 0), 0, 0, 0,
         awaits_approval, posting_date, posts_at, opened.posted_at, last_usable_day, expires_at, notify_at
  FROM opened LEFT JOIN {LOT_CHANGES} AS d ON d.id = -number ORDER BY number
)
"""
_RECORDED = f"""
recorded AS (
  INSERT INTO activity (id, member_id, kind, code, source, reference, occurred_at, recorded_at, local_date, status,
                        points, facts, reason, reason_facts)
  SELECT * FROM {_ACTIVITY} AS a
), {_OPENED}
"""
_NEW_LOT = {"lot": "coalesce(opened.lot_id, m.lot)", "lots": "LEFT JOIN opened ON number = -m.lot"}
_RECORD = f"WITH {_RECORDED}, {posting_of(**_NEW_LOT)} SELECT next_change_at FROM held"
_AWARD = f"WITH {_OPENED} SELECT lot_id FROM opened ORDER BY number"


def swift_record(claims: str, condition: str, others: str = "") -> str:
    """A statement that records an activity of an account as it was read, after `claims` and if `condition` holds.

    `others`: parts that write what is not the ledger's. It answers the account's `next_change_at`.
    """
    parts = f"{claims}, {_RECORDED}, {swift_posting(condition, **_NEW_LOT)} {others}"
    return f"WITH {parts} SELECT only_if({ALL_HELD}), (SELECT next_change_at FROM held) AS next_change_at"


@dataclass(frozen=True)
class ActivityDraft:
    """What is written of an activity beside what the engine judges; `facts` are for its title."""

    source: str
    reference: str | None
    occurred_at: datetime
    facts: Mapping[str, JsonScalar] = field(default_factory=dict)


@dataclass(frozen=True)
class ActivityEntry:
    """An activity ready to be written: its posting, its rows, and whose activity each award belongs to."""

    id: int
    posted: Posting
    rows: Mapping[str, list[dict[str, object]]]
    owners: Sequence[int]

    def all_done(self, at: datetime) -> bool:
        """Is nothing left to do once it is written: no other activity to follow, nothing due by the clock yet?"""
        due = (self.posted.due_at is not None and self.posted.due_at <= at) or set(self.owners) - {self.id}
        return not due


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
    activity_id: int = await value(db, "SELECT nextval('activity_id_seq')")
    entry = activity_entry(
        held, stored, facts, draft, decision, activity_id=activity_id, cause=cause, activity_of=activity_of
    )
    account = await write(db, _RECORD, entry.posted, **entry.rows)
    if not decision.awards:
        return Recorded(activity_id, decision, account)
    if set(entry.owners) != {activity_id}:
        await follow_lots(db, entry.owners)
    if confirmed_at is not None:
        account = await post_pending(db, Held(account, held.at), activity_id, confirmed_at)
    # What was recorded late may already be due: a purchase of last month posts as it is recorded.
    return Recorded(activity_id, decision, await catch_up(db, account, held.at))


def activity_entry(
    held: Held,
    stored: StoredRevision,
    facts: ActivityFacts,
    draft: ActivityDraft,
    decision: Decision,
    *,
    activity_id: int,
    cause: str,
    activity_of: Mapping[date, int] | None = None,
    touched_by: str | None = None,
) -> ActivityEntry:
    """An activity of this id with what was decided, ready to be written; see `posting` for `touched_by`."""
    owners = [
        activity_id if one.local_date == facts.local_date else (activity_of or {})[one.local_date]
        for one in decision.awards
    ]
    earned = _earned(held.account, held.at, decision.awards, owners)
    posted = posting(
        held.account,
        [Movement(cause, earned)] if earned else [],
        due_at=min((one.posts_at or first_notice(one.expires_at) for one in decision.awards), default=None),
        touched_by=touched_by,
    )
    tables = {
        "activity": [_activity_row(held, facts, draft, decision, activity_id)],
        "awards": _award_rows(held, stored.id, decision.awards, owners),
    }
    return ActivityEntry(activity_id, posted, tables, owners)


async def granted(
    db: Db, member_id: int, facts: ActivityFacts, stored: StoredRevision, running: Running | None
) -> Granted:
    """How many grants of each limit that this activity touches the member has had, withdrawn ones included."""
    limits = limits_of(facts, stored.revision, running)
    if not limits:
        return {}
    counted = await grants(db, [(member_id, limit.rule, limit.key) for limit in limits])
    return counted.get(member_id, {})


async def write_awards(
    db: Db, held: Held, revision_id: int, awards: Sequence[Award], owners: Sequence[int]
) -> list[int]:
    """Write awards, each of its owning activity, with the lots that hold their points; the lots' ids, in order."""
    opened = await rows(db, _AWARD, {"awards": _award_rows(held, revision_id, awards, owners), "lots": []})
    return [lot["lot_id"] for lot in opened]


def _earned(
    account: AccountState, at: datetime, awards: Sequence[Award], owners: Sequence[int]
) -> tuple[Transfer, ...]:
    transfers: list[Transfer] = []
    for number, (one, owner) in enumerate(zip(awards, owners, strict=True), start=1):
        target = Bucket.PENDING if one.posts_at else Bucket.AVAILABLE
        moves = ((-number, one.points),)
        earn = Transfer(EntryKind.EARN, Bucket.ISSUED, target, one.points, at, moves=moves, activity_id=owner)
        repaid = () if one.posts_at else repay(account, -number, one.points, at=at, activity_id=owner)
        for transfer in (earn, *repaid):
            account = account.after(transfer)
            transfers.append(transfer)
    return tuple(transfers)


def _activity_row(
    held: Held, facts: ActivityFacts, draft: ActivityDraft, decision: Decision, activity_id: int
) -> dict[str, object]:
    own = [one for one in decision.awards if one.local_date == facts.local_date]
    reason = decision.reason
    return {
        "id": activity_id,
        "member_id": held.account.member_id,
        "kind": facts.kind,
        "code": facts.code,
        "source": draft.source,
        "reference": draft.reference,
        "occurred_at": draft.occurred_at,
        "recorded_at": held.at,
        "local_date": facts.local_date,
        "status": "NONE" if not own else "PENDING" if any(one.posts_at for one in own) else "POSTED",
        "points": sum(one.points for one in own),
        "facts": dict(draft.facts),
        "reason": reason.code if reason else None,
        "reason_facts": dict(reason.facts) if reason else {},
    }


def _award_rows(
    held: Held, revision_id: int, awards: Sequence[Award], owners: Sequence[int]
) -> list[dict[str, object]]:
    return [
        {
            "number": number,
            "member_id": held.account.member_id,
            "activity_id": owner,
            "rule": one.rule,
            "points": one.points,
            "revision_id": revision_id,
            "campaign_id": one.campaign_id,
            "explanation": one.explanation.code,
            "facts": {**one.explanation.facts, **({"inputs": dict(one.inputs)} if one.inputs else {})},
            "limit_key": one.limit_key,
            "slot": one.slot,
            "awaits_approval": one.awaits_approval,
            "posting_date": one.posting_date,
            "posts_at": one.posts_at or held.at,
            "posted_at": None if one.posts_at else held.at,
            "last_usable_day": one.last_usable_day,
            "expires_at": one.expires_at,
            "notify_at": first_notice(one.expires_at),
        }
        for number, (one, owner) in enumerate(zip(awards, owners, strict=True), start=1)
    ]
