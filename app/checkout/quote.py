"""Which ways has a member to pay for this order, and which is best? (PROGRAMME 7, 8)"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from app.coupons.judge import Redeemer, blocks, terms_of
from app.coupons.search import CodeSearch
from app.coupons.store import STANDING
from app.database import Db, rows
from app.ledger.balances import ExpiryStep
from app.ledger.settle import NOTICE_DAYS
from app.members.standing import barred
from app.members.store import MemberView
from app.orders.lines import OrderGiven, read_lines
from app.programmes.exclusions import exclusions_at
from app.requests.outcome import Outcome, refused
from app.rules.calendar import local_date
from app.rules.checkout import Basket, CouponAtHand, Ending, Purse, Way, usable_points, ways_to_pay
from app.rules.money import to_minor
from app.rules.orders import CouponTerms, OrderRefusal, PricedOrder
from app.rules.revision import Revision

MOST_OF_A_KIND = 20  # coupons held, and offers open, that are tried

# Of coupons that are alike, the one that ends soonest; the most valuable first. $2: the one whose code the order names.
_COUPONS = f"""
SELECT * FROM (
  SELECT DISTINCT ON (offer_id, held.value_minor, standing) held.id, held.value_minor, last_usable_day, expires_at,
    standing, minimum_order_minor, excluded_skus, excluded_categories
  FROM (SELECT *, {STANDING} AS standing FROM coupon WHERE member_id = $1 AND ($2::bigint IS NULL OR id = $2)) held
  JOIN coupon_offer ON coupon_offer.id = offer_id WHERE $2 IS NOT NULL OR standing IN ('ISSUED', 'RESERVED')
  ORDER BY offer_id, held.value_minor, standing, expires_at, held.id) alike
ORDER BY value_minor DESC, expires_at, id LIMIT {MOST_OF_A_KIND}
"""
# What the member has the points for comes first, the most valuable before the others; then what is nearest in price.
_OFFERS = f"""
SELECT id, market_id AS market, price_points, value_minor, valid_days, opens_at, closes_at, stock_left,
  limit_per_member, suspended, minimum_order_minor, excluded_skus, excluded_categories,
  (SELECT count(*)::int FROM coupon WHERE member_id = $2 AND offer_id = coupon_offer.id AND status <> 'CANCELLED')
    AS had
FROM coupon_offer WHERE market_id = $1 AND NOT suspended AND stock_left IS DISTINCT FROM 0
  AND coalesce(opens_at, '-infinity') <= $3 AND coalesce(closes_at, 'infinity') > $3
ORDER BY price_points > $4, CASE WHEN price_points > $4 THEN price_points ELSE -value_minor END, id
LIMIT {MOST_OF_A_KIND}
"""


@dataclass(frozen=True)
class Quote:
    """What of an order points may pay for (after the coupon that it names), the most that can now, and the ways."""

    eligible_minor: int
    maximum_points: int
    ways: tuple[Way, ...]


async def quote_checkout(
    db: Db,
    member: MemberView,
    revision: Revision,
    order: OrderGiven,
    schedule: Sequence[ExpiryStep],
    search: CodeSearch,
) -> Quote | Outcome:
    """Every way to pay, judged as the acts judge: redeem, reserve the points, record the purchase with both.

    An order that names a coupon is quoted with that one alone. The points that it names do not count. Refused with
    CURRENCY_NOT_OF_MARKET, INVALID_INPUT of the order, or COUPON_NOT_FOUND.
    """
    lines = read_lines(order, revision.market.currency)
    if isinstance(lines, Outcome):
        return lines
    account, at = member.account, member.at
    refusal = barred(account)
    basket = Basket(
        revision,
        lines,
        await exclusions_at(db, revision, at),
        to_minor(order.shipping, revision.market.currency),
        Purse(
            account.balances.posted,
            account.balances.available,
            OrderRefusal(refusal.errors[0].code) if refusal else None,
        ),
        _ending(member, schedule),
    )
    coupons = await _coupons(db, member, order, search)
    if isinstance(coupons, Outcome):
        return coupons
    named = coupons[0].terms if order.coupon_code is not None and not coupons[0].blocked_by else None
    priced = basket.priced(named)
    if isinstance(priced, OrderRefusal):
        priced = basket.priced(None)
    if not isinstance(priced, PricedOrder):
        raise LookupError(f"lines that were read cannot be priced: {priced.code}")
    usable = usable_points(revision, basket.purse, priced)
    return Quote(priced.earning_net_minor, usable, tuple(ways_to_pay(basket, coupons)))


async def _coupons(db: Db, member: MemberView, order: OrderGiven, search: CodeSearch) -> list[CouponAtHand] | Outcome:
    if order.coupon_code is None:
        held = [_held(coupon) for coupon in await rows(db, _COUPONS, member.id, None)]
        return held + await _offers(db, member)
    found = await search.find(db, order.coupon_code, member.id)
    if found is None:
        return refused("COUPON_NOT_FOUND", "order", "couponCode")
    return [_held(coupon, named=True) for coupon in await rows(db, _COUPONS, member.id, found["id"])]


def _held(coupon: asyncpg.Record, *, named: bool = False) -> CouponAtHand:
    # Who names a coupon that is reserved is the checkout that reserved it; the act knows the order and judges again.
    usable = coupon["standing"] == "ISSUED" or (named and coupon["standing"] == "RESERVED")
    code = "COUPON_EXPIRED" if coupon["standing"] == "EXPIRED" else "COUPON_NOT_USABLE"
    return CouponAtHand(
        _terms(coupon),
        coupon_id=coupon["id"],
        last_usable_on=coupon["last_usable_day"],
        ends_at=coupon["expires_at"],
        blocked_by=() if usable else (OrderRefusal(code),),
    )


async def _offers(db: Db, member: MemberView) -> list[CouponAtHand]:
    account = member.account
    found = []
    available = account.balances.available
    for offer in await rows(db, _OFFERS, account.market, member.id, member.at, available):
        redeemer = Redeemer(account.status, available, offer["had"], account.market)
        reasons = blocks(terms_of(offer), redeemer, member.at)
        found.append(
            CouponAtHand(
                _terms(offer),
                offer_id=offer["id"],
                price_points=offer["price_points"],
                blocked_by=tuple(OrderRefusal(reason.code, reason.facts) for reason in reasons),
            )
        )
    return found


def _terms(coupon: asyncpg.Record) -> CouponTerms:
    return CouponTerms(
        coupon["value_minor"],
        coupon["minimum_order_minor"],
        frozenset(coupon["excluded_skus"]),
        frozenset(coupon["excluded_categories"]),
    )


def _ending(member: MemberView, schedule: Sequence[ExpiryStep]) -> Ending | None:
    if not schedule:
        return None
    last = local_date(member.at, member.account.time_zone) + timedelta(days=max(NOTICE_DAYS))
    soonest = schedule[0]
    if soonest.last_usable_day > last:
        return None
    return Ending(soonest.points, soonest.last_usable_day, soonest.expires_at)
