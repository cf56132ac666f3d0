"""What does the operator owe, and how did that come about? PROGRAMME 11."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from app.database import Db, rows, value
from app.ledger.account import Bucket
from app.ledger.liability import POSTED, Flows, column_of, liability
from app.worker import sweep
from tests.ledger.history import make_history
from tests.ledger.makers import (
    START,
    balances,
    bought,
    clawed_back,
    clock_at,
    enrolled,
    lot_of,
    present,
    redeemed,
)
from tests.staff.makers import ALWAYS, LIMIT, adjusted, agrees, approves, erased, holds, left

Counted = Callable[[], AbstractContextManager[list[str]]]


async def owed(market: str = "ES", since: datetime = ALWAYS, until: datetime | None = None) -> Flows:
    """The flows of a market up to now, or to an earlier instant."""
    return (await liability(since, until or await present(), market)).get(market, Flows())


@pytest.mark.parametrize(
    ("source", "target", "column"),
    [
        ("ISSUED", "AVAILABLE", ("granted", 1)),
        ("PENDING", "AVAILABLE", ("granted", 1)),
        ("REDEEMED", "AVAILABLE", ("restored", 1)),
        ("CLAWED_BACK", "AVAILABLE", ("restored", 1)),
        ("CLAWED_BACK", "DEBT", ("restored", 1)),
        ("AVAILABLE", "REDEEMED", ("redeemed", 1)),
        ("RESERVED", "REDEEMED", ("redeemed", 1)),
        ("AVAILABLE", "CLAWED_BACK", ("clawed_back", 1)),
        ("DEBT", "CLAWED_BACK", ("clawed_back", 1)),
        ("AVAILABLE", "EXPIRED", ("expired", 1)),
        ("AVAILABLE", "FORFEITED", ("forfeited", 1)),
        ("FORFEITED", "DEBT", ("forfeited", -1)),
        ("ADJUSTED", "AVAILABLE", ("adjusted", 1)),
        ("AVAILABLE", "ADJUSTED", ("adjusted", -1)),
        ("DEBT", "ADJUSTED", ("adjusted", -1)),
        ("AVAILABLE", "RESERVED", None),
        ("RESERVED", "AVAILABLE", None),
        ("AVAILABLE", "DEBT", None),
        ("ISSUED", "PENDING", None),
        ("PENDING", "CLAWED_BACK", None),
        ("PENDING", "FORFEITED", None),
        ("CLAWED_BACK", "PENDING", None),
    ],
)
def test_each_transfer_counts_in_one_column_or_in_none(
    source: str, target: str, column: tuple[str, int] | None
) -> None:
    assert column_of(Bucket(source), Bucket(target)) == column


def test_every_transfer_that_there_can_be_has_its_column() -> None:
    for source in Bucket:
        for target in Bucket:
            inside = (source in POSTED) + (target in POSTED)
            assert (column_of(source, target) is not None) == (inside == 1)


async def test_every_way_of_a_point_is_in_its_column(own: Db) -> None:
    person = await enrolled()  # 50
    award = await lot_of(await bought(person, 100, delivered=True))
    await bought(person, 30)
    await redeemed(person, 120)
    await adjusted(person, 40)
    await adjusted(person, -5)
    await clawed_back(person, award, 100)

    flows = await owed()

    assert flows == Flows(granted=150, redeemed=120, adjusted=35, clawed_back=100)
    assert flows.closing == (await balances(person)).posted == -35
    await left(person)
    assert await owed() == Flows(granted=150, redeemed=120, adjusted=35, clawed_back=100, forfeited=-35)
    assert (await owed()).closing == 0
    assert await agrees()


async def test_an_adjustment_counts_under_adjusted_and_nowhere_else_and_only_when_it_is_applied(own: Db) -> None:
    person = await enrolled()
    before = await owed()

    asked = await adjusted(person, LIMIT + 1)
    assert await owed() == before
    await approves(asked)
    await adjusted(person, -LIMIT)

    assert await owed() == Flows(granted=50, adjusted=1)


async def test_each_market_is_its_own_and_one_without_members_owes_nothing(own: Db) -> None:
    await enrolled()
    await enrolled("GB")
    await adjusted(await enrolled("GB"), 7)

    assert await liability(ALWAYS, await present()) == {"ES": Flows(granted=50), "GB": Flows(granted=100, adjusted=7)}
    assert await liability(ALWAYS, await present(), "FR") == {}


async def test_windows_that_meet_chain_and_add_up_to_the_whole(own: Db) -> None:
    people = await make_history()
    await left(people[1])
    await erased(people[2])
    now = await present()
    cuts = [ALWAYS, START, START + timedelta(days=5), START + timedelta(days=300), START + timedelta(days=368), now]

    for market in ("ES", "GB"):
        parts = [await owed(market, since, until) for since, until in pairwise(cuts)]
        total = await owed(market)
        assert parts[0].opening == total.opening == 0
        assert [part.opening for part in parts[1:]] == [part.closing for part in parts[:-1]]
        for column in ("granted", "restored", "adjusted", "redeemed", "clawed_back", "expired", "forfeited"):
            assert sum(getattr(part, column) for part in parts) == getattr(total, column)
        assert total.closing == parts[-1].closing
        posted = "SELECT sum(available + reserved - debt) FROM account WHERE market_id = $1"
        assert total.closing == await value(own, posted, market)
    assert await agrees()


async def test_it_does_not_depend_on_what_the_worker_has_written(own: Db) -> None:
    saver, spender = await enrolled(), await enrolled("GB")
    await bought(saver, 40)
    await adjusted(spender, -70)
    await holds(saver, 30)
    instants = [START + timedelta(days=days) for days in (1, 16, 18, 364, 366, 390)]
    await clock_at(instants[-1] + timedelta(days=1))

    unwritten = [await liability(ALWAYS, at) for at in instants]
    windows = [await liability(one, other) for one, other in pairwise(instants)]
    assert await value(own, "SELECT count(*) FROM entry WHERE kind IN ('POST', 'EXPIRE', 'RELEASE')") == 0
    while await sweep():
        pass

    assert [await liability(ALWAYS, at) for at in instants] == unwritten
    assert [await liability(one, other) for one, other in pairwise(instants)] == windows
    assert [at["ES"].closing for at in unwritten] == [50, 50, 90, 90, 40, 0]
    assert await agrees()


async def test_a_line_counts_up_to_the_very_instant_at_which_it_stands(own: Db) -> None:
    person = await enrolled()
    await balances(person)
    [line] = await rows(own, "SELECT at FROM entry")
    tick = timedelta(microseconds=1)
    await clock_at(START + timedelta(days=1))

    assert (await owed(until=line["at"] - tick)).closing == 0
    assert (await owed(until=line["at"])).closing == 50
    assert (await owed(since=line["at"])).opening == 50
    assert (await owed(since=line["at"] - tick)).opening == 0


async def test_it_asks_the_same_number_of_statements_for_one_member_as_for_many(own: Db, counted: Counted) -> None:
    await enrolled()
    asked = []
    for _ in range(2):
        now = await present()
        with counted() as statements:
            await liability(ALWAYS, now)
        asked.append(len(statements))
        for _ in range(5):
            await enrolled()

    assert asked[0] == asked[1]
