"""What would falsify points, if the database let it? Each guard of the ledger with what it must refuse."""

from dataclasses import dataclass

# The last line of a member who has points and neither a debt nor a reservation.
_LAST = """
FROM (SELECT DISTINCT ON (member_id) * FROM entry ORDER BY member_id, version DESC) last
WHERE available_after > 10 AND reserved_after = 0 AND debt_after = 0 LIMIT 1
"""
NOT_FOLLOWING = "does not follow from the one before it"
DRIFTED = "does not follow from its entries"


@dataclass(frozen=True)
class Violation:
    """A `statement` that the guard refuses: by its name, or in these `words` where it raises them itself."""

    guard: str
    says: str
    statement: str
    words: str = ""


def another(table: str, changes: str = "{}", where: str = "true") -> str:
    """A copy of a row with other values, in JSON."""
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record({table}, '{changes}')).* FROM {table}"
        f" WHERE ctid = (SELECT ctid FROM {table} WHERE {where} LIMIT 1)"
    )


def next_line(**columns: str) -> str:
    """A line that follows from the last one of a member but for these columns."""
    line = {
        "member_id": "member_id",
        "operation_id": "operation_id",
        "version": "version + 1",
        "kind": "'EARN'",
        "source": "'ISSUED'",
        "target": "'AVAILABLE'",
        "points": "1",
        "pending_after": "pending_after",
        "available_after": "available_after + 1",
        "reserved_after": "reserved_after",
        "debt_after": "debt_after",
        "at": "at",
        "facts": "'{}'",
        **columns,
    }
    return f"INSERT INTO entry ({', '.join(line)}) SELECT {', '.join(line.values())} {_LAST}"


def kept(guard: str, table: str) -> tuple[Violation, ...]:
    return (
        Violation(guard, f"deleting {table} rows", f"DELETE FROM {table}", "is append-only"),
        Violation(guard, f"emptying {table}", f"TRUNCATE {table} CASCADE", "is append-only"),
    )


def append_only(guard: str, table: str, change: str) -> tuple[Violation, ...]:
    changed = Violation(guard, f"changing {table} rows", f"UPDATE {table} SET {change}", "is append-only")
    return (changed, *kept(guard, table))


def leaves_for_archive(guard: str, table: str, change: str) -> tuple[Violation, ...]:
    """What `append_only` refuses but for deleting: that the archive judges."""
    changed, _, emptied = append_only(guard, table, change)
    return (changed, emptied)


ACCOUNTS_AND_LOTS = (
    Violation("programme_clock_one_row", "a second clock", "INSERT INTO programme_clock VALUES (2, '0')"),
    Violation("account_member", "an account of nobody", another("account", '{"member_id": 4711}')),
    Violation("account_status", "an unknown status", "UPDATE account SET status = 'LOST'"),
    Violation("account_balances", "a negative balance", "UPDATE account SET available = -1 WHERE debt = 0"),
    Violation("account_debt_first", "debt beside points", "UPDATE account SET debt = 5 WHERE available > 0"),
    Violation(
        "lot_amount", "a lot of more than its amount", "UPDATE lot SET consumed = consumed + 1 WHERE expired > 0"
    ),
    Violation("lot_amount", "a lot of nothing", "UPDATE lot SET amount = 0, remaining = 0 WHERE amount = remaining"),
    Violation(
        "lot_parts",
        "a lot spent twice",
        "UPDATE lot SET remaining = -1, consumed = consumed + remaining + 1 WHERE posted_at IS NOT NULL",
    ),
    Violation("lot_reclaimed", "more taken back than granted", "UPDATE lot SET reclaimed = amount + 1"),
    Violation(
        "lot_reclaimed",
        "points withdrawn that were not taken back",
        "UPDATE lot SET withdrawn = remaining, remaining = 0 WHERE remaining > 0 AND reclaimed = 0",
    ),
    Violation(
        "lot_pending",
        "pending points reserved",
        "UPDATE lot SET reserved = remaining, remaining = 0 WHERE posted_at IS NULL AND remaining > 0",
    ),
    Violation(
        "account_follows_entries",
        "points without a line",
        "UPDATE account SET available = available + 1 WHERE debt = 0",
        DRIFTED,
    ),
    Violation(
        "account_follows_entries", "a version without a line", "UPDATE account SET version = version + 1", DRIFTED
    ),
    *kept("lot_kept", "lot"),
    *kept("account_kept", "account"),
)

ENTRIES = (
    Violation("entry_kind", "a line of an unknown kind", next_line(kind="'GIFT'")),
    Violation("entry_buckets", "points from nowhere", next_line(source="'NOWHERE'")),
    Violation("entry_buckets", "points to nowhere", next_line(target="'NOWHERE'", available_after="available_after")),
    Violation(
        "entry_buckets", "points that go nowhere", next_line(source="'AVAILABLE'", available_after="available_after")
    ),
    Violation("entry_points", "a line of nothing", next_line(points="0", available_after="available_after")),
    Violation(
        "entry_points", "a line of less than nothing", next_line(points="-1", available_after="available_after - 1")
    ),
    Violation(
        "entry_balances",
        "a capture of what is not reserved",
        next_line(source="'RESERVED'", target="'REDEEMED'", available_after="available_after", reserved_after="-1"),
    ),
    Violation("entry_chain", "a line after a gap", next_line(version="version + 2"), "has no predecessor"),
    Violation("entry_chain", "a line before the first", next_line(version="0"), "has no predecessor"),
    Violation("entry_chain", "a balance too high", next_line(available_after="available_after + 2"), NOT_FOLLOWING),
    Violation("entry_chain", "pending from nowhere", next_line(pending_after="pending_after + 1"), NOT_FOLLOWING),
    Violation("entry_chain", "reserved from nowhere", next_line(reserved_after="reserved_after + 1"), NOT_FOLLOWING),
    Violation("entry_chain", "debt from nowhere", next_line(debt_after="debt_after + 1"), NOT_FOLLOWING),
    Violation("entry_chain", "a line in the past", next_line(at="at - interval '1 microsecond'"), NOT_FOLLOWING),
    Violation("entry_chain", "a first line that begins with points", next_line(version="1"), NOT_FOLLOWING),
    Violation(
        "uid_entry_member",
        "a version that is there already",
        next_line(version="1", available_after="1", pending_after="0", reserved_after="0", debt_after="0"),
    ),
    Violation("entry_moves_account", "a line that the account does not know", next_line(), DRIFTED),
    *leaves_for_archive("entry_append_only", "entry", "points = points"),
    Violation("move_points", "a move of nothing", another("move", '{"id": 4711, "entry_id": 1, "points": 0}')),
    Violation("move_points", "a move of no place", another("move", '{"id": 4711, "entry_id": 1, "ordinal": 0}')),
    Violation("uid_move_entry", "a lot moved twice by a line", another("move", '{"id": 4711}')),
    *leaves_for_archive("move_append_only", "move", "points = points + 1"),
    Violation("operation_cause_key", "a cause that happens twice", another("operation", '{"id": 4711}')),
    *append_only("operation_append_only", "operation", "cause = 'another/' || id"),
)
