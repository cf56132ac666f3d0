"""What comes back when held points are let go, or their time is over? (PROGRAMME 4, 6, 8)"""

from datetime import timedelta

from app.checkout.release import release_of_order
from app.checkout.store import RESERVATIONS, reservations_of_orders
from app.database import Db, transaction
from app.keyset import Window
from app.ledger.account import Balances
from app.ledger.hold import hold
from tests.checkout.makers import (
    buyer,
    capture,
    held,
    reasons,
    release,
    reserve,
    row_of,
    share_of,
    stand,
    stands,
)
from tests.client import fresh
from tests.ledger.makers import (
    START,
    Person,
    balances,
    bought,
    clawed_back,
    clock_at,
    done,
    enrolled,
    lot_of,
    lots,
    notices,
    order_of,
    statement,
    utc,
)
from tests.worker.makers import swept


async def remaining(person: Person) -> dict[int, int]:
    return {lot["id"]: lot["remaining"] for lot in await lots(person)}


async def test_what_is_let_go_is_back_where_it_came_from(db: Db) -> None:
    ana = await buyer(1_200)
    before = await remaining(ana)
    reservation = await held(ana, 700)

    first, again = await release(reservation), await release(reservation)

    assert done(first) == done(again)
    assert await stands(reservation) == ("RELEASED", 0)
    assert await remaining(ana) == before
    assert (await statement(ana))[-2:] == [("RESERVE", 700), ("RELEASE", 700)]


async def test_a_member_lets_go_of_their_own_and_never_sees_anothers(db: Db) -> None:
    ana, bruno = await buyer(), await buyer()
    reservation = await held(ana, 700)

    assert reasons(await release(reservation, bruno)) == ["NOT_FOUND"]
    assert reasons(await release(4711, ana)) == ["NOT_FOUND"]
    assert reasons(await release(reservation, Person(0, "nobody"))) == ["NOT_ENROLLED"]
    assert reasons(await release(reservation, ana)) == []


async def test_what_is_spent_or_timed_out_is_not_held_any_more(db: Db) -> None:
    ana = await buyer()
    spent, late = await held(ana, 300), await held(ana, 400)
    done(await capture(spent))
    await clock_at(START + timedelta(minutes=31))

    assert [reasons(await release(one)) for one in (spent, late)] == 2 * [["RESERVATION_NOT_HELD"]]
    assert await balances(ana) == Balances(available=900)


async def test_a_suspended_member_may_let_go(db: Db) -> None:
    ana = await buyer()
    reservation = await held(ana, 300)
    await stand(ana, "SUSPENDED")

    assert reasons(await release(reservation, ana)) == []


async def test_the_clock_alone_lets_go_at_the_very_instant(db: Db) -> None:
    ana = await buyer()
    reservation = await held(ana, 700)
    until = (await row_of(reservation))["held_until"]

    await clock_at(until - timedelta(seconds=2))
    assert (await balances(ana)).reserved == 700
    await clock_at(until)

    assert await balances(ana) == Balances(available=1_200)
    assert await stands(reservation) == ("EXPIRED", 0)


async def test_the_sweep_writes_what_the_clock_let_go(db: Db) -> None:
    ana = await buyer()
    reservation = await held(ana, 700)
    await clock_at(START + timedelta(minutes=31))

    await swept()

    assert await stands(reservation) == ("EXPIRED", 0)
    assert (await statement(ana))[-1] == ("RELEASE", 700)


async def test_pinned_points_outlive_their_day_and_end_when_they_come_back(db: Db) -> None:
    ana = await enrolled()
    await bought(ana, 1_150, START - timedelta(days=1), delivered=True)
    await clock_at(utc("2027-02-28T22:55:00"))  # 23:55 of the last day of the order's points
    reservation = await held(ana, 700)

    await clock_at(utc("2027-02-28T23:10:00"))
    assert await balances(ana) == Balances(available=50, reserved=700)
    done(await release(reservation))

    assert await balances(ana) == Balances(available=50)
    assert (await statement(ana))[-4:] == [("RESERVE", 700), ("EXPIRE", 450), ("RELEASE", 700), ("EXPIRE", 700)]
    assert [told["points"] for told in await notices(ana, "EXPIRED")] == [450, 700]


