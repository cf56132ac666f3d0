"""How is money shown?"""

from decimal import Decimal

import strawberry

from app.api.enums import CurrencyCode
from app.rules.money import to_amount


@strawberry.type(description="An amount of money.")
class Money:
    amount: Decimal = strawberry.field(description="In whole units of the currency, with its decimals.")
    currency: CurrencyCode = strawberry.field(description="The currency.")


def money(minor: int, currency: str) -> Money:
    """Minor units (cents, pence) as an amount."""
    return Money(amount=to_amount(minor, currency), currency=CurrencyCode(currency))
