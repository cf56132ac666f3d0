"""What may a suspended member still do? (PROGRAMME 2: earn nothing, spend nothing, read everything)"""

from app.database import Db, rows
from app.ledger.hold import hold_own
from app.members.standing import closed
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused
from app.requests.words import ID_LENGTH, NOTE_LENGTH, unfit
from app.staff.audit import audit

_STATUS = "UPDATE account SET status = $2 WHERE member_id = $1"
_NOTED = """
UPDATE member SET suspended_at = CASE WHEN $2 THEN coalesce(suspended_at, programme_now()) END WHERE id = $1
"""


async def suspend_member(call: Call, actor: str, mi_account_id: str, suspended: bool, reason: str) -> Outcome:
    """Suspend a member, or end that; as they stand already, nothing changes.

    What is held for a checkout stays held to its time. Leaving and coming back does not end a suspension. Refused as
    NOT_FOUND, ACCOUNT_CLOSED or INVALID_INPUT.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := unfit(("miAccountId", mi_account_id, ID_LENGTH), ("reason", reason, NOTE_LENGTH)):
            return problem
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_FOUND", "miAccountId", what="MEMBER")
        if refusal := closed(held.account):
            return refusal
        member_id = held.account.member_id
        status = "SUSPENDED" if suspended else "ACTIVE"
        await rows(db, _STATUS, member_id, status)
        await rows(db, _NOTED, member_id, suspended)
        await audit(
            db,
            actor,
            "suspendMember",
            f"member/{member_id}",
            before={"status": held.account.status},
            after={"status": status, "reason": reason},
        )
        return Outcome(member_id=member_id)

    return await once(call, act)
