"""What does earning see of an order? Only the lines that earn count."""

from app.rules.facts import OrderFacts
from app.rules.orders import PricedOrder


def order_facts(currency: str, priced: PricedOrder) -> OrderFacts:
    """A priced order as the rule engine judges it; products and categories are in order of their names."""
    earning = [priced_line.line for priced_line in priced.lines if priced_line.earns]
    return OrderFacts(
        currency,
        priced.earning_net_minor,
        priced.coupon_minor,
        priced.points_minor,
        priced.excluded_minor,
        item_count=sum(line.quantity for line in earning),
        skus=tuple(sorted({line.sku for line in earning})),
        categories=tuple(sorted({category for line in earning for category in line.categories})),
    )
