"""Would the checkers see it? A sound history passes them all; each that is spoilt is found by the check it is for."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.histories.history import Answer, Balances, History, Try
from tests.histories.ledger_rows import Campaign, Coupon, Reservation, Rows, StoredRequest
from tests.histories.made_up import asked, look, shows, sound_history, sound_rows
from tests.histories.trial import CHECKS, judged, surprises

Spoil = Callable[[History, Rows], tuple[History, Rows]]


def rows(**changed: Callable[[Any], Any]) -> Spoil:
    """Other rows: each named part is what its function makes of it."""

    def spoil(history: History, sound: Rows) -> tuple[History, Rows]:
        return history, replace(sound, **{name: change(getattr(sound, name)) for name, change in changed.items()})

    return spoil


def log(change: Callable[[History], object]) -> Spoil:
    """Another log."""

    def spoil(history: History, sound: Rows) -> tuple[History, Rows]:
        change(history)
        return history, sound

    return spoil


def line(version: int, **changed: Any) -> Spoil:
    """Another line of the ledger."""
    return rows(entries=lambda all_: [replace(one, **changed) if one.version == version else one for one in all_])


def again(key: str, answer: Answer) -> Spoil:
    """A key that was answered once more."""

    def tell(history: History) -> None:
        one = next(one for one in history.operations if one.key == key)
        one.tries.append(Try(1, 80, 81, answer))

    return log(tell)


def more(key: str, mutation: str, answer: Answer | None, **about: Any) -> Spoil:
    """One more operation."""
    return log(lambda history: history.operations.append(asked(key, mutation, 80, answer, **about)))


def forgotten(key: str) -> Spoil:
    return log(lambda history: history.operations.remove(next(one for one in history.operations if one.key == key)))


def seen(*looks: Any) -> Spoil:
    return log(lambda history: history.looks.extend(looks))


def stored(key: str, **changed: Any) -> Spoil:
    return rows(requests=lambda all_: {**all_, key: replace(all_[key], **changed)})


def both(*spoils: Spoil) -> Spoil:
    def spoil(history: History, sound: Rows) -> tuple[History, Rows]:
        for one in spoils:
            history, sound = one(history, sound)
        return history, sound

    return spoil


def account(**changed: Any) -> Spoil:
    return rows(accounts=lambda all_: [replace(all_[0], **changed)])


def without(position: int) -> Callable[[list[Any]], list[Any]]:
    return lambda all_: [*all_[:position], *all_[position + 1 :]]


SPOILT: tuple[tuple[str, str, Spoil], ...] = (
    ("never_answered", "an operation without an answer", more("k8", "tapFuel", None)),
    ("told_differently", "another coupon for the same key", again("k4", Answer(2, "CODE-2"))),
    ("told_differently", "refused after it was done", again("k4", Answer(refusals=("OUT_OF_STOCK",)))),
    ("told_differently", "another code of the same coupon", again("k4", Answer(1, "CODE-9"))),
    ("acknowledged_and_lost", "a lost coupon", rows(coupons=without(1))),
    ("acknowledged_and_lost", "a lost activity", rows(activities=without(1))),
    ("acknowledged_and_lost", "a forgotten key", rows(requests=lambda all_: {**all_, "k5": all_["k1"]})),
    ("acknowledged_and_lost", "a key without an outcome", stored("k5", coupon=None)),
    ("acknowledged_and_lost", "stored as refused, told as done", stored("k5", refusals=("LIMIT_REACHED",))),
    ("acknowledged_and_lost", "no such key", rows(requests=lambda all_: {k: v for k, v in all_.items() if k != "k7"})),
    (
        "acknowledged_and_lost",
        "a lost return",
        both(
            more("k8", "recordReturn", Answer(2), natural="O1/R1"),
            rows(requests=lambda all_: {**all_, "k8": StoredRequest("recordReturn", "DONE", activity=2)}),
        ),
    ),
    (
        "never_acknowledged",
        "a refused redemption's coupon",
        rows(coupons=lambda all_: [*all_, Coupon(9, 7, 3, "h", 10)]),
    ),
    ("never_acknowledged", "an activity that nobody asked for", forgotten("k1")),
    ("never_acknowledged", "a reservation of nobody", rows(reservations=lambda _: [Reservation(1, 7, 10, 0)])),
    ("never_acknowledged", "a return that was not acknowledged", rows(returns=lambda _: ["O1/R1"])),
    ("never_acknowledged", "refused, and it has an effect", stored("k6", coupon=2)),
    ("doubled", "one coupon for two keys", more("k8", "redeemCoupon", Answer(1, "CODE-1"))),
    ("doubled", "an order that is two activities", more("k8", "recordPurchase", Answer(1), natural="order/O1")),
    ("doubled", "two orders that are one activity", more("k8", "recordPurchase", Answer(2), natural="order/O2")),
    ("doubled", "two activities of one order", rows(activities=lambda all_: [*all_, replace(all_[1], id=3)])),
    (
        "doubled",
        "two taps of a day",
        rows(activities=lambda all_: [replace(one, kind="FUEL", reference=None) for one in all_]),
    ),
    ("doubled", "two debits of one cause", line(5, cause="cause/4")),
    ("moved_otherwise", "a debit of other points", line(4, points=11)),
    ("moved_otherwise", "two debits for one coupon", line(5, coupon_id=1)),
    (
        "moved_otherwise",
        "an order that earned less",
        rows(activities=lambda all_: [replace(all_[1], earned=99), all_[0]]),
    ),
    ("coupons_without_debits", "a coupon without a debit", line(5, coupon_id=None)),
    ("coupons_without_debits", "a debit of too many points", line(4, points=20)),
    ("coupons_without_debits", "one code given twice", more("k8", "redeemCoupon", Answer(3, "CODE-1"))),
    (
        "coupons_without_debits",
        "two coupons of one code",
        rows(coupons=lambda all_: [replace(one, lookup="h") for one in all_]),
    ),
    ("oversold", "more sold than there were", rows(offers=lambda all_: [replace(all_[0], stock=1)])),
    ("oversold", "a stock that was not counted down", rows(offers=lambda all_: [replace(all_[0], stock_left=1)])),
    ("oversold", "more than a member may have", rows(offers=lambda all_: [replace(all_[0], limit=1)])),
    ("oversold", "a budget overrun", rows(campaigns=lambda _: [Campaign(1, 100, 0, 107)])),
    ("oversold", "a budget that was not counted down", rows(campaigns=lambda _: [Campaign(1, 100, 100, 7)])),
    ("clock_moved_otherwise", "a clock moved twice", rows(shift=lambda shift: 2 * shift)),
    ("clock_moved_otherwise", "a clock that was not moved", rows(shift=lambda _: timedelta())),
    ("gaps_in_versions", "a line that is gone", rows(entries=without(2))),
    ("gaps_in_versions", "an account ahead of its lines", account(version=6)),
    ("lines_that_do_not_follow", "a line that leaves other balances", line(3, after=Balances(0, 151, 0, 0))),
    ("lines_that_do_not_follow", "an account that stands elsewhere", account(balances=Balances(0, 131, 0, 0))),
    ("negative", "a balance below nothing", line(5, after=Balances(0, -1, 0, 0))),
    ("negative", "a line of no points", line(5, points=0)),
    ("lots_apart", "lots that hold other points", account(lots=Balances(0, 129, 0, 0))),
    (
        "unnatural",
        "two accounts of one Mi Account",
        rows(accounts=lambda all_: [all_[0], replace(all_[0], member_id=8)]),
    ),
    ("unnatural", "a version twice", rows(entries=lambda all_: [*all_, all_[-1]])),
    ("unnatural", "one cause for two members", rows(entries=lambda all_: [*all_, replace(all_[-1], member_id=8)])),
    ("untrue_looks", "balances that never were", seen(shows(look(5, asked_at=90), available=131))),
    ("untrue_looks", "a read that misses what was acknowledged", seen(look(4, asked_at=53, gateway=1))),
    ("untrue_looks", "a version that goes back", both(forgotten("k3"), seen(look(2, asked_at=37, client="client-2")))),
    ("untrue_looks", "a read that goes back within one client", seen(look(3, asked_at=58))),
    ("untrue_looks", "points before they were there", seen(look(5, asked_at=20))),
    ("untrue_looks", "an old statement beside new balances", seen(replace(look(5, asked_at=90), entry_id=103))),
    ("untrue_looks", "a statement of lines that are gone", seen(replace(look(5, asked_at=90), entry_id=999))),
)


def test_a_sound_history_passes() -> None:
    assert judged(sound_history(), sound_rows()) == []


def test_reads_under_way_at_the_same_time_may_see_either_state() -> None:
    history = sound_history()
    history.looks += [replace(look(version, asked_at=49.5), answered_at=51) for version in (4, 4)]

    assert judged(history, sound_rows()) == []


@pytest.mark.parametrize(("check", "what", "spoil"), SPOILT, ids=[what for _, what, _ in SPOILT])
def test_it_finds(check: str, what: str, spoil: Spoil) -> None:
    history, spoilt = spoil(sound_history(), sound_rows())

    assert check in {found.partition(":")[0] for found in judged(history, spoilt)}


def test_a_masked_failure_is_a_violation_and_a_database_that_is_away_is_none() -> None:
    told = Counter({"operation: 200 INTERNAL": 2, "look: 500 INTERNAL": 1, "operation: 200 UNAVAILABLE": 9})

    assert list(surprises(told)) == [
        "surprises: operation: 200 INTERNAL, 2 times",
        "surprises: look: 500 INTERNAL, 1 times",
    ]


def test_every_check_has_a_history_that_it_finds_something_in() -> None:
    assert {check.__name__ for check in CHECKS} == {check for check, _, _ in SPOILT}
