"""Is a checkout read in few statements, in the reader's language, by the clock?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from app.database import Db
from tests.api.asking import advance, done, read
from tests.api.makers import enrolled, offered, order, redeemed, reserved
from tests.client import SHOP, Who

Counted = Callable[[], AbstractContextManager[list[str]]]

QUOTE = """
query ($order: OrderInput!) { quoteCheckout(order: $order) {
  eligible { amount } maximumPoints
  options { kind points toPay { amount } explanation coupon { code offer { id title } }
            offer { id title price affordable blockedBy { code } } blockedBy { code message } } } }
"""
HELD = """
{ me { reservations(first: 50) { edges { node { id status points captured orderId heldUntil discount { amount } } } }
       statement(first: 50) { edges { node { kind reservation { id orderId member { id } } } } } } }
"""
QUOTE_TAKES = 9  # who asks, the book, exclusions, expiry, coupons, offers, and the rows behind what is shown
HELD_TAKES = 4
RESERVE_TAKES = 14
THE_DRIVERS_OWN = ("typeinfo_tree", "current_setting('jit')")  # once a connection: asyncpg learns its array types


def ours(statements: list[str]) -> list[str]:
    """What the gateway itself asked."""
    return [" ".join(sql.split())[:90] for sql in statements if not any(word in sql for word in THE_DRIVERS_OWN)]


async def options(who: Who, language: str = "en", *prices: str, **given: Any) -> list[Any]:
    """The ways to pay that a member is told."""
    asked = order(*(prices or ("40.00",)), **given)
    found: list[Any] = (await read(QUOTE, as_=who, language=language, order=asked))["quoteCheckout"]["options"]
    return found


@pytest.mark.parametrize("how_many", [1, 12])
async def test_a_quote_takes_the_same_few_statements_for_1_coupon_and_for_12(
    programme: Db, counted: Counted, how_many: int
) -> None:
    who = await enrolled(points=2_000)
    for number in range(how_many):
        offer = await offered(10, value_minor=100 + number, limit_per_member=3)
        await redeemed(who, offer)
    await options(who)

    with counted() as statements:
        found = await options(who)

    assert sum(option["coupon"] is not None for option in found) >= how_many
    taken = ours(statements)
    assert len(taken) <= QUOTE_TAKES, f"A quote takes at most {QUOTE_TAKES} statements, not {len(taken)}: {taken}"


@pytest.mark.parametrize("how_many", [2, 12])
async def test_reservations_take_the_same_few_statements_for_2_and_for_12(
    programme: Db, counted: Counted, how_many: int
) -> None:
    who = await enrolled(points=2_000)
    for _ in range(how_many):
        await reserved(who, 10)

    with counted() as statements:
        seen = (await read(HELD, as_=who))["me"]

    assert len(seen["reservations"]["edges"]) == how_many
    assert sum(edge["node"]["reservation"] is not None for edge in seen["statement"]["edges"]) == how_many
    taken = ours(statements)
    assert len(taken) == HELD_TAKES, f"They take exactly {HELD_TAKES} statements, not {len(taken)}: {taken}"


async def test_to_hold_points_takes_fourteen_statements(programme: Db, counted: Counted) -> None:
    who = await enrolled(points=2_000)
    await reserved(who, 10)

    with counted() as statements:
        await reserved(who, 10)

    taken = ours(statements)
    assert len(taken) == RESERVE_TAKES, f"It takes exactly {RESERVE_TAKES} statements, not {len(taken)}: {taken}"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "€12.00 off with 1,200 points: €28.00 to pay"),
        ("es", "12,00 € menos con 1.200 puntos; a pagar: 28,00 €"),
        ("fr", "12,00 € de moins avec 1 200 points ; à payer : 28,00 €"),
        ("it", "12,00 € in meno con 1.200 punti; da pagare: 28,00 €"),
    ],
)
async def test_a_way_is_explained_in_the_readers_language(programme: Db, language: str, text: str) -> None:
    who = await enrolled(points=1_200)

    points = next(option for option in await options(who, language) if option["kind"] == "POINTS")

    assert points["explanation"].replace("\u00a0", " ").replace("\u202f", " ") == text


async def test_what_is_about_to_expire_is_said(programme: Db) -> None:
    who = await enrolled(points=1_200)
    await advance(to="2027-02-20T10:00:00Z")

    points = next(option for option in await options(who) if option["kind"] == "POINTS")

    assert points["explanation"].endswith("; 1,200 points expire on 2 March 2027")


async def test_the_ways_show_what_they_use_and_why_they_cannot_be_used(programme: Db) -> None:
    who = await enrolled(points=60)
    await redeemed(who, await offered(10, minimum_order_minor=5_000))

    found = await options(who)

    small = next(option for option in found if option["coupon"])
    assert [reason["code"] for reason in small["blockedBy"]] == ["BELOW_MINIMUM_ORDER"]
    assert small["blockedBy"][0]["message"].endswith("€50.00 in qualifying products.")
    assert [option["kind"] for option in found if not option["blockedBy"]][-1] == "NONE"
    dear = next(option for option in found if option["offer"] and option["offer"]["price"] == 500)
    assert [reason["code"] for reason in dear["blockedBy"]] == ["INSUFFICIENT_POINTS"]


async def test_reservations_are_chosen_by_how_they_stand_by_the_clock(programme: Db) -> None:
    who = await enrolled(points=1_200)
    captured = await reserved(who, 10)
    await done(SHOP, "capturePoints", reservationId=captured)
    late = await reserved(who, 20)
    await advance(by="PT31M")
    held = await reserved(who, 30)
    document = """query ($statuses: [ReservationStatus!]) {
      me { reservations(statuses: $statuses) { edges { node { id discount { amount } } } } } }"""

    async def seen(*statuses: str) -> list[tuple[str, str]]:
        edges = (await read(document, as_=who, statuses=list(statuses)))["me"]["reservations"]["edges"]
        return [(edge["node"]["id"], edge["node"]["discount"]["amount"]) for edge in edges]

    assert await seen("EXPIRED") == [(late, "0.00")]
    assert await seen("HELD", "CAPTURED") == [(held, "0.30"), (captured, "0.10")]
    assert await seen("RELEASED") == []
