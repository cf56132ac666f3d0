"""What does the operator owe, and how did that come about? (PROGRAMME 11)"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.database import Db, rows
from app.ledger.account import AccountState, Balances, Bucket, HoldState, LotState, Transfer
from app.ledger.hold import holds_of, lots_by_id
from app.ledger.settle import settle
from app.replica import snapshot

POSTED = frozenset({Bucket.AVAILABLE, Bucket.RESERVED, Bucket.DEBT})  # a debt counts against what is owed
_ADDS = frozenset({"granted", "restored", "adjusted"})
# Under which column points come into a posted balance from a bucket, and leave it to one.
_COMES: Mapping[Bucket, str] = {
    Bucket.ISSUED: "granted",
    Bucket.PENDING: "granted",
    Bucket.REDEEMED: "restored",
    Bucket.CLAWED_BACK: "restored",
    Bucket.EXPIRED: "restored",
    Bucket.FORFEITED: "forfeited",  # a debt written off: less was forfeited than the points were
    Bucket.ADJUSTED: "adjusted",
}
_LEAVES: Mapping[Bucket, str] = {
    Bucket.ISSUED: "granted",
    Bucket.PENDING: "granted",
    Bucket.REDEEMED: "redeemed",
    Bucket.CLAWED_BACK: "clawed_back",
    Bucket.EXPIRED: "expired",
    Bucket.FORFEITED: "forfeited",
    Bucket.ADJUSTED: "adjusted",
}
_BATCH = 1_000

_WRITTEN = """
SELECT market_id AS market, source, target, coalesce(sum(points) FILTER (WHERE at <= $1), 0)::bigint AS before,
  coalesce(sum(points) FILTER (WHERE at > $1), 0)::bigint AS during
FROM entry JOIN account USING (member_id) WHERE at <= $2 AND ($3::text IS NULL OR market_id = $3)
GROUP BY 1, 2, 3
"""
_DUE = """
SELECT member_id, market_id, status, time_zone, pending, available, reserved, debt, version, last_at, next_change_at
FROM account WHERE next_change_at <= $1 AND member_id > $2 AND ($3::text IS NULL OR market_id = $3)
ORDER BY member_id LIMIT $4
"""
_LOTS = """
SELECT lot.member_id, lot.id, activity_id, remaining, posts_at, posted_at, last_usable_day, expires_at, notify_at
FROM lot JOIN award ON award.id = lot.award_id
WHERE lot.member_id = ANY ($1::bigint[]) AND due_at <= $2 ORDER BY due_at, lot.id
"""
_HOLDS = """
SELECT id, member_id FROM reservation
WHERE member_id = ANY ($1::bigint[]) AND status = 'HELD' AND held_until <= $2 ORDER BY held_until
"""


@dataclass(frozen=True)
class Flows:
    """What was owed to the members of a market and how it changed, in points: posted = available + reserved - debt.

    `adjusted` and `forfeited` are net: points taken count against points given, a debt written off against points
    forfeited.
    """

    opening: int = 0
    granted: int = 0
    restored: int = 0
    adjusted: int = 0
    redeemed: int = 0
    clawed_back: int = 0
    expired: int = 0
    forfeited: int = 0

    @property
    def closing(self) -> int:
        added = self.opening + self.granted + self.restored + self.adjusted
        return added - self.redeemed - self.clawed_back - self.expired - self.forfeited


def column_of(source: Bucket, target: Bucket) -> tuple[str, int] | None:
    """The column in which a transfer counts, and with which sign; None where the posted balance stays the same."""
    if (source in POSTED) == (target in POSTED):
        return None
    column = _COMES[source] if target in POSTED else _LEAVES[target]
    return column, 1 if (target in POSTED) == (column in _ADDS) else -1


async def liability(since: datetime, until: datetime, market: str | None = None) -> dict[str, Flows]:
    """The flows of each market's members (one market, or all that have any) after `since` and up to `until`.

    `until` is not in the future. It is true by the clock: what the clock has changed counts at its own instant, whether
    it has been written or not.
    """

    async def read(db: Db) -> dict[str, Flows]:
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        for line in await rows(db, _WRITTEN, since, until, market):
            pair = Bucket(line["source"]), Bucket(line["target"])
            _count(counted[line["market"]], *pair, line["before"], line["during"])
        last = 0
        while accounts := await rows(db, _DUE, until, last, market, _BATCH):
            last = accounts[-1]["member_id"]
            for account, transfers in await _unwritten(db, accounts, until):
                for one in transfers:
                    before, during = (one.points, 0) if one.at <= since else (0, one.points)
                    _count(counted[account.market], one.source, one.target, before, during)
        return {name: Flows(**flows) for name, flows in counted.items()}

    return await snapshot(read)


def _count(flows: Counter[str], source: Bucket, target: Bucket, before: int, during: int) -> None:
    found = column_of(source, target)
    if found is None:
        return
    column, sign = found
    flows[column] += sign * during
    flows["opening"] += sign * before if column in _ADDS else -sign * before


async def _unwritten(
    db: Db, due: Sequence[asyncpg.Record], until: datetime
) -> Iterable[tuple[AccountState, list[Transfer]]]:
    ids = [account["member_id"] for account in due]
    lots: dict[int, list[LotState]] = defaultdict(list)
    for lot in await rows(db, _LOTS, ids, until):
        facts = dict(lot)
        lots[facts.pop("member_id")].append(LotState(**facts))
    holds = await _timed_out(db, ids, until, lots)
    settled = []
    for found in due:
        account = _account(found)
        settlement = settle(account, lots[account.member_id], until, holds.get(account.member_id, []))
        written = (one for movement in settlement.movements for one in movement.transfers)
        settled.append((account, [one for one in written if one.at <= until]))
    return settled


async def _timed_out(
    db: Db, ids: Sequence[int], until: datetime, lots: dict[int, list[LotState]]
) -> dict[int, list[HoldState]]:
    """The reservations of each member that have timed out; the lots that they pin are added to `lots`."""
    owners = {hold["id"]: hold["member_id"] for hold in await rows(db, _HOLDS, ids, until)}
    holds: dict[int, list[HoldState]] = defaultdict(list)
    if not owners:
        return holds
    found = await holds_of(db, list(owners))
    pinned = await lots_by_id(db, [lot_id for hold in found for lot_id, _ in hold.moves])
    for hold in found:
        member_id = owners[hold.id]
        holds[member_id].append(hold)
        known = {lot.id for lot in lots[member_id]}
        lots[member_id] += [pinned[lot_id] for lot_id, _ in hold.moves if lot_id not in known]
    return holds


def _account(found: asyncpg.Record) -> AccountState:
    return AccountState(
        found["member_id"],
        found["market_id"],
        found["status"],
        found["time_zone"],
        Balances(found["pending"], found["available"], found["reserved"], found["debt"]),
        found["version"],
        found["last_at"],
        found["next_change_at"],
    )
