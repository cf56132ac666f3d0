"""Are these the lines of an order, in this currency?"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.requests.outcome import Outcome, invalid, refused
from app.requests.words import SKU_LENGTH, unfit
from app.rules.money import MoneyError, to_minor
from app.rules.orders import Line

MAXIMUM_LINES = 200
MAXIMUM_QUANTITY = 10_000
MAXIMUM_CATEGORIES = 20
MAXIMUM_MINOR = 10**9  # of a whole order


@dataclass(frozen=True)
class LineGiven:
    """A line as a client writes it, money as decimals of the currency."""

    sku: str
    unit_price: Decimal
    quantity: int = 1
    discount: Decimal = Decimal(0)
    line_id: str | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrderGiven:
    """An order as a client writes it. `points`: those that already paid for a part of it."""

    currency: str
    lines: tuple[LineGiven, ...]
    coupon_code: str | None = None
    points: int = 0
    shipping: Decimal = Decimal(0)


def read_lines(order: OrderGiven, currency: str) -> tuple[Line, ...] | Outcome:
    """The order's lines in minor units, or what is wrong with them: CURRENCY_NOT_OF_MARKET or INVALID_INPUT.

    A line is known by its `line_id`, or by its sku where that stands once.
    """
    if order.currency != currency:
        return refused("CURRENCY_NOT_OF_MARKET", "order", "currency", given=order.currency, expected=currency)
    if not order.lines:
        return invalid("EMPTY", "order", "lines")
    if len(order.lines) > MAXIMUM_LINES:
        return invalid("TOO_MANY", "order", "lines", maximum=MAXIMUM_LINES)
    if order.points < 0:
        return invalid("OUT_OF_RANGE", "order", "points", minimum=0)
    try:
        if to_minor(order.shipping, currency) < 0:
            return invalid("OUT_OF_RANGE", "order", "shipping", minimum=0)
    except MoneyError as error:
        return invalid(error.code, "order", "shipping")
    return _read_all(order.lines, currency)


def _read_all(given: Sequence[LineGiven], currency: str) -> tuple[Line, ...] | Outcome:
    lines: list[Line] = []
    for number, one in enumerate(given):
        line = _read(one, currency, ("order", "lines", str(number)))
        if isinstance(line, Outcome):
            return line
        lines.append(line)
    if len({line.line_id for line in lines}) < len(lines):
        return invalid("DUPLICATE_LINE", "order", "lines")
    if sum(line.quantity * line.unit_price_minor for line in lines) > MAXIMUM_MINOR:
        return invalid("OUT_OF_RANGE", "order", "lines", minimum=0, maximum=MAXIMUM_MINOR)
    return tuple(lines)


def _read(given: LineGiven, currency: str, path: tuple[str, ...]) -> Line | Outcome:
    words = [("lineId", given.line_id, SKU_LENGTH), ("sku", given.sku, SKU_LENGTH)]
    words += [("categories", category, SKU_LENGTH) for category in given.categories]
    if problem := unfit(*words):
        error = problem.errors[0]
        return Outcome(errors=(type(error)(error.code, error.facts, (*path, *error.path)),))
    if not 1 <= given.quantity <= MAXIMUM_QUANTITY:
        return invalid("OUT_OF_RANGE", *path, "quantity", minimum=1, maximum=MAXIMUM_QUANTITY)
    if len(given.categories) > MAXIMUM_CATEGORIES:
        return invalid("TOO_MANY", *path, "categories", maximum=MAXIMUM_CATEGORIES)
    amounts = []
    for name, amount in (("unitPrice", given.unit_price), ("discount", given.discount)):
        try:
            amounts.append(to_minor(amount, currency))
        except MoneyError as error:
            return invalid(error.code, *path, name)
        if amounts[-1] < 0:
            return invalid("OUT_OF_RANGE", *path, name, minimum=0)
    line = Line(
        given.line_id or given.sku, given.sku, given.quantity, amounts[0], amounts[1], frozenset(given.categories)
    )
    return line if line.gross_minor >= 0 else invalid("OUT_OF_RANGE", *path, "discount", minimum=0)
