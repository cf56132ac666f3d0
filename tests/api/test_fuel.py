"""How does the Fuel streak show, day by day?"""

from typing import Any

from app.database import Db
from tests.api.asking import advance, done, read
from tests.api.makers import enrolled, tapped
from tests.client import STAFF, Who

FUEL = "{ me { fuel { day tappedToday nextTapPoints opensAt closesAt week { date tapped points } } } }"


async def fuel(who: Who) -> dict[str, Any]:
    """A member's streak now."""
    found: dict[str, Any] = (await read(FUEL, as_=who))["me"]["fuel"]
    return found


async def brief(who: Who) -> tuple[int, bool, int]:
    """The day of a member's streak, whether today is tapped, and what the next tap earns."""
    found = await fuel(who)
    return found["day"], found["tappedToday"], found["nextTapPoints"]


async def test_before_the_first_tap_today_is_open(programme: Db) -> None:
    found = await fuel(await enrolled())

    assert (found["day"], found["tappedToday"], found["nextTapPoints"]) == (0, False, 10)
    assert (found["opensAt"], found["closesAt"]) == ("2026-03-01T23:00:00Z", "2026-03-02T23:00:00Z")
    assert [day["date"] for day in found["week"]] == [
        *("2026-02-24", "2026-02-25", "2026-02-26", "2026-02-27", "2026-02-28"),
        *("2026-03-01", "2026-03-02"),
    ]
    assert not any(day["tapped"] or day["points"] for day in found["week"])


async def test_after_a_tap_the_next_local_day_is_open(programme: Db) -> None:
    who = await enrolled()
    await tapped(who)

    found = await fuel(who)

    assert (found["day"], found["tappedToday"], found["nextTapPoints"]) == (1, True, 10)
    assert (found["opensAt"], found["closesAt"]) == ("2026-03-02T23:00:00Z", "2026-03-03T23:00:00Z")
    assert found["week"][-1] == {"date": "2026-03-02", "tapped": True, "points": 10}


async def test_seven_days_in_a_row_and_the_count_restarts(programme: Db) -> None:
    who = await enrolled()
    seen = []
    for _ in range(8):
        before = await brief(who)
        await tapped(who)
        seen.append((before, (await brief(who))[0]))
        await advance(by="P1D")

    assert [before[2] for before, _ in seen] == [10, 10, 10, 10, 10, 10, 110, 10]
    assert [day for _, day in seen] == [1, 2, 3, 4, 5, 6, 0, 1]
    assert not any(tapped_today for (_, tapped_today, _), _ in seen)
    assert [day["points"] for day in (await fuel(who))["week"]] == [10, 10, 10, 10, 110, 10, 0]


async def test_a_missed_day_restarts_the_count(programme: Db) -> None:
    who = await enrolled()
    await tapped(who)
    await advance(by="P1D")
    still_running = await brief(who)
    await advance(by="P1D")

    assert still_running == (1, False, 10)
    assert await brief(who) == (0, False, 10)
    await tapped(who)
    assert await brief(who) == (1, True, 10)


async def test_a_tap_of_today_is_one_tap_until_the_local_midnight(programme: Db) -> None:
    who = await enrolled()
    first = await tapped(who)
    await advance(to="2026-03-02T22:59:00Z")
    same = await tapped(who)
    await advance(to="2026-03-02T23:00:00Z")
    next_day = await tapped(who)

    assert same == first != next_day
    assert (await brief(who))[0] == 2


async def test_an_off_line_tap_stands_on_its_own_day(programme: Db) -> None:
    who = await enrolled()
    await tapped(who)

    late = await tapped(who, "2026-03-01T21:00:00Z")

    found = await fuel(who)
    assert found["day"] == 2
    assert [(day["date"], day["tapped"]) for day in found["week"][-3:]] == [
        ("2026-02-28", False),
        ("2026-03-01", True),
        ("2026-03-02", True),
    ]
    assert await tapped(who, "2026-03-01T08:00:00Z") == late


async def test_a_day_of_twenty_three_hours_is_one_day(programme: Db) -> None:
    who = await enrolled()
    await advance(to="2026-03-28T22:00:00Z")
    await tapped(who)

    saturday = await fuel(who)
    await advance(to="2026-03-29T12:00:00Z")
    await tapped(who)
    sunday = await fuel(who)

    assert (saturday["opensAt"], saturday["closesAt"]) == ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")
    assert (sunday["day"], sunday["opensAt"]) == (2, "2026-03-29T22:00:00Z")


async def test_another_zone_opens_no_second_today(programme: Db) -> None:
    who = await enrolled()
    await advance(to="2026-03-02T22:30:00Z")  # 23:30 in Madrid
    await tapped(who)
    await done(STAFF, "changeTimeZone", miAccountId=who.subject, timeZone="Pacific/Auckland")  # 11:30 of 3 March there

    moved = await fuel(who)

    assert moved["tappedToday"] is True
    assert moved["opensAt"] >= "2026-03-02T23:00:00Z"
    before = (await read("{ me { balance { available } } }", as_=who))["me"]["balance"]["available"]
    await tapped(who)
    assert (await read("{ me { balance { available } } }", as_=who))["me"]["balance"]["available"] == before
