"""Which figures of the ledger follow from which others? Each is computed again from what it follows from.

Statements that read the same rows share one pass over them; none trusts a constraint, an index or a function of the
database under audit. Only so much is held in memory as PostgreSQL's `work_mem`: what is more goes to its disk.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from app.ledger.repeated import FIRST, Statement, quoted


class Pass(NamedTuple):
    """What disagrees, with the query that names it, a text a row; all of them read `shared`, if there is one."""

    about: str
    disagreements: Mapping[str, str]
    shared: str = ""


# What the hash of an entry `e` covers, beside the hash before it; the same text as `entry_text` of the migrations.
ENTRY_TEXT = """concat_ws('|', e.member_id, e.version, e.operation_id, e.kind, e.source, e.target, e.points,
    e.pending_after, e.available_after, e.reserved_after, e.debt_after, (extract(epoch FROM e.at) * 1000000)::bigint,
    coalesce(e.activity_id::text, '-'), coalesce(e.coupon_id::text, '-'), coalesce(e.reservation_id::text, '-'),
    coalesce(e.reason, '-'), e.facts::text)"""

_LINES = {
    "account does not stand where its last entry left it": """
SELECT 'member ' || a.member_id || ': account at version ' || a.version || ' with ' || concat_ws('/', a.pending,
       a.available, a.reserved, a.debt) || ', last entry ' || coalesce(e.version, 0) || ' with ' || concat_ws('/',
       coalesce(e.pending_after, 0), coalesce(e.available_after, 0), coalesce(e.reserved_after, 0),
       coalesce(e.debt_after, 0))
FROM account a LEFT JOIN (SELECT member_id, max(version) AS version FROM ONLY entry GROUP BY 1) last USING (member_id)
LEFT JOIN entry e ON (e.member_id, e.version) = (a.member_id, last.version)
WHERE (a.version, a.pending, a.available, a.reserved, a.debt) <> (coalesce(e.version, 0), coalesce(e.pending_after, 0),
       coalesce(e.available_after, 0), coalesce(e.reserved_after, 0), coalesce(e.debt_after, 0))
   OR a.last_at < e.at""",
}

_CHAIN = {
    "entry does not follow from the one before it": f"""
SELECT 'member ' || member_id || ': entry ' || version FROM (
  SELECT e.*, lag(version, 1, 0) OVER line AS version_before, lag(at) OVER line AS at_before,
    lag(hash, 1, ''::bytea) OVER line AS hash_before, lag(pending_after, 1, 0) OVER line AS pending_before,
    lag(available_after, 1, 0) OVER line AS available_before, lag(reserved_after, 1, 0) OVER line AS reserved_before,
    lag(debt_after, 1, 0) OVER line AS debt_before
  FROM entry e WINDOW line AS (PARTITION BY member_id ORDER BY version)) e
WHERE version <> version_before + 1 OR at < at_before
  OR hash <> sha256(hash_before || convert_to({ENTRY_TEXT}, 'UTF8'))
  OR pending_after <> pending_before + points * ((target = 'PENDING')::int - (source = 'PENDING')::int)
  OR available_after <> available_before + points * ((target = 'AVAILABLE')::int - (source = 'AVAILABLE')::int)
  OR reserved_after <> reserved_before + points * ((target = 'RESERVED')::int - (source = 'RESERVED')::int)
  OR debt_after <> debt_before - points * ((target = 'DEBT')::int - (source = 'DEBT')::int)
  OR least(pending_after, available_after, reserved_after, debt_after, points - 1) < 0 OR source = target""",
}

_MOVED = """
WITH moved AS MATERIALIZED (
  SELECT move.id, entry_id, lot_id, move.points, kind, source, target, at, at_before, e.member_id,
    lot.member_id AS owner_id, posts_at, expires_at
  FROM move JOIN (
    SELECT id, member_id, kind, source, target, at,
      lag(at, 1, '-infinity') OVER (PARTITION BY member_id ORDER BY version) AS at_before FROM entry) e
    ON e.id = entry_id LEFT JOIN lot ON lot.id = lot_id)"""

_MOVES = {
    "lot does not follow from its moves": """
SELECT 'lot ' || lot.id FROM lot LEFT JOIN (
  SELECT lot_id, min(at) FILTER (WHERE target = 'AVAILABLE') AS posted_at,
    sum(points * ((target IN ('PENDING', 'AVAILABLE'))::int - (source IN ('PENDING', 'AVAILABLE'))::int))
      AS remaining,
    sum(points * ((target = 'RESERVED')::int - (source = 'RESERVED')::int)) AS reserved,
    sum(points * ((target = 'EXPIRED')::int - (source = 'EXPIRED')::int)) AS expired
  FROM moved GROUP BY lot_id) m ON m.lot_id = lot.id
WHERE (lot.remaining, lot.reserved, lot.expired)
   <> (coalesce(m.remaining, 0), coalesce(m.reserved, 0), coalesce(m.expired, 0))
  OR lot.posted_at IS DISTINCT FROM m.posted_at""",
    "line does not stand at its instant": """
SELECT DISTINCT 'entry ' || entry_id FROM moved
WHERE CASE WHEN kind = 'POST' THEN at <> greatest(posts_at, at_before)
           WHEN kind = 'EXPIRE' THEN at <> greatest(expires_at, at_before)
           ELSE source = 'AVAILABLE' AND target IN ('REDEEMED', 'RESERVED', 'CLAWED_BACK', 'ADJUSTED', 'FORFEITED')
             AND at >= expires_at END""",
    "entry is not covered by its moves": """
SELECT 'entry ' || entry.id FROM entry LEFT JOIN (
  SELECT entry_id, sum(points) AS points FROM (SELECT entry_id, points FROM move ORDER BY entry_id) m GROUP BY 1) m
  ON m.entry_id = entry.id
