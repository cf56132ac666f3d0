"""What does a log-in in the Mi Store app earn? (PROGRAMME 3: APP_LOGIN, the first only)"""

from app.activities.record import ActivityDraft, record
from app.database import Db
from app.ledger.hold import hold_own
from app.members.standing import barred
from app.programmes.store import revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused
from app.requests.words import ID_LENGTH, unfit
from app.rules.calendar import local_date
from app.rules.earning import ActivityFacts


async def record_login(call: Call, mi_account_id: str, device_id: str) -> Outcome:
    """Record a log-in of the member on a device; only the first of a Mi Account earns."""

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := unfit(("deviceId", device_id, ID_LENGTH)):
            return problem
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        if refusal := barred(held.account):
            return refusal
        stored = (await revision_book(db)).of(held.account.market, held.at)
        zone = held.account.time_zone
        recorded = await record(
            db,
            held,
            stored,
            ActivityFacts("APP_LOGIN", local_date(held.at, zone), zone),
            ActivityDraft(source="app", reference=device_id, occurred_at=held.at),
            cause=f"login/{request_id}",
        )
        return Outcome(member_id=held.account.member_id, activity_id=recorded.activity_id)

    return await once(call, act)
