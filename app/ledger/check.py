"""Does the ledger agree with itself? Every figure is computed again from what it follows from."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.database import Db, rows, transaction, value

FIRST = 5  # how many disagreeing rows of each kind are named

# What disagrees, and the statement that finds it: one text a row.
CHECKS: Mapping[str, str] = {
    "account does not stand where its last entry left it": """
SELECT 'member ' || a.member_id || ': account at version ' || a.version || ' with ' || concat_ws('/', a.pending,
       a.available, a.reserved, a.debt) || ', last entry ' || coalesce(e.version, 0) || ' with ' || concat_ws('/',
       coalesce(e.pending_after, 0), coalesce(e.available_after, 0), coalesce(e.reserved_after, 0),
       coalesce(e.debt_after, 0))
FROM account a LEFT JOIN LATERAL (SELECT * FROM entry WHERE member_id = a.member_id ORDER BY version DESC LIMIT 1) e
  ON true
WHERE (a.version, a.pending, a.available, a.reserved, a.debt) <> (coalesce(e.version, 0), coalesce(e.pending_after, 0),
       coalesce(e.available_after, 0), coalesce(e.reserved_after, 0), coalesce(e.debt_after, 0))
   OR a.last_at < e.at""",
    "entry does not follow from the one before it": """
SELECT 'member ' || member_id || ': entry ' || version FROM (
  SELECT e.*, lag(version, 1, 0) OVER line AS version_before, lag(at) OVER line AS at_before,
    lag(hash, 1, ''::bytea) OVER line AS hash_before, lag(pending_after, 1, 0) OVER line AS pending_before,
    lag(available_after, 1, 0) OVER line AS available_before, lag(reserved_after, 1, 0) OVER line AS reserved_before,
    lag(debt_after, 1, 0) OVER line AS debt_before, e AS whole
  FROM entry e WINDOW line AS (PARTITION BY member_id ORDER BY version)) e
WHERE version <> version_before + 1 OR at < at_before
  OR hash <> sha256(hash_before || convert_to(entry_text(whole), 'UTF8'))
  OR pending_after <> pending_before + points * ((target = 'PENDING')::int - (source = 'PENDING')::int)
  OR available_after <> available_before + points * ((target = 'AVAILABLE')::int - (source = 'AVAILABLE')::int)
  OR reserved_after <> reserved_before + points * ((target = 'RESERVED')::int - (source = 'RESERVED')::int)
  OR debt_after <> debt_before - points * ((target = 'DEBT')::int - (source = 'DEBT')::int)
  OR least(pending_after, available_after, reserved_after, debt_after, points - 1) < 0 OR source = target""",
    "lots do not add up to the account": """
SELECT 'member ' || a.member_id || ': lots ' || concat_ws('/', l.pending, l.available, l.reserved) || ', account '
       || concat_ws('/', a.pending, a.available, a.reserved)
FROM account a LEFT JOIN (
  SELECT member_id, sum(remaining) FILTER (WHERE posted_at IS NULL) AS pending,
    sum(remaining) FILTER (WHERE posted_at IS NOT NULL) AS available, sum(reserved) AS reserved
  FROM lot GROUP BY member_id) l USING (member_id)
WHERE (a.pending, a.available, a.reserved)
   <> (coalesce(l.pending, 0), coalesce(l.available, 0), coalesce(l.reserved, 0))""",
    "lot does not add up, or not to its award": """
SELECT 'lot ' || lot.id FROM lot LEFT JOIN award ON award.id = lot.award_id
WHERE amount <> remaining + reserved + consumed + expired + withdrawn OR amount IS DISTINCT FROM award.points
  OR least(remaining, reserved, consumed, expired, withdrawn, reclaimed - withdrawn, amount - reclaimed) < 0
  OR lot.member_id IS DISTINCT FROM award.member_id""",
    "lot does not follow from its moves": """
SELECT 'lot ' || lot.id FROM lot LEFT JOIN (
  SELECT lot_id, min(at) FILTER (WHERE target = 'AVAILABLE') AS posted_at,
    sum(m.points * ((target IN ('PENDING', 'AVAILABLE'))::int - (source IN ('PENDING', 'AVAILABLE'))::int))
      AS remaining,
    sum(m.points * ((target = 'RESERVED')::int - (source = 'RESERVED')::int)) AS reserved,
    sum(m.points * ((target = 'EXPIRED')::int - (source = 'EXPIRED')::int)) AS expired
  FROM move m JOIN entry ON entry.id = m.entry_id GROUP BY lot_id) m ON m.lot_id = lot.id
