"""In which order are points taken back, what becomes debt, and is nothing taken twice? (PROGRAMME 4)"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import Db, one
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from tests.ledger.makers import (
    START,
    Person,
    balances,
    bought,
    clawed_back,
    clock_at,
    enrolled,
    entries,
    logged_in,
    lot_of,
    lots,
    notices,
    redeemed,
    reserved,
    statement,
)


async def taken(person: Person) -> list[tuple[str, str, int]]:
    """Kind, source and points of the lines of clawbacks."""
    return [(e["kind"], e["source"], e["points"]) for e in await entries(person) if e["target"] == "CLAWED_BACK"]


async def test_a_pending_award_is_taken_back_before_anything_else(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 29)

    back = await clawed_back(person, await lot_of(award), 29)

    assert back.points == 29
    assert await taken(person) == [("CLAWBACK", "PENDING", 29)]
    assert await balances(person) == Balances(available=50)


async def test_what_is_left_of_its_own_lot_goes_first_then_other_lots_soonest_expiry_first(db: Db) -> None:
    person = await enrolled()
    sooner = await bought(person, 10, START - timedelta(days=9), delivered=True)
    award = await bought(person, 100, START, delivered=True)
    await redeemed(person, 80)  # all but 80 of the award, and all that ends sooner

    await bought(person, 30, START + timedelta(minutes=1), delivered=True)
    latest = await bought(person, 40, START - timedelta(days=1), delivered=True)
    await clawed_back(person, await lot_of(award), 100)

    assert await taken(person) == [("CLAWBACK", "AVAILABLE", 80), ("CLAWBACK", "AVAILABLE", 20)]
    parts = {lot["id"]: (lot["remaining"], lot["consumed"], lot["withdrawn"]) for lot in await lots(person)}
    assert parts[await lot_of(sooner)] == (0, 10, 0)
    assert parts[await lot_of(award)] == (0, 20, 80)
    assert parts[await lot_of(latest)] == (20, 20, 0)
    assert await balances(person) == Balances(available=50)


async def test_the_rest_becomes_debt_and_counts_as_clawed_back(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 100, delivered=True)
    await redeemed(person, 120)

    back = await clawed_back(person, await lot_of(award), 100)

    assert back.points == 100
    assert back.account.balances == Balances(debt=70)
    assert (await statement(person))[-2:] == [("CLAWBACK", 30), ("DEBT", 70)]
    lot = (await lots(person))[-1]
    assert (lot["amount"], lot["reclaimed"]) == (100, 100)
    activity = await one(db, "SELECT points, status FROM activity WHERE id = $1", award.activity_id)
    assert tuple(activity) == (0, "WITHDRAWN")


async def test_new_points_repay_the_debt_first_in_a_line_of_its_own(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 100, delivered=True)
    await redeemed(person, 150)
    await clawed_back(person, await lot_of(award), 100)

    await logged_in(person)
    await bought(person, 90, delivered=True)

    assert (await statement(person))[-5:] == [
        ("EARN", 30),
        ("DEBT_REPAID", 30),
        ("EARN", 90),
        ("POST", 90),
        ("DEBT_REPAID", 70),
    ]
    assert await balances(person) == Balances(available=20)


async def test_reserved_points_are_never_taken(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 40, START - timedelta(days=1), delivered=True)
    await reserved(person, 70)

    await clawed_back(person, await lot_of(award), 40)

    assert await balances(person) == Balances(reserved=70, debt=20)
    assert await taken(person) == [("CLAWBACK", "AVAILABLE", 20), ("DEBT", "DEBT", 20)]


async def test_points_that_expired_are_not_taken_back_as_well(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 100, START - timedelta(days=3), delivered=True)
    await redeemed(person, 30)
    await clock_at(START + timedelta(days=370))
    assert (await statement(person))[-1] == ("REDEEM", 30)

    back = await clawed_back(person, await lot_of(award), 100)

    assert back.points == 30
    assert (await statement(person))[-3:] == [("EXPIRE", 70), ("EXPIRE", 50), ("DEBT", 30)]
    assert await balances(person) == Balances(debt=30)


async def test_nothing_more_than_the_award_is_ever_taken_back(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 40, delivered=True)
    lot_id = await lot_of(award)

    backs = [(await clawed_back(person, lot_id, points)).points for points in (15, 15, 15, 15)]

    assert backs == [15, 15, 10, 0]
    assert await balances(person) == Balances(available=50)


async def test_the_member_is_told_with_the_reason_in_words(db: Db) -> None:
    person = await enrolled()
    award = await bought(person, 40, delivered=True)

    await clawed_back(person, await lot_of(award), 15)

    (told,) = await notices(person, "CLAWED_BACK")
    line = (await entries(person))[-1]
    assert (told["points"], told["activity_id"], told["at"]) == (15, award.activity_id, line["at"])
    assert (line["reason"], line["activity_id"]) == ("REVIEW_REJECTED", award.activity_id)


async def test_a_lot_that_is_not_there_is_a_surprise(db: Db) -> None:
    person = await enrolled()

    with pytest.raises(LookupError, match="no lot 0"):
        await clawed_back(person, 0, 5)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["buy", "deliver", "spend", "back", "wait"]), st.integers(1, 60)),
        min_size=3,
        max_size=9,
    )
)
async def test_over_any_steps_what_comes_back_is_at_most_what_was_granted(db: Db, steps: list[tuple[str, int]]) -> None:
    await clock_at(START)
    at = START
    person = await enrolled()
    first = await lot_of(await bought(person, 60, delivered=True))
    back = 0

    for what, number in steps:
        if what in ("buy", "deliver"):
            await bought(person, number, delivered=what == "deliver")
        elif what == "spend" and (available := (await balances(person)).available):
            await redeemed(person, min(number, available))
        elif what == "back":
            back += (await clawed_back(person, first, number)).points
        else:
            at += timedelta(days=3 * number)
            await clock_at(at)

    lot = next(lot for lot in await lots(person) if lot["id"] == first)
    assert back == lot["reclaimed"] <= 60 - lot["expired"]


async def test_after_all_that_these_tests_took_back_the_ledger_agrees(db: Db) -> None:
    assert (await check_ledger()).problems == ()
