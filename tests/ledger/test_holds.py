"""Do holds keep the laws of settling: pinned points stay, what comes back goes home, no point is made or lost?"""

from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.account import AccountState, Balances, HoldState, LotState, Transfer
from app.ledger.balances import project
from app.ledger.settle import Settlement, first_taken, last_taken, release, settle
from tests.ledger.lots import account, account_of, day, lines, pending_lot, posted_lot, transfers

END = 160


@dataclass(frozen=True)
class World:
    """An account with all of its lots, what is available or pending of them, and what is held of which."""

    account: AccountState
    lots: tuple[LotState, ...]
    holds: tuple[HoldState, ...]

    def settled(self, at: datetime) -> tuple["World", Settlement]:
        """The world at a later instant, read as the ledger reads it: what is due, and what that pins."""
        due = [hold for hold in self.holds if hold.held_until <= at]
        pinned = {lot_id for hold in due for lot_id, _ in hold.moves}
        read = [lot for lot in self.lots if lot.id in pinned or (lot.remaining and due_at(lot) <= at)]
        step = settle(self.account, read, at, due)
        posted = {lot_id: one.at for one in transfers(step.movements) if one.kind == "POST" for lot_id, _ in one.moves}
        lots = tuple(
            replace(
                lot,
                remaining=step.remaining.get(lot.id, lot.remaining),
                posted_at=lot.posted_at or posted.get(lot.id),
                notify_at=step.renotify.get(lot.id, lot.notify_at),
            )
            for lot in self.lots
        )
        return World(step.account, lots, tuple(hold for hold in self.holds if hold.id not in step.released)), step


def due_at(lot: LotState) -> datetime:
    """As the generated column of the lot says."""
    return lot.posts_at if lot.posted_at is None else min(lot.notify_at or lot.expires_at, lot.expires_at)


def world(lots: list[LotState], *holds: HoldState, debt: int = 0, last: float = 0) -> World:
    """A world whose account agrees with its lots and holds."""
    whole = account_of(lots, debt=debt, last=last)
    reserved = sum(points for hold in holds for _, points in hold.moves)
    return World(replace(whole, balances=replace(whole.balances, reserved=reserved)), tuple(lots), holds)


def hold(number: int, until: float, *moves: tuple[int, int]) -> HoldState:
    return HoldState(number, day(until), moves)


@st.composite
def some_worlds(draw: st.DrawFn) -> World:
    """Up to six lots and three holds of posted ones, whose midnights often coincide."""
    lots: list[LotState] = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        begins, lasts, amount = (
            draw(st.integers(1, 60)),
            draw(st.sampled_from([1, 7, 30, 60])),
            draw(st.integers(0, 90)),
        )
        lots.append(
            posted_lot(number, amount, expires=begins + lasts)
            if draw(st.booleans())
            else pending_lot(number, amount + 1, posts=begins, expires=begins + lasts)
        )
    posted = [lot.id for lot in lots if lot.posted_at]
    holds = []
    for number in range(1, draw(st.integers(0, 3)) + 1) if posted else ():
        taken = draw(st.lists(st.sampled_from(posted), min_size=1, max_size=3, unique=True))
        moves = tuple((lot_id, draw(st.integers(1, 50))) for lot_id in taken)
        holds.append(hold(number, draw(st.integers(1, 120)), *moves))
    available = sum(lot.remaining for lot in lots if lot.posted_at)
    debt = 0 if available else draw(st.integers(0, 120))
    return world(lots, *holds, debt=debt, last=draw(st.sampled_from([0, 0.5, 40])))


def moved(written: list[Transfer], kind: str) -> int:
    return sum(one.points for one in written if one.kind == kind)


@given(some_worlds(), st.lists(st.integers(1, END * 2), max_size=6))
def test_one_leap_is_any_number_of_steps(start: World, half_days: list[int]) -> None:
    leapt, leap = start.settled(day(END))

    walked, written = start, list[Transfer]()
    for at in [*sorted(day(half / 2) for half in half_days), day(END)]:
        walked, step = walked.settled(at)
        written += transfers(step.movements)

    assert written == transfers(leap.movements)
    assert (walked.account, walked.holds) == (leapt.account, ())
    assert [lot.remaining for lot in walked.lots] == [lot.remaining for lot in leapt.lots]


