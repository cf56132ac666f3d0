"""Which request of each mutation can be sent again, and how is it changed?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.asking import done
from tests.api.makers import ADULT, TERMS, enrolled, offered, order
from tests.client import SHOP, STAFF, Who, fresh, member


@dataclass(frozen=True)
class Request:
    """A mutation with its input, the ids that it answers, a change of the input, and defaults that may be said."""

    who: Who
    mutation: str
    given: Mapping[str, Any]
    ids: str
    changed: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    other: Who | None = None


ACTIVITY = "activity { id } member { id }"
ANY_OTHER_TIME = {"occurredAt": "2026-03-01T10:00:00Z"}
SAID = {"source": "mi.com", "occurredAt": None}


async def enrol_member() -> Request:
    given = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS}
    said = {"displayName": None, "personKey": None, "miAccountId": None}
    who, other = member(fresh("mi")), member(fresh("mi"))
    return Request(who, "enrolMember", given, "member { id } activity { id }", {"market": "FR"}, said, other)


async def record_app_login() -> Request:
    who, other = await enrolled(), await enrolled()
    return Request(who, "recordAppLogin", {"deviceId": "phone"}, ACTIVITY, {"deviceId": "tablet"}, {}, other)


async def tap_fuel() -> Request:
    who, other = await enrolled(), await enrolled()
    changed = {"tappedAt": "2026-03-01T10:00:00Z"}
    return Request(who, "tapFuel", {}, ACTIVITY, changed, {"tappedAt": None}, other)


async def record_share() -> Request:
    who, other = await enrolled(), await enrolled()
    given = {"sku": "MI-14", "network": "mastodon", "url": "https://social.example/1"}
    return Request(who, "recordShare", given, ACTIVITY, {"sku": "MI-15"}, {"shareId": None}, other)


async def redeem_coupon() -> Request:
    who, other = await enrolled(points=600), await enrolled(points=600)
    offer = await offered(100)
    ids = "coupon { id code } member { id }"
    return Request(who, "redeemCoupon", {"offerId": offer}, ids, {"expectedPrice": 100}, {"expectedPrice": None}, other)


async def record_purchase() -> Request:
    who = await enrolled()
    line: dict[str, Any] = {"sku": "MI-14", "unitPrice": "19.90"}
    given = {"miAccountId": who.subject, "orderId": fresh("order"), "order": {"currency": "EUR", "lines": [line]}}
    said_line = {**line, "unitPrice": "19.900", "lineId": None, "quantity": 1, "discount": "0.00", "categories": []}
    said = {"currency": "EUR", "lines": [said_line], "couponCode": None, "points": 0, "shipping": "0"}
    changed = {"order": order("19.91")}
    return Request(SHOP, "recordPurchase", given, ACTIVITY, changed, {**SAID, "order": said}, Who("service", "app"))


async def confirm_delivery() -> Request:
    bought = await record_purchase()
    await done(SHOP, "recordPurchase", **bought.given)
    given = {"orderId": bought.given["orderId"]}
    return Request(SHOP, "confirmDelivery", given, ACTIVITY, ANY_OTHER_TIME, SAID, Who("service", "app"))


async def record_review() -> Request:
    given = {"miAccountId": (await enrolled()).subject, "sku": "MI-14", "reviewId": fresh("review")}
    return Request(SHOP, "recordReview", given, ACTIVITY, {"sku": "MI-15"}, SAID, Who("service", "app"))


async def approve_review() -> Request:
    written = await record_review()
    await done(SHOP, "recordReview", **written.given)
    given = {"reviewId": written.given["reviewId"]}
    return Request(STAFF, "approveReview", given, ACTIVITY, ANY_OTHER_TIME, SAID, SHOP)


async def reject_review() -> Request:
    approved = await approve_review()
    said = {**SAID, "reason": None}
    return Request(STAFF, "rejectReview", approved.given, ACTIVITY, {"reason": "Not yours"}, said, SHOP)


async def change_time_zone() -> Request:
    given = {"miAccountId": (await enrolled()).subject, "timeZone": "Atlantic/Canary"}
    changed = {"timeZone": "Europe/Madrid"}
    return Request(STAFF, "changeTimeZone", given, "member { id timeZone }", changed, {}, Who("staff", "other"))


async def advance_clock() -> Request:
    return Request(STAFF, "advanceClock", {"by": "PT1H"}, "", {"by": "PT2H"}, {"to": None}, Who("staff", "other"))


REQUESTS: dict[str, Callable[[], Awaitable[Request]]] = {
    "enrolMember": enrol_member,
    "recordAppLogin": record_app_login,
    "tapFuel": tap_fuel,
    "recordShare": record_share,
    "redeemCoupon": redeem_coupon,
    "recordPurchase": record_purchase,
    "confirmDelivery": confirm_delivery,
    "recordReview": record_review,
    "approveReview": approve_review,
    "rejectReview": reject_review,
    "changeTimeZone": change_time_zone,
    "advanceClock": advance_clock,
}