WHERE coalesce(m.points, 0) <> CASE WHEN 'DEBT' IN (source, target) AND 'AVAILABLE' NOT IN (source, target)
  THEN 0 ELSE entry.points END""",
    "move touches another member's lot": """
SELECT 'move ' || id FROM moved WHERE member_id <> owner_id""",
}

_EARNED = """
WITH granted AS MATERIALIZED (
  SELECT lot.*, activity_id, award.points AS granted, award.member_id AS awarded_to
  FROM lot LEFT JOIN award ON award.id = award_id),
earned AS MATERIALIZED (
  SELECT activity_id, sum(amount - reclaimed) AS points, sum(reclaimed) AS reclaimed, count(*) AS lots,
    bool_or(posted_at IS NULL AND remaining > 0) AS pending, bool_or(expired > 0) AS expired,
    bool_and(reclaimed = amount OR posted_at IS NULL) AS withdrawn,
    bool_and(remaining + reserved + consumed = 0) AS unspent
  FROM granted WHERE activity_id IS NOT NULL GROUP BY 1)"""

_LOTS = {
    "lot does not add up, or not to its award": """
SELECT 'lot ' || id FROM granted
WHERE amount <> remaining + reserved + consumed + expired + withdrawn OR amount IS DISTINCT FROM granted
  OR least(remaining, reserved, consumed, expired, withdrawn, reclaimed - withdrawn, amount - reclaimed) < 0
  OR member_id IS DISTINCT FROM awarded_to""",
    "withdrawn points are not those that lines took from their own lot": """
SELECT 'lot ' || suspect.id FROM (
  SELECT lot.id, lot.activity_id FROM granted lot LEFT JOIN (
    SELECT lot_id, activity_id, sum(m.points * ((target = 'CLAWED_BACK')::int - (source = 'CLAWED_BACK')::int))
      AS withdrawn
    FROM move m JOIN entry ON entry.id = m.entry_id WHERE 'CLAWED_BACK' IN (source, target) GROUP BY 1, 2) m
    ON m.lot_id = lot.id AND m.activity_id = lot.activity_id
  WHERE lot.withdrawn <> coalesce(m.withdrawn, 0) OFFSET 0) suspect
JOIN earned ON earned.activity_id = suspect.activity_id AND lots = 1""",
    "activity does not show what its lots hold": """
SELECT 'activity ' || a.id FROM activity a LEFT JOIN earned l ON l.activity_id = a.id
LEFT JOIN adjustment taken ON taken.activity_id = a.id AND taken.points < 0 AND applied_at IS NOT NULL
WHERE a.points <> coalesce(l.points, taken.points, 0)
  OR (a.status = 'NONE') <> (coalesce(l.activity_id, taken.activity_id) IS NULL)
  OR (a.status = 'PENDING') <> coalesce(l.pending, false)
  OR (a.status = 'WITHDRAWN') <> coalesce(l.withdrawn AND NOT l.pending, false)
  OR (a.status = 'EXPIRED' AND NOT l.expired) OR (a.status = 'POSTED' AND l.expired AND l.unspent)""",
    "what was clawed back is not what lots say": """
SELECT 'activity ' || activity_id FROM (SELECT activity_id, reclaimed AS points FROM earned) l
FULL JOIN (
  SELECT activity_id, sum(CASE WHEN target = 'CLAWED_BACK' THEN points ELSE -points END) AS points FROM entry
  WHERE 'CLAWED_BACK' IN (source, target) GROUP BY 1) e USING (activity_id)
WHERE coalesce(l.points, 0) <> coalesce(e.points, 0)""",
}

_REST = {
    "lots do not add up to the account": """
SELECT 'member ' || a.member_id || ': lots ' || concat_ws('/', l.pending, l.available, l.reserved) || ', account '
       || concat_ws('/', a.pending, a.available, a.reserved)
FROM account a LEFT JOIN (
  SELECT member_id, sum(remaining) FILTER (WHERE posted_at IS NULL) AS pending,
    sum(remaining) FILTER (WHERE posted_at IS NOT NULL) AS available, sum(reserved) AS reserved
  FROM lot GROUP BY member_id) l USING (member_id)
WHERE (a.pending, a.available, a.reserved)
   <> (coalesce(l.pending, 0), coalesce(l.available, 0), coalesce(l.reserved, 0))""",
    "account would miss what the clock changes": """
SELECT 'member ' || a.member_id || ': next change at ' || coalesce(next_change_at::text, 'no time') || ', but due at '
       || l.due_at
FROM account a JOIN (
  SELECT member_id, min(due_at) AS due_at FROM (
    SELECT member_id, due_at FROM lot UNION ALL SELECT member_id, notify_at FROM coupon
    UNION ALL SELECT member_id, held_until FROM reservation WHERE status = 'HELD') d GROUP BY member_id) l
  USING (member_id)
WHERE coalesce(next_change_at, 'infinity') > l.due_at""",
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

PASSES = (
    Pass("the chain of entries", _CHAIN),
    Pass("moves between lots", _MOVES, _MOVED),
    Pass("lots and what earned them", _LOTS, _EARNED),
    Pass("accounts", _LINES),
    *(Pass(about, {about: sql}) for about, sql in _REST.items()),
)


def agreements() -> Iterator[Statement]:
    """A statement for each pass, the longest first."""
    for about, disagreements, shared in PASSES:
        found = " UNION ALL ".join(
            f"(SELECT {quoted(disagreement + ': ')} || line FROM ({sql}) AS found (line) LIMIT {FIRST})"
            for disagreement, sql in disagreements.items()
        )
        yield Statement(about, f"{shared} {found}")
