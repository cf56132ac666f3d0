"""Does settling write what the clock alone has changed, in the order of the clock, and tell the member?"""

from datetime import datetime, timedelta

import pytest

from app.ledger.account import Balances, Bucket, EntryKind
from app.ledger.settle import first_notice, next_notice, repay, settle
from tests.ledger.lots import account, account_of, day, lines, pending_lot, posted_lot, transfers

MOMENT = timedelta(microseconds=1)


def test_before_its_instant_nothing_posts_and_at_it_everything_does() -> None:
    lots = [pending_lot(1, 29, posts=17)]

    before = settle(account_of(lots), lots, day(17) - MOMENT)
    at = settle(account_of(lots), lots, day(17))

    assert before.movements == ()
    assert before.account.balances == Balances(pending=29)
    assert lines(at) == [("POST", 29, day(17))]
    assert at.account.balances == Balances(available=29)


def test_points_are_there_one_moment_before_their_end_and_gone_at_it() -> None:
    lots = [posted_lot(1, 29, expires=100)]

    before = settle(account_of(lots), lots, day(100) - MOMENT)
    at = settle(account_of(lots), lots, day(100))

    assert before.account.balances == Balances(available=29)
    assert before.remaining == {1: 29}
    assert lines(at) == [("EXPIRE", 29, day(100))]
    assert at.account.balances == Balances()
    assert at.remaining == {1: 0}


def test_lines_stand_at_the_instants_that_caused_them_in_the_order_of_the_clock() -> None:
    lots = [pending_lot(1, 5, posts=30), posted_lot(2, 7, expires=20), pending_lot(3, 11, posts=10, expires=40)]

    settlement = settle(account_of(lots), lots, day(50))

    assert lines(settlement) == [
        ("POST", 11, day(10)),
        ("EXPIRE", 7, day(20)),
        ("POST", 5, day(30)),
        ("EXPIRE", 11, day(40)),
    ]
    assert settlement.account.balances == Balances(available=5)
    assert settlement.account.version == 7
    assert settlement.account.last_at == day(40)


def test_a_line_never_stands_before_the_last_one_that_was_written() -> None:
    lots = [pending_lot(1, 5, posts=10)]

    settlement = settle(account_of(lots, last=12.5), lots, day(50))

    assert lines(settlement) == [("POST", 5, day(12.5))]


def test_at_one_midnight_what_ends_goes_before_what_begins() -> None:
    lots = [pending_lot(1, 5, posts=20), posted_lot(2, 7, expires=20)]

    settlement = settle(account_of(lots), lots, day(20))

    assert lines(settlement) == [("EXPIRE", 7, day(20)), ("POST", 5, day(20))]


def test_a_lot_that_is_over_when_it_posts_is_posted_before_it_expires() -> None:
    lots = [pending_lot(1, 5, posts=20, expires=15)]

    settlement = settle(account_of(lots), lots, day(21))

    assert lines(settlement) == [("POST", 5, day(20)), ("EXPIRE", 5, day(20))]


def test_what_ends_together_is_one_line_and_each_award_posts_as_its_own() -> None:
    ending = [posted_lot(1, 5, expires=20), posted_lot(2, 7, expires=20)]
    beginning = [pending_lot(4, 3, posts=20), pending_lot(3, 2, posts=20)]

    settlement = settle(account_of([*ending, *beginning]), [*beginning, *ending], day(20))

    expire, *posts = settlement.movements
    assert [transfer.moves for transfer in expire.transfers] == [((1, 5), (2, 7))]
    assert expire.cause == "expire/7/4"
    assert [post.cause for post in posts] == ["post/3", "post/4"]
    assert [transfer.activity_id for transfer in transfers(posts)] == [103, 104]


