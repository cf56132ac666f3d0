"""What does an order earn, and which coupon does it use? (PROGRAMME 3: PURCHASE; 7)"""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.activities.confirm import post_pending
from app.activities.record import ActivityDraft, record
from app.activities.when import occurred
from app.coupons.codes import CouponCodes
from app.coupons.use import coupon_for_order, use_coupon
from app.database import Db
from app.ledger.hold import Held, hold, hold_own
from app.members.standing import closed
from app.orders.lines import OrderGiven, read_lines
from app.orders.store import lock_order, owner_of, store_order
from app.programmes.exclusions import exclusions_at
from app.programmes.store import StoredRevision, revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, Refusal, invalid, refused
from app.requests.parked import applied, waiting
from app.requests.words import ID_LENGTH, SOURCE_LENGTH, unfit
from app.rules.calendar import local_date
from app.rules.earning import ActivityFacts, OrderFacts
from app.rules.orders import CouponTerms, Exclusions, OrderRefusal, PricedOrder, price_order
from app.rules.revision import Revision


@dataclass(frozen=True)
class Purchase:
    """An order placed by a signed-in member, by its id in its source."""

    source: str
    order_id: str
    order: OrderGiven
    occurred_at: datetime | None = None


async def record_purchase(call: Call, mi_account_id: str, purchase: Purchase, codes: CouponCodes) -> Outcome:
    """Record an order: 1 point per whole unit of its net, pending until delivery or day 16, and use its coupon.

    An order id that is already known answers its first result. A coupon that cannot be used refuses the whole order.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(mi_account_id, purchase):
            return problem
        order = await lock_order(db, purchase.source, purchase.order_id)
        if order["activity_id"] is not None:
            owner = await owner_of(db, order["activity_id"])
            if owner["mi_account_id"] != mi_account_id:
                return invalid("OTHER_MEMBER", "orderId")
            return Outcome(member_id=owner["id"], activity_id=order["activity_id"])
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        if refusal := closed(held.account):
            return refusal
        when = occurred(purchase.occurred_at, held.at)
        if isinstance(when, Outcome):
            return when
        stored = (await revision_book(db)).of(held.account.market, when)
        return await _buy(db, held, stored, purchase, when, order["id"], codes)

    return await once(call, act)


def _unfit(mi_account_id: str, purchase: Purchase) -> Outcome | None:
    return unfit(
        ("miAccountId", mi_account_id, ID_LENGTH),
        ("source", purchase.source, SOURCE_LENGTH),
        ("orderId", purchase.order_id, ID_LENGTH),
    )


async def _buy(
    db: Db,
    held: Held,
    stored: StoredRevision,
    purchase: Purchase,
    when: datetime,
    order_row_id: int,
    codes: CouponCodes,
) -> Outcome:
    coupon: asyncpg.Record | None = None
    if purchase.order.coupon_code is not None:
        found = await coupon_for_order(db, held, codes, purchase.order.coupon_code, when)
        if isinstance(found, Outcome):
            return found
        coupon = found
    exclusions = await exclusions_at(db, stored.revision, when)
    priced = priced_for(stored.revision, purchase.order, coupon, exclusions)
    if isinstance(priced, Outcome):
        return priced
    zone = held.account.time_zone
    recorded = await record(
        db,
        held,
        stored,
        ActivityFacts(
            "PURCHASE",
            local_date(when, zone),
            zone,
            order=OrderFacts(
                purchase.order.currency,
                priced.earning_net_minor,
                priced.coupon_minor,
                priced.points_minor,
                priced.excluded_minor,
            ),
            suspended=held.account.status == "SUSPENDED",
        ),
        ActivityDraft(purchase.source, purchase.order_id, when),
        cause=f"order/{order_row_id}/purchase",
    )
    await store_order(db, order_row_id, recorded.activity_id, priced)
    if coupon is not None:
        await use_coupon(db, coupon["id"], order_row_id, held.at)
    await _catch_up(db, held.account.member_id, order_row_id, recorded.activity_id)
    return Outcome(
        member_id=held.account.member_id,
        activity_id=recorded.activity_id,
        coupon_id=coupon["id"] if coupon else None,
    )


def priced_for(
    revision: Revision, order: OrderGiven, coupon: asyncpg.Record | None, exclusions: Exclusions
) -> PricedOrder | Outcome:
    """The order's lines with the coupon's and the points' discounts allocated, or why that cannot be."""
    lines = read_lines(order, revision.market.currency)
    if isinstance(lines, Outcome):
        return lines
    terms = coupon and CouponTerms(
        coupon["value_minor"],
        coupon["minimum_order_minor"],
        frozenset(coupon["excluded_skus"]),
        frozenset(coupon["excluded_categories"]),
    )
    priced = price_order(
        lines,
        coupon=terms,
        points_minor=order.points * revision.point_value_minor,
        exclusions=exclusions,
    )
    if isinstance(priced, OrderRefusal):
        facts = {**priced.facts, "currency": revision.market.currency}
        return Outcome(errors=(Refusal(priced.code, facts, ("order",)),))
    return priced


async def _catch_up(db: Db, member_id: int, order_row_id: int, activity_id: int) -> None:
    """Apply what was said of this order before it was known."""
    for event in await waiting(db, "order", order_row_id):
        await post_pending(db, await hold(db, member_id), activity_id, event["occurred_at"])
        await applied(db, event, Outcome(member_id=member_id, activity_id=activity_id))
