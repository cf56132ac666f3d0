"""What does an order cost a member once its discounts are shared out?"""

from app.orders.lines import OrderGiven, read_lines
from app.requests.outcome import Outcome, Refusal
from app.rules.orders import CouponTerms, Exclusions, OrderRefusal, PricedOrder, price_order
from app.rules.revision import Revision


def priced_for(
    revision: Revision, order: OrderGiven, coupon: CouponTerms | None, exclusions: Exclusions
) -> PricedOrder | Outcome:
    """The order's lines with the coupon's and the points' discounts allocated, or why that cannot be."""
    lines = read_lines(order, revision.market.currency)
    if isinstance(lines, Outcome):
        return lines
    priced = price_order(
        lines,
        coupon=coupon,
        points_minor=order.points * revision.point_value_minor,
        exclusions=exclusions,
    )
    if isinstance(priced, OrderRefusal):
        facts = {**priced.facts, "currency": revision.market.currency}
        return Outcome(errors=(Refusal(priced.code, facts, ("order",)),))
    return priced
