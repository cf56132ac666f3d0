"""Which request of each mutation can be sent again, and how is it changed?"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any

from tests.api.again import ACTIVITY, Request
from tests.api.asking import done
from tests.api.makers import ADULT, TERMS, coupon_code, enrolled, offered, order, redeemed, reserved
from tests.api.staff_requests import (
    adjust_points,
    approve_adjustment,
    change_time_zone,
    close_account,
    erase_member,
    export_member,
    suspend_member,
)
from tests.client import SHOP, STAFF, Who, fresh, member

UK_TEXT = files("app.programmes").joinpath("uk-2025.toml").read_text(encoding="utf-8")

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


RESERVATION = "reservation { id captured } member { id }"


async def reserve_points() -> Request:
    who, other = await enrolled(points=1_200), await enrolled(points=1_200)
    given = {"orderId": fresh("order"), "points": 100, "order": order("19.90")}
    said = {"source": "mi.com", "miAccountId": None}
    return Request(who, "reservePoints", given, RESERVATION, {"points": 200}, said, other)


async def capture_points() -> Request:
    given = {"reservationId": await reserved(await enrolled(points=1_200), 100)}
    return Request(SHOP, "capturePoints", given, RESERVATION, {"points": 100}, {"points": None}, Who("service", "app"))


async def release_points() -> Request:
    who = await enrolled(points=1_200)
    given, changed = [{"reservationId": await reserved(who)} for _ in range(2)]
    return Request(who, "releasePoints", given, RESERVATION, changed, {}, SHOP)


async def reserve_coupon() -> Request:
    code, order_id = await coupon_code(await enrolled(points=600)), fresh("order")
    given = {"code": code, "orderId": order_id, "order": order("19.90")}
    ids = "coupon { id } member { id } discount { amount }"
    changed = {"order": order("19.91")}
    return Request(SHOP, "reserveCoupon", given, ids, changed, {"source": "mi.com"}, Who("service", "app"))


async def use_coupon() -> Request:
    reserved = await reserve_coupon()
    await done(SHOP, "reserveCoupon", **reserved.given)
    given = {"code": reserved.given["code"], "orderId": reserved.given["orderId"]}
    changed = {"code": given["code"].lower()}
    said = {"source": "mi.com"}
    return Request(SHOP, "useCoupon", given, "coupon { id } member { id }", changed, said, Who("service", "app"))


async def release_coupon() -> Request:
    used = await use_coupon()
    return replace(used, mutation="releaseCoupon")


async def cancel_coupon() -> Request:
    given = {"couponId": await redeemed(await enrolled(points=600), await offered(100)), "reason": "A mistake"}
    ids = "coupon { id status } member { id }"
    return Request(STAFF, "cancelCoupon", given, ids, {"reason": "Another"}, {}, Who("staff", "other"))


async def launch_coupon_offer() -> Request:
    titles = [{"locale": "es", "text": "Cupón de verano"}]
    given = {"market": "ES", "titles": titles, "price": 400, "value": "5", "validDays": 30}
    said: dict[str, Any] = {
        "value": "5.00",
        "minimumOrder": None,
        "opensAt": None,
        "closesAt": None,
        "stock": None,
        "limitPerMember": None,
        "excludedSkus": [],
        "excludedCategories": [],
    }
    other = Who("staff", "other")
    return Request(STAFF, "launchCouponOffer", given, "offer { id }", {"price": 500}, said, other)


async def suspend_coupon_offer() -> Request:
    given = {"offerId": await offered(100), "suspended": True}
    ids = "offer { id suspended }"
    return Request(STAFF, "suspendCouponOffer", given, ids, {"suspended": False}, {}, Who("staff", "other"))


async def record_purchase() -> Request:
    who = await enrolled()
    line: dict[str, Any] = {"sku": "MI-14", "unitPrice": "19.90"}
    given = {"miAccountId": who.subject, "orderId": fresh("order"), "order": {"currency": "EUR", "lines": [line]}}
    said_line = {**line, "unitPrice": "19.900", "lineId": None, "quantity": 1, "discount": "0.00", "categories": []}
    said = {"currency": "EUR", "lines": [said_line], "couponCode": None, "points": 0, "shipping": "0"}
    changed = {"order": order("19.91")}
    return Request(
        SHOP,
        "recordPurchase",
        given,
        ACTIVITY,
        changed,
        {**SAID, "reservationId": None, "order": said},
        Who("service", "app"),
    )


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


async def exclude_products() -> Request:
    given = {"market": "IT", "skus": [fresh("sku")], "categories": ["cables"]}
    said = {"excluded": True, "from": None, "until": None}
    ids = "programme { id revision }"
    return Request(STAFF, "excludeProducts", given, ids, {"categories": []}, said, Who("staff", "other"))


async def load_programme_revision() -> Request:
    given, changed = {"document": far_document()}, {"document": far_document()}
    ids = "programme { id revision }"
    return Request(STAFF, "loadProgrammeRevision", given, ids, changed, {}, Who("staff", "other"))


def far_document() -> str:
    """The numbers of the United Kingdom under a name of their own, in force only when no test lives to see it."""
    text = UK_TEXT.replace("UK-2025", fresh("FAR"), 2).replace("valid_from = 2025-06-17", "valid_from = 2199-06-17")
    return text.partition("[[examples]]")[0]


async def advance_clock() -> Request:
    return Request(STAFF, "advanceClock", {"by": "PT1H"}, "", {"by": "PT2H"}, {"to": None}, Who("staff", "other"))


async def launch_campaign() -> Request:
    titles = [{"locale": "es", "text": "Puntos dobles"}]
    window = {"startsAt": "2026-03-01T00:00", "endsAt": "2026-04-01T00:00"}
    given = {"slug": fresh("campaign"), "titles": titles, "trigger": "PURCHASE", "markets": ["ES"], **window}
    left = ("activityCode", "condition", "bonusPoints", "pointsPerUnit", "limitPerMember", "postingDays", "budget")
    said = {"multiplier": "2.0", "limitPeriod": "LIFETIME", **dict.fromkeys(left)}
    other = Who("staff", "other")
    doubled = {**given, "multiplier": "2"}
    return Request(STAFF, "launchCampaign", doubled, "campaign { id }", {"multiplier": "3"}, said, other)


async def end_campaign() -> Request:
    slugs = []
    for _ in range(2):
        launch = await launch_campaign()
        await done(STAFF, "launchCampaign", **launch.given)
        slugs.append({"slug": launch.given["slug"]})
    given, changed = slugs
    return Request(STAFF, "endCampaign", given, "campaign { id endedAt }", changed, {}, Who("staff", "other"))


async def record_custom_activity() -> Request:
    launch = (await launch_campaign()).given
    await done(STAFF, "launchCampaign", **{**launch, "trigger": "CUSTOM", "activityCode": "QUIZ"})
    given = {"miAccountId": (await enrolled()).subject, "code": "QUIZ", "reference": fresh("round")}
    other = Who("service", "app")
    return Request(SHOP, "recordCustomActivity", given, ACTIVITY, {"reference": fresh("round")}, SAID, other)


async def delete_review() -> Request:
    rejected = await reject_review()
    other = Who("service", "app")
    return replace(rejected, who=SHOP, mutation="deleteReview", changed={"reason": "By its author"}, other=other)


async def delete_share() -> Request:
    who, share_id = await enrolled(), fresh("share")
    given = {"sku": "MI-14", "network": "mastodon", "url": "https://social.example/1", "shareId": share_id}
    await done(who, "recordShare", **given)
    given = {"miAccountId": who.subject, "shareId": share_id}
    return Request(SHOP, "deleteShare", given, ACTIVITY, ANY_OTHER_TIME, SAID, Who("service", "app"))


async def record_return() -> Request:
    delivered = await confirm_delivery()
    line: dict[str, Any] = {"sku": "MI-14"}
    given = {**delivered.given, "returnId": fresh("return"), "lines": [line]}
    said = {**SAID, "lines": [{**line, "lineId": None, "quantity": 1}]}
    ids = f"{ACTIVITY} clawedBack restored debt refund {{ amount }}"
    return Request(SHOP, "recordReturn", given, ids, ANY_OTHER_TIME, said, Who("service", "app"))


async def cancel_order() -> Request:
    delivered = await confirm_delivery()
    return replace(delivered, mutation="cancelOrder", ids=f"{ACTIVITY} clawedBack restored debt refund {{ amount }}")


async def reinstate_activity() -> Request:
    deleted = await delete_share()
    activity = (await done(SHOP, "deleteShare", "activity { id }", **deleted.given))["activity"]
    given = {"activityId": activity["id"], "reason": "A mistake"}
    return Request(STAFF, "reinstateActivity", given, ACTIVITY, {"reason": "Another"}, {}, Who("staff", "other"))


REQUESTS: dict[str, Callable[[], Awaitable[Request]]] = {
    "enrolMember": enrol_member,
    "recordAppLogin": record_app_login,
    "tapFuel": tap_fuel,
    "recordShare": record_share,
    "redeemCoupon": redeem_coupon,
    "reservePoints": reserve_points,
    "capturePoints": capture_points,
    "releasePoints": release_points,
    "reserveCoupon": reserve_coupon,
    "useCoupon": use_coupon,
    "releaseCoupon": release_coupon,
    "cancelCoupon": cancel_coupon,
    "launchCouponOffer": launch_coupon_offer,
    "suspendCouponOffer": suspend_coupon_offer,
    "recordPurchase": record_purchase,
    "confirmDelivery": confirm_delivery,
    "launchCampaign": launch_campaign,
    "endCampaign": end_campaign,
    "recordCustomActivity": record_custom_activity,
    "recordReview": record_review,
    "approveReview": approve_review,
    "rejectReview": reject_review,
    "deleteReview": delete_review,
    "deleteShare": delete_share,
    "recordReturn": record_return,
    "cancelOrder": cancel_order,
    "reinstateActivity": reinstate_activity,
    "excludeProducts": exclude_products,
    "loadProgrammeRevision": load_programme_revision,
    "changeTimeZone": change_time_zone,
    "adjustPoints": adjust_points,
    "approveAdjustment": approve_adjustment,
    "suspendMember": suspend_member,
    "closeAccount": close_account,
    "exportMember": export_member,
    "eraseMember": erase_member,
    "advanceClock": advance_clock,
}
