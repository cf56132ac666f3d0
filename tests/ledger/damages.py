"""What could be wrong in a ledger? Each of its checks with the damages that it must find."""

from collections.abc import Mapping

# Takes every guard away, so that the damage can be done at all.
UNGUARDED = (
    "SET LOCAL session_replication_role = replica",
    """
    DO $$
    DECLARE guard record;
    BEGIN
      FOR guard IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
        WHERE contype IN ('c', 'u') AND coninhcount = 0 AND conrelid <> 0
          AND connamespace = current_schema()::regnamespace
      LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', guard.owner, guard.conname);
      END LOOP;
    END $$
    """,
    "DROP INDEX award_limit, coupon_once_per_order, archived_entry_version, archived_move_of_entry",
)

_LAST = "version = (SELECT max(version) FROM entry last WHERE last.member_id = entry.member_id)"
_SPENT = "(SELECT min(id) FROM entry WHERE kind = 'REDEEM')"
_POSTED = "posted_at IS NOT NULL AND remaining > 0"

DAMAGES: Mapping[str, tuple[str, ...]] = {
    "account does not stand where its last entry left it": (
        "UPDATE account SET available = available + 1",
        "UPDATE account SET pending = pending + 1",
        "UPDATE account SET debt = 1",
        "UPDATE account SET version = version + 1",
        "UPDATE account SET last_at = last_at - interval '1 hour'",
        "WITH gone AS (DELETE FROM ONLY entry RETURNING *) INSERT INTO archived_entry SELECT * FROM gone",
        f"DELETE FROM entry WHERE {_LAST}",
        "DELETE FROM entry WHERE member_id = (SELECT min(member_id) FROM entry)",
    ),
    "entry does not follow from the one before it": (
        "DELETE FROM entry WHERE version = 3",
        "DELETE FROM entry WHERE version = 1",
        "UPDATE entry SET points = points + 1 WHERE version = 2",
        "UPDATE entry SET at = at - interval '1 microsecond' WHERE version = 2",
        "UPDATE entry SET reason = 'REVIEW_REJECTED' WHERE version = 2",
        'UPDATE entry SET facts = \'{"note": ""}\' WHERE version = 2',
        "UPDATE entry SET hash = sha256(hash) WHERE version = 2",
        "UPDATE entry SET pending_after = pending_after + 1 WHERE version = 2",
        "UPDATE entry SET member_id = (SELECT min(member_id) FROM account) WHERE version = 5",
        "UPDATE entry SET version = 7 - version WHERE version IN (3, 4)",
    ),
    "lots do not add up to the account": (
        f"UPDATE lot SET remaining = remaining - 1, consumed = consumed + 1 WHERE {_POSTED}",
        f"UPDATE lot SET remaining = 0, reserved = remaining WHERE {_POSTED}",
        f"UPDATE lot SET posted_at = NULL WHERE {_POSTED}",
        f"DELETE FROM lot WHERE {_POSTED}",
    ),
    "lot does not add up, or not to its award": (
        "UPDATE lot SET consumed = consumed + 1 WHERE expired > 0",
        "UPDATE lot SET amount = amount + 1, consumed = consumed + 1",
        "UPDATE lot SET expired = -1, consumed = consumed + 1 WHERE expired = 0",
        "UPDATE lot SET withdrawn = withdrawn + 1, consumed = consumed - 1 WHERE reclaimed = 0 AND consumed > 0",
        "UPDATE lot SET reclaimed = amount + 1",
        "UPDATE lot SET award_id = 4711",
        "UPDATE award SET points = points + 1",
        "UPDATE award SET member_id = member_id + 1",
    ),
    "lot does not follow from its moves": (
        "UPDATE lot SET consumed = 0, expired = expired + consumed WHERE consumed > 0",
        "UPDATE lot SET posted_at = posted_at + interval '1 second'",
        "UPDATE move SET points = points + 1",
        f"UPDATE move SET lot_id = (SELECT max(id) FROM lot) WHERE entry_id = {_SPENT}",
        f"DELETE FROM move WHERE entry_id = {_SPENT}",
    ),
    "withdrawn points are not those that lines took from their own lot": (
        "UPDATE lot SET consumed = consumed + withdrawn, withdrawn = 0 WHERE withdrawn > 0",
        "UPDATE lot SET withdrawn = withdrawn + 1, consumed = consumed - 1 WHERE reclaimed > withdrawn",
    ),
    "line does not stand at its instant": (
        "UPDATE lot SET expires_at = expires_at - interval '1 second' WHERE expired > 0",
        "UPDATE lot SET expires_at = expires_at + interval '1 second' WHERE expired > 0",
        "UPDATE lot SET posts_at = posts_at + interval '1 second'",
        "UPDATE lot SET expires_at = posted_at WHERE consumed > 0",
    ),
    "account would miss what the clock changes": (
        "UPDATE account SET next_change_at = NULL",
        "UPDATE account SET next_change_at = next_change_at + interval '1 second'",
        f"UPDATE lot SET notify_at = 'epoch' WHERE {_POSTED}",
        "UPDATE coupon SET notify_at = 'epoch'",
    ),
    "entry is not covered by its moves": (
        f"DELETE FROM move WHERE entry_id = {_SPENT}",
        f"UPDATE move SET points = points - 1 WHERE entry_id = {_SPENT}",
        "INSERT INTO move (entry_id, lot_id, points, ordinal) SELECT id, 1, points, 1 FROM entry WHERE source = 'DEBT'",
    ),
    "move touches another member's lot": (
        "UPDATE lot SET member_id = member_id + 1",
        "UPDATE move SET lot_id = (SELECT max(id) FROM lot) WHERE ordinal = 1",
    ),
    "operation has no entry, or another member's": (
        "INSERT INTO operation (member_id, cause, at) SELECT min(member_id), 'nothing/1', now() FROM account",
        "UPDATE operation SET member_id = member_id + 1",
        f"DELETE FROM entry WHERE id = {_SPENT}",
    ),
    "coupon was not paid exactly once": (
        "UPDATE coupon SET points_spent = points_spent - 1",
        'INSERT INTO coupon SELECT (jsonb_populate_record(coupon, \'{"id": 4711, "lookup": "x"}\')).* FROM coupon'
        " WHERE id = (SELECT min(id) FROM coupon)",
        f"DELETE FROM entry WHERE id = {_SPENT}",
        f"UPDATE entry SET coupon_id = (SELECT max(id) FROM coupon) WHERE id = {_SPENT}",
    ),
    "coupon gave back what it should not": (
        "UPDATE coupon SET status = 'ISSUED' WHERE status = 'CANCELLED'",
        "UPDATE coupon SET points_spent = points_spent + 1 WHERE status = 'CANCELLED'",
        "UPDATE entry SET coupon_id = (SELECT min(id) FROM coupon) WHERE kind = 'RESTORE' AND coupon_id IS NOT NULL",
        "UPDATE entry SET points = points - 1 WHERE kind = 'RESTORE' AND coupon_id IS NOT NULL",
    ),
    "activity does not show what its lots hold": (
        "UPDATE activity SET points = points + 1",
        "UPDATE activity SET status = 'NONE' WHERE status = 'POSTED'",
        "UPDATE activity SET status = 'POSTED' WHERE status = 'NONE'",
        "UPDATE activity SET status = 'POSTED' WHERE status = 'PENDING'",
        "UPDATE activity SET status = 'POSTED' WHERE status = 'WITHDRAWN'",
        "UPDATE activity SET status = 'POSTED' WHERE status = 'EXPIRED'",
        "UPDATE activity SET status = 'EXPIRED' WHERE status = 'PENDING'",
        "UPDATE activity SET status = 'PENDING' WHERE status = 'POSTED'",
        "UPDATE activity SET status = 'WITHDRAWN' WHERE status = 'POSTED'",
    ),
    "what was clawed back is not what lots say": (
        "UPDATE lot SET reclaimed = reclaimed + 1 WHERE reclaimed = 0",
        "UPDATE lot SET reclaimed = withdrawn WHERE reclaimed > withdrawn",
        "UPDATE entry SET activity_id = (SELECT min(id) FROM activity) WHERE kind = 'CLAWBACK'",
    ),
    "reservation does not hold or capture what it says": (
        "INSERT INTO reservation (member_id, order_id, status, points, captured, held_until, created_at)"
        " SELECT member_id, shop_order.id, 'HELD', 5, 0, now(), now() FROM account, shop_order LIMIT 1",
        "UPDATE reservation SET captured = captured - 1 WHERE status = 'CAPTURED'",
        "UPDATE reservation SET points = points + 1 WHERE status = 'HELD'",
        "UPDATE reservation SET status = 'RELEASED' WHERE status = 'HELD'",
        "UPDATE reservation SET status = 'HELD' WHERE status = 'EXPIRED'",
        "UPDATE entry SET kind = 'RELEASE', target = 'AVAILABLE' WHERE kind = 'CAPTURE'",
        "DELETE FROM entry WHERE kind = 'RELEASE'",
    ),
    "campaign's budget does not add up": (
        "INSERT INTO campaign (slug, titles, trigger, bonus_points, limit_period, launched_at, budget, budget_left)"
        " VALUES ('spring', '[]', 'FUEL', 10, 'LIFETIME', now(), 100, 90)",
    ),
    "adjustment is not what its lines moved": (
        "INSERT INTO adjustment (activity_id, points, note, asked_by, applied_at)"
        " SELECT min(id), 5, 'a gift', 'ana', now() FROM activity",
        "UPDATE entry SET source = 'ADJUSTED' WHERE version = 1",
    ),
    "liability does not tie out to accounts": (
        "UPDATE account SET available = available + 1",
        "UPDATE account SET debt = debt + 1",
        "DELETE FROM entry WHERE kind = 'REDEEM'",
        "UPDATE entry SET target = 'RESERVED' WHERE kind = 'EXPIRE'",
    ),
    "stock does not add up": (
        "UPDATE coupon_offer SET stock_left = stock_left + 1",
        "UPDATE coupon_offer SET stock = stock - 1",
    ),
}
