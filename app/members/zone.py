"""What does a change of a member's time zone change? (PROGRAMME 2: never the past, and no second "today")"""

from app.database import Db, rows
from app.ledger.hold import hold_own
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.requests.words import ID_LENGTH, unfit
from app.rules.calendar import is_zone
from app.staff.audit import audit


async def change_time_zone(call: Call, actor: str, mi_account_id: str, time_zone: str) -> Outcome:
    """Count a member's local dates in another IANA zone from now on.

    What is recorded keeps its dates. A Fuel tap keeps the interval of its own local day, so that another tap within it
    is the same tap (`activities/fuel.py`).
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := unfit(("miAccountId", mi_account_id, ID_LENGTH)):
            return problem
        if not is_zone(time_zone):
            return invalid("MALFORMED", "timeZone")
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_FOUND", "miAccountId", what="MEMBER")
        await rows(db, "UPDATE account SET time_zone = $2 WHERE member_id = $1", held.account.member_id, time_zone)
        await audit(
            db,
            actor,
            "changeTimeZone",
            f"member/{held.account.member_id}",
            before={"timeZone": held.account.time_zone},
            after={"timeZone": time_zone},
        )
        return Outcome(member_id=held.account.member_id)

    return await once(call, act)
