"""What do shares and reviews earn, and what if they are taken back, by right or by mistake? PROGRAMME 3, 4."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.model.oracle.books import Activity, Books, Lot, Member, Refused, Taking
from tests.model.oracle.coupons import barred
from tests.model.oracle.days import local_day
from tests.model.oracle.earning import confirm, excluded_at, record
from tests.model.oracle.orders import Early
from tests.model.oracle.points import claw_back, own, repay, settle


@dataclass(eq=False)
class Review:
    """A product review by its id; known once its `activity` is recorded."""

    state: str = "UNKNOWN"
    activity: Activity | None = None
    early: list[Early] = field(default_factory=list)


def share(books: Books, name: str, sku: str, network: str, share_id: str | None) -> Activity:
    """Same product, network and local day, or the same id: the same share."""
    member = own(books, name)
    barred(member)
    day = local_day(books.now, member.zone)
    if share_id in member.shares:
        return member.shares[share_id]
    same = member.shares.get((sku, network, day))
    out = excluded_at(books, member.market, books.now, ("sku", sku))
    activity = same or record(books, member, "SHARE", books.now, sku=sku, excluded=out)
    member.shares[sku, network, day] = activity
    if share_id is not None:
        member.shares[share_id] = activity
        for early in books.early_shares.pop((name, share_id), []):
            withdraw(books, activity)
            early.answer = activity
    return activity


def delete_share(books: Books, name: str, share_id: str) -> Activity | Early:
    member = own(books, name)
    if share_id in member.shares:
        withdraw(books, member.shares[share_id])
        return member.shares[share_id]
    early = Early("deletion", books.now)
    books.early_shares.setdefault((name, share_id), []).append(early)
    return early


def write_review(books: Books, name: str, review_id: str, sku: str, told: datetime | None) -> Activity:
    """The first review of a product earns; its award is pending while it is moderated."""
    review = books.reviews.setdefault(review_id, Review())
    if review.activity is not None:
        if review.activity.member is not books.members.get(name):
            raise Refused("INVALID_INPUT")
        return review.activity
    member = own(books, name)
    if member.status == "CLOSED":
        raise Refused("ACCOUNT_CLOSED")
    when = books.occurred(told)
    early = sorted(review.early, key=lambda one: one.occurred_at)
    approved = early[0].occurred_at if early and early[0].event == "approve" else None
    out = excluded_at(books, member.market, when, ("sku", sku))
    review.activity = record(books, member, "REVIEW", when, sku=sku, excluded=out, confirmed_at=approved)
    review.state = "SUBMITTED"
    for one in early:
        try:
            one.answer = _decide(books, review, one.event, one.occurred_at)
        except Refused as refusal:
            one.answer = refusal
    review.early = []
    return review.activity


def decide_review(books: Books, review_id: str, event: str, told: datetime | None) -> Activity | Early:
    review = books.reviews.setdefault(review_id, Review())
    when = books.occurred(told)
    if review.activity is None:
        review.early.append(Early(event, when))
        return review.early[-1]
    return _decide(books, review, event, when)


def _decide(books: Books, review: Review, event: str, when: datetime) -> Activity:
    """Approved it posts, rejected or deleted it is taken back; a moderator decides once, the author deletes once."""
    assert review.activity is not None
    state = {"approve": "APPROVED", "reject": "REJECTED", "delete": "DELETED"}[event]
    settle(books, review.activity.member)
    over = review.state in ("REJECTED", "DELETED")
    if review.state == state or (event == "delete" and over):
        return review.activity
    if over or (event != "delete" and review.state != "SUBMITTED"):
        raise Refused("ALREADY_DECIDED")
    review.state = state
    if event == "approve":
        confirm(books, review.activity, when)
    else:
        withdraw(books, review.activity)
    return review.activity


def withdraw(books: Books, activity: Activity) -> None:
    """Take back, once, what the awards of a review or a share still hold, what is pending first."""
    settle(books, activity.member)
    if activity.member.status == "CLOSED":
        return
    for lot in sorted(activity.lots, key=lambda one: (one.posted_at is not None, one.number)):
        taking = claw_back(activity.member, lot, lot.amount)
        if taking.points:
            activity.takings.append(taking)


def reinstate(books: Books, activity: Activity) -> Activity:
    """A mistake is undone: what was taken goes back to where it was taken from, each lot with its own end."""
    if activity.kind not in ("REVIEW", "SHARE"):
        raise Refused("INVALID_INPUT")
    member = activity.member
    settle(books, member)
    if member.status == "CLOSED":
        raise Refused("ACCOUNT_CLOSED")
    undone = sum(_undo(books, member, taking) for taking in activity.takings)
    if undone:
        activity.takings = []
    settle(books, member)
    for review in books.reviews.values():
        if review.activity is activity and review.state in ("REJECTED", "DELETED"):
            review.state = "SUBMITTED"
    return activity


def _undo(books: Books, member: Member, taking: Taking) -> int:
    """Debt first: what was repaid of it since returns to the lots that paid, whoever paid last first."""
    back: dict[Lot, int] = {}
    missing = max(0, taking.debt - member.debt)
    for lot, paid in reversed(list(member.repaid.items())):
        part = min(missing, paid)
        if part:
            missing -= part
            member.debt += part
            lot.consumed -= part
            member.repaid[lot] -= part
            back[lot] = back.get(lot, 0) + part
    member.repaid = {lot: paid for lot, paid in member.repaid.items() if paid}
    debt = min(taking.debt, member.debt)
    member.debt -= debt
    undone = taking.own + debt + sum(part for _, part in taking.others)
    member.told["RESTORED"] += undone
    taking.lot.reclaimed -= undone
    taking.lot.withdrawn -= taking.own
    member.flows["restored"] += undone if taking.lot.posted_at is not None else undone - taking.own
    if taking.lot.posted_at is None:
        taking.lot.remaining += taking.own
        taking.lot.known_at = books.now
    else:
        back[taking.lot] = back.get(taking.lot, 0) + taking.own
    for lot, part in taking.others[::-1]:
        lot.consumed -= part
        back[lot] = back.get(lot, 0) + part
    for lot, part in back.items():
        lot.remaining += part
    for lot, part in back.items():
        repay(member, lot, part)
    return undone
