"""What does an order earn, and which coupon does it use? (PROGRAMME 3: PURCHASE; 7)"""

from dataclasses import replace
from datetime import datetime

from app.activities.record import ActivityDraft, record
from app.activities.when import occurred
from app.checkout.capture import pay_order
from app.checkout.store import held_by_another
from app.coupons.codes import CouponCodes
from app.coupons.lifecycle import CouponState
from app.coupons.search import CodeSearch
from app.coupons.use import coupon_for_order, mark_used
from app.database import Db
from app.ledger.hold import Held, hold_own
from app.members.standing import closed
from app.orders.early import apply_early, delivered_at
from app.orders.earning import Purchase, cause_of, purchase_facts
from app.orders.pricing import priced_for
from app.orders.store import lock_order, owner_of, store_order
from app.orders.swift_purchase import purchase_swiftly
from app.programmes.exclusions import exclusions_at
from app.programmes.store import StoredRevision, revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.requests.parked import waiting
from app.requests.words import ID_LENGTH, SOURCE_LENGTH, unfit

__all__ = ["Purchase", "record_purchase"]


async def record_purchase(call: Call, mi_account_id: str, purchase: Purchase, codes: CouponCodes) -> Outcome:
    """Record an order: 1 point per whole unit of its net, pending until delivery or day 16, and use its coupon.

    An order id that is already known answers its first result. A coupon that cannot be used refuses the whole order, as
    a reservation does that cannot be captured. An order for which another member's points are held or spent is theirs.
    """
    search = CodeSearch(call.principal, codes)

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
        named = purchase.reservation_id is not None  # then it is judged itself, whose it is too
        if not named and await held_by_another(db, order["id"], held.account.member_id, held.at):
            return invalid("OTHER_MEMBER", "orderId")
        stored = (await revision_book(db)).of(held.account.market, when)
        return await _buy(db, held, stored, purchase, when, order["id"], search)

    async def swift() -> Outcome | None:
        return _unfit(mi_account_id, purchase) or await purchase_swiftly(call, mi_account_id, purchase)

    return await search.counted(once(call, act, swift))


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
    search: CodeSearch,
) -> Outcome:
    order = purchase.order
    if purchase.reservation_id is not None:
        paid = await pay_order(db, held, purchase.reservation_id, order_row_id, order.points)
        if isinstance(paid, Outcome):
            return paid
        held, order = paid.held, replace(order, points=paid.points)
    coupon: CouponState | None = None
    if purchase.order.coupon_code is not None:
        found = await coupon_for_order(db, held, search, purchase.order.coupon_code, order_row_id, when)
        if isinstance(found, Outcome):
            return found
        coupon = found
    exclusions = await exclusions_at(db, stored.revision, when)
    priced = priced_for(stored.revision, order, coupon.terms if coupon else None, exclusions)
    if isinstance(priced, Outcome):
        return priced
    early = await waiting(db, "order", order_row_id)
    recorded = await record(
        db,
        held,
        stored,
        purchase_facts(held.account, purchase.order.currency, priced, when),
        ActivityDraft(purchase.source, purchase.order_id, when),
        cause=cause_of(order_row_id),
        confirmed_at=delivered_at(early),
    )
    await store_order(db, order_row_id, recorded.activity_id, priced, points=order.points)
    if coupon is not None:
        await mark_used(db, coupon.id, order_row_id, held.at)
    await apply_early(db, held.account.member_id, order_row_id, early)
    return Outcome(
        member_id=held.account.member_id,
        activity_id=recorded.activity_id,
        coupon_id=coupon.id if coupon else None,
        reservation_id=purchase.reservation_id,
    )
