"""Over any sequence of returns: is exactly the grant taken back, and all that paid given back? (PROGRAMME 4, 8)"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import Db, connection, value
from app.ledger.check import check_ledger
from app.orders.lines import LineGiven, OrderGiven
from tests.ledger.makers import START, balances, bought, clock_at, done, enrolled, redeemed
from tests.orders.makers import (
    activity,
    buys,
    cancels,
    delivers,
    doubled,
    figures,
    kept,
    line,
    new_order,
    paid_with,
    returns,
)

FEW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PRICES = st.integers(1, 9_999).map(lambda cents: f"{cents / 100:.2f}")
LINES = st.lists(st.tuples(PRICES, st.integers(1, 4)), min_size=1, max_size=4)


async def granted(activity_id: int) -> int:
    """All the points that an activity's awards once gave."""
    points: int = await value(
        connection(), "SELECT coalesce(sum(points), 0)::int FROM award WHERE activity_id = $1", activity_id
    )
    return points


def lines_of(drawn: list[tuple[str, int]]) -> tuple[LineGiven, ...]:
    return tuple(line(price, pieces, f"P-{number}") for number, (price, pieces) in enumerate(drawn))


def net_minor(lines: tuple[LineGiven, ...], points: int) -> int:
    return sum(int(one.unit_price * 100) * one.quantity for one in lines) - points


@FEW
@given(
    drawn=LINES,
    paid=st.integers(0, 60),
    delivered=st.booleans(),
    spends=st.lists(st.integers(0, 300), max_size=4),
    cancelled=st.booleans(),
    data=st.data(),
)
async def test_the_sum_of_all_steps_is_the_grant_and_what_paid(
    db: Db,
    drawn: list[tuple[str, int]],
    paid: int,
    delivered: bool,
    spends: list[int],
    cancelled: bool,
    data: st.DataObject,
) -> None:
    await clock_at(START)
    await doubled()
    person, order_id, lines = await enrolled(), new_order(), lines_of(drawn)
    await bought(person, 100, delivered=True)
    paid = min(paid, net_minor(lines, 0))
    if paid:
        await paid_with(person, order_id, paid)
    purchase = done(await buys(person, order_id, OrderGiven("EUR", lines, points=paid)))
    before = await balances(person)
    if delivered:
        await delivers(order_id)
    activity_id = purchase.activity_id or 0
    clawed = restored = refund = spent = 0

    while left := {sku: pieces for sku, pieces in (await kept(order_id)).items() if pieces}:
        if spends and (can := min(spends.pop(), (await balances(person)).available)):
            await redeemed(person, can)
            spent += can
        if cancelled and data.draw(st.booleans()):
            outcome = done(await cancels(order_id))
        else:
            sku = data.draw(st.sampled_from(sorted(left)))
            outcome = done(await returns(order_id, (sku, data.draw(st.integers(1, left[sku])))))
        step = figures(outcome)
        clawed, restored, refund = clawed + int(str(step[0])), restored + int(str(step[1])), refund + int(str(step[3]))

    after = await balances(person)
    assert (clawed, restored, refund) == (await granted(activity_id), paid, net_minor(lines, paid))
    assert (await activity(activity_id))["points"] == 0
    assert after.pending == 0
    assert after.posted == before.posted + paid - spent


async def test_the_ledger_agrees_after_all_that(db: Db) -> None:
    assert (await check_ledger()).problems == ()
