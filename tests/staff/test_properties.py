"""Whatever staff do and whoever leaves, does the ledger agree with itself, and the liability with the ledger?"""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import Db, connection, value
from app.ledger.liability import Flows, liability
from app.worker import sweep
from tests.ledger.makers import START, Person, balances, bought, clock_at, done, present, tapped
from tests.staff.makers import (
    ALWAYS,
    account_of,
    adjusts,
    agrees,
    approves,
    enrols,
    erased,
    fresh_name,
    holds,
    joined,
    left,
    suspended,
)

ACTS = st.one_of(
    st.tuples(st.just("adjust"), st.integers(-300, 300).filter(bool)),
    st.tuples(st.just("ask"), st.sampled_from([-10_001, 10_001])),
    st.tuples(st.sampled_from(["buy", "deliver", "hold", "wait"]), st.integers(1, 200)),
    st.tuples(st.sampled_from(["tap", "suspend", "leave", "erase", "return"]), st.just(0)),
)


async def act(person: Person, what: str, size: int) -> Person:
    """One thing that staff or the member does, where it can be done; who the person is afterwards."""
    status = await account_of(person)
    own = await balances(person)
    if what == "return" and status == "CLOSED":
        return await joined(person.name)
    if what == "erase":
        await erased(person)
        return await joined(person.name)
    if what == "wait":
        await clock_at(await present() + timedelta(days=size))
    if status == "CLOSED":
        return person
    if what in ("adjust", "ask"):
        asked = done(await adjusts(person, size))
        if asked.deferred and size > 0:
            done(await approves(asked))
    elif what in ("buy", "deliver"):
        await bought(person, size, delivered=what == "deliver")
    elif what == "hold" and own.available and status == "ACTIVE":
        await holds(person, min(size, own.available))
    elif what == "tap" and status == "ACTIVE":
        await tapped(person)
    elif what == "suspend":
        await suspended(person, status == "ACTIVE")
    elif what == "leave":
        await left(person)
    return person


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=12))
async def test_whatever_happens_everything_adds_up(db: Db, acts: list[tuple[str, int]]) -> None:
    began = await present()  # the clock of one example goes on where that of the last one ended
    person = await joined(fresh_name())

    for what, size in acts:
        person = await act(person, what, size)

    now = await present()
    owed = sum(flows.closing for flows in (await liability(ALWAYS, now)).values())
    halves = [await liability(*window, "ES") for window in ((ALWAYS, began), (began, now))]
    first, second = (half.get("ES", Flows()) for half in halves)
    assert second.opening == first.closing
    await _everybody_settled()
    assert owed == await value(connection(), "SELECT sum(available + reserved - debt) FROM account")
    assert await agrees()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=8))
async def test_nobody_ever_gets_the_50_twice(db: Db, acts: list[tuple[str, int]]) -> None:
    await clock_at(START)
    name = fresh_name()
    person = await joined(name)
    ids = {person.id}

    for what, size in acts:
        person = await act(person, what, size)
        ids.add(person.id)
    await enrols(name)

    grants = await value(
        connection(),
        "SELECT count(*) FROM award WHERE rule = 'REGISTRATION' AND member_id = ANY ($1::bigint[])",
        list(ids),
    )
    assert grants == 1


async def _everybody_settled() -> None:
    while await sweep():
        pass
