"""Is the final state of an order the same in whatever order, and however often, its events arrive? (PROGRAMME 3)"""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.database import Db, connection, rows
from app.ledger.check import check_ledger
from app.orders.lines import OrderGiven
from app.requests.outcome import Outcome
from app.rules import clawback
from tests.ledger.makers import START, Person, balances, bought, clawed_back, clock_at, code_of, enrolled, redeemed
from tests.ledger.makers import lot_of as only_lot_of
from tests.orders.makers import (
    buys,
    cancels,
    coupon_row,
    delivers,
    doubled,
    kept,
    line,
    lot_parts,
    new_order,
    paid_with,
    returns,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENTS = ("purchase", "delivery", "return 1", "return 2", "cancel")
FEW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass(frozen=True)
class Story:
    """An order that nobody has told of yet, and its events as they will happen."""

    person: Person
    order_id: str
    coupon_id: int | None
    told: Mapping[str, Callable[[], Awaitable[Outcome]]]


async def story(*, in_debt: bool) -> Story:
    """Six pieces on three lines, bought with a coupon and 50 points; its member has 100 points left, or owes 100."""
    person, order_id = await enrolled(), new_order()
    first = await only_lot_of(await bought(person, 200, START - 2 * DAY, delivered=True))
    coupon_id = (await redeemed(person, 100)).coupon_id
    await paid_with(person, order_id, 50)
    if in_debt:
        await clawed_back(person, first, 200)
    lines = (line("9.99", 3, "A"), line("20.50", 2, "B"), line("0.99", sku="C"))
    order = OrderGiven("EUR", lines, await code_of(coupon_id), points=50)
    at = START - 5 * HOUR
    told: dict[str, Callable[[], Awaitable[Outcome]]] = {
        "purchase": lambda: buys(person, order_id, order, at),
        "delivery": lambda: delivers(order_id, at + HOUR),
        "return 1": lambda: returns(order_id, ("A", 1), ("B", 1), return_id="first", at=at + 2 * HOUR),
        "return 2": lambda: returns(order_id, ("A", 1), ("C", 1), return_id="second", at=at + 3 * HOUR),
        "cancel": lambda: cancels(order_id, at + 4 * HOUR),
    }
    return Story(person, order_id, coupon_id, told)


async def lived(
    events: Sequence[str], *, in_debt: bool = False, apart: timedelta = timedelta(0), until: timedelta = timedelta(0)
) -> list[object]:
    """What is left of a story of its own once these events have arrived one after the other, but for the ids.

    They arrive `apart` from each other; the state is that of the instant `until`.
    """
    await clock_at(START)
    one = await story(in_debt=in_debt)
    activity_id = None
    for number, event in enumerate(events):
        await clock_at(START + number * apart)
        activity_id = (await one.told[event]()).activity_id or activity_id
    await clock_at(START + max(until, len(events) * apart))
    owned = await balances(one.person)
    shown = await rows(connection(), "SELECT points, status FROM activity WHERE id = $1", activity_id)
    ends = await rows(
        connection(),
        "SELECT last_usable_day FROM lot WHERE member_id = $1 AND remaining > 0 AND posted_at IS NOT NULL ORDER BY id",
        one.person.id,
    )
    coupon = await coupon_row(one.coupon_id) or {}
    lots = await lot_parts(one.person)
    return [
        *(tuple(row) for row in shown),
        owned,
        # A debt takes what is there first, so which lot paid it depends on what came first; what was taken does not.
        [(amount, reclaimed) for amount, *_, reclaimed in lots] if in_debt else lots,
        [tuple(end) for end in ends] if not in_debt else [],
        await kept(one.order_id),
        (coupon["status"], coupon["order_id"] is None),
    ]


@pytest.fixture(scope="module")
def in_turn() -> dict[tuple[bool, bool], list[object]]:
    """What is left when all arrive in turn, with and without the cancellation, of a debtor or not; lived once each."""
    return {}


@FEW
@example(order=EVENTS[::-1], again=[], cancelled=True, in_debt=False)
@given(
    order=st.permutations(EVENTS),
    again=st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 9)), max_size=3),
    cancelled=st.booleans(),
    in_debt=st.booleans(),
)
async def test_permuted_and_repeated_events_leave_the_same(
    db: Db,
    in_turn: dict[tuple[bool, bool], list[object]],
    order: Sequence[str],
    again: list[tuple[str, int]],
    cancelled: bool,
    in_debt: bool,
) -> None:
    await doubled()
    happened = [event for event in EVENTS if cancelled or event != "cancel"]
    told = [event for event in order if event in happened]
    for event, place in again:
        if event in happened:
            told.insert(min(place, len(told)), event)

    if (cancelled, in_debt) not in in_turn:
        in_turn[cancelled, in_debt] = await lived(happened, in_debt=in_debt)
    assert await lived(told, in_debt=in_debt) == in_turn[cancelled, in_debt]


@pytest.mark.parametrize("order", list(itertools.permutations(("purchase", "delivery", "return 1"))))
async def test_days_between_the_arrivals_change_nothing_while_the_award_is_pending(
    db: Db, order: tuple[str, ...]
) -> None:
    await doubled()

    assert await lived(order, apart=3 * DAY) == await lived(("purchase", "delivery", "return 1"), apart=3 * DAY)


@pytest.mark.parametrize("first", ["delivery", "return 1", "cancel"])
async def test_a_purchase_told_after_its_deadline_is_as_if_it_had_been_told_in_time(db: Db, first: str) -> None:
    await doubled()

    late = await lived((first, "purchase"), apart=20 * DAY, until=60 * DAY)

    assert late == await lived(("purchase", first), until=60 * DAY)


async def test_it_would_be_seen_if_a_part_of_a_line_were_rounded_for_itself(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    await doubled()
    whole = await lived(EVENTS[:-1])

    def unfair(total: int, pieces: int, quantity: int) -> int:
        return -(-total * pieces // quantity) + (pieces == 1)

    monkeypatch.setattr(clawback, "share", unfair)

    assert await lived(EVENTS[:-1]) != whole


async def test_the_ledger_agrees_after_all_that(db: Db) -> None:
    assert (await check_ledger()).problems == ()
