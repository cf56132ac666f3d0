"""What does an activity earn that only a revision or a campaign knows by its code? (PROGRAMME 3, 10)"""

from dataclasses import dataclass, replace
from datetime import datetime

from app.activities.record import ActivityDraft, record
from app.activities.when import occurred
from app.campaigns.running import running_for
from app.database import Db, row, rows
from app.ledger.hold import Held, hold_own
from app.members.standing import closed
from app.programmes.store import StoredRevision, revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, Refusal, invalid, refused
from app.requests.words import ID_LENGTH, SOURCE_LENGTH, unfit
from app.rules.calendar import local_date
from app.rules.earning import ActivityFacts

CODE_LENGTH = 40

# The cause has no row before the activity itself: its name is locked instead, for this transaction.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(chr(31), 'custom', $1::text, $2::text, $3::text), 0))"
_SAME = """
SELECT activity.id, member_id, mi_account_id FROM activity JOIN member ON member.id = member_id
WHERE kind = 'CUSTOM' AND source = $1 AND code = $2 AND reference = $3
"""


@dataclass(frozen=True)
class Custom:
    """What a member did, named by a code, with a reference that is its own within source and code."""

    source: str
    code: str
    reference: str
    occurred_at: datetime | None = None


async def record_custom(call: Call, mi_account_id: str, custom: Custom) -> Outcome:
    """Record a custom activity; one that no revision and no running campaign knows is UNKNOWN_ACTIVITY.

    A reference that is already known answers its first activity; another member's is INVALID_INPUT.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(mi_account_id, custom):
            return problem
        await rows(db, _LOCK, custom.source, custom.code, custom.reference)
        if same := await row(db, _SAME, custom.source, custom.code, custom.reference):
            if same["mi_account_id"] != mi_account_id:
                return invalid("OTHER_MEMBER", "reference")
            return Outcome(member_id=same["member_id"], activity_id=same["id"])
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        if refusal := closed(held.account):
            return refusal
        when = occurred(custom.occurred_at, held.at)
        if isinstance(when, Outcome):
            return when
        return await _do(db, held, custom, when)

    return await once(call, act)


async def _do(db: Db, held: Held, custom: Custom, when: datetime) -> Outcome:
    stored = (await revision_book(db)).of(held.account.market, when)
    zone = held.account.time_zone
    facts = ActivityFacts(
        "CUSTOM",
        local_date(when, zone),
        zone,
        code=custom.code,
        suspended=held.account.status == "SUSPENDED",
    )
    if not await _known(db, held, stored, facts, when):
        return Outcome(errors=(Refusal("UNKNOWN_ACTIVITY", {"code": custom.code}, ("code",)),))
    recorded = await record(
        db,
        held,
        stored,
        facts,
        ActivityDraft(custom.source, custom.reference, when),
        # The length keeps apart what a "/" within source or reference would confuse; a known code has none.
        cause=f"custom/{custom.code}/{len(custom.source)}/{custom.source}/{custom.reference}",
    )
    return Outcome(member_id=held.account.member_id, activity_id=recorded.activity_id)


async def _known(db: Db, held: Held, stored: StoredRevision, facts: ActivityFacts, when: datetime) -> bool:
    if any(stored.revision.rules_for(facts.kind, facts.code)):
        return True
    return await running_for(db, held.account, replace(facts, suspended=False), when) is not None


def _unfit(mi_account_id: str, custom: Custom) -> Outcome | None:
    return unfit(
        ("miAccountId", mi_account_id, ID_LENGTH),
        ("source", custom.source, SOURCE_LENGTH),
        ("code", custom.code, CODE_LENGTH),
        ("reference", custom.reference, ID_LENGTH),
    )
