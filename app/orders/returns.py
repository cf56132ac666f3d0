"""What does a return of lines of an order change? (PROGRAMME 4: recordReturn)"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import asyncpg

from app.activities.when import occurred
from app.database import Db, value
from app.ledger.hold import Held, hold
from app.orders.come_back import Returning, answer, come_back
from app.orders.kept import returned_before
from app.orders.lines import MAXIMUM_LINES, MAXIMUM_QUANTITY
from app.orders.store import lock_order, owner_of
from app.orders.views import lines_of
from app.requests.once import Call, once
from app.requests.outcome import Outcome, Refusal, invalid
from app.requests.parked import park
from app.requests.words import ID_LENGTH, SKU_LENGTH, SOURCE_LENGTH, unfit
from app.rules.clawback import BoughtLine
from app.rules.text import Text

RETURN = "recordReturn"


@dataclass(frozen=True)
class ReturnLine:
    """Pieces of a line: the line is known by its id, or by its sku where that stands once in the order."""

    sku: str
    quantity: int = 1
    line_id: str | None = None


@dataclass(frozen=True)
class Return:
    """Lines that came back, by the return's id within its order."""

    source: str
    order_id: str
    return_id: str
    lines: tuple[ReturnLine, ...]
    occurred_at: datetime | None = None


async def record_return(call: Call, given: Return) -> Outcome:
    """Record a return of lines: clawed back is granted so far less floor(net still kept), never per line.

    A return id that is already known in its order answers its first result. Refused with RETURN_EXCEEDS_ORDER, or
    INVALID_INPUT for a line that the order does not have. Of an order not yet known it is stored and applied then.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(given):
            return problem
        order = await lock_order(db, given.source, given.order_id)
        if order["activity_id"] is None:
            when = occurred(given.occurred_at, await value(db, "SELECT programme_now()"))
            if isinstance(when, Outcome):
                return when
            facts = {"return_id": given.return_id, "lines": [asdict(line) for line in given.lines]}
            return await park(
                db, "order", order["id"], RETURN, occurred_at=when, request_id=request_id, facts=facts, named="orderId"
            )
        held = await hold(db, (await owner_of(db, order["activity_id"]))["id"])
        when = occurred(given.occurred_at, held.at)
        if isinstance(when, Outcome):
            return when
        return await apply_return(db, held, order, given.return_id, given.lines, when)

    return await once(call, act)


async def apply_return(
    db: Db, held: Held, order: asyncpg.Record, return_id: str, given: Sequence[ReturnLine], when: datetime
) -> Outcome:
    """Apply a return to an order whose row (id, activity_id) and account are held."""
    if recorded := await returned_before(db, order["id"], return_id):
        return await answer(db, held, order["activity_id"], recorded)
    pieces = _pieces(await lines_of(db, order["id"]), given)
    if isinstance(pieces, Outcome):
        return pieces
    return await come_back(
        db,
        held,
        Returning(order["id"], order["activity_id"], return_id, when, pieces, Text("RETURNED")),
    )


def given_lines(facts: Mapping[str, list[dict[str, object]]]) -> tuple[ReturnLine, ...]:
    """The lines of a return as it was parked."""
    return tuple(ReturnLine(**line) for line in facts["lines"])  # type: ignore[arg-type]


def _pieces(bought: Sequence[BoughtLine], given: Sequence[ReturnLine]) -> dict[int, int] | Outcome:
    pieces: dict[int, int] = {}
    for number, one in enumerate(given):
        path = ("lines", str(number))
        named = [line for line in bought if line.line_id == (one.line_id or line.line_id) and line.sku == one.sku]
        if not named:
            return invalid("UNKNOWN_ID", *path, "lineId" if one.line_id else "sku")
        if len(named) > 1:
            return invalid("DUPLICATE_LINE", *path, "sku")
        pieces[named[0].id] = pieces.get(named[0].id, 0) + one.quantity
    return pieces


def _unfit(given: Return) -> Outcome | None:
    words = (
        ("source", given.source, SOURCE_LENGTH),
        ("orderId", given.order_id, ID_LENGTH),
        ("returnId", given.return_id, ID_LENGTH),
    )
    if problem := unfit(*words):
        return problem
    if not given.lines:
        return invalid("EMPTY", "lines")
    if len(given.lines) > MAXIMUM_LINES:
        return invalid("TOO_MANY", "lines", maximum=MAXIMUM_LINES)
    return next((problem for number, line in enumerate(given.lines) if (problem := _unfit_line(line, number))), None)


def _unfit_line(line: ReturnLine, number: int) -> Outcome | None:
    path = ("lines", str(number))
    if problem := unfit(("lineId", line.line_id, SKU_LENGTH), ("sku", line.sku, SKU_LENGTH)):
        [error] = problem.errors
        return Outcome(errors=(Refusal(error.code, error.facts, (*path, *error.path)),))
    if not 1 <= line.quantity <= MAXIMUM_QUANTITY:
        return invalid("OUT_OF_RANGE", *path, "quantity", minimum=1, maximum=MAXIMUM_QUANTITY)
    return None
