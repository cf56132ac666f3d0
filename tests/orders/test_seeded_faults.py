"""Would we see it? Faults of returns and reinstatements, put into the running program, are caught by their tests."""

from dataclasses import replace
from typing import Any

import pytest

from app.activities import share, withdraw
from app.database import Db
from app.ledger import reinstate, restore
from app.ledger.account import Balances
from app.ledger.settle import first_taken
from app.orders import cancel, come_back, kept, purchase, returns
from app.orders.lines import OrderGiven
from app.rules import clawback
from app.rules.clawback import BoughtLine
from app.rules.money import whole_units
from tests.activities import test_delete as deletions
from tests.activities import test_reinstate as reinstatements
from tests.faults.fault import Checker, Fault, changed, each_checker_of, each_of, nothing, replaced
from tests.ledger.makers import balances, done, enrolled
from tests.ledger.makers import bought as bought_for
from tests.orders import test_cancel as cancellations
from tests.orders import test_returns as given_back
from tests.orders.makers import buys, figures, line, new_order, paid_with
from tests.orders.makers import returns as gives_back

pytestmark = pytest.mark.fault


async def a_refund_after_expiry_takes_nothing_twice(db: Db) -> None:
    await given_back.test_a_refund_after_expiry_takes_what_was_spent_and_nothing_twice(
        db, (0, 0, 0, 5000), (30, 0, 30, 5000)
    )


async def an_early_deletion_waits_for_its_share(db: Db) -> None:
    await deletions.test_a_deletion_told_before_its_share_waits_for_it(db, False)


async def an_early_return_waits_for_its_order(db: Db) -> None:
    person, order_id = await enrolled(), new_order()
    done(await gives_back(order_id, ("A", 1)))

    done(await buys(person, order_id, order_with(0)))

    assert await balances(person) == Balances(available=50, pending=20)


async def each_piece_brings_its_own_points_back(db: Db) -> None:
    person, order_id = await enrolled(), new_order()
    await bought_for(person, 1_000, delivered=True)
    await paid_with(person, order_id, 300)
    done(await buys(person, order_id, order_with(300)))

    steps = [figures(done(await gives_back(order_id, ("A", 1))))[1] for _ in range(3)]

    assert steps == [100, 100, 100]
    assert (await balances(person)).available == 1_050


def order_with(points: int) -> OrderGiven:
    """Three pieces at 10.00."""
    return OrderGiven("EUR", (line("10", 3, "A"),), points=points)


def floored_per_line(rule: Any, award: Any, lines: tuple[BoughtLine, ...], currency: str) -> int:
    return sum(whole_units(line.kept_net_minor, currency) for line in lines if line.earns)


def expired_points_are_forgotten(award: Any, still_entitled: int) -> int:
    return clawback.delta(replace(award, gone=0), still_entitled)


FAULTS = (
    Fault(
        "what is kept is floored line by line",
        replaced(come_back, entitled=floored_per_line),
        given_back.test_the_grant_less_the_floor_of_what_is_kept_comes_back_in_every_step_and_sums_to_the_grant,
    ),
    Fault(
        "points that expired are taken again",
        replaced(come_back, delta=expired_points_are_forgotten),
        a_refund_after_expiry_takes_nothing_twice,
    ),
    Fault(
        "points that paid come back first taken first",
        replaced(restore, last_taken=first_taken),
        given_back.test_points_that_paid_come_back_to_their_own_lots_last_taken_first,
    ),
    Fault(
        "a return is not known again",
        replaced(returns, returned_before=nothing),
        given_back.test_the_same_return_again_is_answered_with_its_first_result_under_any_key,
    ),
    Fault(
        "a cancelled order keeps its coupon",
        replaced(cancel, give_back=nothing),
        cancellations.test_the_coupon_comes_back_with_its_own_code_and_end_and_can_be_used_again,
    ),
    Fault(
        "an order is cancelled twice",
        replaced(cancel, returned_before=nothing),
        cancellations.test_a_second_cancellation_is_answered_with_the_first,
    ),
    Fault(
        "reinstatements are not counted",
        replaced(withdraw, _REINSTATED="SELECT 0 WHERE $1::bigint IS NOT NULL"),
        reinstatements.test_twice_is_once_and_it_can_be_deleted_and_reinstated_again,
    ),
    Fault(
        "what was reinstated before comes back again",
        changed(reinstate, "_TAKEN", "AND version > ", "AND 1 > 0 * "),
        reinstatements.test_twice_is_once_and_it_can_be_deleted_and_reinstated_again,
    ),
    Fault(
        "debt repaid since is not given back",
        changed(reinstate, "_REPAID", "> 0\n", "> 1000000\n"),
        reinstatements.test_what_repaid_its_debt_since_comes_back_to_the_lots_that_did,
    ),
    Fault(
        "what other lots paid comes back to no lot",
        replaced(reinstate, _reversed=lambda moves: ()),
        reinstatements.test_what_other_lots_paid_comes_back_to_those_lots,
    ),
    Fault(
        "an early deletion of a share is forgotten",
        replaced(share, apply_early_deletions=nothing),
        an_early_deletion_waits_for_its_share,
    ),
    Fault(
        "an early return is forgotten",
        replaced(purchase, apply_early=nothing),
        an_early_return_waits_for_its_order,
    ),
    Fault(
        "all points come back with the first piece",
        replaced(come_back, points_back=lambda paid, lines: paid),
        each_piece_brings_its_own_points_back,
    ),
    Fault(
        "points that came back before come back again",
        changed(kept, "_CAPTURED", "kind = 'RESTORE'", "kind = 'RESTORE' AND false"),
        each_piece_brings_its_own_points_back,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(db: Db, checker: Checker) -> None:
    await checker(db)


@each_of(FAULTS)
async def test_it_is_caught_that(db: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(db, monkeypatch)