@given(some_worlds())
def test_no_point_is_made_or_lost_and_nothing_is_ever_negative(start: World) -> None:
    end, settlement = start.settled(day(END))
    written = transfers(settlement.movements)

    running = start.account
    for transfer in written:
        running = running.after(transfer)
        own = running.balances
        assert min(own.pending, own.available, own.reserved, own.debt) >= 0
        assert sum(points for _, points in transfer.moves) == transfer.points > 0
    held = sum(points for one in start.holds for _, points in one.moves)
    had = sum(lot.remaining for lot in start.lots) + held
    left = sum(lot.remaining for lot in end.lots)
    assert moved(written, "RELEASE") == held
    assert had == left + moved(written, "EXPIRE") + moved(written, "DEBT_REPAID")
    assert left == end.account.balances.pending + end.account.balances.available
    assert all(lot.remaining >= 0 for lot in end.lots)


@given(some_worlds(), st.integers(1, END))
def test_pinned_points_stay_until_their_hold_ends_and_go_back_where_they_came_from(start: World, days: int) -> None:
    later, settlement = start.settled(day(days))

    held = sum(points for one in start.holds if one.held_until > day(days) for _, points in one.moves)
    assert later.account.balances.reserved == held
    back = [move for one in transfers(settlement.movements) if one.kind == "RELEASE" for move in one.moves]
    over = [move for one in start.holds if one.held_until <= day(days) for move in one.moves]
    assert sorted(back) == sorted(over)


@given(some_worlds(), st.integers(1, END))
def test_what_is_foreseen_is_what_comes(start: World, days: int) -> None:
    read = [lot for lot in start.lots if lot.remaining or any(lot.id == one for h in start.holds for one, _ in h.moves)]

    foreseen, schedule = project(start.account, read, day(days), start.holds)
    later, _ = start.settled(day(days))

    assert foreseen == later.account.balances
    assert sum(step.points for step in schedule) == foreseen.available


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 50)), max_size=5), st.integers(0, 250))
def test_the_first_that_are_spent_and_the_last_that_come_back_are_all(moves: list[tuple[int, int]], part: int) -> None:
    whole = sum(points for _, points in moves)
    part = min(part, whole)

    spent, back = first_taken(moves, part), last_taken(moves, whole - part)

    totals = {number: sum(points for lot_id, points in moves if lot_id == number) for number, _ in moves}
    for number, total in totals.items():
        assert sum(points for lot_id, points in (*spent, *back) if lot_id == number) == total
    assert sum(points for _, points in spent) == part


def test_a_hold_ends_before_what_expires_at_the_same_midnight() -> None:
    lots = [posted_lot(1, 5, expires=20)]

    settlement = world(lots, hold(1, 20, (1, 7))).settled(day(20))[1]

    assert lines(settlement) == [("RELEASE", 7, day(20)), ("EXPIRE", 7, day(20)), ("EXPIRE", 5, day(20))]


def test_the_unpinned_part_of_a_lot_expires_on_its_day_and_the_pinned_one_as_it_comes_back() -> None:
    start = world([posted_lot(1, 5, expires=20)], hold(1, 21, (1, 7)))

    between, first = start.settled(day(20))
    _, then = between.settled(day(22))

    assert lines(first) == [("EXPIRE", 5, day(20))]
    assert between.account.balances == Balances(reserved=7)
    assert lines(then) == [("RELEASE", 7, day(21)), ("EXPIRE", 7, day(21))]


def test_what_comes_back_repays_a_debt_and_the_rest_is_free() -> None:
    start = world([posted_lot(1, 0)], hold(1, 3, (1, 7)), debt=4)

    later, settlement = start.settled(day(3))

    assert lines(settlement) == [("RELEASE", 7, day(3)), ("DEBT_REPAID", 4, day(3))]
    assert later.account.balances == Balances(available=3)
    assert settlement.released == (1,)


@pytest.mark.parametrize(
    ("points", "back"),
    [(None, ((2, 4), (1, 6))), (10, ((2, 4), (1, 6))), (5, ((2, 4), (1, 1))), (4, ((2, 4),)), (0, ())],
)
def test_a_part_is_let_go_in_reverse_order_of_taking(points: int | None, back: tuple[tuple[int, int], ...]) -> None:
    lots = {number: posted_lot(number, 0) for number in (1, 2)}

    written = release(account(reserved=10), hold(1, 3, (1, 6), (2, 4)), lots, at=day(1), points=points)

    assert tuple(move for one in written for move in one.moves) == back
