"""How do these tests make members with a history, in few words? Through the use cases, by the programme's clock."""

import asyncio
import itertools
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import asyncpg

from app.activities.decide import Verdict, decide_review
from app.activities.fuel import tap_fuel
from app.activities.login import record_login
from app.activities.review import Written, record_review
from app.activities.share import Shared, record_share
from app.clock import now, shift_to
from app.coupons.codes import CouponCodes
from app.coupons.redeem import redeem
from app.database import Db, connection, rows, transaction, value
from app.ledger.account import Balances, Bucket, EntryKind, Movement, Transfer
from app.ledger.clawback import ClawedBack, claw_back
from app.ledger.hold import hold, settle_member, take
from app.ledger.posting import post
from app.members.close import close_account, lost
from app.members.enrol import Enrolment, enrol
from app.orders.delivery import Delivery, confirm_delivery
from app.orders.lines import LineGiven, OrderGiven
from app.orders.purchase import Purchase, record_purchase
from app.programmes.load import load_shipped
from app.requests.once import Call
from app.requests.outcome import Outcome
from app.rules.text import Text
from tests.telling import LONG

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
CODES = CouponCodes(b"a coupon key of tests alone")
BORN = date(1990, 5, 17)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """A member by row id and Mi Account."""

    id: int
    name: str


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def call(mutation: str = "aMutation", *, principal: str = "tests", key: str | None = None, said: bytes = b"") -> Call:
    """A request; of a key of its own unless one is given."""
    return Call(principal, key or f"key-{next(_numbers)}", mutation, said)


def done(outcome: Outcome) -> Outcome:
    """The outcome of what must not be refused."""
    assert outcome.errors == ()
    return outcome


async def clock_at(instant: datetime) -> None:
    """Make `instant` the programme's present, be it earlier: each example of a property starts where it likes."""
    async with transaction() as db:
        await shift_to(db, instant)


async def launched(instant: datetime = START) -> None:
    """Load the programme and start its clock."""
    async with transaction() as db:
        await load_shipped(db)
    await clock_at(instant)


async def enrolled(market: str = "ES") -> Person:
    """A new member, with the 50 points of SEED-2020."""
    name = f"mi-{next(_numbers)}"
    outcome = done(await enrol(call(), Enrolment(name, market, BORN, "2020-01")))
    assert outcome.member_id is not None
    return Person(outcome.member_id, name)


async def left_and_came_back(person: Person) -> None:
    """The member closes the account, giving up all that is there, and enrols again."""
    points = lost(await balances(person))
    done(await close_account(call("closeAccount"), person.name, points))
    done(await enrol(call(), Enrolment(person.name, "ES", BORN, "2020-01")))


async def logged_in(person: Person) -> Outcome:
    return done(await record_login(call(), person.name, "a phone"))


async def tapped(person: Person, at: datetime | None = None) -> Outcome:
    return done(await tap_fuel(call(), person.name, at))


async def shared(person: Person, sku: str) -> Outcome:
    return done(await record_share(call(), person.name, Shared(sku, "weibo", "https://example.org/post")))


async def reviewed(person: Person, sku: str, decision: str | None = None) -> Outcome:
    """A review of a product; decided on when `decision` is a mutation's name."""
    review_id = f"reviewed-{next(_numbers)}"
    outcome = done(await record_review(call(), person.name, Written("mi.com", review_id, sku)))
    if decision:
        done(await decide_review(call(decision), decision, Verdict("mi.com", review_id)))
    return outcome


def order_of(*prices: str, coupon_code: str | None = None) -> OrderGiven:
    """An order of a line for each price, in euros."""
    lines = tuple(LineGiven(f"SKU-{number}", Decimal(price)) for number, price in enumerate(prices))
    return OrderGiven("EUR", lines, coupon_code=coupon_code)


async def bought(person: Person, euros: int, at: datetime | None = None, *, delivered: bool = False) -> Outcome:
    """An order of so many whole euros: as many points, pending unless delivered in the same instant."""
    return await ordered(person, order_of(str(euros)), at, delivered=delivered)


async def ordered(person: Person, order: OrderGiven, at: datetime | None = None, *, delivered: bool = False) -> Outcome:
    order_id = f"order-{next(_numbers)}"
    outcome = done(await record_purchase(call(), person.name, Purchase("mi.com", order_id, order, at), CODES))
    if delivered:
        done(await confirm_delivery(call("confirmDelivery"), Delivery("mi.com", order_id, at)))
    return outcome


