"""Would we see it if a guard of the database was wrong, or missing where it is needed? Each fault is caught."""

from dataclasses import replace
from typing import Any

import pytest

from app.database import Db
from app.ledger import posting
from app.ledger.account import AccountState, Transfer
from tests.faults.fault import Checker, Fault, Seed, at_once, each_checker_of, each_of, replaced, the_check_sees
from tests.ledger import checkers
from tests.ledger.makers import balances, bought, enrolled, entries

pytestmark = pytest.mark.fault


async def lines_are_numbered_without_a_gap(db: Db) -> None:
    person = await enrolled()
    await bought(person, 29, delivered=True)

    assert [line["version"] for line in await entries(person)] == [1, 2, 3]


async def an_account_stands_where_its_last_line_left_it(db: Db) -> None:
    person = await enrolled()
    await bought(person, 29)

    last = (await entries(person))[-1]
    stands = await balances(person)
    assert (stands.pending, stands.available) == (last["pending_after"], last["available_after"]) == (29, 50)


def rewritten(function: str, old: str, new: str) -> str:
    """A function of the database that says something else."""
    return f"""
    DO $rewritten$
    DECLARE sound text := pg_get_functiondef('{function}'::regproc);
    BEGIN
      ASSERT position($old${old}$old$ IN sound) > 0, 'that is no longer in {function}';
      EXECUTE replace(sound, $old${old}$old$, $new${new}$new$);
    END $rewritten$
    """


def two_on(account: AccountState, transfer: Transfer) -> AccountState:
    after = sound_after(account, transfer)
    return replace(after, version=after.version + 1)


def a_point_more(*given: Any) -> dict[str, object]:
    held = sound_held(*given)
    return {**held, "available": int(str(held["available"])) + 1}


nothing_else: Seed = at_once()
sound_after, sound_held = AccountState.after, posting._held
FAULTS = (
    Fault(
        "a hash does not hold the one before it",
        nothing_else,
        the_check_sees("entry does not follow from the one before it", checkers.a_little_of_everything),
        rewritten("entry_chain", "sha256(last.hash || ", "sha256("),
    ),
    Fault(
        "a swift statement is never undone",
        nothing_else,
        checkers.processes_redeem_a_once_per_member_offer_once,
        rewritten("only_if", "sound IS NOT TRUE", "false"),
    ),
    Fault(
        "a swift statement is not undone when a stock is empty",
        nothing_else,
        checkers.a_stock_is_sold_once,
        rewritten("only_if", "sound IS NOT TRUE", "false"),
    ),
    Fault("a line leaves a number out", replaced(AccountState, after=two_on), lines_are_numbered_without_a_gap),
    Fault(
        "an account has a point more than its lines",
        replaced(posting, _held=a_point_more),
        an_account_stands_where_its_last_line_left_it,
    ),
    Fault(
        "an account has a point more and no guard compares",
        replaced(posting, _held=a_point_more),
        the_check_sees("account does not stand where its last entry left it", checkers.a_little_of_everything),
        rewritten("account_follows_entries", "IF NOT FOUND THEN", "IF false THEN"),
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(own: Db, checker: Checker) -> None:
    await checker(own)


@each_of(FAULTS)
async def test_it_is_caught_that(own: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(own, monkeypatch)
