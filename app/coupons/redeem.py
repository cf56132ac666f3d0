"""What happens when a member spends points on a coupon? (PROGRAMME 7)"""

from datetime import timedelta

import asyncpg

from app.coupons.codes import CouponCodes, new_nonce
from app.coupons.judge import OfferTerms, Redeemer, blocks
from app.coupons.models import Coupon
from app.database import Db, row
from app.ledger.account import Bucket, EntryKind, Movement, Transfer
from app.ledger.hold import Held, hold_own, take
from app.ledger.posting import post
from app.ledger.settle import next_notice
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused
from app.rows import instances
from app.rules.calendar import day_end, local_date

# Only an offer with a stock is locked, so that a popular one without does not queue its redeemers. The member's own
# coupons are safe to count here: their account is held since an earlier statement.
_OFFER = """
SELECT id, market_id AS market, price_points, value_minor, valid_days, opens_at, closes_at, limit_per_member, suspended,
  (SELECT stock_left FROM coupon_offer AS stocked WHERE stocked.id = coupon_offer.id AND stock IS NOT NULL FOR UPDATE),
  (SELECT count(*)::int FROM coupon WHERE member_id = $2 AND offer_id = $1 AND status <> 'CANCELLED') AS had
FROM coupon_offer WHERE id = $1
"""
_ISSUE = """
WITH sold AS (UPDATE coupon_offer SET stock_left = stock_left - 1 WHERE id = $2 AND stock IS NOT NULL)
INSERT INTO coupon (member_id, offer_id, nonce, lookup, status, value_minor, points_spent, issued_at, last_usable_day,
                    expires_at, notify_at)
VALUES ($1, $2, $3, $4, 'ISSUED', $5, $6, $7, $8, $9, $10) RETURNING *
"""


async def redeem(
    call: Call, mi_account_id: str, offer_id: int | None, expected_price: int | None, codes: CouponCodes
) -> Outcome:
    """Spend an offer's price, soonest-expiring points first, and issue one coupon with an unguessable code.

    Refused with every reason that `blocks` finds, PRICE_CHANGED, NOT_FOUND (also another market's offer) or
    NOT_ENROLLED.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        found = await row(db, _OFFER, offer_id, held.account.member_id) if offer_id is not None else None
        if found is None:
            return refused("NOT_FOUND", "offerId", what="OFFER")
        offer = terms_of(found)
        redeemer = Redeemer(held.account.status, held.account.balances.available, found["had"], held.account.market)
        if reasons := blocks(offer, redeemer, held.at):
            return Outcome(errors=reasons)
        if expected_price is not None and expected_price != offer.price_points:
            return refused("PRICE_CHANGED", "expectedPrice", price=offer.price_points, expected=expected_price)
        return await _redeem(db, held, offer, codes)

    return await once(call, act)


def terms_of(offer: asyncpg.Record) -> OfferTerms:
    """An offer's row as the judgement reads it."""
    return OfferTerms(**{name: offer[name] for name in OfferTerms.__dataclass_fields__})


async def _redeem(db: Db, held: Held, offer: OfferTerms, codes: CouponCodes) -> Outcome:
    member_id, zone = held.account.member_id, held.account.time_zone
    moves = await take(db, member_id, offer.price_points)
    nonce = new_nonce()
    last_usable_day = local_date(held.at, zone) + timedelta(days=offer.valid_days)
    expires_at = day_end(last_usable_day, zone)
    notify_at = next_notice(expires_at, held.at)
    [coupon] = await instances(
        db,
        Coupon,
        _ISSUE,
        member_id,
        offer.id,
        nonce,
        codes.lookup(codes.code(nonce)),
        offer.value_minor,
        offer.price_points,
        held.at,
        last_usable_day,
        expires_at,
        notify_at,
    )
    spend = Transfer(
        EntryKind.REDEEM,
        Bucket.AVAILABLE,
        Bucket.REDEEMED,
        offer.price_points,
        held.at,
        moves=moves,
        coupon_id=coupon.id,
    )
    await post(db, held.account, [Movement(f"redeem/{coupon.id}", (spend,))], due_at=notify_at)
    return Outcome(member_id=member_id, coupon_id=coupon.id, written=(coupon,))
