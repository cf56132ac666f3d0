"""Until which microsecond can points be spent, and which go first?"""

import pytest

from app.activities.fuel import tap_fuel
from app.activities.login import record_login
from app.database import Db, connection, rows
from app.ledger.account import Balances
from app.ledger.balances import ExpiryStep, schedule_of
from app.members.store import moment
from app.members.zone import change_time_zone
from tests.journeys.inside import (
    MICROSECOND,
    arrives,
    buys,
    call,
    done,
    instant,
    joined,
    ledger_agrees,
    owns,
    redeems,
    stop_clock,
)

# The local day of posting, the last usable one 12 months later, and its end in Madrid and in London (UTC).
YEARS = [
    ("2027-02-28", "2028-02-28", "2028-02-28T23:00", "2028-02-29T00:00"),
    ("2028-02-28", "2029-02-28", "2029-02-28T23:00", "2029-03-01T00:00"),
    ("2028-02-29", "2029-02-28", "2029-02-28T23:00", "2029-03-01T00:00"),
    ("2028-03-01", "2029-03-01", "2029-03-01T23:00", "2029-03-02T00:00"),
    ("2026-03-27", "2027-03-27", "2027-03-27T23:00", "2027-03-28T00:00"),
    ("2026-03-28", "2027-03-28", "2027-03-28T22:00", "2027-03-28T23:00"),
    ("2026-03-29", "2027-03-29", "2027-03-29T22:00", "2027-03-29T23:00"),
    ("2026-10-30", "2027-10-30", "2027-10-30T22:00", "2027-10-30T23:00"),
    ("2026-10-31", "2027-10-31", "2027-10-31T23:00", "2027-11-01T00:00"),
    ("2026-12-31", "2027-12-31", "2027-12-31T23:00", "2028-01-01T00:00"),
]


async def ending(mi_account_id: str) -> list[ExpiryStep]:
    """What of a member's points ends when."""
    found = (await moment(mi_account_id)).member
    assert found is not None
    return await schedule_of(found.id)


async def taken(mi_account_id: str) -> list[tuple[str, int]]:
    """The rules whose points the member's redemptions took, in order."""
    found = await rows(
        connection(),
        """SELECT rule, move.points FROM move JOIN entry ON entry.id = entry_id JOIN lot ON lot.id = lot_id
           JOIN award ON award.id = award_id JOIN member ON member.id = entry.member_id
           WHERE kind = 'REDEEM' AND mi_account_id = $1 ORDER BY version, ordinal""",
        mi_account_id,
    )
    return [(one["rule"], one["points"]) for one in found]


@pytest.mark.parametrize(("posted_on", "last_day", "end_in_madrid", "end_in_london"), YEARS)
async def test_points_of_a_day_are_usable_through_the_same_day_of_next_year(
    programme: Db, posted_on: str, last_day: str, end_in_madrid: str, end_in_london: str
) -> None:
    await stop_clock(programme, instant(f"{posted_on}T12:00"))
    ana, emma = await joined("ES"), await joined("GB")

    for who, end in ((ana, end_in_madrid), (emma, end_in_london)):
        steps = [(step.points, step.last_usable_day.isoformat(), step.expires_at) for step in await ending(who)]
        assert steps == [(50, last_day, instant(end))]
        await stop_clock(programme, instant(end) - MICROSECOND)
        assert await owns(who) == Balances(available=50)
        await stop_clock(programme, instant(end))
        assert await owns(who) == Balances()
    assert await ledger_agrees()


async def test_points_of_28_and_29_february_end_together_in_one_line(programme: Db) -> None:
    await stop_clock(programme, instant("2028-02-28T12:00"))
    ana = await joined()
    order_id = await buys(ana, "30.00")
    await stop_clock(programme, instant("2028-02-29T12:00"))
    await arrives(order_id)

    steps = await ending(ana)
    await stop_clock(programme, instant("2029-03-05T12:00"))

    assert [step.points for step in steps] == [80]
    assert await owns(ana) == Balances()
    expired = await rows(connection(), "SELECT points, at FROM entry WHERE kind = 'EXPIRE'")
    assert [(line["points"], line["at"]) for line in expired] == [(80, instant("2029-02-28T23:00"))]


async def test_the_last_moment_of_the_last_day_still_spends_and_the_next_does_not(programme: Db) -> None:
    await stop_clock(programme, instant("2027-02-28T12:00"))
    ana, ben = await joined(), await joined()

    await stop_clock(programme, instant("2028-02-28T23:00") - MICROSECOND)
    await redeems(programme, ana, 50)
    await stop_clock(programme, instant("2028-02-28T23:00"))

    assert await owns(ana) == Balances()
    assert await owns(ben) == Balances()
    kinds = await rows(connection(), "SELECT kind FROM entry ORDER BY member_id, version")
    assert [line["kind"] for line in kinds] == ["EARN", "REDEEM", "EARN", "EXPIRE"]


async def test_what_ends_soonest_is_spent_first_whenever_it_was_recorded(programme: Db) -> None:
    await stop_clock(programme, instant("2026-05-01T12:00"))
    ana = await joined()
    await buys(ana, "40.00", occurred_at=instant("2026-03-01T12:00"))
    assert await owns(ana) == Balances(available=90)

    await redeems(programme, ana, 30)
    await redeems(programme, ana, 30)

    assert await taken(ana) == [("PURCHASE", 30), ("PURCHASE", 10), ("REGISTRATION", 20)]
    assert [step.points for step in await ending(ana)] == [30]
    assert await ledger_agrees()


async def test_ties_go_by_the_instant_of_posting_then_by_age(programme: Db) -> None:
    await stop_clock(programme, instant("2026-05-01T08:00"))
    ana = await joined()
    order_id = await buys(ana, "40.00")
    await stop_clock(programme, instant("2026-05-01T09:00"))
    done(await record_login(call("recordAppLogin"), ana, "phone"))
    done(await tap_fuel(call("tapFuel"), ana, None))
    await stop_clock(programme, instant("2026-05-01T10:00"))
    await arrives(order_id)
    assert len(await ending(ana)) == 1

    await redeems(programme, ana, 91)

    assert await taken(ana) == [("REGISTRATION", 50), ("APP_LOGIN", 30), ("FUEL", 10), ("PURCHASE", 1)]
    assert await ledger_agrees()


async def test_a_change_of_zone_moves_no_expiry_of_points_already_there(programme: Db) -> None:
    await stop_clock(programme, instant("2026-05-01T12:00"))
    ana = await joined()
    before = await ending(ana)

    done(await change_time_zone(call("changeTimeZone"), "staff", ana, "Pacific/Pago_Pago"))

    assert await ending(ana) == before
    await stop_clock(programme, instant("2027-05-01T22:00"))
    assert await owns(ana) == Balances()