@pytest.mark.parametrize(
    ("debt", "posted", "left"),
    [
        (8, [("POST", 5), ("DEBT_REPAID", 5)], Balances(debt=3)),
        (5, [("POST", 5), ("DEBT_REPAID", 5)], Balances()),
        (2, [("POST", 5), ("DEBT_REPAID", 2)], Balances(available=3)),
        (0, [("POST", 5)], Balances(available=5)),
    ],
)
def test_posted_points_repay_debt_first_in_a_line_of_its_own(
    debt: int, posted: list[tuple[str, int]], left: Balances
) -> None:
    lots = [pending_lot(1, 5, posts=20)]

    settlement = settle(account_of(lots, debt=debt), lots, day(20))

    assert [(kind, points) for kind, points, _ in lines(settlement)] == posted
    assert settlement.account.balances == left
    assert settlement.remaining == {1: left.available}


def test_several_awards_of_one_midnight_repay_a_debt_once() -> None:
    lots = [pending_lot(1, 5, posts=20), pending_lot(2, 5, posts=20), pending_lot(3, 5, posts=20)]

    settlement = settle(account_of(lots, debt=7), lots, day(20))

    repaid = [line.points for line in transfers(settlement.movements) if line.kind is EntryKind.DEBT_REPAID]
    assert repaid == [5, 2]
    assert settlement.remaining == {1: 0, 2: 3, 3: 5}
    assert settlement.account.balances == Balances(available=8)


def test_points_that_repaid_a_debt_do_not_expire_again() -> None:
    lots = [pending_lot(1, 5, posts=20, expires=40)]

    settlement = settle(account_of(lots, debt=3), lots, day(40))

    assert lines(settlement)[-1] == ("EXPIRE", 2, day(40))
    assert settlement.account.balances == Balances()


def test_nobody_without_a_debt_repays_one() -> None:
    assert repay(account(available=9), 1, 5, at=day(0), activity_id=1) == ()

    (repaid,) = repay(account(debt=9), 1, 5, at=day(0), activity_id=1)

    assert (repaid.source, repaid.target, repaid.points) == (Bucket.AVAILABLE, Bucket.DEBT, 5)


def test_the_member_is_told_of_what_posted_and_of_what_expired() -> None:
    lots = [pending_lot(1, 5, posts=20), posted_lot(2, 7, expires=20)]

    told = settle(account_of(lots), lots, day(20)).notices

    assert [(one.kind, one.points, one.at, one.activity_id) for one in told] == [
        ("EXPIRED", 7, day(20), 102),
        ("POSTED", 5, day(20), 101),
    ]


@pytest.mark.parametrize(
    ("at", "told", "next_told"),
    [
        (day(70) - MOMENT, None, None),
        (day(70), 70, 93),
        (day(93) - MOMENT, 70, 93),
        (day(93), 93, None),
        (day(100) - MOMENT, 93, None),
    ],
)
def test_the_member_is_told_30_days_and_7_days_before_points_end(
    at: datetime, told: int | None, next_told: int | None
) -> None:
    lots = [posted_lot(1, 29, expires=100)]

    settlement = settle(account_of(lots), lots, at)

    assert [(one.kind, one.points, one.at) for one in settlement.notices] == (
        [("EXPIRING", 29, day(told))] if told else []
    )
    assert settlement.renotify == ({1: day(next_told) if next_told else None} if told else {})


def test_points_that_end_together_are_one_notice_and_others_their_own() -> None:
    lots = [posted_lot(1, 5, expires=100), posted_lot(2, 7, expires=100), posted_lot(3, 11, expires=101)]

    told = settle(account_of(lots), lots, day(72)).notices

    assert [(one.points, one.facts["last_usable_on"]) for one in told] == [(12, "2026-04-10"), (11, "2026-04-11")]
    assert {one.activity_id for one in told} == {None}


def test_points_not_yet_posted_are_not_told_to_end() -> None:
    lots = [pending_lot(1, 5, posts=90, expires=100)]

    assert settle(account_of(lots), lots, day(89)).notices == ()


def test_the_notices_of_an_end_are_30_and_7_days_before_it() -> None:
    assert first_notice(day(100)) == day(70)
    assert next_notice(day(100), day(70) - MOMENT) == day(70)
    assert next_notice(day(100), day(70)) == day(93)
    assert next_notice(day(100), day(93)) is None
