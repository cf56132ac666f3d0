"""What do the shop and staff see of an order, and who else sees nothing?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from app.database import Db, rows
from tests.api.asking import advance, do, done, read
from tests.api.makers import coupon_code, enrolled, order
from tests.client import SHOP, STAFF, Who, fresh, member

Counted = Callable[[], AbstractContextManager[list[str]]]

ORDER = """
query ($orderId: String!, $source: String) {
  order(orderId: $orderId, source: $source) {
    id orderId source member { miAccountId } activity { points reason } coupon { status value { amount } }
    reservation { status points }
    lines { lineId sku quantity kept net { amount currency } couponDiscount { amount } pointsDiscount { amount } }
  }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


async def seen(order_id: str, who: Who = SHOP, source: str = "mi.com") -> Any:
    return (await read(ORDER, as_=who, orderId=order_id, source=source))["order"]


async def bought(who: Who, given: dict[str, Any], **more: Any) -> str:
    """The id of an order just recorded."""
    order_id = fresh("order")
    await done(SHOP, "recordPurchase", miAccountId=who.subject, orderId=order_id, order=given, **more)
    return order_id


async def test_an_order_shows_its_lines_with_their_discounts_and_what_is_kept(programme: Db) -> None:
    who = await enrolled(points=600)
    lines = [{"sku": "A", "unitPrice": "10.00", "quantity": 2}, {"sku": "B", "unitPrice": "30.00", "lineId": "second"}]
    order_id = await bought(who, {**order(), "lines": lines, "couponCode": await coupon_code(who), "points": 100})
    await done(SHOP, "recordReturn", orderId=order_id, returnId="r-1", lines=[{"sku": "A"}])

    for asker in (SHOP, STAFF):
        shown = await seen(order_id, asker)

        assert (shown["orderId"], shown["source"]) == (order_id, "mi.com")
        assert shown["member"] == {"miAccountId": who.subject}
        assert shown["activity"] == {"points": 35, "reason": "Se han devuelto productos del pedido."}
        assert shown["coupon"] == {"status": "USED", "value": {"amount": "5.00"}}
        assert [
            (line["lineId"], line["sku"], line["quantity"], line["kept"], line["net"]["amount"])
            for line in shown["lines"]
        ] == [("A", "A", 2, 1, "17.60"), ("second", "B", 1, 1, "26.40")]
        discounts = [(line["couponDiscount"]["amount"], line["pointsDiscount"]["amount"]) for line in shown["lines"]]
        assert discounts == [("2.00", "0.40"), ("3.00", "0.60")]


async def test_an_order_is_found_by_its_own_source_alone(programme: Db) -> None:
    order_id = await bought(await enrolled(), order("10.00"), source="app")

    assert (await seen(order_id, source="app"))["source"] == "app"
    for absent in ((order_id, "mi.com"), ("nul\0", "mi.com"), ("", "mi.com"), ("x" * 200, "mi.com")):
        assert await seen(absent[0], source=absent[1]) is None


async def test_an_order_of_which_only_a_return_is_known_is_nobodys_yet(programme: Db) -> None:
    order_id = fresh("order")
    await done(SHOP, "recordReturn", orderId=order_id, returnId="r-1", lines=[{"sku": "A"}])

    assert await seen(order_id) is None


async def test_an_order_that_a_checkout_alone_knows_has_no_lines_yet(programme: Db) -> None:
    who, order_id = await enrolled(points=1_500), fresh("order")
    await done(who, "reservePoints", orderId=order_id, points=200, order=order("30.00"))

    shown = await seen(order_id)

    assert (shown["member"], shown["activity"], shown["lines"]) == ({"miAccountId": who.subject}, None, [])
    assert shown["reservation"] == {"status": "HELD", "points": 200}


async def test_only_the_shop_and_staff_find_an_order_by_its_global_id(programme: Db) -> None:
    who = await enrolled()
    id = (await seen(await bought(who, order("10.00"))))["id"]

    for asker in (SHOP, STAFF):
        assert (await read(NODE, as_=asker, id=id))["node"] == {"__typename": "Order", "id": id}
    for other in (who, member("another"), None):
        assert (await read(NODE, as_=other, id=id))["node"] is None


async def test_one_order_takes_few_statements_however_many_its_lines(programme: Db, counted: Counted) -> None:
    who = await enrolled()
    short, long = await bought(who, order("1.00")), await bought(who, order(*["1.00"] * 40))
    await seen(short)

    with counted() as for_one:
        await seen(short)
    with counted() as for_forty:
        await seen(long)

    assert len(for_forty) == len(for_one) <= 7


async def test_a_cancelled_order_gives_back_its_coupon_its_points_and_what_it_earned(programme: Db) -> None:
    who, order_id = await enrolled(points=2_000), fresh("order")
    held = await done(who, "reservePoints", "reservation { id }", orderId=order_id, points=200, order=order("30.00"))
    given = {"miAccountId": who.subject, "orderId": order_id, "reservationId": held["reservation"]["id"]}
    await done(SHOP, "recordPurchase", **given, order=order("30.00", couponCode=await coupon_code(who)))
    selection = """activity { points status } clawedBack restored debt refund { amount currency }
                   coupon { status } reservation { status captured } member { balance { available pending } }"""

    cancelled = await done(SHOP, "cancelOrder", selection, orderId=order_id)

    assert cancelled["activity"] == {"points": 0, "status": "WITHDRAWN"}
    assert (cancelled["clawedBack"], cancelled["restored"], cancelled["debt"]) == (23, 200, 0)
    assert cancelled["refund"] == {"amount": "23.00", "currency": "EUR"}
    assert cancelled["coupon"] == {"status": "ISSUED"}
    assert cancelled["reservation"] == {"status": "CAPTURED", "captured": 200}
    assert cancelled["member"] == {"balance": {"available": 1_990, "pending": 0}}


async def test_a_parked_return_has_no_figures_and_a_refused_one_neither(programme: Db) -> None:
    selection = "deferred clawedBack restored debt refund { amount } activity { id } member { id }"
    nothing = {"clawedBack": None, "restored": None, "debt": None, "refund": None, "activity": None, "member": None}

    parked = await done(SHOP, "recordReturn", selection, orderId="never", returnId="r", lines=[{"sku": "A"}])
    refused = await do(SHOP, "recordReturn", selection, orderId="never", returnId="", lines=[{"sku": "A"}])

    assert parked == {**nothing, "deferred": True, "userErrors": []}
    assert [(error["code"], error["field"]) for error in refused.pop("userErrors")] == [("INVALID_INPUT", ["returnId"])]
    assert refused == {**nothing, "deferred": False}


async def test_staff_see_what_has_waited_for_more_than_thirty_days(programme: Db) -> None:
    who = await enrolled()
    await done(
        SHOP, "recordReturn", orderId="lost", returnId="r", lines=[{"sku": "A"}], occurredAt="2026-03-01T10:00:00Z"
    )
    await done(SHOP, "approveReview", reviewId="unwritten", source="app")
    await done(SHOP, "deleteShare", miAccountId=who.subject, shareId="unshared")
    document = "{ parkedOperations { edges { node { event source reference recordedAt occurredAt } } } }"

    await advance(by="P29D")
    early = (await read(document, as_=STAFF))["parkedOperations"]["edges"]
    await advance(by="P2D")
    await done(SHOP, "cancelOrder", orderId="told today")
    late = [edge["node"] for edge in (await read(document, as_=STAFF))["parkedOperations"]["edges"]]

    assert early == []
    assert [(node["event"], node["source"], node["reference"]) for node in late] == [
        ("recordReturn", "mi.com", "lost"),
        ("approveReview", "app", "unwritten"),
        ("deleteShare", "mi.com", "unshared"),
    ]
    assert late[0]["occurredAt"] == "2026-03-01T10:00:00Z"
    assert late[0]["recordedAt"].startswith("2026-03-02T11:00:0")


async def test_a_moderator_of_staff_is_on_record_and_the_shop_is_not(programme: Db) -> None:
    who = await enrolled()
    for asker in (STAFF, SHOP):
        review_id = fresh("review")
        await done(SHOP, "recordReview", miAccountId=who.subject, sku=fresh("sku"), reviewId=review_id)
        await done(asker, "approveReview", reviewId=review_id)

    noted = await rows(programme, "SELECT actor, action FROM audit_line")

    assert [tuple(line) for line in noted] == [("operator", "approveReview")]


async def test_reinstating_something_else_is_refused(programme: Db) -> None:
    who = await enrolled()
    order_id = await bought(who, order("10.00"))
    purchase = await read("query ($o: String!) { order(orderId: $o) { id activity { id } } }", as_=SHOP, o=order_id)
    for id, code in (
        ("gibberish", "INVALID_INPUT"),
        (purchase["order"]["id"], "NOT_FOUND"),
        (purchase["order"]["activity"]["id"], "INVALID_INPUT"),
    ):
        refused = await do(STAFF, "reinstateActivity", activityId=id, reason="Why not")

        assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [(code, ["activityId"])]
