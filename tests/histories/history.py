"""What did clients ask, what were they told, and when? The log of a trial, as plain values that checkers read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.api.ids import read_id

# Which thing an operation makes or moves, as its payload and the stored outcome name it.
MADE = {
    "enrolMember": "activity",
    "recordAppLogin": "activity",
    "recordPurchase": "activity",
    "confirmDelivery": "activity",
    "recordReturn": "activity",
    "recordShare": "activity",
    "recordReview": "activity",
    "approveReview": "activity",
    "tapFuel": "activity",
    "redeemCoupon": "coupon",
    "reservePoints": "reservation",
    "capturePoints": "reservation",
    "releasePoints": "reservation",
    "advanceClock": "",
}


@dataclass(frozen=True)
class Answer:
    """What a mutation was answered: the row id of what it made, a coupon's code, or why it was refused."""

    made: int | None = None
    code: str | None = None
    refusals: tuple[str, ...] = ()
    deferred: bool = False


@dataclass(frozen=True)
class Try:
    """One sending of an operation to one gateway; instants are seconds of the clients' one monotonic clock."""

    gateway: int
    invoked_at: float
    answered_at: float
    answer: Answer | None  # None: unknown, it may have happened or not
    why: str = ""  # it is unknown


@dataclass
class Operation:
    """One mutation under one key, however often it was sent.

    `natural`: what else than the key makes it one with others ("order/17"): they share what they make. `points`: what
    it moves, where the client can tell beforehand.
    """

    client: str
    key: str
    mutation: str
    given: Mapping[str, Any]
    mi_account_id: str | None = None
    natural: str | None = None
    points: int | None = None
    tries: list[Try] = field(default_factory=list)

    @property
    def answers(self) -> list[Answer]:
        return [one.answer for one in self.tries if one.answer is not None]

    @property
    def answer(self) -> Answer | None:
        """What it was told first; None while nobody knows."""
        answered = [one for one in self.tries if one.answer is not None]
        return min(answered, key=lambda one: one.answered_at).answer if answered else None

    @property
    def answered_at(self) -> float:
        return min(one.answered_at for one in self.tries if one.answer is not None)

    @property
    def done(self) -> bool:
        """Was it acknowledged as done?"""
        return (answer := self.answer) is not None and not answer.refusals


@dataclass(frozen=True)
class Balances:
    """Points of a member: pending, available, reserved, debt."""

    pending: int
    available: int
    reserved: int
    debt: int


@dataclass(frozen=True)
class Look:
    """A read of a member's balance with the newest line of their statement (`entry_id`), answered."""

    client: str
    gateway: int
    mi_account_id: str
    invoked_at: float
    answered_at: float
    as_of: str
    balances: Balances
    entry_id: int | None


@dataclass(frozen=True)
class Fault:
    """Something that was done to the house; `ended_at` when it was over."""

    kind: str
    about: str
    began_at: float
    ended_at: float


@dataclass
class History:
    """All that happened in one trial."""

    operations: list[Operation] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def done(self, *mutations: str) -> Iterator[Operation]:
        """The acknowledged operations of these kinds."""
        return (one for one in self.operations if one.mutation in mutations and one.done)


def answer_of(mutation: str, payload: Mapping[str, Any]) -> Answer:
    """A payload as checkers compare it: figures that move on later are not part of it."""
    refusals = tuple(error["code"] for error in payload["userErrors"])
    made = payload.get(MADE[mutation]) or {}
    return Answer(row_id(made.get("id")), made.get("code"), refusals, bool(payload.get("deferred")))


def row_id(global_id: str | None) -> int | None:
    found = read_id(global_id) if global_id is not None else None
    return found.row_id if found is not None else None
