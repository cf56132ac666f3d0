"""What has happened in a programme that is not new? A little of everything that moves points."""

from datetime import timedelta

from app.activities.moderate import APPROVE, REJECT
from app.coupons.cancel import cancel_coupon
from app.coupons.redeem import redeem
from app.requests.outcome import Outcome
from tests.checkout.makers import capture, held, release
from tests.ledger.makers import (
    CODES,
    START,
    Person,
    balances,
    bought,
    call,
    clawed_back,
    clock_at,
    code_of,
    done,
    enrolled,
    launched,
    logged_in,
    lot_of,
    offered,
    order_of,
    ordered,
    redeemed,
    reserved,
    reviewed,
    shared,
    tapped,
)


async def make_history() -> tuple[Person, ...]:
    """A spender, a debtor, a bystander and one who pays at checkout, over more than a year."""
    await launched()
    spender, debtor, bystander, payer = await enrolled(), await enrolled(), await enrolled("GB"), await enrolled()
    await bystander_lives(bystander)
    await spender_lives(spender)
    await debtor_lives(debtor)
    await payer_lives(payer)
    await clock_at(START + timedelta(days=370))
    await balances(spender)
    await bought(spender, 31)
    await tapped(spender)
    await reserved(spender, 5)
    await held(payer, 20)
    return spender, debtor, bystander, payer


async def payer_lives(person: Person) -> None:
    """Holds points for orders: spends them in part, lets them go, or lets their time run out. Staff cancel a coupon."""
    await bought(person, 2_500, delivered=True)
    coupon = await redeemed(person, 25)
    done(await cancel_coupon(call("cancelCoupon"), "ben", person.id, coupon.coupon_id or 0, "A mistake"))
    done(await capture(await held(person, 700), 600))
    done(await release(await held(person, 300)))
    await held(person, 40)


async def bystander_lives(person: Person) -> None:
    """Earns, and lets everything expire or lie."""
    await logged_in(person)
    for days in range(7):
        await clock_at(START + timedelta(days=days))
        await tapped(person)


async def spender_lives(person: Person) -> None:
    """Buys, shares, reviews, redeems and reserves."""
    await bought(person, 800, START - timedelta(days=3), delivered=True)
    for number in range(5):
        await shared(person, f"SHARED-{number}")
    await reviewed(person, "REVIEWED-1", APPROVE)
    await reviewed(person, "REVIEWED-2", REJECT)
    await reviewed(person, "REVIEWED-3")
    coupon = await redeemed(person, 120)
    await ordered(person, order_of("99.99", "0.02", coupon_code=await code_of(coupon.coupon_id)))
    await ordered(person, order_of("0.99"))
    stocked = await offered(15, stock=3, limit=2)
    for _ in range(2):
        done(await redeem(call(), person.name, stocked, None, CODES))
    await reserved(person, 44)


async def debtor_lives(person: Person) -> Outcome:
    """Spends what is then taken back, pays the debt off, and has some left that is taken back in part."""
    award = await bought(person, 300, delivered=True)
    await redeemed(person, 320)
    await clawed_back(person, await lot_of(award), 300)
    await bought(person, 100, delivered=True)
    await bought(person, 250, delivered=True)
    last = await bought(person, 90, delivered=True)
    await clawed_back(person, await lot_of(last), 40)
    return last
