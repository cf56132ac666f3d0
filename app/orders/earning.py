"""What does earning see of an order? Only the lines that earn count."""

from dataclasses import dataclass
from datetime import datetime

from app.ledger.account import AccountState
from app.orders.lines import OrderGiven
from app.rules.calendar import local_date
from app.rules.earning import ActivityFacts
from app.rules.facts import OrderFacts
from app.rules.orders import PricedOrder


@dataclass(frozen=True)
class Purchase:
    """An order placed by a signed-in member, by its id in its source."""

    source: str
    order_id: str
    order: OrderGiven
    occurred_at: datetime | None = None
    reservation_id: int | None = None


def cause_of(order_row_id: int) -> str:
    """The natural key of what a purchase earns."""
    return f"order/{order_row_id}/purchase"


def purchase_facts(account: AccountState, currency: str, priced: PricedOrder, when: datetime) -> ActivityFacts:
    """A purchase of this priced order by a member, as the rule engine judges it."""
    return ActivityFacts(
        "PURCHASE",
        local_date(when, account.time_zone),
        account.time_zone,
        order=order_facts(currency, priced),
        suspended=account.status == "SUSPENDED",
    )


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
