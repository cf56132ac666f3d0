"""Which inputs count as the same, and are wrong ones refused by name?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import strawberry
from hypothesis import given as for_any
from hypothesis import strategies as st

from app.api.enums import CurrencyCode
from app.api.inputs import call_of
from app.api.orders import OrderInput, OrderLineInput, RecordPurchaseInput
from app.api.reviews import ApproveReviewInput, RejectReviewInput
from app.database import Db
from tests.api.asking import ask, do
from tests.api.makers import ADULT, TERMS, enrolled, offered, order
from tests.client import SHOP, STAFF, Who, fresh

WORDS = st.text(min_size=1, max_size=20)
CENTS = st.integers(0, 10**7).map(lambda minor: Decimal(minor) / 100)
LINES = st.builds(
    OrderLineInput,
    sku=WORDS,
    unit_price=CENTS,
    line_id=st.none() | WORDS,
    quantity=st.integers(1, 9),
    discount=CENTS,
    categories=st.lists(WORDS, max_size=2),
)
ORDERS = st.builds(
    OrderInput,
    currency=st.sampled_from(CurrencyCode),
    lines=st.lists(LINES, min_size=1, max_size=3),
    coupon_code=st.none() | WORDS,
    points=st.integers(0, 100),
    shipping=CENTS,
)
INSTANTS = st.integers(1_600_000_000, 1_900_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
PURCHASES = st.builds(
    RecordPurchaseInput,
    idempotency_key=WORDS,
    mi_account_id=WORDS,
    order_id=WORDS,
    order=ORDERS,
    source=st.just("mi.com") | WORDS,
    occurred_at=st.none() | INSTANTS,
)


def fingerprint(given: Any, mutation: str = "recordPurchase") -> bytes:
    """The fingerprint of an input."""
    return call_of("shop", mutation, given).fingerprint


@for_any(PURCHASES, PURCHASES)
def test_two_inputs_are_the_same_only_when_they_say_the_same(
    one: RecordPurchaseInput, other: RecordPurchaseInput
) -> None:
    same = replace(other, idempotency_key=one.idempotency_key) == one

    assert (fingerprint(one) == fingerprint(other)) == same


@for_any(PURCHASES, st.integers(-12, 14))
def test_the_key_and_the_way_of_writing_a_value_do_not_count(purchase: RecordPurchaseInput, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    elsewhere = purchase.occurred_at.astimezone(zone) if purchase.occurred_at else None
    lines = [replace(line, unit_price=line.unit_price.quantize(Decimal("0.0001"))) for line in purchase.order.lines]

    written = replace(
        purchase, idempotency_key="other", occurred_at=elsewhere, order=replace(purchase.order, lines=lines)
    )

    assert fingerprint(written) == fingerprint(purchase)


def bought(line: OrderLineInput, **more: Any) -> RecordPurchaseInput:
    """A purchase of one line."""
    order = OrderInput(currency=CurrencyCode.EUR, lines=[line])
    return RecordPurchaseInput(idempotency_key="key", mi_account_id="mi", order_id="order", order=order, **more)


def test_every_value_counts() -> None:
    line = OrderLineInput(sku="A", unit_price=Decimal("1.00"))
    given = bought(line)
    order_changes: list[dict[str, Any]] = [{"currency": CurrencyCode.GBP}, {"coupon_code": "X"}, {"points": 1}]
    order_changes += [{"shipping": Decimal("0.01")}, {"lines": [line, line]}, {"lines": []}]
    line_changes: list[dict[str, Any]] = [{"sku": "B"}, {"unit_price": Decimal("1.01")}, {"line_id": "A"}]
    line_changes += [{"quantity": 2}, {"discount": Decimal("0.5")}, {"categories": ["phones"]}]
    order_changes += [{"lines": [replace(line, **change)]} for change in line_changes]
    changed = [replace(given, order=replace(given.order, **change)) for change in order_changes]
    changed += [replace(given, mi_account_id="other"), replace(given, order_id="other"), replace(given, source="app")]
    changed.append(replace(given, occurred_at=datetime(2026, 3, 2, tzinfo=UTC)))

    prints = [fingerprint(one) for one in (given, *changed)]

    assert len(set(prints)) == len(prints)


def test_what_equals_its_default_was_not_said() -> None:
    bare = OrderLineInput(sku="A", unit_price=Decimal(1))
    said = OrderLineInput(
        sku="A", unit_price=Decimal(1), line_id=None, quantity=1, discount=Decimal("0.00"), categories=[]
    )

    assert fingerprint(bought(bare)) == fingerprint(bought(said, source="mi.com", occurred_at=None))


@strawberry.input
class Earlier:
    """An input as it was when its key was stored."""

    idempotency_key: str
    sku: str


@strawberry.input
class Later(Earlier):
    """The same input, which has learnt more since."""

    note: str | None = None
    pieces: int = 1
    categories: list[str] = strawberry.field(default_factory=list)


def test_a_field_that_is_added_later_leaves_stored_keys_as_they_are() -> None:
    earlier, later = Earlier(idempotency_key="key", sku="A"), Later(idempotency_key="key", sku="A")

    assert fingerprint(later) == fingerprint(earlier)
    assert fingerprint(replace(later, pieces=2)) != fingerprint(earlier)


def test_another_mutation_is_another_request() -> None:
    approved = ApproveReviewInput(idempotency_key="key", review_id="review")
    rejected = RejectReviewInput(idempotency_key="key", review_id="review")

    assert fingerprint(approved, "approveReview") != fingerprint(rejected, "rejectReview")


def purchase(**changed: Any) -> dict[str, Any]:
    """A sound purchase of member mi, with changes."""
    return {"miAccountId": "mi", "orderId": fresh("order"), "order": order("10.00"), **changed}


def line(**changed: Any) -> dict[str, Any]:
    """A sound order of one line, with changes to that line."""
    return {"currency": "EUR", "lines": [{"sku": "A", "unitPrice": "10.00", **changed}]}


LINE = ["order", "lines", "0"]
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    (purchase(orderId=""), ["orderId"]),
    (purchase(orderId=" "), ["orderId"]),
    (purchase(orderId="x" * 129), ["orderId"]),
    (purchase(orderId="nul\0"), ["orderId"]),
    (purchase(source="x" * 65), ["source"]),
    (purchase(occurredAt="2026-03-02T12:00:00Z"), ["occurredAt"]),
    (purchase(occurredAt="1999-01-01T00:00:00Z"), ["occurredAt"]),
    (purchase(order={"currency": "EUR", "lines": []}), ["order", "lines"]),
    (purchase(order=order(*["1.00"] * 201)), ["order", "lines"]),
    (purchase(order={"currency": "EUR", "lines": [{"sku": "A", "unitPrice": "1"}] * 2}), ["order", "lines"]),
    (purchase(order=order("9999999.99", "9999999.99")), ["order", "lines"]),
    (purchase(order=order("1.00", points=-1)), ["order", "points"]),
    (purchase(order=order("1.00", shipping="-0.01")), ["order", "shipping"]),
    (purchase(order=order("1.00", shipping="0.001")), ["order", "shipping"]),
    (purchase(order=line(sku="")), [*LINE, "sku"]),
    (purchase(order=line(sku="x" * 65)), [*LINE, "sku"]),
    (purchase(order=line(lineId="\0")), [*LINE, "lineId"]),
    (purchase(order=line(quantity=0)), [*LINE, "quantity"]),
    (purchase(order=line(quantity=-1)), [*LINE, "quantity"]),
    (purchase(order=line(quantity=10_001)), [*LINE, "quantity"]),
    (purchase(order=line(unitPrice="-1")), [*LINE, "unitPrice"]),
    (purchase(order=line(unitPrice="0.001")), [*LINE, "unitPrice"]),
    (purchase(order=line(unitPrice="999999999999999")), [*LINE, "unitPrice"]),
    (purchase(order=line(discount="10.01")), [*LINE, "discount"]),
    (purchase(order=line(discount="-0.01")), [*LINE, "discount"]),
    (purchase(order=line(categories=["x"] * 21)), [*LINE, "categories"]),
    (purchase(order=line(categories=["\0"])), [*LINE, "categories"]),
]


async def test_a_wrong_value_is_refused_with_the_path_of_its_field(programme: Db) -> None:
    who = await enrolled()

    for given, path in REFUSED:
        payload = await do(SHOP, "recordPurchase", "activity { id }", **{**given, "miAccountId": who.subject})

        assert payload["activity"] is None
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("INVALID_INPUT", path)], given


@pytest.mark.parametrize("key", ["", "x" * 129, "nul\0", "two\nlines"])
async def test_a_key_that_cannot_be_one_is_refused_every_time(programme: Db, key: str) -> None:
    who = await enrolled()

    for _ in range(2):
        payload = await do(who, "tapFuel", idempotencyKey=key)

        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
            ("INVALID_INPUT", ["idempotencyKey"])
        ]


ODD_WORDS = ["", " ", "\0", "x" * 5_000, "🦊" * 40, "'; DROP TABLE member; --", "\u202e"]


async def test_no_odd_word_breaks_a_mutation(programme: Db) -> None:
    who, offer = await enrolled(), await offered(10)
    enrolment = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS}

    def asked(odd: str) -> list[tuple[Who, str, dict[str, Any]]]:
        return [
            (who, "recordAppLogin", {"deviceId": odd}),
            (who, "recordShare", {"sku": odd, "network": odd, "url": "https://x.example", "shareId": odd}),
            (who, "redeemCoupon", {"offerId": odd}),
            (who, "redeemCoupon", {"offerId": offer, "expectedPrice": -(2**31)}),
            (SHOP, "confirmDelivery", {"orderId": odd, "source": odd}),
            (SHOP, "recordReview", {"miAccountId": who.subject, "sku": odd, "reviewId": odd}),
            (SHOP, "rejectReview", {"reviewId": odd, "reason": odd}),
            (SHOP, "recordPurchase", purchase(miAccountId=who.subject, order=order("1.00", couponCode=odd))),
            (SHOP, "enrolMember", {**enrolment, "miAccountId": odd, "displayName": odd, "personKey": odd}),
            (SHOP, "enrolMember", {**enrolment, "miAccountId": fresh("mi"), "acceptedTerms": odd}),
            (STAFF, "changeTimeZone", {"miAccountId": who.subject, "timeZone": odd}),
            (STAFF, "advanceClock", {"by": odd}),
        ]

    for odd in ODD_WORDS:
        for by, mutation, given in asked(odd):
            await do(by, mutation, **given)


async def test_no_odd_mi_account_breaks_a_mutation(programme: Db) -> None:
    for odd in ODD_WORDS:
        for by, mutation, given in (
            (SHOP, "recordPurchase", purchase(miAccountId=odd)),
            (SHOP, "recordReview", {"miAccountId": odd, "sku": "MI-14", "reviewId": fresh("review")}),
            (STAFF, "changeTimeZone", {"miAccountId": odd, "timeZone": "Europe/Madrid"}),
        ):
            payload = await do(by, mutation, **given)

            assert [error["code"] for error in payload["userErrors"]] != [], (mutation, odd)


async def test_no_odd_word_breaks_a_query(programme: Db) -> None:
    document = """query ($word: String!, $id: ID!) {
      operation(idempotencyKey: $word) { state } byName: member(miAccountId: $word) { id } byId: member(id: $id) { id }
      node(id: $id) { id } nodes(ids: [$id, $id]) { id } }"""

    for odd in ODD_WORDS:
        answer = await ask(document, {"word": odd, "id": odd}, as_=STAFF)

        assert {error["extensions"]["code"] for error in answer.get("errors", [])} <= {"BAD_USER_INPUT"}
        assert all(found in (None, [None, None]) for found in answer["data"].values())
