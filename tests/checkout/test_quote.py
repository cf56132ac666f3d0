"""Is every way to pay that is quoted what it turns out to be, and does a quote change nothing? (PROGRAMME 7, 8)"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.checkout.quote import Quote, quote_checkout
from app.coupons.redeem import redeem
from app.coupons.search import CodeSearch
from app.database import Db, connection, one, rows, value
from app.ledger.balances import schedule_of
from app.members.store import members_by_id
from app.orders.lines import LineGiven, OrderGiven
from app.programmes.store import revision_book
from app.requests.outcome import Outcome
from app.rules.checkout import Way
from tests.checkout.makers import buyer, held, purchase, reasons, reserve, share_of, stand
from tests.client import fresh
from tests.coupons.makers import issued, offer_of
from tests.coupons.makers import reserved as reserved_coupon
from tests.ledger.makers import (
    CODES,
    START,
    Person,
    balances,
    bought,
    call,
    clock_at,
    code_of,
    done,
    enrolled,
    order_of,
)

quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
cents = st.integers(1, 6_000).map(lambda minor: Decimal(minor) / 100)
orders = st.builds(
    lambda prices, quantity, shipping: OrderGiven(
        "EUR",
        tuple(LineGiven(f"SKU-{number}", price, quantity) for number, price in enumerate(prices)),
        shipping=shipping,
    ),
    st.lists(cents, min_size=1, max_size=3),
    st.integers(1, 2),
    st.sampled_from([Decimal(0), Decimal("4.99")]),
)


async def asked(person: Person, order: OrderGiven) -> Quote | Outcome:
    """What a member is told of an order."""
    member = (await members_by_id([person.id]))[person.id]
    revision = (await revision_book(connection())).of(member.account.market, member.at).revision
    schedule = await schedule_of(person.id)
    search = CodeSearch(f"member:{person.name}", CODES)
    return await quote_checkout(connection(), member, revision, order, schedule, search)


async def quoted(person: Person, order: OrderGiven) -> Quote:
    """A quote that is not refused."""
    quote = await asked(person, order)
    assert isinstance(quote, Quote), quote
    return quote


async def done_as_quoted(person: Person, order: OrderGiven, way: Way) -> str:
    """The id of an order that was paid in this way: redeem its offer, reserve its points, record it with both."""
    coupon_id = way.coupon_id
    if way.offer_id is not None:
        coupon_id = done(await redeem(call("redeemCoupon"), person.name, way.offer_id, None, CODES)).coupon_id
    order = replace(order, coupon_code=await code_of(coupon_id) if coupon_id is not None else None)
    order_id, points = fresh("basket"), way.points - way.coupon_points
    reservation = await held(person, points, order, order_id=order_id) if points else None
    done(await purchase(person, order, order_id=order_id, reservation_id=reservation))
    return order_id


async def paid(db: Db, order_id: str) -> tuple[int, int]:
    """What an order came to in the end, and what was taken off it."""
    found = await one(
        db,
        "SELECT sum(net_minor)::int AS net, sum(coupon_minor + points_minor)::int AS off FROM order_line"
        " JOIN shop_order ON shop_order.id = order_line.order_id WHERE shop_order.order_id = $1",
        order_id,
    )
    return found["net"], found["off"]


async def stocked(db: Db) -> None:
    """The shares of SEED-2020, and two offers that an order may take, for this test alone."""
    await share_of(10_000, minimum=1_000)
    await rows(db, "UPDATE coupon_offer SET suspended = true")
    await offer_of(350, value_minor=400)
    await offer_of(900, value_minor=1_000, minimum_order_minor=2_500, excluded_skus=["SKU-1"])


@quick
@given(orders, st.sampled_from([60, 999, 1_400, 5_000]), st.booleans(), st.data())
async def test_each_way_is_what_it_turns_out_to_be(
    db: Db, order: OrderGiven, points: int, with_coupon: bool, data: st.DataObject
) -> None:
    await clock_at(START)
    await stocked(db)
    ana = await buyer(points + 10)
    if with_coupon:
        await issued(ana, value_minor=700, minimum_order_minor=1_500)
    ways = [way for way in (await quoted(ana, order)).ways if not way.blocked_by]
    way = data.draw(st.sampled_from(ways))
    before = (await balances(ana)).available

    order_id = await done_as_quoted(ana, order, way)

    net_minor, discount_minor = await paid(db, order_id)
    assert net_minor + int(order.shipping * 100) == way.to_pay_minor
    assert discount_minor == way.discount_minor
    assert before - (await balances(ana)).available == way.points


@quick
@given(orders, st.sampled_from([60, 999, 1_000, 2_000]), st.sampled_from([0, 500, 10_000]), st.booleans())
async def test_the_most_points_are_the_most_that_can_be_reserved(
    db: Db, order: OrderGiven, points: int, share_bp: int, with_coupon: bool
) -> None:
    await clock_at(START)
    await share_of(share_bp, minimum=1_000)
    ana = await buyer(points)
    if with_coupon:
        given_coupon = await issued(ana, price_points=1)
        order = replace(order, coupon_code=given_coupon.code)

    quote = await quoted(ana, order)

    if quote.maximum_points:
        assert reasons(await reserve(ana, quote.maximum_points, order)) == []
    else:
        assert reasons(await reserve(ana, 1, order)) != []
    assert reasons(await reserve(ana, quote.maximum_points + 1, order)) != []


async def test_a_quote_changes_nothing(db: Db) -> None:
    ana = await buyer(2_000)
    before = await value(db, "SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM reservation)")

    await quoted(ana, order_of("50.00"))

    assert await value(db, "SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM reservation)") == before
    assert (await balances(ana)).available == 2_000


async def test_however_many_offers_there_are_the_best_that_is_affordable_is_tried(db: Db) -> None:
    await rows(db, "UPDATE coupon_offer SET suspended = true")
    await share_of(10_000, minimum=1_000)
    ana = await buyer(900)
    for price in range(1, 40):
        await offer_of(price, value_minor=price)
    best = await offer_of(900, value_minor=1_800)
    await offer_of(901, value_minor=9_000)

    quote = await quoted(ana, order_of("50.00"))

    assert (quote.ways[0].offer_id, quote.ways[0].to_pay_minor) == (best, 3_200)
    assert len(quote.ways) == 20


async def test_of_coupons_that_are_alike_the_one_that_ends_first_is_quoted(db: Db) -> None:
    await rows(db, "UPDATE coupon_offer SET suspended = true")
    ana, offer_id = await enrolled(), await offer_of(10)
    first = await issued(ana, offer_id)
    await clock_at(START + timedelta(days=3))
    await issued(ana, offer_id)

    quote = await quoted(ana, order_of("50.00"))

    assert [way.coupon_id for way in quote.ways if way.kind == "COUPON" and way.coupon_id] == [first.id]


async def test_a_coupon_that_another_checkout_holds_is_blocked_unless_the_order_names_it(db: Db) -> None:
    ana = await enrolled()
    coupon = await issued(ana)
    done(await reserved_coupon(coupon.code, fresh("basket")))

    unnamed = await quoted(ana, order_of("50.00"))
    named = await quoted(ana, order_of("50.00", coupon_code=coupon.code))

    reasons_of = [[one.code for one in way.blocked_by] for way in unnamed.ways if way.coupon_id == coupon.id]
    assert reasons_of == [["COUPON_NOT_USABLE"]]
    assert kind(named, "COUPON").blocked_by == ()


async def test_an_order_that_names_a_coupon_is_quoted_with_that_one_alone(db: Db) -> None:
    await share_of(10_000, minimum=1_000)
    ana = await buyer(2_000)
    coupon, _ = await issued(ana), await issued(ana, value_minor=900)

    quote = await quoted(ana, order_of("50.00", coupon_code=coupon.code))

    assert {way.coupon_id for way in quote.ways} == {None, coupon.id}
    assert {way.offer_id for way in quote.ways} == {None}
    assert (quote.eligible_minor, quote.maximum_points) == (4_500, 1_980)


async def test_a_coupon_of_another_member_is_not_found(db: Db) -> None:
    coupon = await issued(await enrolled())

    refused = await asked(await enrolled(), order_of("50.00", coupon_code=coupon.code))

    assert isinstance(refused, Outcome)
    assert reasons(refused) == ["COUPON_NOT_FOUND"]


async def test_an_order_that_cannot_be_read_is_refused(db: Db) -> None:
    order = order_of("50.00")

    refused = await asked(await enrolled(), replace(order, currency="GBP"))

    assert isinstance(refused, Outcome)
    assert reasons(refused) == ["CURRENCY_NOT_OF_MARKET"]


async def test_what_expires_within_thirty_days_is_said(db: Db) -> None:
    ana = await enrolled()
    await bought(ana, 1_120, START - timedelta(days=1), delivered=True)
    await clock_at(START + timedelta(days=334))

    facts = kind(await quoted(ana, order_of("50.00")), "POINTS").explanation.facts

    assert (facts["expiring"], facts["expires_on"]) == (1_120, "2027-02-28")


async def test_a_suspended_member_pays_with_money(db: Db) -> None:
    ana = await buyer(2_000)
    await stand(ana, "SUSPENDED")

    quote = await quoted(ana, order_of("50.00"))

    assert [way.kind for way in quote.ways if not way.blocked_by] == ["NONE"]
    assert quote.maximum_points == 0


def kind(quote: Quote, name: str) -> Any:
    """The first way of a kind."""
    return next(way for way in quote.ways if way.kind == name)
