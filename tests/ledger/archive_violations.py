"""What would falsify the archive, if the database let it?"""

from tests.ledger.violations import Violation, append_only, kept, next_line

_APPEND_ONLY = "is append-only but for what stands in"
_COPIES = "takes only what stands in"
_IN_ORDER = "lines leave oldest first, and the last one stays"
_FIRST = "version = 1"
_LAST = "version = (SELECT version FROM account WHERE account.member_id = entry.member_id)"


def steps(*statements: str) -> str:
    """Several statements as one."""
    return f"DO $do$ BEGIN {'; '.join(statements)}; END $do$"


def copying(which: str) -> str:
    return f"INSERT INTO archived_entry SELECT * FROM ONLY entry WHERE {which}"


def copying_moves(of: str) -> str:
    return f"INSERT INTO archived_move SELECT * FROM ONLY move WHERE entry_id IN (SELECT id FROM entry WHERE {of})"


def leaving(which: str) -> tuple[str, ...]:
    """Lines go to the archive in the way of `app.ledger.archive`."""
    gone = "USING archived_entry archived WHERE archived.id ="
    return (
        copying(which),
        copying_moves(which),
        f"DELETE FROM ONLY move {gone} move.entry_id",
        f"DELETE FROM ONLY entry {gone} entry.id",
    )


def altered(table: str, change: str) -> str:
    """A row of a table goes to the archive as something else."""
    first = f"FROM ONLY {table} e ORDER BY id LIMIT 1"
    return f"INSERT INTO archived_{table} SELECT (jsonb_populate_record(e, '{change}')).* {first}"


def moved(change: str) -> str:
    return steps(copying("true"), altered("move", change))


ARCHIVE = (
    Violation("entry_leaves", "a line lost", "DELETE FROM entry WHERE source = 'DEBT'", _APPEND_ONLY),
    Violation("move_leaves", "moves lost", "DELETE FROM move", _APPEND_ONLY),
    Violation(
        "move_entry_id_fkey",
        "a line that leaves a move behind",
        steps(copying(_FIRST), f"DELETE FROM ONLY entry WHERE {_FIRST}"),
    ),
    Violation("archived_entry_copied", "an archived line that never was", altered("entry", '{"id": 4711}'), _COPIES),
    Violation("archived_entry_copied", "an archived line of more points", altered("entry", '{"points": 7}'), _COPIES),
    Violation(
        "archived_entry_copied",
        "an archived line that says the same otherwise",
        "INSERT INTO archived_entry SELECT (jsonb_populate_record(e, jsonb_build_object('facts',"
        " '{\"points\": 1.0}'::jsonb))).* FROM ONLY entry e",
        _COPIES,
    ),
    Violation(
        "archived_entry_copied", "an archived line of another seal", altered("entry", '{"hash": "\\\\x"}'), _COPIES
    ),
    Violation("archived_move_copied", "an archived move that never was", moved('{"id": 4711}'), _COPIES),
    Violation("archived_move_copied", "an archived move of more points", moved('{"points": 7}'), _COPIES),
    Violation("archived_entry_once", "a line in both", copying(_FIRST), "stands in the ledger as well"),
    Violation(
        "archived_entry_version", "a version archived twice", steps(copying(_FIRST), altered("entry", '{"id": 4711}'))
    ),
    Violation(
        "archived_move_of_entry",
        "a move archived twice",
        steps(copying("true"), copying_moves("true"), altered("move", '{"id": 4711}')),
    ),
    Violation("archived_move_entry", "an archived move of a living line", copying_moves(_FIRST)),
    Violation("entry_leaves_in_order", "a hole", steps(*leaving("version = 2")), _IN_ORDER),
    Violation("entry_leaves_in_order", "the last line archived", steps(*leaving("true")), _IN_ORDER),
    Violation("entry_leaves_in_order", "only the last line archived", steps(*leaving(_LAST)), _IN_ORDER),
    Violation(
        "entry_chain",
        "a second beginning",
        steps(
            *leaving(_FIRST),
            next_line(version="1", available_after="1", pending_after="0", reserved_after="0", debt_after="0"),
        ),
        "is archived",
    ),
    Violation(
        "entry_chain", "a line between archived ones", steps(*leaving("version < 4"), next_line(version="3")), "has no"
    ),
    Violation(
        "entry_moves_account",
        "a line after archived ones that the account does not know",
        steps(*leaving("version < 2"), next_line()),
        "does not follow from its entries",
    ),
    *append_only("archived_entry_append_only", "archived_entry", "points = points"),
    *append_only("archived_move_append_only", "archived_move", "points = points + 1"),
    *kept("coupon_kept", "coupon"),
    *kept("reservation_kept", "reservation"),
)
