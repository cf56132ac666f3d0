"""What happens when a checkout holds points for an order? (PROGRAMME 8)"""

from dataclasses import dataclass, replace
from datetime import timedelta

from app.checkout.models import Reservation
from app.checkout.store import reservations_for
from app.coupons.codes import CouponCodes
from app.coupons.search import CodeSearch
from app.coupons.use import coupon_for_order
from app.database import Db, value
from app.ledger.account import Bucket, EntryKind, Movement, Transfer
from app.ledger.hold import Held, hold_own, take
from app.ledger.posting import post
from app.members.standing import barred
from app.orders.lines import OrderGiven
from app.orders.pricing import priced_for
from app.orders.store import lock_order, owner_of
from app.programmes.exclusions import exclusions_at
from app.programmes.store import revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, Refusal, invalid, refused
from app.requests.words import ID_LENGTH, SOURCE_LENGTH, unfit
from app.rules.checkout import Purse, points_blocks
from app.rules.orders import PricedOrder
from app.rules.revision import Revision

_RESERVE = """
INSERT INTO reservation (member_id, order_id, status, points, captured, held_until, created_at)
VALUES ($1, $2, 'HELD', $3, 0, $4, $5) RETURNING id
"""
_PATHS = {"INSUFFICIENT_POINTS": ("points",), "ABOVE_MAXIMUM_SHARE": ("points",), "NO_ELIGIBLE_LINES": ("order",)}


@dataclass(frozen=True)
class Wish:
    """So many points for an order, by its id in its source, as it stands at checkout."""

    source: str
    order_id: str
    points: int
    order: OrderGiven


async def reserve_points(call: Call, mi_account_id: str, wish: Wish, codes: CouponCodes) -> Outcome:
    """Hold points for an order, those that expire soonest first, for the revision's minutes.

    What the order already holds for this member is the same reservation. Refused with every reason that
    `points_blocks` finds, those of the order and its coupon, ACCOUNT_SUSPENDED, ACCOUNT_CLOSED or NOT_ENROLLED; with
    INVALID_INPUT for another member's order, other points than it holds, or one already recorded or paid.
    """
    search = CodeSearch(call.principal, codes)

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(mi_account_id, wish):
            return problem
        order = await lock_order(db, wish.source, wish.order_id)
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        if refusal := barred(held.account):
            return refusal
        if order["activity_id"] is not None:
            owner = await owner_of(db, order["activity_id"])
            own = owner["id"] == held.account.member_id
            return invalid("ALREADY_RECORDED" if own else "OTHER_MEMBER", "orderId")
        known = _known(await reservations_for(db, order["id"]), held, wish.points)
        return known or await _reserve(db, held, wish, order["id"], search)

    return await search.counted(once(call, act))


def _unfit(mi_account_id: str, wish: Wish) -> Outcome | None:
    if wish.points < 1:
        return invalid("OUT_OF_RANGE", "points", minimum=1)
    if wish.order.points not in (0, wish.points):
        return invalid("OTHER_POINTS", "order", "points")
    return unfit(
        ("miAccountId", mi_account_id, ID_LENGTH),
        ("source", wish.source, SOURCE_LENGTH),
        ("orderId", wish.order_id, ID_LENGTH),
    )


def _known(reservations: list[Reservation], held: Held, points: int) -> Outcome | None:
    """What the order's earlier reservations answer; None: nothing is held for it."""
    for known in reservations:
        own = known.member_id == held.account.member_id
        if known.status == "CAPTURED":
            return invalid("ALREADY_RECORDED" if own else "OTHER_MEMBER", "orderId")
        if known.status == "HELD" and not own and known.held_until > held.at:
            return invalid("OTHER_MEMBER", "orderId")
        if known.status == "HELD" and own:
            same = Outcome(member_id=known.member_id, reservation_id=known.id)
            return same if known.points == points else invalid("OTHER_POINTS", "points")
    return None


async def _reserve(db: Db, held: Held, wish: Wish, order_row_id: int, search: CodeSearch) -> Outcome:
    revision = (await revision_book(db)).of(held.account.market, held.at).revision
    priced = await _priced(db, held, revision, wish.order, order_row_id, search)
    if isinstance(priced, Outcome):
        return priced
    purse = Purse(held.account.balances.posted, held.account.balances.available)
    if reasons := points_blocks(revision, purse, priced, wish.points):
        return Outcome(errors=tuple(Refusal(one.code, one.facts, _PATHS.get(one.code, ())) for one in reasons))
    until = held.at + timedelta(minutes=revision.reservation_minutes)
    member_id = held.account.member_id
    reservation_id = await value(db, _RESERVE, member_id, order_row_id, wish.points, until, held.at)
    reserve = Transfer(
        EntryKind.RESERVE,
        Bucket.AVAILABLE,
        Bucket.RESERVED,
        wish.points,
        held.at,
        moves=await take(db, member_id, wish.points),
        reservation_id=reservation_id,
    )
    await post(db, held.account, [Movement(f"reservation/{reservation_id}/held", (reserve,))], due_at=until)
    return Outcome(member_id=member_id, reservation_id=reservation_id)


async def _priced(
    db: Db, held: Held, revision: Revision, order: OrderGiven, order_row_id: int, search: CodeSearch
) -> PricedOrder | Outcome:
    """The order with its coupon and without points: what of it points may still pay for."""
    coupon = None
    if order.coupon_code is not None:
        found = await coupon_for_order(db, held, search, order.coupon_code, order_row_id, held.at)
        if isinstance(found, Outcome):
            return found
        coupon = found.terms
    return priced_for(revision, replace(order, points=0), coupon, await exclusions_at(db, revision, held.at))
