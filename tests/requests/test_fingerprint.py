"""Which inputs are the same input?"""

from dataclasses import field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
import strawberry

from app.api.inputs import call_of

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Colour(Enum):
    RED = "RED"
    BLUE = "BLUE"


@strawberry.input
class Part:
    sku: str
    price: Decimal = Decimal("1.5")
    quantity: int = 1


@strawberry.input
class Asked:
    idempotency_key: str
    word: str = "word"
    at: datetime | None = None
    on: date | None = None
    colour: Colour = Colour.RED
    note: str | None = strawberry.UNSET
    parts: list[Part] = field(default_factory=list)


def part(sku: str, price: str = "1.5", quantity: int = 1) -> Part:
    return Part(sku=sku, price=Decimal(price), quantity=quantity)


def asked(*, idempotency_key: str = "key", **said: Any) -> Asked:
    return Asked(idempotency_key=idempotency_key, **said)


def fingerprint(given: Asked, mutation: str = "aMutation") -> bytes:
    return call_of("1001", mutation, given).fingerprint


def test_a_call_names_its_principal_key_and_mutation() -> None:
    call = call_of("1001", "redeemCoupon", asked(idempotency_key="mine"))

    assert (call.principal, call.key, call.mutation) == ("1001", "mine", "redeemCoupon")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (asked(), asked(word="word", at=None, colour=Colour.RED, parts=[])),
        (asked(), asked(idempotency_key="another")),
        (asked(parts=[part("A")]), asked(parts=[part("A", "1.50", 1)])),
        (asked(parts=[part("A", "2")]), asked(parts=[part("A", "2.00")])),
        (asked(parts=[part("A", "100")]), asked(parts=[part("A", "1E+2")])),
        (asked(at=AT), asked(at=AT.astimezone(timezone(timedelta(hours=2))))),
    ],
)
def test_it_is_the_same_input_when_it_says_the_same(left: Asked, right: Asked) -> None:
    assert fingerprint(left) == fingerprint(right)


@pytest.mark.parametrize(
    "other",
    [
        asked(word="Word"),
        asked(word="word "),
        asked(at=AT),
        asked(at=AT + timedelta(microseconds=1)),
        asked(on=date(2026, 3, 1)),
        asked(colour=Colour.BLUE),
        asked(note=None),
        asked(note=""),
        asked(parts=[part("A")]),
        asked(parts=[part("A"), part("A")]),
        asked(parts=[part("A"), part("B")]),
        asked(parts=[part("B"), part("A")]),
        asked(parts=[part("A", "1.51")]),
        asked(parts=[part("A", quantity=2)]),
    ],
)
def test_it_is_another_input_when_it_says_another_thing(other: Asked) -> None:
    several = [asked(), asked(at=AT + timedelta(seconds=1)), asked(parts=[part("A", quantity=3)]), asked(word="x")]

    assert fingerprint(other) not in {fingerprint(one) for one in several}


def test_the_same_words_to_another_mutation_are_another_input() -> None:
    assert fingerprint(asked(), "approveReview") != fingerprint(asked(), "rejectReview")
