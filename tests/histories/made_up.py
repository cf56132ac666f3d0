"""What is a small history without a fault, to be spoilt by tests of the checkers?"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tests.histories.history import Answer, Balances, History, Look, Operation, Try
from tests.histories.ledger_checks import NOTHING, after
from tests.histories.ledger_rows import Account, Activity, Coupon, Entry, Offer, Rows, StoredRequest

ANA = "ana"
START = datetime(2026, 6, 1, 10, tzinfo=UTC)


def lines() -> list[Entry]:
    """Ana enrols, buys for 100 that post, redeems 10, and redeems 10 again."""
    moves = [
        ("EARN", "GRANTED", "AVAILABLE", 50, {"activity_id": 1}),
        ("EARN", "GRANTED", "PENDING", 100, {"activity_id": 2}),
        ("POST", "PENDING", "AVAILABLE", 100, {"activity_id": 2}),
        ("REDEEM", "AVAILABLE", "REDEEMED", 10, {"coupon_id": 1}),
        ("REDEEM", "AVAILABLE", "REDEEMED", 10, {"coupon_id": 2}),
    ]
    made, stands = list[Entry](), NOTHING
    for version, (kind, source, target, points, owner) in enumerate(moves, start=1):
        at = START + timedelta(seconds=10 * version)
        line = Entry(100 + version, 7, version, kind, source, target, points, NOTHING, at, f"cause/{version}", **owner)
        stands = after(stands, line)
        made.append(replace(line, after=stands))
    return made


def sound_rows() -> Rows:
    written = lines()
    stands = written[-1].after
    return Rows(
        shift=timedelta(hours=4),
        requests={
            "k1": StoredRequest("enrolMember", "DONE", activity=1),
            "k2": StoredRequest("recordPurchase", "DONE", activity=2),
            "k3": StoredRequest("confirmDelivery", "DONE", activity=2),
            "k4": StoredRequest("redeemCoupon", "DONE", coupon=1),
            "k5": StoredRequest("redeemCoupon", "DONE", coupon=2),
            "k6": StoredRequest("redeemCoupon", "DONE", refusals=("OUT_OF_STOCK",)),
            "k7": StoredRequest("advanceClock", "DONE"),
        },
        accounts=[Account(7, ANA, len(written), stands, stands)],
        entries=written,
        activities=[
            Activity(1, 7, "REGISTRATION", ANA, date(2026, 6, 1), 50),
            Activity(2, 7, "PURCHASE", "O1", date(2026, 6, 1), 100),
        ],
        coupons=[Coupon(1, 7, 3, "hash-1", 10), Coupon(2, 7, 3, "hash-2", 10)],
        offers=[Offer(3, 10, 2, 0, 2)],
        campaigns=[],
        reservations=[],
        returns=[],
    )


def sound_history() -> History:
    return History(
        operations=[
            asked("k1", "enrolMember", 10, Answer(1), natural="mi/ana", points=50),
            asked("k2", "recordPurchase", 20, Answer(2), natural="order/O1", points=100),
            asked("k3", "confirmDelivery", 30, Answer(2), natural="order/O1"),
            asked("k4", "redeemCoupon", 40, Answer(1, "CODE-1"), points=10),
            asked("k5", "redeemCoupon", 50, Answer(2, "CODE-2"), points=10),
            asked("k6", "redeemCoupon", 60, Answer(refusals=("OUT_OF_STOCK",)), points=10),
            asked("k7", "advanceClock", 70, Answer(), given={"hours": 4}),
        ],
        looks=[look(version, asked_at=10 * version + 5) for version in range(1, 6)],
    )


def asked(
    key: str,
    mutation: str,
    at: float,
    answer: Answer | None,
    *,
    natural: str | None = None,
    points: int | None = None,
    given: dict[str, object] | None = None,
) -> Operation:
    """An operation that was sent once, and took a second from `at` on."""
    tried = Try(0, at, at + 1, answer, "" if answer else "no answer in time")
    return Operation("client-1", key, mutation, given or {}, ANA, natural, points, [tried])


def look(version: int, *, asked_at: float, client: str = "client-1", gateway: int = 0) -> Look:
    """A read that shows this version, the statement's newest line as well."""
    shown = lines()[version - 1]
    as_of = (START + timedelta(seconds=asked_at)).isoformat()
    return Look(client, gateway, ANA, asked_at, asked_at + 1, as_of, shown.after, shown.id)


def shows(seen: Look, **balances: int) -> Look:
    """The same read with other balances."""
    return replace(seen, balances=Balances(**{**vars(seen.balances), **balances}))
