"""What happens when the sandbox clock is moved? (development only)"""

from datetime import datetime

from app.clock import ClockError, advance
from app.database import Db, transaction
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid


async def advance_clock(call: Call | None, *, to: datetime | None, by: str | None) -> Outcome:
    """Move the programme's clock forward, at most once for the request's key where it has one."""

    async def act(db: Db, request_id: int) -> Outcome:
        return await _advance(db, to, by)

    if call is not None:
        return await once(call, act)
    async with transaction() as db:
        return await _advance(db, to, by)


async def _advance(db: Db, to: datetime | None, by: str | None) -> Outcome:
    try:
        await advance(db, to=to, by=by)
    except ClockError as error:
        return invalid(error.problem, *(["to"] if to is not None else ["by"] if by is not None else []))
    return Outcome()
