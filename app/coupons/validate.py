"""What would this coupon take off this order, and what stands in its way? (PROGRAMME 7: validate)"""

from dataclasses import dataclass, replace

from app.coupons.codes import CouponCodes
from app.coupons.lifecycle import standing, why_not
from app.coupons.search import CodeSearch
from app.coupons.store import coupon_state
from app.database import connection
from app.members.standing import barred
from app.members.store import MemberView, members_by_id
from app.orders.lines import OrderGiven
from app.orders.pricing import priced_for
from app.programmes.exclusions import exclusions_at
from app.programmes.store import revision_book
from app.requests.outcome import Outcome, Refusal


@dataclass(frozen=True)
class Validation:
    """A coupon's row id and its member, None for an unknown code; its discount, None where something is in the way."""

    coupon_id: int | None = None
    member: MemberView | None = None
    discount_minor: int | None = None
    refusals: tuple[Refusal, ...] = ()


async def validate_coupon(
    principal: str, member_id: int | None, code: str, order: OrderGiven, codes: CouponCodes
) -> Validation:
    """Every reason why an order of these lines could not have the coupon now, else its discount; nothing is written.

    `member_id`: only this member's coupons are found (None: anybody's). Wrong codes count against the principal.
    """
    search = CodeSearch(principal, codes)
    found = await search.counted(search.find(connection(), code, member_id))
    if found is None:
        return Validation(refusals=(Refusal("COUPON_NOT_FOUND", {}, ("code",)),))
    member = (await members_by_id([found["member_id"]]))[found["member_id"]]
    coupon = await coupon_state(connection(), found["id"])
    refusals: list[Refusal] = []
    if reason := why_not(coupon, None, member.at, member.at):
        refusals.append(Refusal(reason, {}, ("code",)))
    now = standing(coupon.status, coupon.expires_at, coupon.reserved_until, member.at)
    if now == "ISSUED" and (refusal := barred(member.account)):
        refusals.extend(refusal.errors)
    revision = (await revision_book(connection())).of(member.account.market, member.at).revision
    exclusions = await exclusions_at(connection(), revision, member.at)
    priced = priced_for(revision, replace(order, points=0), coupon.terms, exclusions)
    if isinstance(priced, Outcome):
        refusals.extend(priced.errors)
    discount_minor = None if isinstance(priced, Outcome) or refusals else priced.coupon_minor
    return Validation(coupon.id, member, discount_minor, tuple(refusals))
