"""Does the ledger add up, line by line and lot by lot? A second opinion beside `mipoints check`, from plain rows."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

from tests.histories.history import Balances, History
from tests.histories.ledger_rows import Entry, Rows

NOTHING = Balances(0, 0, 0, 0)


def gaps_in_versions(history: History, rows: Rows) -> Iterator[str]:
    """The versions of a member's lines are 1, 2, 3 ... up to the account's."""
    lines = lines_of(rows)
    for account in rows.accounts:
        versions = [line.version for line in lines[account.member_id]]
        if versions != list(range(1, account.version + 1)):
            yield f"{account.mi_account_id} is at version {account.version}, its lines are {versions}"


def lines_that_do_not_follow(history: History, rows: Rows) -> Iterator[str]:
    """Each line's balances are those of the line before, moved by its points; the account stands at the last."""
    lines = lines_of(rows)
    for account in rows.accounts:
        before = NOTHING
        for line in lines[account.member_id]:
            if line.after != after(before, line):
                yield f"{account.mi_account_id}: line {line.version} leaves {line.after}, not {after(before, line)}"
            before = line.after
        if account.balances != before:
            yield f"{account.mi_account_id} stands at {account.balances}, its lines at {before}"


def negative(history: History, rows: Rows) -> Iterator[str]:
    """No balance is ever below nothing."""
    for line in rows.entries:
        if min(vars(line.after).values()) < 0 or line.points <= 0:
            yield f"member {line.member_id}: line {line.version} of {line.points} points leaves {line.after}"


def lots_apart(history: History, rows: Rows) -> Iterator[str]:
    """What lots hold is what the account says."""
    for account in rows.accounts:
        if account.lots != account.balances:
            yield f"{account.mi_account_id} stands at {account.balances}, its lots hold {account.lots}"


def unnatural(history: History, rows: Rows) -> Iterator[str]:
    """One operation a cause, one account a Mi Account."""
    members = Counter(one.mi_account_id for one in rows.accounts)
    yield from (f"{times} accounts are of {who}" for who, times in members.items() if times > 1)
    places = Counter((line.member_id, line.version) for line in rows.entries)
    yield from (f"{times} lines are {place}" for place, times in places.items() if times > 1)
    of_cause: dict[str, set[int]] = defaultdict(set)
    for line in rows.entries:
        of_cause[line.cause].add(line.member_id)
    yield from (f"{cause} moved points of {len(who)} members" for cause, who in of_cause.items() if len(who) > 1)


def after(before: Balances, line: Entry) -> Balances:
    """The balances that a line leaves; what goes to DEBT repays it, what comes from there is owed."""
    moved = vars(before).copy()
    for bucket, points in ((line.source.lower(), -line.points), (line.target.lower(), line.points)):
        if bucket in moved:
            moved[bucket] += -points if bucket == "debt" else points
    return replace(before, **moved)


def lines_of(rows: Rows) -> dict[int, list[Entry]]:
    """The lines of each member in order."""
    lines: dict[int, list[Entry]] = defaultdict(list)
    for line in rows.entries:
        lines[line.member_id].append(line)
    return lines


LEDGER = (gaps_in_versions, lines_that_do_not_follow, negative, lots_apart, unnatural)
