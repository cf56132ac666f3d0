"""What happens when a member spends points on a coupon? (PROGRAMME 7)"""

from app.coupons.codes import CouponCodes
from app.coupons.redemption import Spender, Wish, read_wishes, write_held
from app.coupons.till import Till
from app.database import Db
from app.ledger.hold import hold_own, take
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused

_of_this_process = Till()


async def redeem(
    call: Call,
    mi_account_id: str,
    offer_id: int | None,
    expected_price: int | None,
    codes: CouponCodes,
    *,
    till: Till = _of_this_process,
) -> Outcome:
    """Spend an offer's price, soonest-expiring points first, and issue one coupon with an unguessable code.

    Refused with every reason that `blocks` finds, PRICE_CHANGED, NOT_FOUND (also another market's offer) or
    NOT_ENROLLED.
    """
    wish = Wish(call, mi_account_id, offer_id, expected_price, codes)

    async def act(db: Db, request_id: int) -> Outcome:
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        [found] = await read_wishes(db, [wish])
        spender = Spender(held)
        offer = spender.judge(wish, found)
        if isinstance(offer, Outcome):
            return offer
        points = offer.price_points
        moves = spender.lots_for(found, points) or await take(db, held.account.member_id, points)
        written = spender.spend(wish, offer, found["coupon_id"], moves)
        await write_held(db, spender)
        return written.outcome

    return await once(call, act, lambda: till.redeem(wish))