WHERE (lot.remaining, lot.reserved, lot.expired)
   <> (coalesce(m.remaining, 0), coalesce(m.reserved, 0), coalesce(m.expired, 0))
  OR lot.posted_at IS DISTINCT FROM m.posted_at""",
    "withdrawn points are not those that lines took from their own lot": """
SELECT 'lot ' || min(lot.id) FROM award JOIN lot ON lot.award_id = award.id LEFT JOIN (
  SELECT lot_id, activity_id, sum(m.points * ((target = 'CLAWED_BACK')::int - (source = 'CLAWED_BACK')::int))
    AS withdrawn
  FROM move m JOIN entry ON entry.id = m.entry_id GROUP BY lot_id, activity_id) m
  ON m.lot_id = lot.id AND m.activity_id = award.activity_id
GROUP BY award.activity_id HAVING count(*) = 1 AND sum(lot.withdrawn) <> coalesce(sum(m.withdrawn), 0)""",
    "line does not stand at its instant": """
SELECT 'entry ' || e.id FROM (
  SELECT *, lag(at, 1, '-infinity') OVER (PARTITION BY member_id ORDER BY version) AS at_before FROM entry) e
JOIN move ON move.entry_id = e.id JOIN lot ON lot.id = lot_id
WHERE CASE WHEN kind = 'POST' THEN e.at <> greatest(posts_at, at_before)
           WHEN kind = 'EXPIRE' THEN e.at <> greatest(expires_at, at_before)
           ELSE source = 'AVAILABLE' AND target IN ('REDEEMED', 'RESERVED', 'CLAWED_BACK', 'ADJUSTED', 'FORFEITED')
             AND e.at >= expires_at END""",
    "account would miss what the clock changes": """
SELECT 'member ' || a.member_id || ': next change at ' || coalesce(next_change_at::text, 'no time') || ', but due at '
       || l.due_at
FROM account a JOIN (
  SELECT member_id, min(due_at) AS due_at FROM (
    SELECT member_id, due_at FROM lot UNION ALL SELECT member_id, notify_at FROM coupon
    UNION ALL SELECT member_id, held_until FROM reservation WHERE status = 'HELD') d GROUP BY member_id) l
  USING (member_id)
WHERE coalesce(next_change_at, 'infinity') > l.due_at""",
    "entry is not covered by its moves": """
SELECT 'entry ' || entry.id FROM entry LEFT JOIN (SELECT entry_id, sum(points) AS points FROM move GROUP BY 1) m
  ON m.entry_id = entry.id
WHERE coalesce(m.points, 0) <> CASE WHEN 'DEBT' IN (source, target) AND 'AVAILABLE' NOT IN (source, target)
  THEN 0 ELSE entry.points END""",
    "move touches another member's lot": """
SELECT 'move ' || move.id FROM move JOIN entry ON entry.id = entry_id JOIN lot ON lot.id = lot_id
WHERE entry.member_id <> lot.member_id""",
    "operation has no entry, or another member's": """
SELECT 'operation ' || o.id FROM operation o LEFT JOIN entry e ON e.operation_id = o.id
WHERE e.member_id IS DISTINCT FROM o.member_id""",
    "coupon was not paid exactly once": """
SELECT 'coupon ' || c.id FROM coupon c LEFT JOIN (
  SELECT coupon_id, count(*) AS times, sum(points) AS points FROM entry WHERE kind = 'REDEEM' GROUP BY 1) e
  ON e.coupon_id = c.id
WHERE (e.times, e.points) IS DISTINCT FROM (1::bigint, c.points_spent::bigint)""",
    "coupon gave back what it should not": """
SELECT 'coupon ' || c.id FROM coupon c JOIN (
  SELECT coupon_id, sum(points) AS points FROM entry WHERE kind = 'RESTORE' AND coupon_id IS NOT NULL GROUP BY 1) e
  ON e.coupon_id = c.id
WHERE c.status <> 'CANCELLED' OR e.points <> c.points_spent""",
    "activity does not show what its lots hold": """
SELECT 'activity ' || a.id FROM activity a LEFT JOIN (
  SELECT activity_id, sum(amount - reclaimed) AS points, bool_or(posted_at IS NULL AND remaining > 0) AS pending,
    bool_and(reclaimed = amount OR posted_at IS NULL) AS withdrawn, bool_or(expired > 0) AS expired,
    bool_and(remaining + reserved + consumed = 0) AS unspent
  FROM award JOIN lot ON lot.award_id = award.id GROUP BY 1) l ON l.activity_id = a.id