async def offered(points: int, *, stock: int | None = None, limit: int | None = None) -> int:
    """The id of an offer in Spain that the catalogue does not have."""
    offer_id: int = await value(
        connection(),
        """
        INSERT INTO coupon_offer (market_id, price_points, value_minor, valid_days, stock, stock_left, limit_per_member,
                                  suspended, excluded_skus, excluded_categories, titles)
        VALUES ('ES', $1, 100, 180, $2, $2, $3, false, '[]', '[]', '{}') RETURNING id
        """,
        points,
        stock,
        limit,
    )
    return offer_id


async def redeemed(person: Person, points: int) -> Outcome:
    """A coupon for so many points, of an offer made for it."""
    return done(await redeem(call(), person.name, await offered(points), None, CODES))


async def code_of(coupon_id: int | None) -> str:
    return CODES.code(await value(connection(), "SELECT nonce FROM coupon WHERE id = $1", coupon_id))


async def reserved(person: Person, points: int) -> None:
    """Points set apart for a checkout, those that expire soonest first."""
    async with transaction() as db:
        held = await hold(db, person.id)
        moves = await take(db, person.id, points)
        reserve = Transfer(EntryKind.RESERVE, Bucket.AVAILABLE, Bucket.RESERVED, points, held.at, moves=moves)
        await post(db, held.account, [Movement(f"reserve/{next(_numbers)}", (reserve,))])


async def clawed_back(person: Person, lot_id: int, points: int) -> ClawedBack:
    async with transaction() as db:
        held = await hold(db, person.id)
        cause = f"clawback/{next(_numbers)}"
        return await claw_back(db, held, lot_id, points, cause=cause, reason=Text("REVIEW_REJECTED"))


async def lot_of(outcome: Outcome) -> int:
    """The lot of an activity that earned one award."""
    lot_id: int = await value(
        connection(),
        "SELECT lot.id FROM lot JOIN award ON award.id = award_id WHERE activity_id = $1",
        outcome.activity_id,
    )
    return lot_id


async def lots(person: Person) -> list[asyncpg.Record]:
    return await rows(connection(), "SELECT * FROM lot WHERE member_id = $1 ORDER BY id", person.id)


async def balances(person: Person) -> Balances:
    """What the member owns now."""
    return (await settle_member(person.id)).balances


async def statement(person: Person) -> list[tuple[str, int]]:
    """The kind and points of each line, oldest first."""
    return [(line["kind"], line["points"]) for line in await entries(person)]


async def entries(person: Person) -> list[asyncpg.Record]:
    return await rows(connection(), "SELECT * FROM entry WHERE member_id = $1 ORDER BY version", person.id)


async def notices(person: Person, kind: str) -> list[asyncpg.Record]:
    return await rows(
        connection(), "SELECT * FROM notice WHERE member_id = $1 AND kind = $2 ORDER BY id", person.id, kind
    )


async def present() -> datetime:
    return await now(connection())


async def waiting(db: Db) -> int:
    count: int = await value(
        db,
        """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
          AND backend_type = 'client backend' AND wait_event_type = 'Lock'""",
    )
    return count


async def queued(db: Db, many: int = 1) -> None:
    """Wait until so many sessions wait for a lock."""
    async with asyncio.timeout(LONG):
        while await waiting(db) < many:
            await asyncio.sleep(0.005)


async def behind_a_holder(db: Db, person: Person, *asked: Awaitable[Outcome]) -> list[Outcome]:
    """What comes of requests that have all read the account before the first of them can write."""
    holding, let_go = asyncio.Event(), asyncio.Event()
    # Everybody's connection is there before the wait begins, which the database ends after four seconds.
    await asyncio.gather(*(value(db, "SELECT pg_sleep(0.1)") for _ in range(len(asked) + 4)))

    async def holder() -> None:
        async with transaction() as first:
            await rows(first, "SELECT FROM account WHERE member_id = $1 FOR UPDATE", person.id)
            holding.set()
            await let_go.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(holder())
        await holding.wait()
        first = asyncio.ensure_future(asked[0])
        await queued(db)
        others = asyncio.gather(*asked[1:])
        await queued(db, len(asked))
        let_go.set()
    return [await first, *await others]
