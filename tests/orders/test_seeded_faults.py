"""Would we see it? Faults of returns and reinstatements, put into the running program, are found by their tests."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from app.activities import share, withdraw
from app.database import Db
from app.ledger import reinstate, restore
from app.ledger.settle import first_taken
from app.orders import cancel, come_back, returns
from app.rules import clawback
from app.rules.clawback import BoughtLine
from app.rules.money import whole_units
from tests.activities import test_delete as deletions
from tests.activities import test_reinstate as reinstatements
from tests.orders import test_cancel as cancellations
from tests.orders import test_returns as given_back


def floored_per_line(rule: Any, award: Any, lines: tuple[BoughtLine, ...], currency: str) -> int:
    return sum(whole_units(line.kept_net_minor, currency) for line in lines if line.earns)


def expired_points_are_forgotten(award: Any, still_entitled: int) -> int:
    return clawback.delta(replace(award, gone=0), still_entitled)


async def nothing(*_: object) -> None:
    return None


FAULTS: dict[str, tuple[Any, str, object, Callable[[Db], Awaitable[None]]]] = {
    "what is kept is floored line by line": (
        come_back,
        "entitled",
        floored_per_line,
        given_back.test_the_grant_less_the_floor_of_what_is_kept_comes_back_in_every_step_and_sums_to_the_grant,
    ),
    "points that expired are taken again": (
        come_back,
        "delta",
        expired_points_are_forgotten,
        lambda db: given_back.test_a_refund_after_expiry_takes_what_was_spent_and_nothing_twice(
            db, (0, 0, 0, 5000), (30, 0, 30, 5000)
        ),
    ),
    "points that paid come back first taken first": (
        restore,
        "last_taken",
        first_taken,
        given_back.test_points_that_paid_come_back_to_their_own_lots_last_taken_first,
    ),
    "a return is not known again": (
        returns,
        "returned_before",
        nothing,
        given_back.test_the_same_return_again_is_answered_with_its_first_result_under_any_key,
    ),
    "a cancelled order keeps its coupon": (
        cancel,
        "give_back",
        nothing,
        cancellations.test_the_coupon_comes_back_with_its_own_code_and_end_and_can_be_used_again,
    ),
    "an order is cancelled twice": (
        cancel,
        "returned_before",
        nothing,
        cancellations.test_a_second_cancellation_is_answered_with_the_first,
    ),
    "reinstatements are not counted": (
        withdraw,
        "_REINSTATED",
        "SELECT 0 WHERE $1::bigint IS NOT NULL",
        reinstatements.test_twice_is_once_and_it_can_be_deleted_and_reinstated_again,
    ),
    "what was reinstated before comes back again": (
        reinstate,
        "_TAKEN",
        reinstate._TAKEN.replace("AND version > ", "AND 1 > 0 * "),
        reinstatements.test_twice_is_once_and_it_can_be_deleted_and_reinstated_again,
    ),
    "debt repaid since is not given back": (
        reinstate,
        "_REPAID",
        reinstate._REPAID.replace("> 0\n", "> 1000000\n"),
        reinstatements.test_what_repaid_its_debt_since_comes_back_to_the_lots_that_did,
    ),
    "what other lots paid comes back to no lot": (
        reinstate,
        "_reversed",
        lambda moves: (),
        reinstatements.test_what_other_lots_paid_comes_back_to_those_lots,
    ),
    "an early deletion of a share is forgotten": (
        share,
        "apply_early_deletions",
        nothing,
        lambda db: deletions.test_a_deletion_told_before_its_share_waits_for_it(db, False),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_it_is_found_when(db: Db, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    module, name, seeded, probe = FAULTS[fault]
    assert getattr(module, name) != seeded
    monkeypatch.setattr(module, name, seeded)

    with pytest.raises((AssertionError, LookupError, asyncpg.IntegrityConstraintViolationError)):
        await probe(db)


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_it_all_is_well(db: Db, fault: str) -> None:
    await FAULTS[fault][3](db)