LEFT JOIN adjustment taken ON taken.activity_id = a.id AND taken.points < 0 AND applied_at IS NOT NULL
WHERE a.points <> coalesce(l.points, taken.points, 0)
  OR (a.status = 'NONE') <> (coalesce(l.activity_id, taken.activity_id) IS NULL)
  OR (a.status = 'PENDING') <> coalesce(l.pending, false)
  OR (a.status = 'WITHDRAWN') <> coalesce(l.withdrawn AND NOT l.pending, false)
  OR (a.status = 'EXPIRED' AND NOT l.expired) OR (a.status = 'POSTED' AND l.expired AND l.unspent)""",
    "what was clawed back is not what lots say": """
SELECT 'activity ' || activity_id FROM (
  SELECT activity_id, sum(reclaimed) AS points FROM award JOIN lot ON lot.award_id = award.id GROUP BY 1) l
FULL JOIN (
  SELECT activity_id, sum(CASE WHEN target = 'CLAWED_BACK' THEN points ELSE -points END) AS points FROM entry
  WHERE 'CLAWED_BACK' IN (source, target) GROUP BY 1) e USING (activity_id)
WHERE coalesce(l.points, 0) <> coalesce(e.points, 0)""",
    "reservation does not hold or capture what it says": """
SELECT 'reservation ' || r.id FROM reservation r LEFT JOIN (
  SELECT reservation_id, sum(points) FILTER (WHERE kind = 'RESERVE') AS taken,
    sum(points) FILTER (WHERE kind = 'CAPTURE') AS captured,
    sum(points * ((target = 'RESERVED')::int - (source = 'RESERVED')::int)) AS held
  FROM entry WHERE reservation_id IS NOT NULL GROUP BY 1) e ON e.reservation_id = r.id
WHERE (r.points, r.captured) IS DISTINCT FROM (e.taken::int, coalesce(e.captured, 0)::int)
  OR e.held <> CASE WHEN r.status = 'HELD' THEN r.points ELSE 0 END""",
    "campaign's budget does not add up": """
SELECT 'campaign ' || c.id FROM campaign c LEFT JOIN (
  SELECT campaign_id, sum(points) AS points FROM award WHERE campaign_id IS NOT NULL GROUP BY 1) a
  ON a.campaign_id = c.id
WHERE budget - budget_left <> coalesce(a.points, 0)""",
    "adjustment is not what its lines moved": """
SELECT 'activity ' || coalesce(d.activity_id, e.activity_id) FROM adjustment d FULL JOIN (
  SELECT activity_id, sum(points * ((source = 'ADJUSTED')::int - (target = 'ADJUSTED')::int)) AS points FROM entry
  WHERE 'ADJUSTED' IN (source, target) GROUP BY 1) e ON e.activity_id = d.activity_id
WHERE coalesce(e.points, 0) <> CASE WHEN applied_at IS NULL THEN 0 ELSE d.points END
  OR (e.points IS NULL) <> (applied_at IS NULL)""",
    "liability does not tie out to accounts": """
SELECT 'market ' || market_id || ': accounts ' || posted || ', lines ' || flowed FROM (
  SELECT market_id, sum(available + reserved - debt) AS posted, coalesce(sum(flow), 0) AS flowed
  FROM account LEFT JOIN (
    SELECT member_id, sum(points * ((target IN ('AVAILABLE', 'RESERVED', 'DEBT'))::int
      - (source IN ('AVAILABLE', 'RESERVED', 'DEBT'))::int)) AS flow FROM entry GROUP BY 1) e USING (member_id)
  GROUP BY 1) m
WHERE posted <> flowed""",
    "stock does not add up": """
SELECT 'offer ' || o.id FROM coupon_offer o
WHERE stock IS NOT NULL AND stock - stock_left <> (SELECT count(*) FROM coupon WHERE offer_id = o.id)""",
}


@dataclass(frozen=True)
class Report:
    """How much was read, and the first rows of each kind that disagree."""

    members: int
    entries: int
    problems: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return not self.problems

    def lines(self) -> list[str]:
        """The report for people, a line each."""
        read = f"{self.members} accounts, {self.entries} entries"
        return [f"{read}: the ledger agrees with itself"] if self.agrees else [f"{read}:", *self.problems]


async def check_ledger() -> Report:
    """Compare the ledger with itself, in one snapshot: writers go on meanwhile and do not disturb it."""
    async with transaction() as db:
        await rows(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        problems = await disagreements(db)
        members = await value(db, "SELECT count(*) FROM account")
        entries = await value(db, "SELECT count(*) FROM entry")
        return Report(members, entries, problems)


async def disagreements(db: Db) -> tuple[str, ...]:
    """What disagrees as this transaction sees the ledger: the check, then the row; at most `FIRST` of each check."""
    return tuple(
        [
            f"{disagreement}: {line[0]}"
            for disagreement, sql in CHECKS.items()
            for line in await rows(db, f"{sql} LIMIT {FIRST}")
        ]
    )
