"""Would we see a fault in what is in force, or excluded? Each, put into the running program, is caught."""

import asyncio
from datetime import datetime

import pytest

from app.activities.custom import Custom, record_custom
from app.database import Db, transaction, value
from app.orders import purchase, swift_purchase
from app.programmes import exclude, load, store
from app.programmes.exclusions import EXCLUDED, exclusions_at
from app.rules.orders import Exclusions
from app.rules.revision import Revision
from tests.faults.fault import Checker, Fault, at_once, changed, each_checker_of, each_of, replaced
from tests.ledger.faults import nothing_swift
from tests.ledger.makers import START, call, clock_at, enrolled, order_of, ordered, present
from tests.programmes.makers import DAY, earned, excluded, included, number

pytestmark = pytest.mark.fault


async def many_at_once_leave_a_product_out_once(db: Db) -> None:
    # A race needs its database connections open before it starts.
    await asyncio.gather(*(value(db, "SELECT pg_sleep(0.1)") for _ in range(10)))

    await asyncio.gather(*(excluded() for _ in range(10)))

    assert await number() == 1


async def the_time_of_the_activity_decides(db: Db) -> None:
    person = await enrolled()
    before = await present()
    await clock_at(START + 2 * DAY)
    await excluded()
    await clock_at(START + 4 * DAY)
    await included()

    await ordered(person, order_of("1.00"), before)
    await ordered(person, order_of("20.00"), START + 3 * DAY)
    await ordered(person, order_of("300.00"))

    assert await earned(person) == 301


async def the_rule_in_force_when_it_happened_decides(db: Db) -> None:
    person = await enrolled("GB")
    await clock_at(START + DAY)
    async with transaction() as loading:
        await load.load(loading, load.shipped("uk-2025.toml"))

    answers = []
    for place, at in enumerate((START, None)):
        browsed = Custom("mi.com", "BROWSE", f"page-{place}", at)
        answers.append(await record_custom(call("recordCustomActivity"), person.name, browsed))

    assert [[error.code for error in answer.errors] for answer in answers] == [["UNKNOWN_ACTIVITY"], []]
    assert await earned(person) == 10


def the_latest(book: store.Book, market: str, at: datetime) -> store.StoredRevision:
    return book.markets[market][-1]


async def arrival_decides(db: Db, revision: Revision, at: datetime) -> Exclusions:
    return await exclusions_at(db, revision, await present())


async def nothing_is_excluded(db: Db, revision: Revision, at: datetime) -> Exclusions:
    return Exclusions()


def nothing_among(declared: object, revision: Revision) -> Exclusions:
    return Exclusions()


IN_FORCE = EXCLUDED.format(market="account.market_id", at="{at}.at")
ARRIVED_SWIFTLY = swift_purchase._READ.replace(IN_FORCE.format(at="happened"), IN_FORCE.format(at="moment"))


FAULTS = (
    Fault(
        "a market is not locked to leave a product out",
        replaced(exclude, _LOCK="SELECT code FROM market WHERE code = $1"),
        many_at_once_leave_a_product_out_once,
    ),
    Fault(
        "what is excluded as an order arrives decides",
        replaced(swift_purchase, _READ=ARRIVED_SWIFTLY),
        the_time_of_the_activity_decides,
    ),
    Fault(
        "an order does not ask what is excluded",
        replaced(swift_purchase, exclusions_among=nothing_among),
        the_time_of_the_activity_decides,
    ),
    Fault(
        "what is excluded as an order arrives decides under a lock",
        at_once(nothing_swift, replaced(purchase, exclusions_at=arrival_decides)),
        the_time_of_the_activity_decides,
    ),
    Fault(
        "an order does not ask what is excluded under a lock",
        at_once(nothing_swift, replaced(purchase, exclusions_at=nothing_is_excluded)),
        the_time_of_the_activity_decides,
    ),
    Fault(
        "the latest rule decides on what happened before it",
        replaced(store.Book, in_force=the_latest),
        the_rule_in_force_when_it_happened_decides,
    ),
    Fault(
        "a rule is in force before it is loaded",
        changed(load, "_REVISION", "greatest($3, programme_now())", "$3::timestamptz"),
        the_rule_in_force_when_it_happened_decides,
    ),
)


@each_checker_of(FAULTS)
async def test_without_a_fault_it_passes(programme: Db, checker: Checker) -> None:
    await checker(programme)


@each_of(FAULTS)
async def test_it_is_caught_that(programme: Db, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    await fault.is_caught(programme, monkeypatch)
