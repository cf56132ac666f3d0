"""May this member redeem this offer now, and if not, why? Pure. (PROGRAMME 7)"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.requests.outcome import Refusal


@dataclass(frozen=True)
class OfferTerms:
    """An offer of the catalogue, in points and minor units; `stock_left` and limits null where there is none."""

    id: int
    market: str
    price_points: int
    value_minor: int
    valid_days: int
    opens_at: datetime | None
    closes_at: datetime | None
    stock_left: int | None
    limit_per_member: int | None
    suspended: bool


@dataclass(frozen=True)
class Redeemer:
    """What the judgement needs of a member: status, points available, coupons of this offer already had, market."""

    status: str
    available: int
    had: int
    market: str


def terms_of(offer: Mapping[str, Any]) -> OfferTerms:
    """An offer's row as the judgement reads it."""
    return OfferTerms(**{name: offer[name] for name in OfferTerms.__dataclass_fields__})


def offer_blocks(offer: OfferTerms, at: datetime) -> tuple[Refusal, ...]:
    """Why nobody can redeem the offer at this instant; its window is [opens_at, closes_at)."""
    blocks = []
    if offer.suspended:
        blocks.append(Refusal("OFFER_SUSPENDED", {}, ("offerId",)))
    if (offer.opens_at is not None and at < offer.opens_at) or (offer.closes_at is not None and at >= offer.closes_at):
        blocks.append(Refusal("OFFER_NOT_OPEN", {}, ("offerId",)))
    if offer.stock_left == 0:
        blocks.append(Refusal("OUT_OF_STOCK", {}, ("offerId",)))
    return tuple(blocks)


def blocks(offer: OfferTerms, member: Redeemer, at: datetime) -> tuple[Refusal, ...]:
    """Every reason why this member cannot redeem the offer at this instant, most lasting first; none: they can.

    Another market's offer is NOT_FOUND, and nothing more is said of it.
    """
    if offer.market != member.market:
        return (Refusal("NOT_FOUND", {"what": "OFFER"}, ("offerId",)),)
    found = []
    if member.status != "ACTIVE":
        found.append(Refusal("ACCOUNT_CLOSED" if member.status == "CLOSED" else "ACCOUNT_SUSPENDED"))
    found.extend(offer_blocks(offer, at))
    if offer.limit_per_member is not None and member.had >= offer.limit_per_member:
        found.append(Refusal("LIMIT_REACHED", {"limit": offer.limit_per_member, "resets_at": None}, ("offerId",)))
    if missing := max(0, offer.price_points - member.available):
        facts = {"available": member.available, "required": offer.price_points, "missing": missing}
        found.append(Refusal("INSUFFICIENT_POINTS", facts, ("offerId",)))
    return tuple(found)
