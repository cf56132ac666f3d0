"""Do the laws of settling hold for any lots: one leap is any steps, nothing is negative, no point is lost?"""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from app.ledger.account import AccountState, LotState, Transfer
from app.ledger.settle import settle
from tests.ledger.lots import account_of, day, lots_after, pending_lot, posted_lot, transfers

END = 160
points = st.integers(1, 400)
days = st.integers(1, 90)


@st.composite
def some_lots(draw: st.DrawFn) -> list[LotState]:
    """Up to eight lots whose midnights often coincide; each is usable for at least a day."""
    made: list[LotState] = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        amount, begins, lasts = draw(points), draw(days), draw(st.sampled_from([1, 2, 7, 30, 31, 60]))
        maker = draw(st.booleans())
        made.append(
            pending_lot(number, amount, posts=begins, expires=begins + lasts)
            if maker
            else posted_lot(number, amount, posted=0, expires=begins + lasts)
        )
    return made


@st.composite
def some_accounts(draw: st.DrawFn) -> tuple[AccountState, list[LotState]]:
    """An account with its lots; it is in debt only where it has nothing available."""
    lots = draw(some_lots())
    debt = 0 if any(lot.posted_at for lot in lots) else draw(st.integers(0, 600))
    return account_of(lots, debt=debt, last=draw(st.sampled_from([0, 0.5, 3.25, 40]))), lots


@given(some_accounts(), st.lists(st.integers(0, END * 2), max_size=6))
def test_one_leap_is_any_number_of_steps(given_: tuple[AccountState, list[LotState]], half_days: list[int]) -> None:
    account, lots = given_
    leap = settle(account, lots, day(END))

    written: list[Transfer] = []
    for at in [*sorted(day(half / 2) for half in half_days if half <= END * 2), day(END)]:
        step = settle(account, due(lots, at), at)
        written += transfers(step.movements)
        untouched = [lot for lot in lots if lot.id not in step.remaining]
        account, lots = step.account, untouched + lots_after([one for one in lots if one.id in step.remaining], step)

    assert written == transfers(leap.movements)
    assert account == leap.account
    assert {lot.id: lot.remaining for lot in lots} == {key: left for key, left in leap.remaining.items() if left}


@given(some_accounts())
def test_no_balance_is_ever_negative_and_debt_never_stands_beside_points(
    given_: tuple[AccountState, list[LotState]],
) -> None:
    account, lots = given_

    for transfer in transfers(settle(account, lots, day(END)).movements):
        account = account.after(transfer)
        own = account.balances

        assert min(own.pending, own.available, own.reserved, own.debt) >= 0
        assert transfer.points > 0
        assert sum(moved for _, moved in transfer.moves) == transfer.points


@given(some_accounts())
def test_no_point_is_made_or_lost(given_: tuple[AccountState, list[LotState]]) -> None:
    account, lots = given_
    settlement = settle(account, lots, day(END))

    gone = dict.fromkeys(("EXPIRE", "DEBT_REPAID"), 0)
    for transfer in transfers(settlement.movements):
        if transfer.kind in gone:
            gone[transfer.kind] += transfer.points

    after = settlement.account.balances
    assert sum(lot.remaining for lot in lots) == after.pending + after.available + sum(gone.values())
    assert account.balances.debt - gone["DEBT_REPAID"] == after.debt
    assert account.balances.posted + account.balances.pending - gone["EXPIRE"] == after.posted + after.pending
    assert sum(settlement.remaining.values()) == after.pending + after.available


@given(some_accounts())
def test_lines_never_run_backwards_and_never_stand_before_their_instant(
    given_: tuple[AccountState, list[LotState]],
) -> None:
    account, lots = given_
    posts = {lot.id: lot.posts_at for lot in lots}
    ends = {lot.id: lot.expires_at for lot in lots}

    last = account.last_at
    for transfer in transfers(settle(account, lots, day(END)).movements):
        caused = {posts[lot_id] if transfer.kind != "EXPIRE" else ends[lot_id] for lot_id, _ in transfer.moves}

        assert transfer.at == max(last, *caused)
        last = transfer.at


@given(some_accounts())
def test_settling_twice_changes_nothing_more(given_: tuple[AccountState, list[LotState]]) -> None:
    account, lots = given_
    first = settle(account, lots, day(END))

    again = settle(first.account, lots_after(lots, first), day(END))

    assert again.movements == ()
    assert again.notices == ()
    assert again.account == first.account


def due(lots: list[LotState], at: datetime) -> list[LotState]:
    """The lots that the database would give: those whose `due_at` has come."""
    return [
        lot
        for lot in lots
        if (lot.posts_at if lot.posted_at is None else min(lot.notify_at or lot.expires_at, lot.expires_at)) <= at
    ]
