"""What would this order earn now, by which rules and campaigns, and why not more? (PROGRAMME 3: PURCHASE)

The same engine and the same facts as `recordPurchase`, read and not written.
"""

from dataclasses import dataclass

from app.activities.record import granted
from app.campaigns.running import running_for
from app.coupons.codes import CouponCodes
from app.coupons.lifecycle import standing, why_not
from app.coupons.search import CodeSearch
from app.coupons.store import coupon_state
from app.database import connection
from app.members.standing import barred, closed
from app.members.store import MemberView
from app.orders.earning import order_facts
from app.orders.lines import OrderGiven
from app.orders.pricing import priced_for
from app.programmes.exclusions import exclusions_at
from app.programmes.store import StoredRevision
from app.requests.outcome import Outcome, refused
from app.rules.calendar import local_date
from app.rules.earning import ActivityFacts, Decision, award
from app.rules.orders import CouponTerms


@dataclass(frozen=True)
class EarningQuote:
    """What the engine would decide, under this revision."""

    stored: StoredRevision
    decision: Decision


async def quote_earning(
    principal: str, member: MemberView, stored: StoredRevision, order: OrderGiven, codes: CouponCodes
) -> EarningQuote | Outcome:
    """What a purchase of this order by the member, now, would earn; or why it would be refused.

    A wrong coupon code counts against the principal. A campaign's budget is looked at, not touched: another may take
    it first.
    """
    if refusal := closed(member.account):
        return refusal
    db = connection()
    coupon: CouponTerms | None = None
    if order.coupon_code is not None:
        found = await _coupon(principal, member, order.coupon_code, codes)
        if isinstance(found, Outcome):
            return found
        coupon = found
    exclusions = await exclusions_at(db, stored.revision, member.at)
    priced = priced_for(stored.revision, order, coupon, exclusions)
    if isinstance(priced, Outcome):
        return priced
    zone = member.account.time_zone
    facts = ActivityFacts(
        "PURCHASE",
        local_date(member.at, zone),
        zone,
        order=order_facts(order.currency, priced),
        suspended=member.account.status == "SUSPENDED",
    )
    running = await running_for(db, member.account, facts, member.at)
    counted = await granted(db, member.id, facts, stored, running)
    return EarningQuote(stored, award(facts, stored.revision, counted, running))


async def _coupon(principal: str, member: MemberView, code: str, codes: CouponCodes) -> CouponTerms | Outcome:
    path = ("order", "couponCode")
    search = CodeSearch(principal, codes)
    found = await search.counted(search.find(connection(), code, member.id))
    if found is None:
        return refused("COUPON_NOT_FOUND", *path)
    coupon = await coupon_state(connection(), found["id"])
    if reason := why_not(coupon, None, member.at, member.at):
        return refused(reason, *path)
    now = standing(coupon.status, coupon.expires_at, coupon.reserved_until, member.at)
    refusal = barred(member.account) if now == "ISSUED" else None
    return refusal or coupon.terms
