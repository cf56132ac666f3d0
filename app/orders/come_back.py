"""What changes when pieces of an order come back? Awards shrink, points that paid return. (PROGRAMME 4, 8)"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from app.campaigns.kept import still_earned
from app.database import Db, rows
from app.ledger.clawback import claw_back
from app.ledger.hold import Held
from app.ledger.restore import restore
from app.orders.kept import awards_of, mark_returned, paid_by
from app.orders.views import lines_of
from app.programmes.store import revision_book
from app.requests.outcome import Outcome, refused
from app.rules.campaigns import KeptOrder
from app.rules.clawback import (
    BoughtLine,
    delta,
    entitled,
    kept_earning_minor,
    kept_net_minor,
    points_back,
    returned,
)
from app.rules.text import Text

_RETURN = """
INSERT INTO order_return (order_id, return_id, occurred_at, recorded_at, lines, clawed_back, restored, debt,
                          refund_minor, coupon_id)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10) RETURNING *
"""


@dataclass(frozen=True)
class Returning:
    """Pieces of an order (by its lines' row ids) that come back together.

    `return_id`: their id within the order. `coupon_id`: the coupon that came back with them.
    """

    order_row_id: int
    activity_id: int
    return_id: str
    occurred_at: datetime
    pieces: Mapping[int, int]
    reason: Text
    coupon_id: int | None = None


async def come_back(db: Db, held: Held, returning: Returning) -> Outcome:
    """Take back what the kept part of an order no longer earns, and give back the points that paid for the rest.

    The caller holds the order's row and the account. Refused with RETURN_EXCEEDS_ORDER. A closed account has given
    its points up: there no point moves.
    """
    before = await lines_of(db, returning.order_row_id)
    after = returned(before, returning.pieces)
    if after is None:
        return refused("RETURN_EXCEEDS_ORDER", "lines")
    await mark_returned(db, returning.pieces)
    clawed = restored = 0
    if held.account.status != "CLOSED":
        held, clawed = await _claw_back(db, held, returning, after)
        held, restored = await _restore(db, held, returning, after)
    written = await rows(
        db,
        _RETURN,
        returning.order_row_id,
        returning.return_id,
        returning.occurred_at,
        held.at,
        json.dumps([{"line": line_id, "quantity": pieces} for line_id, pieces in returning.pieces.items()]),
        clawed,
        restored,
        held.account.balances.debt,
        kept_net_minor(before) - kept_net_minor(after),
        returning.coupon_id,
    )
    return await answer(db, held, returning.activity_id, written[0])


async def answer(db: Db, held: Held, activity_id: int, recorded: asyncpg.Record) -> Outcome:
    """What a return that was recorded, now or before, is answered with."""
    return Outcome(
        member_id=held.account.member_id,
        activity_id=activity_id,
        coupon_id=recorded["coupon_id"],
        figures={
            "clawed_back": recorded["clawed_back"],
            "restored": recorded["restored"],
            "debt": recorded["debt"],
            "refund_minor": recorded["refund_minor"],
            "currency": (await revision_book(db)).facts(held.account.market).currency,
        },
    )


async def _claw_back(db: Db, held: Held, returning: Returning, after: tuple[BoughtLine, ...]) -> tuple[Held, int]:
    currency = (await revision_book(db)).facts(held.account.market).currency
    awards = await awards_of(db, returning.activity_id, held.account.market)
    still = {
        award.id: entitled(award.rule, award.granted, after, currency) for award in awards if award.rule is not None
    }
    still |= await still_earned(db, returning.activity_id, sum(still.values()), _kept_order(after, currency))
    clawed = 0
    for award in awards:
        points = delta(award.granted, still[award.id])
        cause = f"order/{returning.order_row_id}/return/{returning.return_id}/{award.lot_id}"
        taken = await claw_back(db, held, award.lot_id, points, cause=cause, reason=returning.reason)
        held = replace(held, account=taken.account)
        clawed += taken.points
    if clawed:
        await rows(
            db,
            "UPDATE activity SET reason = $2, reason_facts = '{}' WHERE id = $1",
            returning.activity_id,
            returning.reason.code,
        )
    return held, clawed


async def _restore(db: Db, held: Held, returning: Returning, after: tuple[BoughtLine, ...]) -> tuple[Held, int]:
    paid = await paid_by(db, returning.order_row_id)
    points = points_back(sum(one.captured for one in paid), after) - sum(one.restored for one in paid)
    restored = 0
    for one in paid:
        back = await restore(
            db,
            held,
            min(points - restored, one.captured - one.restored),
            cause=f"order/{returning.order_row_id}/return/{returning.return_id}/paid/{one.reservation_id}",
            reservation_id=one.reservation_id,
            activity_id=returning.activity_id,
            reason=returning.reason,
        )
        held = replace(held, account=back.account)
        restored += back.points
    return held, restored


def _kept_order(lines: tuple[BoughtLine, ...], currency: str) -> KeptOrder:
    kept = [line for line in lines if line.earns and line.kept > 0]
    return KeptOrder(
        currency,
        kept_earning_minor(lines),
        sum(line.kept for line in kept),
        tuple(sorted({line.sku for line in kept})),
        tuple(sorted({category for line in kept for category in line.categories})),
    )
