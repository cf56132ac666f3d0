"""Does the software own, show and answer what the oracle says? Everything is compared, lot by lot, after each step."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.checkout.models import Reservation as ReservationRow
from app.checkout.store import status_now
from app.coupons.store import STANDING
from app.database import Db, connection, rows, transaction
from app.ledger.account import Balances
from app.ledger.balances import live_holds, live_lots, project
from app.ledger.hold import account_of, hold
from app.requests.outcome import Outcome
from app.rows import instances
from tests.model.app_side import AppSide
from tests.model.auditing import disagreements
from tests.model.oracle.books import Activity, Books, Member, Refused, Reservation
from tests.model.oracle.coupons import Coupon, Offer
from tests.model.oracle.earning import Campaign
from tests.model.oracle.members import Adjustment
from tests.model.oracle.orders import Early
from tests.model.oracle.points import settle
from tests.model.owing import Owing

_ACCOUNTS = "SELECT * FROM account ORDER BY member_id"
_LOTS = """
SELECT lot.member_id, award.activity_id, rule, amount, remaining, reserved, consumed, expired, withdrawn, reclaimed,
  posting_date, last_usable_day, expires_at, posted_at, CASE WHEN posted_at IS NULL THEN posts_at END AS posts_at
FROM lot JOIN award ON award.id = lot.award_id ORDER BY lot.id
"""
_COUPONS = f"SELECT id, member_id, {STANDING} AS standing, points_spent, last_usable_day FROM coupon ORDER BY id"
_RESERVATIONS = "SELECT * FROM reservation ORDER BY id"
_ACTIVITIES = "SELECT id, kind, points FROM activity ORDER BY id"
_TAPS = "SELECT member_id, local_date, day FROM fuel_tap ORDER BY member_id, local_date"
_TOLD = """
SELECT member_id, kind, sum(points) FROM notice
WHERE kind IN ('POSTED', 'EXPIRED', 'RESTORED', 'CLAWED_BACK', 'ADJUSTED') GROUP BY 1, 2
"""
_NOT_SENT_ONCE = """
SELECT notice.id FROM notice LEFT JOIN outbox_message ON (body ->> 'id')::bigint = notice.id
GROUP BY 1 HAVING count(outbox_message.id) <> 1
"""
_LEFT = "SELECT id, stock_left FROM coupon_offer WHERE stock IS NOT NULL ORDER BY id"
_BUDGETS = "SELECT id, budget_left FROM campaign ORDER BY id"


class Disagreement(AssertionError):
    """The software and the oracle say different things; the message says which."""


class Undone(Exception):
    """What was only settled to be looked at is rolled back, so that it stays as lazy as it was."""


def compare_answer(expected: object, outcome: Outcome, app: AppSide) -> None:
    """Is this what the programme answers? A thing that is told for the first time is known by its row from now on."""
    if isinstance(expected, list):
        for one, each in zip(expected, app.outcomes, strict=True):
            compare_answer(one, each, app)
        return
    codes = tuple(error.code for error in outcome.errors)
    wanted = expected.codes if isinstance(expected, Refused) else ()
    _same("refusals", wanted, codes)
    if not wanted:
        _same("deferred", _deferred(expected), outcome.deferred)
        for what, number, row_id in _named(expected, outcome):
            if not app.known(what, number, row_id):
                raise Disagreement(f"{what} {number} is row {app.ids.get((what, number))}, and answered is {row_id}")
        if isinstance(expected, dict) and expected:
            _same("figures", expected, {name: outcome.figures.get(name) for name in expected})
        if isinstance(expected, int):
            _same("discount", expected, outcome.figures.get("discount_minor"))
        if isinstance(expected, Activity) and outcome.member_id is not None:
            app.known("member", expected.member.number, outcome.member_id)


def _deferred(expected: object) -> bool:
    if isinstance(expected, Adjustment):
        return not expected.applied
    return isinstance(expected, Early)


def _named(expected: object, outcome: Outcome) -> Iterable[tuple[str, int, int | None]]:
    if isinstance(expected, Activity):
        yield "activity", expected.number, outcome.activity_id
    elif isinstance(expected, Adjustment):
        yield "activity", expected.activity.number, outcome.activity_id
        yield "adjustment", expected.number, outcome.activity_id
    elif isinstance(expected, Coupon):
        yield "coupon", expected.number, outcome.coupon_id
    elif isinstance(expected, Reservation):
        yield "reservation", expected.number, outcome.reservation_id
    elif isinstance(expected, Campaign):
        yield "campaign", expected.number, outcome.campaign_id
    elif isinstance(expected, Offer):
        yield "offer", expected.number, outcome.offer_id


async def compare(books: Books, app: AppSide, owing: Owing) -> None:
    """Compare what is owned: first as it is read by the clock, then settled; and the ledger with itself."""
    for member in books.people:
        settle(books, member)
    if problems := await disagreements():
        raise Disagreement("; ".join(problems))
    await _as_read(books, app)
    for market, *owed in await owing.compared(books):
        _same(f"what is owed in {market}", *owed)
    try:
        async with transaction() as db:
            for account in await rows(db, _ACCOUNTS):
                if account["next_change_at"] is not None and account["next_change_at"] <= books.now:
                    await hold(db, account["member_id"])
            await _as_settled(db, books, app)
            await _as_told(db, books, app)
            raise Undone
    except Undone:
        return


async def _as_read(books: Books, app: AppSide) -> None:
    """No read depends on whether a background job has run (PROGRAMME 5)."""
    accounts = [account_of(account) for account in await rows(connection(), _ACCOUNTS)]
    ids = [account.member_id for account in accounts]
    lots, holds = await live_lots(ids), await live_holds(ids)
    told = {each.member_id: project(each, lots[each.member_id], books.now, holds[each.member_id]) for each in accounts}
    for member in books.people:
        balances, steps = told[app.ids["member", member.number]]
        _same(f"balances of {member.name} as read", _balances(member), balances)
        _same(f"what of {member.name} expires when", _schedule(member), [(one.expires_at, one.points) for one in steps])
    for seen, own in zip(await instances(connection(), ReservationRow, _RESERVATIONS), books.reservations, strict=True):
        _same(f"status of reservation {own.number} as read", own.status, status_now(seen, books.now))


async def _as_settled(db: Db, books: Books, app: AppSide) -> None:
    accounts = {each.member_id: each for each in (account_of(account) for account in await rows(db, _ACCOUNTS))}
    lots = await rows(db, _LOTS)
    for member in books.people:
        account = accounts[app.ids["member", member.number]]
        told = (member.status, member.zone, _balances(member))
        _same(f"account of {member.name}", told, (account.status, account.time_zone, account.balances))
        own = [tuple(lot)[1:] for lot in lots if lot["member_id"] == account.member_id]
        _same_each(f"lot of {member.name}", [_lot(lot, app) for lot in member.lots], own)
    _same_each(
        "coupon",
        [
            (one.number, app.ids["member", one.member.number], one.stands(books.now), one.offer.price, one.last_day)
            for one in books.coupons
        ],
        [(number, *tuple(row)[1:]) for number, row in enumerate(await rows(db, _COUPONS))],
    )
    _same_each(
        "reservation",
        [
            (app.ids["member", one.member.number], one.status, one.points, one.captured, one.held_until)
            for one in books.reservations
        ],
        [
            (row["member_id"], row["status"], row["points"], row["captured"], row["held_until"])
            for row in await rows(db, _RESERVATIONS)
        ],
    )
    _same_each(
        "activity",
        [(app.ids.get(("activity", one.number)), one.kind, one.points) for one in books.activities],
        [tuple(row) for row in await rows(db, _ACTIVITIES)],
    )
    taps = [(app.ids["member", one.number], on, tap.count) for one in books.people for on, tap in one.taps.items()]
    _same_each("tap", sorted(taps), [tuple(row) for row in await rows(db, _TAPS)])
    stocks = [(app.ids["offer", one.number], one.stock_left) for one in books.offers if one.stock_left is not None]
    _same("stocks", stocks, [tuple(row) for row in await rows(db, _LEFT)])
    budgets = [(app.ids["campaign", one.number], one.budget_left) for one in books.campaigns]
    _same("budgets", budgets, [tuple(row) for row in await rows(db, _BUDGETS)])


async def _as_told(db: Db, books: Books, app: AppSide) -> None:
    """Members are told of all that happens to their points, once; and so is the endpoint outside."""
    expected = {
        (app.ids["member", one.number], kind): points
        for one in books.people
        for kind, points in one.told.items()
        if points or kind == "ADJUSTED"
    }
    seen = {(member_id, kind): points for member_id, kind, points in await rows(db, _TOLD)}
    _same("what members are told of", expected, seen)
    _same("notices without one message to the endpoint", [], [number for (number,) in await rows(db, _NOT_SENT_ONCE)])


def _lot(lot: Any, app: AppSide) -> tuple[Any, ...]:
    parts = (lot.amount, lot.remaining, lot.reserved, lot.consumed, lot.expired, lot.withdrawn, lot.reclaimed)
    posts_at = lot.posts_at if lot.posted_at is None else None
    activity_id = app.ids["activity", lot.activity.number]
    return activity_id, lot.rule, *parts, lot.posting_date, lot.last_usable_day, lot.ends_at, lot.posted_at, posts_at


def _balances(member: Member) -> Balances:
    return Balances(member.pending, member.available, member.reserved, member.debt)


def _schedule(member: Member) -> list[tuple[Any, int]]:
    ends: dict[Any, int] = {}
    for lot in member.lots:
        if lot.posted_at is not None and lot.remaining:
            ends[lot.ends_at, lot.last_usable_day] = ends.get((lot.ends_at, lot.last_usable_day), 0) + lot.remaining
    return [(end, points) for (end, _), points in sorted(ends.items())]


def _same(what: str, expected: object, seen: object) -> None:
    if expected != seen:
        raise Disagreement(f"{what}: the oracle says {expected}, the software {seen}")


def _same_each(what: str, expected: Sequence[object], seen: Sequence[object]) -> None:
    for number, (one, other) in enumerate(zip(expected, seen, strict=False)):
        _same(f"{what} {number}", one, other)
    _same(f"how many times {what}", len(expected), len(seen))
