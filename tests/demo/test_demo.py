"""Are the demo members as interesting as promised, made once, and true to the ledger?"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import click
import pytest

from app.activities.store import taps_of
from app.activities.streaks import FuelView, fuel_view
from app.database import Db, rows, value
from app.demo.demo import ensure_demo
from app.demo.people import ANA, EVERYONE, MARCO, NORA
from app.ledger.balances import schedule_of
from app.ledger.check import check_ledger
from app.members.enrol import Enrolment, enrol
from app.members.store import MemberView, moment
from app.postgres import EmbeddedPostgres
from app.programmes.store import revision_book
from app.requests.once import Call
from tests.demo.makers import CODES, histories, opened_database, with_programme
from tests.served import Served

PRESENTS = [
    datetime(2026, 11, 22, 15, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, 30, tzinfo=UTC),  # a leap day, and the next one already in Madrid
    datetime(2027, 3, 28, 1, 0, 1, tzinfo=UTC),  # the clocks have just jumped
    datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC),
]
SHIFT = "SELECT shift::text FROM programme_clock"
HOME = """
{ me { displayName balance { available pending expirySchedule { points } } fuel { day tappedToday }
       activities(first: 20) { edges { node { title points status reason } } }
       coupons(first: 10) { edges { node { status } } } notices(first: 5) { edges { node { text } } } }
  couponOffers(first: 8) { edges { node { title affordable blockedBy { code } } } } }
"""


async def seen(mi_account_id: str) -> MemberView:
    found = (await moment(mi_account_id)).member
    assert found is not None
    return found


async def fuel_of(db: Db, member: MemberView) -> FuelView:
    stored = (await revision_book(db)).of(member.account.market, member.at)
    taps = await taps_of(member.id)
    return fuel_view(taps, stored.revision, member.account.time_zone, member.at)


@pytest.mark.parametrize("present", PRESENTS, ids=lambda at: at.date().isoformat())
async def test_the_first_member_has_something_of_everything_whenever_the_demo_is_made(
    db: Db, present: datetime
) -> None:
    await with_programme(present)

    ana = await seen(await ensure_demo(CODES))

    deeds = {
        (deed["kind"], deed["status"])
        for deed in await rows(db, "SELECT kind, status FROM activity WHERE member_id = $1", ana.id)
    }
    coupons = await rows(db, "SELECT status FROM coupon WHERE member_id = $1 ORDER BY status", ana.id)
    prices = await rows(db, "SELECT price_points AS points FROM coupon_offer WHERE market_id = 'ES'")
    ending = [step for step in await schedule_of(ana.id) if step.expires_at <= ana.at + timedelta(days=30)]
    fuel = await fuel_of(db, ana)
    assert {("PURCHASE", "PENDING"), ("PURCHASE", "POSTED"), ("REVIEW", "PENDING")} <= deeds
    assert {("REVIEW", "WITHDRAWN"), ("SHARE", "NONE"), ("REGISTRATION", "POSTED")} <= deeds
    assert [coupon["status"] for coupon in coupons] == ["ISSUED", "USED"]
    assert [offer["points"] <= ana.account.balances.available for offer in prices] == [True, True, False, False]
    assert (ana.account.balances.pending, ana.account.balances.available) == (279, 1267)
    assert [step.points for step in ending] == [199, 30]
    assert await value(db, "SELECT sum(expired) FROM lot WHERE member_id = $1", ana.id) == 99
    assert (fuel.day, fuel.tapped_today) == (5, False)
    assert (await check_ledger()).lines() == ["6 accounts, 68 entries: the ledger agrees with itself"]
    assert present <= ana.at < present + timedelta(minutes=1)


async def test_there_is_a_member_in_each_market_a_new_one_and_a_suspended_one(db: Db) -> None:
    await with_programme()

    await ensure_demo(CODES)

    markets = await rows(db, "SELECT DISTINCT market_id FROM member ORDER BY 1")
    assert [market["market_id"] for market in markets] == ["ES", "FR", "GB", "IT"]
    assert len((await histories(db))[NORA.mi_account_id]) == 2  # what she did, and its line
    assert (await seen(MARCO.mi_account_id)).account.status == "SUSPENDED"
    assert [(await seen(person.mi_account_id)).account.status for person in EVERYONE].count("ACTIVE") == 5


async def test_a_second_start_asks_once_and_changes_nothing(
    db: Db, counted: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    await with_programme()
    first, before = await ensure_demo(CODES), await histories(db)

    with counted() as statements:
        second = await ensure_demo(CODES)

    assert second == first == ANA.mi_account_id
    assert len(statements) == 1
    assert await histories(db) == before


async def test_two_starts_at_once_make_one_demo(db: Db) -> None:
    await with_programme()

    answers = await asyncio.gather(ensure_demo(CODES), ensure_demo(CODES))

    assert list(answers) == [ANA.mi_account_id] * 2
    assert await value(db, "SELECT count(*) FROM member") == len(EVERYONE)


async def test_the_same_present_gives_the_same_demo(cluster: EmbeddedPostgres) -> None:
    told = []
    for _ in range(2):
        async with opened_database(cluster, PRESENTS[0]) as db:
            await ensure_demo(CODES)
            told.append(await histories(db))

    assert told[0] == told[1]


async def test_the_demo_joins_members_who_are_there_and_leaves_them_and_the_clock_alone(db: Db) -> None:
    await with_programme(PRESENTS[1])
    person = Enrolment("1001", "IT", date(1980, 1, 1), "2020-01")
    await enrol(Call("shop", "key", "enrolMember", b""), person)
    before, shift = (await histories(db))["1001"], await value(db, SHIFT)

    await ensure_demo(CODES)

    assert (await histories(db))["1001"] == before
    assert await value(db, SHIFT) == shift
    assert await value(db, "SELECT count(*) FROM member") == len(EVERYONE) + 1
    assert (await check_ledger()).agrees


async def test_a_demo_that_cannot_be_made_says_why_and_leaves_nothing(db: Db) -> None:
    await with_programme(PRESENTS[0])
    shift = await value(db, SHIFT)
    await rows(db, "UPDATE coupon_offer SET suspended = true")

    with pytest.raises(
        click.ClickException, match=r"redeemCoupon of Ana García, 395 days ago, is refused as NOT_FOUND"
    ):
        await ensure_demo(CODES)

    assert await value(db, "SELECT count(*) FROM member") == 0
    assert await value(db, SHIFT) == shift


async def test_its_home_is_served_to_the_token_that_the_start_prints(
    start_gateway: Callable[..., Awaitable[Served]],
) -> None:
    served = await start_gateway("--demo", "--at", "2026-03-02T11:00:00Z")  # noon: no day ends meanwhile
    printed = re.search(r"member token: (\S+)", served.said)
    assert printed is not None

    home = (await served.post(HOME, token=printed[1]))["data"]

    assert home["me"]["displayName"] == "Ana García"
    assert home["me"]["balance"]["available"] == 1267
    assert home["me"]["fuel"] == {"day": 5, "tappedToday": False}
    assert len(home["me"]["activities"]["edges"]) == 20
    assert [edge["node"]["status"] for edge in home["me"]["coupons"]["edges"]] == ["ISSUED", "USED"]
    assert [edge["node"]["affordable"] for edge in home["couponOffers"]["edges"]] == [True, True, False, False]
