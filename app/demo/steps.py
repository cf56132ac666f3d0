"""What can a demo member do on a day, and which use case does it?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from app.activities.decide import Verdict, decide_review
from app.activities.fuel import tap_fuel
from app.activities.login import record_login
from app.activities.moderate import APPROVE, REJECT
from app.activities.review import Written, record_review
from app.activities.share import Shared, record_share
from app.clock import now
from app.coupons.codes import CouponCodes
from app.coupons.redeem import redeem
from app.database import Db, one, value
from app.members.enrol import Enrolment, enrol
from app.members.suspend import suspend_member
from app.orders.delivery import Delivery, confirm_delivery
from app.orders.lines import LineGiven, OrderGiven
from app.orders.purchase import Purchase, record_purchase
from app.programmes.store import StoredRevision, revision_book
from app.requests.once import Call
from app.requests.outcome import Outcome

PRINCIPAL = "demo"
SHOP = "mi.com"

_OFFER = """
SELECT id FROM coupon_offer WHERE market_id = $1 AND value_minor = $2 AND NOT suspended
ORDER BY price_points, id LIMIT 1
"""
_OPEN_COUPON = """
SELECT nonce FROM coupon JOIN member ON member.id = member_id
WHERE mi_account_id = $1 AND status = 'ISSUED' ORDER BY coupon.id DESC LIMIT 1
"""


@dataclass(frozen=True)
class Person:
    """A demo member with a story; each day's steps begin at `rises`, local time."""

    mi_account_id: str
    display_name: str
    market: str
    birth_date: date
    rises: time
    story: tuple["Step", ...]


@dataclass(frozen=True)
class Stage:
    """Where steps happen: the open transaction, with its clock set to the step's instant, and the coupon codes."""

    db: Db
    codes: CouponCodes

    async def revision(self, market: str) -> StoredRevision:
        """The revision in force now."""
        return (await revision_book(self.db)).of(market, await now(self.db))


Act = Callable[[Stage, Person, Call], Awaitable[Outcome]]


@dataclass(frozen=True)
class Step:
    """Something done `days_ago` local days before the demo's present (>= 1); `key` is its own within its person."""

    days_ago: int
    mutation: str
    key: str
    act: Act

    def call(self, person: Person) -> Call:
        """The request of this step: its idempotency key is fixed."""
        return Call(PRINCIPAL, f"{person.mi_account_id}/{self.mutation}/{self.key}", self.mutation, b"demo")


def joins(days_ago: int) -> Step:
    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        terms = (await stage.revision(person.market)).revision.terms_version
        who = Enrolment(person.mi_account_id, person.market, person.birth_date, terms, person.display_name)
        return await enrol(call, who)

    return Step(days_ago, "enrolMember", "", act)


def logs_in(days_ago: int) -> Step:
    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        return await record_login(call, person.mi_account_id, f"{person.mi_account_id}-phone")

    return Step(days_ago, "recordAppLogin", "", act)


def taps_from(first_days_ago: int, *, days: int) -> tuple[Step, ...]:
    """A tap on each of so many local days in a row."""

    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        return await tap_fuel(call, person.mi_account_id, None)

    return tuple(Step(first_days_ago - later, "tapFuel", f"{first_days_ago - later}", act) for later in range(days))


def buys(days_ago: int, order_id: str, *lines: tuple[str, str, int], with_coupon: bool = False) -> Step:
    """An order of (sku, unit price, quantity); `with_coupon` uses the newest open coupon."""

    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        code: str | None = None
        if with_coupon:
            code = stage.codes.code((await one(stage.db, _OPEN_COUPON, person.mi_account_id))["nonce"])
        currency = (await stage.revision(person.market)).revision.market.currency
        given = tuple(LineGiven(sku, Decimal(price), quantity) for sku, price, quantity in lines)
        bought = Purchase(SHOP, order_id, OrderGiven(currency, given, coupon_code=code))
        return await record_purchase(call, person.mi_account_id, bought, stage.codes)

    return Step(days_ago, "recordPurchase", order_id, act)


def receives(days_ago: int, order_id: str) -> Step:
    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        return await confirm_delivery(call, Delivery(SHOP, order_id))

    return Step(days_ago, "confirmDelivery", order_id, act)


def shares(days_ago: int, sku: str, network: str) -> Step:
    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        link = f"https://{network}.example/{person.mi_account_id}/{sku.lower()}"
        return await record_share(call, person.mi_account_id, Shared(sku, network, link))

    return Step(days_ago, "recordShare", f"{sku}/{network}/{days_ago}", act)


def reviews(days_ago: int, review_id: str, sku: str) -> Step:
    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        return await record_review(call, person.mi_account_id, Written(SHOP, review_id, sku))

    return Step(days_ago, "recordReview", review_id, act)


def has_approved(days_ago: int, review_id: str) -> Step:
    return _decided(days_ago, review_id, APPROVE)


def has_rejected(days_ago: int, review_id: str) -> Step:
    return _decided(days_ago, review_id, REJECT)


def _decided(days_ago: int, review_id: str, event: str) -> Step:
    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        return await decide_review(call, event, Verdict(SHOP, review_id))

    return Step(days_ago, event, review_id, act)


def redeems(days_ago: int, value_minor: int) -> Step:
    """A coupon of this value, in the market's currency."""

    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        offer_id = await value(stage.db, _OFFER, person.market, value_minor)
        return await redeem(call, person.mi_account_id, offer_id, None, stage.codes)

    return Step(days_ago, "redeemCoupon", f"{days_ago}", act)


def is_suspended(days_ago: int) -> Step:
    """Staff's decision on the account; it moves no points."""

    async def act(stage: Stage, person: Person, call: Call) -> Outcome:
        return await suspend_member(call, PRINCIPAL, person.mi_account_id, True, "Many accounts of one person")

    return Step(days_ago, "suspendMember", "", act)
