"""What may a journey do inside the process, on a database without a worker, at instants that stand still?"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.coupons.codes import CouponCodes
from app.coupons.redeem import redeem
from app.database import Db, rows, value
from app.ledger.account import Balances
from app.ledger.check import check_ledger
from app.members.enrol import Enrolment, enrol
from app.members.store import moment
from app.orders.delivery import Delivery, confirm_delivery
from app.orders.lines import LineGiven, OrderGiven
from app.orders.purchase import Purchase, record_purchase
from app.requests.once import Call
from app.requests.outcome import Outcome
from tests.client import fresh
from tests.journeys.makers import ADULT, CURRENCY, TERMS

CODES = CouponCodes(b"sixteen bytes or more")
MICROSECOND = timedelta(microseconds=1)


def call(mutation: str) -> Call:
    """A request under a key of its own."""
    return Call("test", fresh("key"), mutation, b"")


def done(outcome: Outcome) -> Outcome:
    """The outcome, which is no refusal."""
    assert outcome.errors == ()
    return outcome


def instant(text: str) -> datetime:
    """ "2026-03-30T22:00" in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def stop_clock(db: Db, at: datetime) -> None:
    """From here on it is this very microsecond, for everything that asks this test's database."""
    await rows(
        db,
        "CREATE OR REPLACE FUNCTION programme_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS"
        f" $$ SELECT '{at.isoformat()}'::timestamptz $$",
    )


async def ledger_agrees() -> bool:
    """Does the ledger agree with itself? That the clock stands still is our own doing."""
    return [one for one in (await check_ledger()).problems if "function programme_now" not in one] == []


async def joined(market: str = "ES") -> str:
    """The Mi Account of a new member."""
    mi_account_id = fresh("mi")
    person = Enrolment(mi_account_id, market, date.fromisoformat(ADULT), TERMS, "Ana")
    done(await enrol(call("enrolMember"), person))
    return mi_account_id


async def buys(mi_account_id: str, price: str, *, market: str = "ES", occurred_at: datetime | None = None) -> str:
    """The id of an order of one line at this price."""
    given = OrderGiven(CURRENCY[market], (LineGiven("MI-BAND", Decimal(price)),))
    purchase = Purchase("mi.com", fresh("order"), given, occurred_at)
    done(await record_purchase(call("recordPurchase"), mi_account_id, purchase, CODES))
    return purchase.order_id


async def arrives(order_id: str) -> None:
    """The order is delivered now."""
    done(await confirm_delivery(call("confirmDelivery"), Delivery("mi.com", order_id)))


async def redeems(db: Db, mi_account_id: str, price_points: int) -> None:
    """Spends so many points on a coupon of an offer made for it."""
    offer_id = await value(
        db,
        """INSERT INTO coupon_offer (market_id, price_points, value_minor, valid_days, suspended, excluded_skus,
                                     excluded_categories, titles)
           VALUES ('ES', $1, 500, 180, false, '[]', '[]', '{}') RETURNING id""",
        price_points,
    )
    done(await redeem(call("redeemCoupon"), mi_account_id, offer_id, None, CODES))


async def owns(mi_account_id: str) -> Balances:
    """What a member owns now, as a reader is told."""
    found = (await moment(mi_account_id)).member
    assert found is not None
    return found.account.balances
