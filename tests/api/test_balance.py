"""Is a balance right: now, then, and later?"""

from typing import Any

import pytest

from app.database import Db
from tests.api.asking import advance, ask, codes_of, read
from tests.api.makers import bought, enrolled, offered, redeemed, tapped
from tests.client import STAFF, Who

FIGURES = "available pending reserved debt posted"
AT = f"query ($at: DateTime) {{ me {{ balance(at: $at) {{ asOf {FIGURES} value {{ amount currency }} }} }} }}"
SCHEDULE = """query ($at: DateTime, $days: Int) { me { balance(at: $at) {
  soon: expiring  within: expiring(withinDays: $days) expirySchedule { points lastUsableDay expiresAt } } } }"""


async def balance(who: Who, at: str | None = None) -> dict[str, Any]:
    """A member's balance now or at an instant."""
    found: dict[str, Any] = (await read(AT, as_=who, at=at))["me"]["balance"]
    return found


async def available(who: Who, at: str | None = None) -> tuple[int, int]:
    """A member's available and pending points."""
    found = await balance(who, at)
    return found["available"], found["pending"]


async def schedule(who: Who, at: str | None = None, days: int = 30) -> dict[str, Any]:
    """What of a member's points ends when."""
    found: dict[str, Any] = (await read(SCHEDULE, as_=who, at=at, days=days))["me"]["balance"]
    return found


async def now() -> str:
    """The programme's time."""
    who = await enrolled()
    return str((await balance(who))["asOf"])


async def test_a_new_member_owns_the_fifty_of_the_registration(programme: Db) -> None:
    found = await balance(await enrolled())

    assert found.pop("asOf").startswith("2026-03-02T11:00:")
    assert found == {
        "available": 50,
        "pending": 0,
        "reserved": 0,
        "debt": 0,
        "posted": 50,
        "value": {"amount": "0.50", "currency": "EUR"},
    }


async def test_the_value_is_in_the_markets_currency(programme: Db) -> None:
    found = await balance(await enrolled("GB", points=1_234))

    assert found["value"] == {"amount": "12.34", "currency": "GBP"}


async def test_the_past_is_what_the_ledger_said_then(programme: Db) -> None:
    who = await enrolled()
    enrolled_at = await now()
    await advance(by="P1D")
    await bought(who, "20.00")
    bought_at = await now()
    await advance(by="P1D")
    await tapped(who)
    await redeemed(who, await offered(60))
    redeemed_at = await now()
    await advance(by="P20D")

    seen = [await available(who, at) for at in ("2020-01-01T00:00:00Z", enrolled_at, bought_at, redeemed_at, None)]

    assert seen == [(0, 0), (50, 0), (50, 20), (0, 20), (20, 0)]


async def test_the_future_is_what_the_lots_will_do(programme: Db) -> None:
    who = await enrolled()
    await bought(who, "20.00")
    # Bought on 2 March: posts when local day 18 March ends in Madrid, and is usable through 18 March 2027.
    instants = [
        "2026-03-18T22:59:59Z",
        "2026-03-18T23:00:00Z",
        "2027-03-02T22:59:59Z",
        "2027-03-02T23:00:00Z",
        "2027-03-18T22:59:59Z",
        "2027-03-18T23:00:00Z",
    ]

    foreseen = [await available(who, at) for at in instants]

    assert foreseen == [(50, 20), (70, 0), (70, 0), (20, 0), (20, 0), (0, 0)]
    for at, expected in zip(instants, foreseen, strict=True):
        await advance(to=at)

        assert await available(who) == expected, at


async def test_the_past_does_not_change_when_time_goes_on(programme: Db) -> None:
    who = await enrolled()
    await bought(who, "20.00")
    instants = ["2026-03-10T00:00:00Z", "2026-03-18T23:00:00Z", "2027-03-10T00:00:00Z", "2027-04-01T00:00:00Z"]
    foreseen = [await balance(who, at) for at in instants]

    await advance(to="2027-05-01T00:00:00Z")

    assert [await balance(who, at) for at in instants] == foreseen


