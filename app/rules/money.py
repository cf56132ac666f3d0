"""How many minor units is an amount, and how is a discount shared out to the last one? No float touches money."""

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_precision

GREATEST_MINOR = 10**12
EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])


class MoneyError(ValueError):
    """An amount that is no money; `code` says why: TOO_MANY_DECIMALS, NOT_MONEY, OUT_OF_RANGE or UNKNOWN_CURRENCY."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@cache
def minor_units(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for ISK. Raises MoneyError(UNKNOWN_CURRENCY)."""
    if currency not in get_global("all_currencies"):
        raise MoneyError("UNKNOWN_CURRENCY")
    return get_currency_precision(currency)


def to_minor(amount: Decimal, currency: str) -> int:
    """19.99 EUR -> 1999, never rounded. Raises MoneyError: too many decimals, NaN, or more than 10**12 minor units."""
    if not amount.is_finite():
        raise MoneyError("NOT_MONEY")
    if amount.copy_abs() > GREATEST_MINOR:  # before anything that would write a huge exponent out
        raise MoneyError("OUT_OF_RANGE")
    digits = minor_units(currency)
    try:
        exact = amount.quantize(Decimal(1).scaleb(-digits), context=EXACT)
    except Inexact as error:
        raise MoneyError("TOO_MANY_DECIMALS") from error
    minor = int(exact.scaleb(digits, context=EXACT))
    if abs(minor) > GREATEST_MINOR:
        raise MoneyError("OUT_OF_RANGE")
    return minor


def to_amount(minor: int, currency: str) -> Decimal:
    """1999 EUR -> Decimal("19.99"), with all of the currency's decimals."""
    return Decimal(minor).scaleb(-minor_units(currency), context=EXACT)


def whole_units(net_minor: int, currency: str) -> int:
    """2997 EUR -> 29: the whole units of the currency, the one floor of an order (PROGRAMME 3)."""
    return int(net_minor // 10 ** minor_units(currency))  # part units earn nothing


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Shares `total` (>= 0) out in proportion to `weights` (>= 0) by largest remainder; ties go to the first.

    The shares sum to `total` exactly, and none exceeds its weight while `total` <= sum(weights) (PROGRAMME 3).
    Raises ValueError for a negative number, or when there is something to share and nothing to share it over.
    """
    whole = sum(weights)
    if total < 0 or any(weight < 0 for weight in weights) or (total > 0 and whole == 0):
        raise ValueError(f"cannot share {total} over {list(weights)}")
    if total == 0:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-remainders[place], place))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares
