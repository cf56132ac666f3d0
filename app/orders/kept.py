"""What did this order buy, earn and spend, and what has come back of it already?"""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from app.database import Db, row, rows
from app.programmes.store import StoredRevision, revision_book
from app.rules.clawback import GrantedAward
from app.rules.terms import EarningRule

# Pending awards come first: they are taken back before anything that was posted. What was given up on closing the
# account is gone as what expired is.
_AWARDS = """
SELECT award.id, rule, revision_id, campaign_id, lot.id AS lot_id, award.points, reclaimed, expired
  + coalesce((SELECT sum(move.points) FROM move JOIN entry ON entry.id = entry_id
              WHERE lot_id = lot.id AND target = 'FORFEITED'), 0)::int AS gone
FROM award JOIN lot ON lot.award_id = award.id WHERE activity_id = $1
ORDER BY posted_at IS NULL DESC, lot.id
"""
_RETURNED = """
UPDATE order_line SET returned = coalesce(order_line.returned, 0) + r.pieces
FROM unnest($1::bigint[], $2::int[]) AS r (id, pieces) WHERE order_line.id = r.id
"""
_CAPTURED = """
SELECT id, captured, coalesce((SELECT sum(points) FROM entry WHERE reservation_id = r.id AND kind = 'RESTORE'), 0)::int
  AS restored
FROM reservation r WHERE order_id = $1 AND captured > 0 ORDER BY id DESC
"""


@dataclass(frozen=True)
class OrderAward:
    """An award of an order's activity; `rule` None: a campaign's."""

    id: int
    lot_id: int
    granted: GrantedAward
    rule: EarningRule | None


@dataclass(frozen=True)
class PaidBy:
    """A reservation that paid for a part of an order: `captured` points, of which `restored` came back."""

    reservation_id: int
    captured: int
    restored: int


async def mark_returned(db: Db, pieces: Mapping[int, int]) -> None:
    """Count so many more pieces of these lines (by row id) as returned; the caller holds the order's row."""
    await rows(db, _RETURNED, list(pieces), list(pieces.values()))


async def awards_of(db: Db, activity_id: int, market: str) -> list[OrderAward]:
    """The awards of an order's activity with the rules that granted them, what is pending first."""
    revisions = {stored.id: stored for stored in (await revision_book(db)).markets[market]}
    return [
        OrderAward(
            award["id"],
            award["lot_id"],
            GrantedAward(award["points"], award["reclaimed"], award["gone"]),
            None if award["campaign_id"] is not None else _rule(award, revisions[award["revision_id"]]),
        )
        for award in await rows(db, _AWARDS, activity_id)
    ]


async def paid_by(db: Db, order_row_id: int) -> list[PaidBy]:
    """The reservations that paid for an order, the last first: points come back in reverse order of taking."""
    return [PaidBy(*found) for found in await rows(db, _CAPTURED, order_row_id)]


async def returned_before(db: Db, order_row_id: int, return_id: str) -> asyncpg.Record | None:
    """The return of this id within its order, if it was recorded."""
    return await row(db, "SELECT * FROM order_return WHERE order_id = $1 AND return_id = $2", order_row_id, return_id)


def _rule(award: asyncpg.Record, stored: StoredRevision) -> EarningRule:
    return next(rule for rule in stored.revision.rules_for("PURCHASE", None) if rule.rule == award["rule"])
