"""What does each line of an order cost once discounts are shared out, by PROGRAMME 3, 7 and 8 alone?"""

from collections.abc import Collection, Sequence

from tests.model.oracle.words import Bought, Line


def shared_out(total: int, weights: Sequence[int]) -> list[int]:
    """In minor units by largest remainder, the first where remainders are alike."""
    if not total:
        return [0] * len(weights)
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    left = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in left[: total - sum(parts)]:
        parts[at] += 1
    return parts


def priced(
    lines: Sequence[Line], excluded: Collection[str], coupon_minor: int | None, points: int
) -> list[Bought] | str:
    """The lines with their nets, or why they cannot be priced so: a coupon takes min(value, eligible)."""
    gross = [line.price_minor * line.quantity for line in lines]
    earns = [line.sku not in excluded for line in lines]
    eligible = [amount if may else 0 for amount, may in zip(gross, earns, strict=True)]
    if coupon_minor is not None and not sum(eligible):
        return "NO_ELIGIBLE_LINES"
    coupon = shared_out(min(coupon_minor or 0, sum(eligible)), eligible)
    left = [amount - part for amount, part in zip(gross, coupon, strict=True)]
    payable = [amount if may else 0 for amount, may in zip(left, earns, strict=True)]
    if points and not sum(payable):
        return "NO_ELIGIBLE_LINES"
    if points > sum(payable):
        return "ABOVE_MAXIMUM_SHARE"
    paid = shared_out(points, payable)
    return [
        Bought(line, amount - part, part, may) for line, amount, part, may in zip(lines, left, paid, earns, strict=True)
    ]