async def test_what_ends_when_is_listed_soonest_first(programme: Db) -> None:
    who = await enrolled()
    await advance(by="P1D")
    await tapped(who)
    await bought(who, "20.00")

    seen = await schedule(who, days=364)

    assert seen == {
        "soon": 0,
        "within": 50,
        "expirySchedule": [
            {"points": 50, "lastUsableDay": "2027-03-02", "expiresAt": "2027-03-02T23:00:00Z"},
            {"points": 10, "lastUsableDay": "2027-03-03", "expiresAt": "2027-03-03T23:00:00Z"},
        ],
    }


async def test_the_schedule_of_the_past_and_the_future_is_that_of_the_instant(programme: Db) -> None:
    who = await enrolled()
    before = await now()
    await advance(by="P1D")
    await bought(who, "20.00")
    await redeemed(who, await offered(30))

    then, today, later, last = [
        [(step["points"], step["lastUsableDay"]) for step in (await schedule(who, at))["expirySchedule"]]
        for at in (before, None, "2026-04-01T00:00:00Z", "2028-01-01T00:00:00Z")
    ]

    assert then == [(50, "2027-03-02")]
    assert today == [(20, "2027-03-02")]
    assert later == [(20, "2027-03-02"), (20, "2027-03-19")]
    assert last == []


async def test_expiring_counts_local_days_from_the_balances_own_day(programme: Db) -> None:
    who = await enrolled()  # usable through 2 March 2027

    async def expiring(at: str, days: int) -> int:
        return int((await schedule(who, at, days))["within"])

    assert await expiring("2027-01-31T12:00:00Z", 30) == 50
    assert await expiring("2027-01-31T12:00:00Z", 29) == 0
    assert await expiring("2027-01-30T22:59:00Z", 30) == 0
    assert await expiring("2027-03-02T22:59:59Z", 0) == 50
    assert await expiring("2027-03-01T22:59:59Z", 0) == 0
    assert await expiring("2027-03-02T23:00:00Z", 3_660) == 0


@pytest.mark.parametrize("days", [-1, 3_661, -(2**31), 2**31 - 1])
async def test_a_number_of_days_that_cannot_be_is_refused(programme: Db, days: int) -> None:
    answer = await ask(SCHEDULE, {"days": days}, as_=await enrolled())

    assert codes_of(answer) == ["BAD_USER_INPUT"]


async def test_the_ends_of_the_calendar_have_balances_too(programme: Db) -> None:
    who = await enrolled()

    for at, expected in (("1900-01-01T00:00:00Z", 0), ("2199-12-31T23:59:59Z", 0)):
        assert await available(who, at) == (expected, 0)
        assert (await schedule(who, at, 3_660))["expirySchedule"] == []


async def test_closing_would_forfeit_all_that_there_is(programme: Db) -> None:
    who = await enrolled(points=100)
    await bought(who, "20.00")

    closing = (await read("{ me { closing { points value { amount currency } } } }", as_=who))["me"]["closing"]

    assert closing == {"points": 120, "value": {"amount": "1.20", "currency": "EUR"}}


async def test_staff_see_the_balances_of_many_members_with_as_many_statements_as_of_one(
    programme: Db, counted: Any
) -> None:
    document = """query ($first: Int!) { members(first: $first) { edges { node { balance {
      available expiring expirySchedule { points } } } } } }"""
    for points in (50, 60, 70, 80):
        await enrolled(points=points)

    statements = []
    for first in (1, 4):
        with counted() as sent:
            edges = (await read(document, as_=STAFF, first=first))["members"]["edges"]
        statements.append(len(sent))

    assert [edge["node"]["balance"]["available"] for edge in edges] == [50, 60, 70, 80]
    assert statements[0] == statements[1]
