"""Was every read true when it was answered? Each must show the account at a version, and time never runs backwards.

A member's versions are the states of one register. A read has to show one of them that is at least as new as all that
was acknowledged or read before it was asked, by whomever and wherever, and no newer than its own instant: that is
linearisability of this register, judged greedily, with the oldest version that fits.
"""

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tests.histories.history import Balances, History, Look, Operation
from tests.histories.ledger_checks import NOTHING, lines_of
from tests.histories.ledger_rows import Account, Entry, Rows

# Which line an acknowledged operation must have written, and by which thing of its it is found.
WRITTEN = {
    "enrolMember": ("EARN", "activity_id"),
    "recordPurchase": ("EARN", "activity_id"),
    "recordAppLogin": ("EARN", "activity_id"),
    "recordShare": ("EARN", "activity_id"),
    "recordReview": ("EARN", "activity_id"),
    "tapFuel": ("EARN", "activity_id"),
    "confirmDelivery": ("POST", "activity_id"),
    "recordReturn": ("CLAWBACK", "activity_id"),
    "redeemCoupon": ("REDEEM", "coupon_id"),
    "reservePoints": ("RESERVE", "reservation_id"),
    "capturePoints": ("CAPTURE", "reservation_id"),
    "releasePoints": ("RELEASE", "reservation_id"),
}
Known = list[tuple[float, int, str]]  # from when on which version is known, and how


def untrue_looks(history: History, rows: Rows) -> Iterator[str]:
    """Every read shows a state that the account had between its question and its answer."""
    looks: dict[str, list[Look]] = defaultdict(list)
    for look in history.looks:
        looks[look.mi_account_id].append(look)
    written = written_versions(history, rows)
    lines = lines_of(rows)
    for account in rows.accounts:
        if account.mi_account_id in looks:
            known = written[account.mi_account_id]
            yield from _untrue(account, lines[account.member_id], looks[account.mi_account_id], known)


def written_versions(history: History, rows: Rows) -> Mapping[str, Known]:
    """From when on each member's version is known to be at least what: by acknowledged operations."""
    versions: dict[tuple[str, str, int], int] = {}
    owners = {account.member_id: account.mi_account_id for account in rows.accounts}
    whose: dict[tuple[str, str, int], str] = {}
    for line in rows.entries:
        for thing in ("activity_id", "coupon_id", "reservation_id"):
            if (made := getattr(line, thing)) is not None:
                name = (line.kind, thing, made)
                versions[name] = min(versions.get(name, line.version), line.version)
                whose[name] = owners.get(line.member_id, "")
    known: dict[str, Known] = defaultdict(list)
    for one in history.operations:
        if (name_ := _line_of(one)) is not None and name_ in versions:
            known[whose[name_]].append((one.answered_at, versions[name_], f"{one.mutation} {one.key}"))
    return known


def _line_of(one: Operation) -> tuple[str, str, int] | None:
    written, answer = WRITTEN.get(one.mutation), one.answer
    if written is None or answer is None or answer.refusals or answer.deferred or answer.made is None:
        return None
    return (*written, answer.made)


def _untrue(account: Account, lines: Sequence[Entry], looks: Sequence[Look], known: Known) -> Iterator[str]:
    states: dict[Balances, list[int]] = defaultdict(list)
    for version, state in enumerate([NOTHING, *(line.after for line in lines)]):
        states[state].append(version)
    instants = [line.at for line in lines]
    version_of = {line.id: line.version for line in lines}
    coming = list(known)
    heapq.heapify(coming)
    floor, floor_by = 0, "the beginning"
    for look in sorted(looks, key=lambda one: one.invoked_at):
        while coming and coming[0][0] < look.invoked_at:
            _, version, by = heapq.heappop(coming)
            if version > floor:
                floor, floor_by = version, by
        ceiling = bisect_right(instants, datetime.fromisoformat(look.as_of))
        shows = states.get(look.balances, [])
        fitting = [version for version in shows if floor <= version <= ceiling]
        who = f"{look.client} at gateway {look.gateway}"
        if not fitting:
            yield (
                f"{account.mi_account_id}: {who} saw {look.balances} as of {look.as_of}, which are versions {shows}, "
                f"but {floor} was known by {floor_by}, and no more than {ceiling} written"
            )
        newest = version_of.get(look.entry_id or 0)
        if newest is None or newest < floor:
            yield f"{account.mi_account_id}: {who} saw line {newest}, but {floor} was known by {floor_by}"
        seen = max(fitting[0] if fitting else 0, newest or 0)
        heapq.heappush(coming, (look.answered_at, seen, f"what {who} saw"))
