"""Which requests does this slice refuse, and for which reason each?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.api.asking import advance, done, read
from tests.api.makers import ADULT, TERMS, enrolled, offered, order, redeemed, reserved, stand
from tests.client import SHOP, STAFF, Who, fresh, member

NOT_YET = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Refused:
    """A request that is refused."""

    who: Who
    mutation: str
    given: Mapping[str, Any] = field(default_factory=dict)


def _enrolment(**changed: Any) -> dict[str, Any]:
    return {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": fresh("mi"), **changed}


async def _redeeming(points: int = 600, **offer: Any) -> Refused:
    who = await enrolled(points=points)
    return Refused(who, "redeemCoupon", {"offerId": await offered(500, **offer)})


async def _buying(who: Who, given: dict[str, Any]) -> Refused:
    return Refused(SHOP, "recordPurchase", {"miAccountId": who.subject, "orderId": fresh("order"), "order": given})


async def _with_coupon(given: dict[str, Any], **offer: Any) -> Refused:
    who = await enrolled(points=600)
    await redeemed(who, await offered(10, **offer))
    return await _buying(who, {**given, "couponCode": await _code(who)})


async def _code(who: Who) -> str:
    edges = (await read("{ me { coupons { edges { node { code } } } } }", as_=who))["me"]["coupons"]["edges"]
    code: str = edges[0]["node"]["code"]
    return code


async def not_enrolled() -> Refused:
    return Refused(member(fresh("mi")), "tapFuel")


async def already_enrolled() -> Refused:
    return Refused(SHOP, "enrolMember", _enrolment(miAccountId=(await enrolled()).subject))


async def market_not_served() -> Refused:
    return Refused(SHOP, "enrolMember", _enrolment(market="PT"))


async def under_age() -> Refused:
    return Refused(SHOP, "enrolMember", _enrolment(birthDate="2008-03-03"))


async def terms_not_accepted() -> Refused:
    return Refused(SHOP, "enrolMember", _enrolment(acceptedTerms="1999"))


async def person_already_enrolled() -> Refused:
    await enrolled(personKey="person")
    return Refused(SHOP, "enrolMember", _enrolment(personKey="person"))


async def account_suspended() -> Refused:
    who = await enrolled()
    await stand(who, "SUSPENDED")
    return Refused(who, "tapFuel")


async def account_closed() -> Refused:
    who = await enrolled()
    await stand(who, "CLOSED")
    return await _buying(who, order("10.00"))


async def insufficient_points() -> Refused:
    return await _redeeming(points=50)


async def limit_reached() -> Refused:
    who = await enrolled(points=600)
    offer = await offered(10, limit_per_member=1)
    await redeemed(who, offer)
    return Refused(who, "redeemCoupon", {"offerId": offer})


async def out_of_stock() -> Refused:
    return await _redeeming(stock=1, stock_left=0)


async def offer_not_open() -> Refused:
    return await _redeeming(opens_at=NOT_YET)


async def offer_suspended() -> Refused:
    return await _redeeming(suspended=True)


async def price_changed() -> Refused:
    refused = await _redeeming()
    return Refused(refused.who, refused.mutation, {**refused.given, "expectedPrice": 400})


async def not_found() -> Refused:
    return Refused(await enrolled(points=600), "redeemCoupon", {"offerId": await offered(500, market="GB")})


async def tap_too_old() -> Refused:
    return Refused(await enrolled(), "tapFuel", {"tappedAt": "2026-02-28T10:00:00Z"})


async def coupon_not_found() -> Refused:
    return await _buying(await enrolled(), order("10.00", couponCode="0000-0000-0000-0000"))


async def coupon_not_usable() -> Refused:
    refused = await _with_coupon(order("30.00"))
    await done(SHOP, refused.mutation, **refused.given)
    return Refused(SHOP, refused.mutation, {**refused.given, "orderId": fresh("order")})


async def coupon_expired() -> Refused:
    refused = await _with_coupon(order("30.00"), valid_days=1)
    await advance(by="P2D")
    return refused


async def below_minimum_order() -> Refused:
    return await _with_coupon(order("19.99"), minimum_order_minor=2_000)


async def no_eligible_lines() -> Refused:
    return await _with_coupon(order("30.00"), excluded_skus=["SKU-1"])


async def above_maximum_share() -> Refused:
    return await _buying(await enrolled(), order("10.00", points=1_001))


def _campaign(**changed: Any) -> dict[str, Any]:
    return {
        "slug": fresh("campaign"),
        "titles": [{"locale": "en", "text": "Spring"}],
        "trigger": "PURCHASE",
        "markets": ["ES"],
        "startsAt": "2026-03-01T00:00",
        "endsAt": "2026-04-01T00:00",
        "bonusPoints": 10,
        **changed,
    }


async def campaign_exists() -> Refused:
    given = _campaign()
    await done(STAFF, "launchCampaign", **given)
    return Refused(STAFF, "launchCampaign", given)


async def condition_invalid() -> Refused:
    return Refused(STAFF, "launchCampaign", _campaign(condition="order.net >= 5"))


async def unknown_activity() -> Refused:
    given = {"miAccountId": (await enrolled()).subject, "code": "QUIZ-1999", "reference": "1"}
    return Refused(SHOP, "recordCustomActivity", given)


async def currency_not_of_market() -> Refused:
    return await _buying(await enrolled(), order("10.00", market="GB"))


async def already_decided() -> Refused:
    review = fresh("review")
    who = await enrolled()
    await done(SHOP, "recordReview", miAccountId=who.subject, sku="MI-14", reviewId=review)
    await done(SHOP, "approveReview", reviewId=review)
    return Refused(SHOP, "rejectReview", {"reviewId": review})


async def forfeit_mismatch() -> Refused:
    return Refused(await enrolled(), "closeAccount", {"forfeitPoints": 49})


async def needs_approval() -> Refused:
    given = {"miAccountId": (await enrolled()).subject, "points": -10_001, "reason": "A mistake"}
    asked = await done(STAFF, "adjustPoints", "activity { id }", **given)
    return Refused(STAFF, "approveAdjustment", {"activityId": asked["activity"]["id"]})


async def below_minimum() -> Refused:
    given = {"orderId": fresh("order"), "points": 10, "order": order("10.00")}
    return Refused(await enrolled(points=900), "reservePoints", given)


async def reservation_not_held() -> Refused:
    given = {"reservationId": await reserved(await enrolled(points=1_000))}
    await done(SHOP, "releasePoints", **given)
    return Refused(SHOP, "capturePoints", given)


async def capture_shortfall() -> Refused:
    who = await enrolled(points=1_000)
    given = {"reservationId": await reserved(who, 900)}
    await advance(by="PT31M")
    await redeemed(who, await offered(200))
    return Refused(SHOP, "capturePoints", given)


async def return_exceeds_order() -> Refused:
    refused = await _buying(await enrolled(), order("10.00"))
    await done(SHOP, refused.mutation, **refused.given)
    lines = [{"sku": "SKU-1", "quantity": 2}]
    given = {"orderId": refused.given["orderId"], "returnId": fresh("return"), "lines": lines}
    return Refused(SHOP, "recordReturn", given)


async def invalid_input() -> Refused:
    return Refused(await enrolled(), "recordAppLogin", {"deviceId": "x" * 129})


async def idempotency_key_reused() -> Refused:
    who, key = await enrolled(), fresh("key")
    await done(who, "tapFuel", idempotencyKey=key)
    return Refused(who, "recordAppLogin", {"deviceId": "phone", "idempotencyKey": key})


REFUSALS: dict[str, Callable[[], Awaitable[Refused]]] = {
    "NOT_ENROLLED": not_enrolled,
    "ALREADY_ENROLLED": already_enrolled,
    "MARKET_NOT_SERVED": market_not_served,
    "UNDER_AGE": under_age,
    "TERMS_NOT_ACCEPTED": terms_not_accepted,
    "PERSON_ALREADY_ENROLLED": person_already_enrolled,
    "ACCOUNT_SUSPENDED": account_suspended,
    "ACCOUNT_CLOSED": account_closed,
    "INSUFFICIENT_POINTS": insufficient_points,
    "LIMIT_REACHED": limit_reached,
    "OUT_OF_STOCK": out_of_stock,
    "OFFER_NOT_OPEN": offer_not_open,
    "OFFER_SUSPENDED": offer_suspended,
    "PRICE_CHANGED": price_changed,
    "NOT_FOUND": not_found,
    "TAP_TOO_OLD": tap_too_old,
    "COUPON_NOT_FOUND": coupon_not_found,
    "COUPON_NOT_USABLE": coupon_not_usable,
    "BELOW_MINIMUM_ORDER": below_minimum_order,
    "NO_ELIGIBLE_LINES": no_eligible_lines,
    "ABOVE_MAXIMUM_SHARE": above_maximum_share,
    "CURRENCY_NOT_OF_MARKET": currency_not_of_market,
    "ALREADY_DECIDED": already_decided,
    "RETURN_EXCEEDS_ORDER": return_exceeds_order,
    "CAMPAIGN_EXISTS": campaign_exists,
    "CONDITION_INVALID": condition_invalid,
    "UNKNOWN_ACTIVITY": unknown_activity,
    "FORFEIT_MISMATCH": forfeit_mismatch,
    "NEEDS_APPROVAL": needs_approval,
    "BELOW_MINIMUM": below_minimum,
    "RESERVATION_NOT_HELD": reservation_not_held,
    "INVALID_INPUT": invalid_input,
    "IDEMPOTENCY_KEY_REUSED": idempotency_key_reused,
    "CAPTURE_SHORTFALL": capture_shortfall,  # the last, as they move the clock
    "COUPON_EXPIRED": coupon_expired,
}
