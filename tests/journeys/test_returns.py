"""What do members live through whose orders come back, in part, twice, late, or as a whole?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.postgres import EmbeddedPostgres
from tests.client import SHOP, STAFF, Client, fresh, member
from tests.journeys.conftest import opened
from tests.journeys.makers import enrolled, offered, order

BACK = "deferred clawedBack restored debt refund { amount currency } activity { points status reason }"
LINES: list[dict[str, Any]] = [
    {"sku": "PHONE", "unitPrice": "299.90"},
    {"sku": "CASE", "unitPrice": "9.99", "quantity": 3},
    {"sku": "CABLE", "unitPrice": "4.50", "quantity": 2},
]


@pytest.fixture(scope="module")
async def client(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway that starts on 14 March 2026; its clock only goes forward."""
    async with opened(cluster, roomy, "--at", "2026-03-14T08:00:00Z") as ready:
        yield ready


async def bought(client: Client, who: str, *lines: dict[str, Any], **given: Any) -> str:
    """The id of an order of these lines, delivered at once."""
    order_id = fresh("order")
    asked = {"currency": "EUR", "lines": list(lines), **given}
    await client.done(SHOP, "recordPurchase", miAccountId=who, orderId=order_id, order=asked)
    await client.done(SHOP, "confirmDelivery", orderId=order_id)
    return order_id


async def returned(client: Client, order_id: str, *lines: dict[str, Any], **given: Any) -> Any:
    said = {"orderId": order_id, "returnId": fresh("return"), "lines": list(lines), **given}
    return await client.done(SHOP, "recordReturn", BACK, **said)


async def test_buy_earn_spend_return_a_part_be_in_debt_and_earn_out_of_it(client: Client) -> None:
    ana = await enrolled(client)
    order_id = await bought(client, ana, *LINES)  # 338.87
    assert await client.balance(ana) == {"pending": 0, "available": 388, "debt": 0}
    await client.done(member(ana), "redeemCoupon", offerId=await offered(client, 300))

    case = await returned(client, order_id, {"sku": "CASE"})
    phone = await returned(client, order_id, {"sku": "PHONE"})

    assert (case["clawedBack"], case["refund"]) == (10, {"amount": "9.99", "currency": "EUR"})
    assert (phone["clawedBack"], phone["debt"], phone["refund"]["amount"]) == (300, 222, "299.90")
    assert phone["activity"] == {"points": 28, "status": "POSTED", "reason": "Se han devuelto productos del pedido."}
    await bought(client, ana, {"sku": "TV", "unitPrice": "250.00"})
    assert await client.balance(ana) == {"pending": 0, "available": 28, "debt": 0}
    assert await client.statement(ana) == [
        ("EARN", 50),
        ("EARN", 338),
        ("POST", 338),
        ("REDEEM", -300),
        ("CLAWBACK", -10),
        ("CLAWBACK", -78),
        ("DEBT", -222),
        ("EARN", 250),
        ("POST", 250),
        ("DEBT_REPAID", -222),
    ]
    lines = (await client.me(ana, "statement(first: 5) { edges { node { kind reason } } }"))["statement"]["edges"]
    assert lines[-1]["node"] == {"kind": "CLAWBACK", "reason": "Se han devuelto productos del pedido."}
    assert await client.ledger_agrees()


async def test_a_checkout_with_coupon_and_points_is_cancelled_and_all_comes_back(client: Client) -> None:
    ana, order_id = await enrolled(client, points=2_000), fresh("order")
    coupon = (await client.done(member(ana), "redeemCoupon", "coupon { code }", offerId=await offered(client, 500)))[
        "coupon"
    ]
    asked = order("60.00", couponCode=coupon["code"])
    reserved = await client.done(
        member(ana), "reservePoints", "reservation { id }", orderId=order_id, points=1_000, order=asked
    )
    given = {"miAccountId": ana, "orderId": order_id, "reservationId": reserved["reservation"]["id"]}
    await client.done(SHOP, "recordPurchase", **given, order=asked)
    assert await client.balance(ana) == {"pending": 45, "available": 500, "debt": 0}

    cancelled = await client.done(SHOP, "cancelOrder", f"{BACK} coupon {{ code status }}", orderId=order_id)
    again = await client.done(SHOP, "cancelOrder", f"{BACK} coupon {{ code status }}", orderId=order_id)

    assert (cancelled["clawedBack"], cancelled["restored"], cancelled["debt"]) == (45, 1_000, 0)
    assert cancelled["refund"] == {"amount": "45.00", "currency": "EUR"}
    assert cancelled["coupon"] == {"code": coupon["code"], "status": "ISSUED"}
    assert again == cancelled
    assert await client.balance(ana) == {"pending": 0, "available": 1_500, "debt": 0}
    await bought(client, ana, {"sku": "TV", "unitPrice": "50.00"}, couponCode=coupon["code"])
    assert (await client.balance(ana))["available"] == 1_545
    assert await client.ledger_agrees()