async def test_pinned_points_whose_day_has_passed_can_still_be_spent(db: Db) -> None:
    ana = await enrolled()
    await bought(ana, 1_150, START - timedelta(days=1), delivered=True)
    await clock_at(utc("2027-02-28T22:55:00"))
    reservation = await held(ana, 700)
    await clock_at(utc("2027-02-28T23:10:00"))

    done(await capture(reservation, 600))

    assert await balances(ana) == Balances(available=50)
    assert (await statement(ana))[-3:] == [("CAPTURE", 600), ("RELEASE", 100), ("EXPIRE", 100)]


async def test_a_time_out_past_their_day_ends_them_without_any_job(db: Db) -> None:
    ana = await enrolled()
    await bought(ana, 1_150, START - timedelta(days=1), delivered=True)
    await clock_at(utc("2027-02-28T22:55:00"))
    await held(ana, 1_150)

    await clock_at(utc("2027-02-28T23:25:30"))

    assert await balances(ana) == Balances(available=50)
    assert (await statement(ana))[-3:] == [("RESERVE", 1_150), ("RELEASE", 1_150), ("EXPIRE", 1_150)]


async def test_what_comes_back_repays_a_debt_first(db: Db) -> None:
    ana = await buyer(950)
    award = await bought(ana, 100, delivered=True)
    reservation = await held(ana, 1_050)
    await clawed_back(ana, await lot_of(award), 100)
    assert await balances(ana) == Balances(reserved=1_050, debt=100)

    done(await capture(reservation, 1_000))

    assert await balances(ana) == Balances(debt=50)
    assert (await statement(ana))[-2:] == [("RELEASE", 50), ("DEBT_REPAID", 50)]


async def test_points_that_were_pinned_while_a_notice_was_due_are_told_of_afterwards(db: Db) -> None:
    ana = await enrolled()
    await bought(ana, 1_150, START - timedelta(days=2), delivered=True)
    await clock_at(utc("2027-01-28T22:59:00"))  # a minute before the notice, 30 days before the end
    reservation = await held(ana, 1_150)
    await clock_at(utc("2027-01-28T23:05:00"))
    await balances(ana)
    assert await notices(ana, "EXPIRING") == []

    done(await release(reservation))
    await balances(ana)

    assert [told["points"] for told in await notices(ana, "EXPIRING")] == [1_150]


async def test_a_cancelled_order_lets_go_of_what_it_holds(db: Db) -> None:
    ana = await buyer()
    reservation = await held(ana, 700)
    order_row_id = (await row_of(reservation))["order_id"]

    async with transaction() as changing:
        first, account = await release_of_order(changing, await hold(changing, ana.id), order_row_id)
        nothing, same = await release_of_order(changing, account, order_row_id)

    assert (first, nothing) == (reservation, None)
    assert account == same
    assert await stands(reservation) == ("RELEASED", 0)


async def test_reservations_are_read_by_the_clock_newest_first(db: Db) -> None:
    ana, order_id = await buyer(), fresh("basket")
    old = await held(ana, 100, order_id=order_id)
    await clock_at(START + timedelta(minutes=31))
    paid = await held(ana, 200, order_id=order_id)
    done(await capture(paid))
    kept = await held(ana, 300)

    async def read(*statuses: str) -> list[int]:
        page = await RESERVATIONS.of(ana.id, Window(10), ",".join(statuses) or None)
        return [one.id for one in page.rows]

    assert await read() == [kept, paid, old]
    assert (await read("HELD"), await read("EXPIRED"), await read("CAPTURED", "HELD")) == ([kept], [old], [kept, paid])
    order_row_id = (await row_of(paid))["order_id"]
    assert (await reservations_of_orders([order_row_id]))[order_row_id].id == paid
    await clock_at(START + timedelta(hours=2))
    assert await read("EXPIRED") == [kept, old]  # no job has run


async def test_the_share_of_the_order_is_floored_to_the_cent(db: Db) -> None:
    await share_of(500)
    ana = await buyer(1_200)

    assert reasons(await reserve(ana, 100, order_of("19.99"))) == ["ABOVE_MAXIMUM_SHARE"]
    assert reasons(await reserve(ana, 99, order_of("19.99"))) == []
