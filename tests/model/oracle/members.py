"""Who is a member, what do they do besides buying, and what do staff do to them? PROGRAMME 2, 3, 4, 11."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.model.oracle.books import Activity, Books, Member, Refused
from tests.model.oracle.coupons import barred
from tests.model.oracle.days import local_day, years_old
from tests.model.oracle.earning import confirm, open_lot, record
from tests.model.oracle.numbers import ZONES
from tests.model.oracle.orders import Early, Order, cancel, order_of, take_back
from tests.model.oracle.points import own, settle, take

ADJUSTMENT_LIMIT = 500  # points that one of staff adjusts alone, as this proof sets it


@dataclass(eq=False)
class Adjustment:
    """Points given or taken by staff; above the limit they wait for another person."""

    number: int
    activity: Activity
    points: int
    by: str
    applied: bool = False


def enrol(books: Books, name: str, market: str, born: date, person_key: str | None) -> Activity:
    """A Mi Account becomes a member, or comes back: 50 points once for ever."""
    if market not in ZONES:
        raise Refused("MARKET_NOT_SERVED")
    if years_old(born, local_day(books.now, ZONES[market])) < 18:
        raise Refused("UNDER_AGE")
    known = books.members.get(name)
    if known is None:
        if _taken(books, person_key, None):
            raise Refused("PERSON_ALREADY_ENROLLED")
        known = Member(len(books.people), name, market, born, person_key, books.now, ZONES[market])
        books.members[name] = known
        books.people.append(known)
        _know_again(books, known)
        return record(books, known, "REGISTRATION", books.now)
    settle(books, known)
    if known.status != "CLOSED":
        raise Refused("ALREADY_ENROLLED")
    if known.market != market:
        raise Refused("INVALID_INPUT")
    if _taken(books, person_key, known):
        raise Refused("PERSON_ALREADY_ENROLLED")
    known.person_key, known.born = person_key or known.person_key, born
    known.status = "SUSPENDED" if known.suspended else "ACTIVE"
    return record(books, known, "REGISTRATION", books.now)


def _know_again(books: Books, member: Member) -> None:
    """Who was erased is a new member; what they had once counts, and a suspension lasts (PROGRAMME 11).

    Whose Mi Account and whose verified person were two, they are one from now on.
    """
    known = ("account", member.name), ("person", member.person_key or "")
    before = [books.tombstones[each] for each in known if each in books.tombstones]
    last = [one for one in before if not any(one in other.line[1:] for other in before)]
    member.formers = list(dict.fromkeys(last))
    if any(one.suspended for one in last):
        member.suspended, member.status = True, "SUSPENDED"


def _taken(books: Books, person_key: str | None, own: Member | None) -> bool:
    return person_key is not None and any(
        one.person_key == person_key and one is not own for one in books.members.values()
    )


def log_in(books: Books, name: str) -> Activity:
    member = own(books, name)
    barred(member)
    return record(books, member, "APP_LOGIN", books.now)


def custom(books: Books, name: str, code: str, reference: str, told: datetime | None) -> Activity:
    """What only a revision or a running campaign knows by its code; a reference is its own within its code."""
    known = books.customs.get((code, reference))
    if known is not None:
        if known.member is not books.members.get(name):
            raise Refused("INVALID_INPUT")
        return known
    member = own(books, name)
    if member.status == "CLOSED":
        raise Refused("ACCOUNT_CLOSED")
    when = books.occurred(told)
    market = member.market
    rules = books.numbers(market, when).rules_for("CUSTOM", code)
    if not rules and not any(one.runs(market, "CUSTOM", code, when) for one in books.campaigns):
        raise Refused("UNKNOWN_ACTIVITY")
    books.customs[code, reference] = record(books, member, "CUSTOM", when, code=code)
    return books.customs[code, reference]


def of_order(books: Books, order_id: str, event: str, told: datetime | None, facts: Any = None) -> Any:
    """A delivery, a return or a cancellation; before its order is known it waits for it."""
    order: Order = order_of(books, order_id)
    when = books.occurred(told)
    if order.activity is None:
        order.early.append(Early(event, when, facts))
        return order.early[-1]
    settle(books, order.activity.member)
    if event == "return":
        return take_back(books, order, *facts)
    if event == "cancel":
        return cancel(books, order)
    confirm(books, order.activity, when)
    return {}


def adjust(books: Books, name: str, points: int, by: str) -> Adjustment:
    """Credit as a lot, debit as clawback; above the limit a second person approves."""
    member = _of_staff(books, name)
    activity = Activity(len(books.activities), member, "ADJUSTMENT", books.now, local_day(books.now, member.zone))
    books.activities.append(activity)
    books.adjustments.append(Adjustment(len(books.adjustments), activity, points, by))
    if abs(points) <= ADJUSTMENT_LIMIT:
        _apply(books, books.adjustments[-1])
    return books.adjustments[-1]


def approve(books: Books, asked: Adjustment, by: str) -> None:
    settle(books, asked.activity.member)
    if asked.applied:
        return
    if asked.by == by:
        raise Refused("NEEDS_APPROVAL")
    if asked.activity.member.status == "CLOSED":
        raise Refused("ACCOUNT_CLOSED")
    asked.activity.local_date = local_day(books.now, asked.activity.member.zone)
    _apply(books, asked)


def _apply(books: Books, asked: Adjustment) -> None:
    member, asked.applied = asked.activity.member, True
    member.told["ADJUSTED"] += asked.points
    if asked.points > 0:
        open_lot(books, asked.activity, "ADJUSTMENT", asked.points, books.numbers(member.market, books.now))
        return
    taken = min(-asked.points, member.available)
    take(member, taken, "consumed")
    member.debt += -asked.points - taken
    member.flows["adjusted"] += asked.points
    asked.activity.debit = -asked.points


def _of_staff(books: Books, name: str) -> Member:
    if name not in books.members:
        raise Refused("NOT_FOUND")
    member = own(books, name)
    if member.status == "CLOSED":
        raise Refused("ACCOUNT_CLOSED")
    return member


def suspend(books: Books, name: str, suspended: bool) -> None:
    member = _of_staff(books, name)
    member.suspended, member.status = suspended, "SUSPENDED" if suspended else "ACTIVE"
