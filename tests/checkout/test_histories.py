"""Does any history of holds lose a point, spend one twice, or end otherwise than was foreseen?"""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import Db, rows
from app.ledger.balances import ExpiryStep, live_holds, live_lots, project, schedule_of
from app.ledger.hold import settle_member
from tests.checkout.makers import buyer, capture, release, reserve
from tests.ledger.makers import (
    START,
    Person,
    balances,
    bought,
    clawed_back,
    clock_at,
    lot_of,
    order_of,
    redeemed,
    statement,
)

Steps = list[tuple[str, int, int]]
ACTS = ("buy", "hold", "hold", "capture", "release", "back", "spend", "wait", "wait long")
ASIDE = timedelta(seconds=30)  # from the minutes at which things happen here, as the clock runs on meanwhile
quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
histories = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 900), st.integers(0, 3)), min_size=2, max_size=9)


async def lived(person: Person, steps: Steps) -> None:
    """Does each thing in turn; what is refused changes nothing."""
    at, held = START, list[int]()
    for what, size, chosen in steps:
        if what.startswith("wait"):
            at += timedelta(minutes=size) if what == "wait" else timedelta(days=size // 5)
            await clock_at(at)
        elif what == "buy":
            await bought(person, size, at - timedelta(days=size % 300), delivered=True)
        elif what == "hold":
            outcome = await reserve(person, size, order_of("99.00"))
            held += [outcome.reservation_id] if outcome.reservation_id else []
        elif what == "back":
            await clawed_back(person, await lot_of(await bought(person, size, delivered=True)), size)
        elif what == "spend" and (available := (await balances(person)).available):
            await redeemed(person, min(size, available))
        elif held and what == "capture":
            await capture(held[chosen % len(held)], size)
        elif held and what == "release":
            await release(held[chosen % len(held)])


async def foreseen(person: Person, instants: list[datetime]) -> list[tuple[datetime, object, list[ExpiryStep]]]:
    """What the member is told today of their balance at later instants."""
    account = await settle_member(person.id)
    lots = (await live_lots([person.id])).get(person.id, [])
    holds = (await live_holds([person.id])).get(person.id, [])
    return [(at, *project(account, lots, at, holds)) for at in instants]


@quick
@given(histories, st.lists(st.sampled_from([1, 20, 40, 1_440, 50_000, 600_000]), min_size=1, max_size=3))
async def test_what_is_foreseen_comes_and_in_the_end_every_point_is_accounted_for(
    db: Db, steps: Steps, minutes: list[int]
) -> None:
    await clock_at(START)
    person = await buyer(2_000)
    await lived(person, steps)
    last = (await settle_member(person.id)).last_at
    told = await foreseen(person, [last + timedelta(minutes=later) + ASIDE for later in sorted(minutes)])

    for at, expected, schedule in told:
        await clock_at(at)
        assert await balances(person) == expected
        assert await schedule_of(person.id) == schedule
    await clock_at(last + timedelta(days=900))
    end = await balances(person)

    total: dict[str, int] = {}
    for kind, points in await statement(person):
        total[kind] = total.get(kind, 0) + points
    gone = sum(total.get(kind, 0) for kind in ("CAPTURE", "REDEEM", "EXPIRE", "CLAWBACK", "DEBT_REPAID"))
    assert (end.available, end.reserved, end.pending) == (0, 0, 0)
    assert total["EARN"] == gone
    assert total.get("RESERVE", 0) == total.get("RELEASE", 0) + await captured_from_holds(db, person)
    assert end.debt == total.get("DEBT", 0) - total.get("DEBT_REPAID", 0)


async def captured_from_holds(db: Db, person: Person) -> int:
    """How many points were captured while they were held."""
    found = await rows(
        db,
        "SELECT coalesce(sum(points), 0)::int FROM entry"
        " WHERE member_id = $1 AND source = 'RESERVED' AND kind = 'CAPTURE'",
        person.id,
    )
    points: int = found[0][0]
    return points
