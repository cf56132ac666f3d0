"""Does the shop's back end get the same end, whichever of its messages arrives first? Over HTTP, with its answers."""

from typing import Any

import pytest

from tests.client import SHOP, STAFF, Client, fresh, member
from tests.journeys.makers import enrolled, order

OPERATION = """
query ($key: String!) {
  operation(idempotencyKey: $key) { state deferred completedAt userErrors { code } activity { points status } }
}
"""
SHOP_TELLS = ("purchase", "delivery", "return", "cancel")


async def told(client: Client, who: str, order_id: str, event: str) -> str:
    """The idempotency key of one message about an order."""
    key = fresh("key")
    said: dict[str, Any] = {"idempotencyKey": key, "orderId": order_id}
    if event == "purchase":
        at = "2026-01-05T10:00:00Z"
        await client.done(SHOP, "recordPurchase", **said, miAccountId=who, order=order("40.00", "20.50"), occurredAt=at)
    elif event == "delivery":
        await client.done(SHOP, "confirmDelivery", **said, occurredAt="2026-01-06T10:00:00Z")
    elif event == "return":
        given = {"returnId": "r-1", "lines": [{"sku": "SKU-2"}], "occurredAt": "2026-01-07T10:00:00Z"}
        await client.done(SHOP, "recordReturn", **said, **given)
    else:
        await client.done(SHOP, "cancelOrder", **said, occurredAt="2026-01-08T10:00:00Z")
    return key


@pytest.mark.parametrize(
    "arrivals",
    [
        SHOP_TELLS,
        SHOP_TELLS[::-1],
        ("return", "purchase", "cancel", "delivery"),
        ("cancel", "cancel", "return", "return", "delivery", "delivery", "purchase", "purchase"),
        ("delivery", "purchase", "delivery", "return", "return", "cancel", "cancel", "purchase"),
    ],
    ids=" ".join,
)
async def test_every_message_is_answered_and_the_end_is_the_same(client: Client, arrivals: tuple[str, ...]) -> None:
    ana, order_id = await enrolled(client), fresh("order")

    keys = [await told(client, ana, order_id, event) for event in arrivals]

    for key in keys:
        answered = (await client.read(SHOP, OPERATION, key=key))["operation"]
        assert (answered["state"], answered["deferred"], answered["userErrors"]) == ("DONE", False, [])
        assert answered["completedAt"] is not None
        assert answered["activity"] == {"points": 0, "status": "WITHDRAWN"}
    assert await client.balance(ana) == {"pending": 0, "available": 50, "debt": 0}
    shown = await client.read(
        SHOP, "query ($id: String!) { order(orderId: $id) { lines { sku kept } activity { reason } } }", id=order_id
    )
    assert [line["kept"] for line in shown["order"]["lines"]] == [0, 0]
    assert shown["order"]["activity"]["reason"]
    assert await client.ledger_agrees()


async def test_a_share_deleted_before_it_is_shared_earns_nothing_and_says_why(client: Client) -> None:
    ana, key = await enrolled(client), fresh("key")
    early = await client.done(
        SHOP, "deleteShare", "deferred activity { id }", idempotencyKey=key, miAccountId=ana, shareId="post-1"
    )
    assert (early["deferred"], early["activity"]) == (True, None)

    given = {"sku": "MI-14", "network": "mastodon", "url": "https://social.example/1", "shareId": "post-1"}
    shared = await client.done(member(ana), "recordShare", "activity { id points status reason }", **given)

    assert (shared["activity"]["points"], shared["activity"]["status"]) == (0, "WITHDRAWN")
    assert shared["activity"]["reason"] == "La publicación compartida se ha eliminado."
    again = await client.done(
        SHOP, "deleteShare", "deferred activity { id }", idempotencyKey=key, miAccountId=ana, shareId="post-1"
    )
    assert (again["deferred"], again["activity"]) == (False, {"id": shared["activity"]["id"]})
    assert await client.balance(ana) == {"pending": 0, "available": 50, "debt": 0}
    assert await client.ledger_agrees()


async def test_staff_read_what_still_waits(client: Client) -> None:
    waiting = await client.read(STAFF, "{ parkedOperations(first: 5) { edges { node { event } } } }")

    assert waiting == {"parkedOperations": {"edges": []}}