async def test_a_moderator_takes_a_review_back_by_mistake_and_reinstates_it(client: Client) -> None:
    ana, review_id = await enrolled(client), fresh("review")
    written = await client.done(
        SHOP, "recordReview", "activity { id }", miAccountId=ana, sku="MI-14", reviewId=review_id
    )
    await client.done(STAFF, "approveReview", reviewId=review_id)
    await client.done(member(ana), "redeemCoupon", offerId=await offered(client, 70))
    deleted = await client.done(
        SHOP, "deleteReview", "activity { points status reason }", reviewId=review_id, reason="Doble"
    )
    assert deleted["activity"] == {"points": 0, "status": "WITHDRAWN", "reason": "La opinión se ha eliminado: «Doble»."}
    assert await client.balance(ana) == {"pending": 0, "available": 0, "debt": 20}
    await client.done(member(ana), "tapFuel")

    given = {"activityId": written["activity"]["id"], "reason": "Era suya"}
    selection = "activity { id points status reason } member { balance { available debt } }"
    reinstated = await client.done(STAFF, "reinstateActivity", selection, **given)

    assert reinstated["activity"] == {**written["activity"], "points": 20, "status": "POSTED", "reason": None}
    assert reinstated["member"] == {"balance": {"available": 10, "debt": 0}}
    edges = (await client.me(ana, "statement(first: 1) { edges { node { kind reason actor } } }"))["statement"]["edges"]
    assert edges[0]["node"] == {
        "kind": "RESTORE",
        "reason": "Se había retirado por error: «Era suya».",
        "actor": "operator",
    }
    told = await client.me(ana, "notices(first: 1) { edges { node { kind points text } } }")
    assert told["notices"]["edges"][0]["node"]["kind"] == "RESTORED"
    assert await client.ledger_agrees()


async def test_twenty_returns_of_one_piece_at_once_take_it_back_once(client: Client) -> None:
    ana = await enrolled(client)
    order_id = await bought(client, ana, {"sku": "TV", "unitPrice": "250.00"})

    answers = await asyncio.gather(
        *(
            client.do(SHOP, "recordReturn", BACK, orderId=order_id, returnId=f"r-{number}", lines=[{"sku": "TV"}])
            for number in range(20)
        )
    )

    codes = [[error["code"] for error in answer["userErrors"]] for answer in answers]
    assert sorted(codes) == [[]] + [["RETURN_EXCEEDS_ORDER"]] * 19
    assert await client.balance(ana) == {"pending": 0, "available": 50, "debt": 0}
    assert await client.ledger_agrees()


async def test_one_return_told_under_twenty_keys_at_once_has_one_effect(client: Client) -> None:
    ana = await enrolled(client)
    order_id = await bought(client, ana, {"sku": "CASE", "unitPrice": "10.00", "quantity": 3})
    said = {"orderId": order_id, "returnId": "the same", "lines": [{"sku": "CASE"}]}

    answers = await asyncio.gather(*(client.do(SHOP, "recordReturn", BACK, **said) for _ in range(20)))

    assert all(answer == answers[0] for answer in answers)
    assert (answers[0]["clawedBack"], answers[0]["userErrors"]) == (10, [])
    assert await client.balance(ana) == {"pending": 0, "available": 70, "debt": 0}


async def test_a_purchase_and_its_events_at_once_end_as_if_one_after_the_other(client: Client) -> None:
    people = [await enrolled(client) for _ in range(4)]

    async def all_at_once(who: str) -> None:
        order_id = fresh("order")
        asked = {"currency": "EUR", "lines": LINES}
        await asyncio.gather(
            client.done(SHOP, "confirmDelivery", orderId=order_id),
            client.done(SHOP, "recordReturn", orderId=order_id, returnId="r", lines=[{"sku": "CASE", "quantity": 2}]),
            client.done(SHOP, "recordPurchase", miAccountId=who, orderId=order_id, order=asked),
            client.done(SHOP, "recordReturn", orderId=order_id, returnId="s", lines=[{"sku": "PHONE"}]),
        )

    await asyncio.gather(*(all_at_once(who) for who in people))

    for who in people:
        assert await client.balance(who) == {"pending": 0, "available": 68, "debt": 0}
    assert await client.ledger_agrees()


async def test_a_refund_after_expiry_takes_only_what_was_spent(client: Client) -> None:
    ana = await enrolled(client)
    order_id = await bought(client, ana, {"sku": "TV", "unitPrice": "250.00"})
    await client.done(member(ana), "redeemCoupon", offerId=await offered(client, 150))  # 50, and 100 of the purchase
    await client.advance(by="P370D")
    assert await client.balance(ana) == {"pending": 0, "available": 0, "debt": 0}

    late = await returned(client, order_id, {"sku": "TV"})

    assert (late["clawedBack"], late["debt"], late["refund"]["amount"]) == (100, 100, "250.00")
    assert await client.statement(ana) == [
        ("EARN", 50),
        ("EARN", 250),
        ("POST", 250),
        ("REDEEM", -150),
        ("EXPIRE", -150),
        ("DEBT", -100),
    ]
    assert await client.ledger_agrees()
