"""Which faults could points held at checkout have, and which short proofs find them?"""

import asyncio
from datetime import timedelta

import pytest

from app.checkout import capture as capturing
from app.checkout import reserve as reserving
from app.database import Db
from app.ledger import end_hold, hold, settle
from app.ledger.account import Balances
from app.rules import checkout
from tests.checkout.makers import buyer, capture, held, reasons, release, reserve
from tests.faults.fault import Fault, changed, nothing, replaced, the_check_sees
from tests.ledger.faults import no_lock, nothing_repaid, posted_without_an_end
from tests.ledger.makers import (
    START,
    balances,
    bought,
    clawed_back,
    clock_at,
    done,
    enrolled,
    lot_of,
    lots,
    notices,
    utc,
)

HALF_AN_HOUR_LATER = START + timedelta(minutes=31)


async def twenty_at_once_hold_no_point_twice(db: Db) -> None:
    ana = await buyer(1_200)

    outcomes = await asyncio.gather(*(reserve(ana, 700) for _ in range(20)))

    assert [reasons(one) for one in outcomes].count([]) == 1
    assert await balances(ana) == Balances(available=500, reserved=700)


async def what_is_let_go_is_back_where_it_came_from(db: Db) -> None:
    ana = await enrolled()
    await bought(ana, 600, START - timedelta(days=9), delivered=True)
    await bought(ana, 900, delivered=True)
    before = [lot["remaining"] for lot in await lots(ana)]

    done(await release(await held(ana, 700)))

    assert [lot["remaining"] for lot in await lots(ana)] == before


async def time_lets_go_once(db: Db) -> None:
    ana = await buyer(1_200)
    await held(ana, 700)
    await clock_at(HALF_AN_HOUR_LATER)

    assert [await balances(ana) for _ in range(2)] == 2 * [Balances(available=1_200)]
    assert await held(ana, 1_200)


async def pinned_points_outlive_their_day_and_end_as_they_come_back(db: Db) -> None:
    ana = await enrolled()
    await bought(ana, 1_150, START - timedelta(days=1), delivered=True)
    await clock_at(utc("2027-02-28T22:55:00"))
    reservation = await held(ana, 700)
    await clock_at(utc("2027-02-28T23:10:00"))
    assert await balances(ana) == Balances(available=50, reserved=700)

    done(await release(reservation))

    assert await balances(ana) == Balances(available=50)
    assert [told["points"] for told in await notices(ana, "EXPIRED")] == [450, 700]


async def what_is_captured_is_captured_once(db: Db) -> None:
    ana = await buyer(1_200)
    reservation = await held(ana, 400)

    for _ in range(3):
        assert reasons(await capture(reservation, 300)) == []

    assert await balances(ana) == Balances(available=900)


async def what_comes_back_repays_a_debt(db: Db) -> None:
    ana = await buyer(950)
    award = await bought(ana, 100, delivered=True)
    reservation = await held(ana, 1_050)
    await clawed_back(ana, await lot_of(award), 100)

    done(await release(reservation))

    assert await balances(ana) == Balances(available=950)


async def what_is_held_is_possessed(db: Db) -> None:
    ana = await buyer(1_000)
    await held(ana, 900)

    assert reasons(await reserve(ana, 100)) == []
    assert reasons(await reserve(await buyer(999), 1)) == ["BELOW_MINIMUM"]


def captured_late_always(patch: pytest.MonkeyPatch) -> None:
    """Takes the points from what is available, and leaves those that were held where they are."""

    async def anew(db: Db, account: hold.Held, reservation_id: int, *, captured: int = 0) -> hold.Held:
        return await end_hold.spend_anew(db, account, reservation_id, captured=captured)

    patch.setattr(capturing, "end_hold", anew)


def not_marked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(hold, "_mark_released", nothing)


def released_again(patch: pytest.MonkeyPatch) -> None:
    not_marked(patch)
    changed(hold, "_HOLDS", "ELSE -move.points", "ELSE 0")(patch)


def told_nothing(*_: object) -> tuple[()]:
    return ()


def possessed_is_available(patch: pytest.MonkeyPatch) -> None:
    def narrow(posted: int, available: int) -> checkout.Purse:
        return checkout.Purse(available, available)

    patch.setattr(reserving, "Purse", narrow)


async def a_little_checkout() -> None:
    """Nothing to prove, but for the check to read."""
    ana = await buyer(2_000)
    done(await capture(await held(ana, 400), 300))
    await held(ana, 50)
    await clock_at(HALF_AN_HOUR_LATER)
    await bought(ana, 1)
    await held(ana, 60)


FAULTS = (
    Fault("an account is not locked to hold points", no_lock, twenty_at_once_hold_no_point_twice),
    Fault(
        "points come back to other lots",
        changed(hold, "_HOLDS", "array_agg(lot_id ORDER BY ordinal)", "array_agg(lot_id ORDER BY ordinal DESC)"),
        what_is_let_go_is_back_where_it_came_from,
    ),
    Fault("a hold that timed out is released again", released_again, time_lets_go_once),
    Fault("no hold times out", replaced(reserving, post=posted_without_an_end), time_lets_go_once),
    Fault(
        "pinned points expire with the others",
        changed(hold, "_DUE", "remaining,", "remaining + reserved AS remaining,"),
        pinned_points_outlive_their_day_and_end_as_they_come_back,
    ),
    Fault(
        "nobody is told of points that end as they come back",
        replaced(end_hold, told=told_nothing),
        pinned_points_outlive_their_day_and_end_as_they_come_back,
    ),
    Fault("what is held is left where it is", captured_late_always, what_is_captured_is_captured_once),
    Fault(
        "a debt is not repaid by what comes back", replaced(settle, repay=nothing_repaid), what_comes_back_repays_a_debt
    ),
    Fault("only what is available is possessed", possessed_is_available, what_is_held_is_possessed),
)

# What no member would notice for long.
SILENT_FAULTS = tuple(
    Fault(says, seed, the_check_sees(disagreement, a_little_checkout))
    for says, seed, disagreement in (
        (
            "what is captured was not what was held",
            captured_late_always,
            "reservation does not hold or capture what it says",
        ),
        ("a hold that timed out stays held", not_marked, "reservation does not hold or capture what it says"),
        (
            "nobody knows when a hold times out",
            replaced(reserving, post=posted_without_an_end),
            "account would miss what the clock changes",
        ),
        (
            "a reservation forgets a point that it captured",
            changed(end_hold, "_WRITE", "captured = $3", "captured = $3 - 1"),
            "reservation does not hold or capture what it says",
        ),
    )
)
