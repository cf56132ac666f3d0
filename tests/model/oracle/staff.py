"""What changes for everybody, and what does leaving take with it? PROGRAMME 2, 9, 10, 11."""

from dataclasses import replace
from datetime import date
from typing import Any

from tests.model.oracle.books import Books, LeftOut, Member, Refused
from tests.model.oracle.coupons import Offer
from tests.model.oracle.days import first_instant
from tests.model.oracle.earning import Campaign
from tests.model.oracle.numbers import ZONES, Numbers
from tests.model.oracle.points import let_go, own, settle

FLOWS = ["granted", "restored", "adjusted", "redeemed", "clawed_back", "expired", "forfeited"]


def close(books: Books, name: str, points: int) -> None:
    """Points are forfeited after an explicit confirmation of how many, a debt is written off, coupons are cancelled."""
    member = own(books, name)
    if member.status == "CLOSED":
        raise Refused("ACCOUNT_CLOSED")
    if points != member.available + member.reserved + member.pending:
        raise Refused("FORFEIT_MISMATCH")
    _shut(books, member)


def erase(books: Books, name: str) -> None:
    """The account closes; nobody is called by the name any more, but what was once per account is known again."""
    if name not in books.members:
        raise Refused("NOT_FOUND")
    member = own(books, name)
    _shut(books, member)
    books.tombstones["account", name] = books.members.pop(name)
    if member.person_key:
        books.tombstones["person", member.person_key] = member
    member.person_key = None
    books.early_shares = {key: early for key, early in books.early_shares.items() if key[0] != name}


def _shut(books: Books, member: Member) -> None:
    for hold in sorted(books.reservations, key=lambda one: (one.held_until, one.number)):
        if hold.member is member and hold.status == "HELD":
            let_go(hold, "RELEASED")
            settle(books, member)
    member.flows["forfeited"] += member.available - member.debt
    for lot in member.lots:
        lot.forfeited += lot.remaining
        lot.consumed += lot.remaining
        lot.remaining = 0
    member.debt = 0
    for coupon in books.coupons:
        if coupon.member is member and coupon.stands(books.now) in ("ISSUED", "RESERVED"):
            coupon.status, coupon.order, coupon.reserved_until = "CANCELLED", None, None
    member.status = "CLOSED"


def move(books: Books, name: str, zone: str) -> None:
    """Local dates are counted in another zone from now on; what is recorded keeps its own."""
    if name not in books.members:
        raise Refused("NOT_FOUND")
    own(books, name).zone = zone


def launch(books: Books, markets: tuple[str, ...], start: date, end: date, told: dict[str, Any]) -> Campaign:
    """A campaign from 00:00 to 00:00 on each market's wall clock; it rewards what is recorded from now on."""
    windows = {market: (first_instant(start, ZONES[market]), first_instant(end, ZONES[market])) for market in markets}
    books.campaigns.append(Campaign(len(books.campaigns), windows=windows, **told))
    return books.campaigns[-1]


def end_campaign(books: Books, campaign: Campaign) -> None:
    if campaign.ended_at is None:
        campaign.ended_at = books.now


def launch_offer(
    books: Books, market: str, days: tuple[date | None, date | None], told: dict[str, int | None]
) -> Offer:
    """A temporary offer: from 00:00 of the first of these days to 00:00 of the other, on the market's wall clock."""
    opens, closes = [first_instant(day, ZONES[market]) if day else None for day in days]
    books.offers.append(Offer(len(books.offers), market, opens_at=opens, closes_at=closes, **told))  # type: ignore[arg-type]
    return books.offers[-1]


def suspend_offer(offer: Offer, suspended: bool) -> Offer:
    """Xiaomi's right; coupons already issued stay good."""
    offer.suspended = suspended
    return offer


def load(books: Books, market: str, numbers: Numbers) -> None:
    """A revision is in force from its loading, as its `valid_from` is past (PROGRAMME 10)."""
    if all(one.name != numbers.name for one in books.revisions[market]):
        books.revisions[market].append(replace(numbers, in_force_from=books.now))


def exclude(books: Books, market: str, word: LeftOut, excluded: bool) -> None:
    """From now on a product, or all of a category, neither earns nor takes discounts; or that ends."""
    if excluded:
        books.exclusions.append((market, word, books.now, None))
        return
    books.exclusions = [
        (place, out, since, books.now if (place, out, until) == (market, word, None) else until)
        for place, out, since, until in books.exclusions
    ]


def owed(books: Books, market: str) -> dict[str, int]:
    """What the operator owes to a market's members, who are settled: as `closing`, and how that came about."""
    members = [one for one in books.people if one.market == market]
    flows = {word: sum(one.flows[word] for one in members) for word in FLOWS}
    return {**flows, "closing": sum(one.posted for one in members)}
