"""What if a decision, a delivery or a rejection comes before its cause, twice, or long after?"""

from typing import Any

from tests.client import SHOP, Client, fresh, member
from tests.journeys.makers import bought, enrolled, offered, order

ACTIVITY = "deferred activity { id points status reason }"
OPERATION = """
query ($key: String!) {
  operation(idempotencyKey: $key) { mutation state deferred completedAt activity { id } userErrors { code } }
}
"""


async def reviewed(client: Client, who: str, review_id: str, sku: str = "MI-BAND") -> Any:
    """The activity of a review just written."""
    given = {"miAccountId": who, "sku": sku, "reviewId": review_id}
    return (await client.done(SHOP, "recordReview", ACTIVITY, **given))["activity"]


async def operation(client: Client, key: str) -> Any:
    return (await client.read(SHOP, OPERATION, key=key))["operation"]


async def test_an_approval_before_its_review_waits_and_is_then_applied(client: Client) -> None:
    ana = await enrolled(client)
    key, review_id = fresh("key"), fresh("review")

    early = await client.done(SHOP, "approveReview", ACTIVITY, idempotencyKey=key, reviewId=review_id)
    assert early == {"deferred": True, "activity": None, "userErrors": []}
    parked = await operation(client, key)
    assert (parked["state"], parked["deferred"], parked["completedAt"]) == ("PARKED", True, None)

    await reviewed(client, ana, review_id)

    assert await client.balance(ana) == {"pending": 0, "available": 70, "debt": 0}
    done = await operation(client, key)
    assert (done["state"], done["deferred"], done["userErrors"]) == ("DONE", False, [])
    again = await client.done(SHOP, "approveReview", ACTIVITY, idempotencyKey=key, reviewId=review_id)
    assert not again["deferred"]
    assert again["activity"]["id"] == done["activity"]["id"]
    assert again["activity"]["status"] == "POSTED"


async def test_a_rejection_before_its_review_leaves_nothing_earned(client: Client) -> None:
    ana = await enrolled(client)
    review_id = fresh("review")

    early = await client.done(SHOP, "rejectReview", ACTIVITY, reviewId=review_id, reason="Off topic")
    written = await reviewed(client, ana, review_id)

    assert early["deferred"]
    assert (written["status"], written["points"]) == ("WITHDRAWN", 0)
    assert "Off topic" in written["reason"]
    assert await client.balance(ana) == {"pending": 0, "available": 50, "debt": 0}


async def test_of_two_early_decisions_the_first_to_occur_counts(client: Client) -> None:
    ana = await enrolled(client)
    review_id = fresh("review")
    approve, reject = fresh("key"), fresh("key")

    await client.done(
        SHOP, "rejectReview", idempotencyKey=reject, reviewId=review_id, occurredAt="2026-04-30T12:00:00Z"
    )
    await client.done(
        SHOP, "approveReview", idempotencyKey=approve, reviewId=review_id, occurredAt="2026-04-30T11:00:00Z"
    )
    written = await reviewed(client, ana, review_id)

    assert written["status"] == "POSTED"
    assert (await operation(client, approve))["userErrors"] == []
    assert (await operation(client, reject))["userErrors"] == [{"code": "ALREADY_DECIDED"}]


async def test_a_delivery_before_its_purchase_posts_it_at_once(client: Client) -> None:
    ana = await enrolled(client)
    key, order_id = fresh("key"), fresh("order")

    early = await client.done(SHOP, "confirmDelivery", ACTIVITY, idempotencyKey=key, orderId=order_id)
    assert early["deferred"]
    assert (await operation(client, key))["state"] == "PARKED"
    given = {"miAccountId": ana, "orderId": order_id, "order": order("80.00")}
    bought_now = await client.done(SHOP, "recordPurchase", ACTIVITY, **given)

    assert bought_now["activity"]["status"] == "POSTED"
    assert await client.balance(ana) == {"pending": 0, "available": 130, "debt": 0}
    assert (await operation(client, key))["state"] == "DONE"
    assert await client.statement(ana) == [("EARN", 50), ("EARN", 80), ("POST", 80)]


async def test_the_opposite_of_what_was_decided_is_refused(client: Client) -> None:
    ana = await enrolled(client)
    approved, rejected = fresh("review"), fresh("review")
    await reviewed(client, ana, approved, "MI-1")
    await reviewed(client, ana, rejected, "MI-2")
    await client.done(SHOP, "approveReview", reviewId=approved)
    await client.done(SHOP, "rejectReview", reviewId=rejected)
    before = await client.rows_by_table()

    on_approved = await client.do(SHOP, "rejectReview", reviewId=approved)
    on_rejected = await client.do(SHOP, "approveReview", reviewId=rejected)

    assert [error["code"] for error in on_approved["userErrors"]] == ["ALREADY_DECIDED"]
    assert [error["code"] for error in on_rejected["userErrors"]] == ["ALREADY_DECIDED"]
    assert await client.rows_by_table() == before


async def test_a_decision_said_twice_changes_nothing_the_second_time(client: Client) -> None:
    ana = await enrolled(client)
    review_id = fresh("review")
    await reviewed(client, ana, review_id)

    first = await client.done(SHOP, "approveReview", ACTIVITY, reviewId=review_id)
    second = await client.done(SHOP, "approveReview", ACTIVITY, reviewId=review_id)

    assert first == second
    assert await client.statement(ana) == [("EARN", 50), ("EARN", 20), ("POST", 20)]


async def test_only_the_first_review_of_a_product_earns_even_when_it_was_rejected(client: Client) -> None:
    ana = await enrolled(client)
    review_id = fresh("review")
    await reviewed(client, ana, review_id)
    await client.done(SHOP, "rejectReview", reviewId=review_id)

    second = await reviewed(client, ana, fresh("review"))

    assert (second["status"], second["points"]) == ("NONE", 0)
    assert second["reason"]


async def test_an_unmoderated_review_posts_by_day_16_and_its_rejection_then_claws_back(client: Client) -> None:
    ana = await enrolled(client)
    review_id, offer_id = fresh("review"), await offered(client, 65)
    await reviewed(client, ana, review_id)
    assert await client.balance(ana) == {"pending": 20, "available": 50, "debt": 0}
    await client.advance(by="P17D")
    assert await client.balance(ana) == {"pending": 0, "available": 70, "debt": 0}
    await client.done(member(ana), "redeemCoupon", offerId=offer_id)

    rejected = await client.done(SHOP, "rejectReview", ACTIVITY, reviewId=review_id, reason="Bought elsewhere")

    assert (rejected["activity"]["status"], rejected["activity"]["points"]) == ("WITHDRAWN", 0)
    assert await client.balance(ana) == {"pending": 0, "available": 0, "debt": 15}
    await client.done(member(ana), "tapFuel")
    assert await client.balance(ana) == {"pending": 0, "available": 0, "debt": 5}
    await bought(client, ana, "12.00", delivered=True)
    assert await client.balance(ana) == {"pending": 0, "available": 7, "debt": 0}
    assert await client.statement(ana) == [
        ("EARN", 50),
        ("EARN", 20),
        ("POST", 20),
        ("REDEEM", -65),
        ("CLAWBACK", -5),
        ("DEBT", -15),
        ("EARN", 10),
        ("DEBT_REPAID", -10),
        ("EARN", 12),
        ("POST", 12),
        ("DEBT_REPAID", -5),
    ]
    told = await client.me(ana, "notices(first: 9) { edges { node { kind points } } }")
    assert {"kind": "CLAWED_BACK", "points": 20} in [edge["node"] for edge in told["notices"]["edges"]]
    assert await client.ledger_agrees()
