"""What do members, the shop and staff do in a soak?

Each is one request, so that the time it takes is that of one request. What others have left is gone on with; where
nothing waits, something is begun.
"""

from tests.client import SHOP, STAFF, fresh, member
from tests.journeys.makers import ADULT, TERMS
from tests.soak.crowd import SKUS, Crowd, Guest, Unexpected

MOST_GUESTS = 20_000
KEY_DAYS = 90  # for which an answer is kept under its key


async def enrol(crowd: Crowd) -> str:
    """A new member."""
    guest = Guest(member(fresh("soak")), crowd.chance.choice(["ES", "FR", "IT", "GB"]))
    given = {"market": guest.market, "birthDate": ADULT, "acceptedTerms": TERMS}
    word, _ = await crowd.act(guest.who, "enrolMember", "member { id }", **given)
    if len(crowd.guests) < MOST_GUESTS:
        crowd.guests.append(guest)
    return word


async def log_in(crowd: Crowd) -> str:
    """In the app."""
    return (await crowd.act(crowd.anyone().who, "recordAppLogin", "activity { points }", deviceId="phone"))[0]


async def tap(crowd: Crowd) -> str:
    """The day's Fuel."""
    return (await crowd.act(crowd.anyone().who, "tapFuel", "activity { points } member { fuel { day } }"))[0]


async def buy(crowd: Crowd) -> str:
    """An order, now and then with a coupon that waits."""
    guest, order_id, more = crowd.anyone(), fresh("order"), {}
    if crowd.chance.random() < 0.3 and (held := crowd.take("coupon")):
        guest, more = held[0], {"couponCode": held[1]}
    order = crowd.basket(guest.market, **more)
    given = {"miAccountId": guest.who.subject, "orderId": order_id, "order": order}
    word, _ = await crowd.act(SHOP, "recordPurchase", "activity { points }", **given)
    if word == "done":
        crowd.leave("order", (order_id, order["lines"]))
    return word


async def deliver(crowd: Crowd) -> str:
    """An order arrives."""
    if (bought := crowd.take("order")) is None:
        return await buy(crowd)
    word, _ = await crowd.act(SHOP, "confirmDelivery", "activity { points }", orderId=bought[0])
    crowd.leave("delivered", bought)
    return word


async def give_back(crowd: Crowd) -> str:
    """One line of an order, or all of it."""
    if (bought := crowd.take("delivered")) is None:
        return await deliver(crowd)
    order_id, lines = bought
    if crowd.chance.random() < 0.3:
        return (await crowd.act(SHOP, "cancelOrder", "clawedBack restored", orderId=order_id))[0]
    given = {"orderId": order_id, "returnId": fresh("return"), "lines": [{"sku": lines[0]["sku"]}]}
    return (await crowd.act(SHOP, "recordReturn", "clawedBack restored debt", **given))[0]


async def redeem(crowd: Crowd) -> str:
    """Points for a coupon."""
    guest = crowd.anyone()
    offer = crowd.offers[guest.market][0 if crowd.chance.random() < 0.7 else -1]
    given = {"offerId": offer, "idempotencyKey": fresh("redeem")}
    word, payload = await crowd.act(guest.who, "redeemCoupon", "coupon { id code }", **given)
    crowd.leave("redeemed", (crowd.days, guest, given, payload))
    if word == "done":
        crowd.leave("coupon", (guest, payload["coupon"]["code"]))
    return word


async def redeem_again(crowd: Crowd) -> str:
    """The same request once more, as of a phone that has lost the answer: it is the same answer, while that is kept."""
    if (redeemed := crowd.take("redeemed")) is None:
        return await redeem(crowd)
    day, guest, given, first = redeemed
    word, payload = await crowd.act(guest.who, "redeemCoupon", "coupon { id code }", **given)
    if payload != first and crowd.days - day < KEY_DAYS:
        raise Unexpected(f"{payload} after {first}")
    return "done" if word == "done" else f"{word}, again"


async def hold_coupon(crowd: Crowd) -> str:
    """A coupon is kept for an order; it will be used, let go of, or left."""
    if (held := crowd.take("coupon")) is None:
        return await redeem(crowd)
    guest, code = held
    given = {"code": code, "orderId": fresh("order"), "order": crowd.basket(guest.market)}
    word, _ = await crowd.act(SHOP, "reserveCoupon", "coupon { status }", **given)
    crowd.leave("held coupon", {"code": code, "orderId": given["orderId"]})
    return word


async def use_coupon(crowd: Crowd) -> str:
    """A coupon that is kept is used or let go of."""
    if (given := crowd.take("held coupon")) is None:
        return await hold_coupon(crowd)
    act = "useCoupon" if crowd.chance.random() < 0.7 else "releaseCoupon"
    return (await crowd.act(SHOP, act, "coupon { status }", **given))[0]


async def reserve(crowd: Crowd) -> str:
    """Points are kept for an order; they will be captured, released, or left until their time is out."""
    guest, points = crowd.anyone(), crowd.chance.randint(1, 300)
    given = {"orderId": fresh("order"), "points": points, "order": crowd.basket(guest.market)}
    word, payload = await crowd.act(guest.who, "reservePoints", "reservation { id }", **given)
    if word == "done":
        crowd.leave("reservation", payload["reservation"]["id"])
    return word


async def end_reservation(crowd: Crowd) -> str:
    """Kept points are captured or released."""
    if (reservation := crowd.take("reservation")) is None:
        return await reserve(crowd)
    act = "capturePoints" if crowd.chance.random() < 0.6 else "releasePoints"
    return (await crowd.act(SHOP, act, "reservation { status }", reservationId=reservation))[0]


async def share(crowd: Crowd) -> str:
    """A product, with friends."""
    who, share_id = crowd.anyone().who, fresh("share")
    given = {"sku": crowd.chance.choice(SKUS), "network": "mastodon", "url": f"https://social.example/{share_id}"}
    word, _ = await crowd.act(who, "recordShare", "activity { points }", **given, shareId=share_id)
    crowd.leave("share", {"miAccountId": who.subject, "shareId": share_id})
    return word


async def delete_share(crowd: Crowd) -> str:
    """The post is taken down."""
    if (shared := crowd.take("share")) is None:
        return await share(crowd)
    return (await crowd.act(SHOP, "deleteShare", "activity { points }", **shared))[0]


async def review(crowd: Crowd) -> str:
    """Of a product."""
    review_id = fresh("review")
    given = {"miAccountId": crowd.anyone().who.subject, "sku": crowd.chance.choice(SKUS), "reviewId": review_id}
    word, _ = await crowd.act(SHOP, "recordReview", "activity { points }", **given)
    crowd.leave("review", review_id)
    return word


async def moderate(crowd: Crowd) -> str:
    """A review is approved, or rejected, or its author deletes it."""
    if (review_id := crowd.take("review")) is None:
        return await review(crowd)
    who, act = crowd.chance.choices(
        [(STAFF, "approveReview"), (STAFF, "rejectReview"), (SHOP, "deleteReview")], [6, 2, 1]
    )[0]
    if act == "approveReview":
        crowd.leave("review", review_id)
    return (await crowd.act(who, act, "activity { status }", reviewId=review_id))[0]


async def adjust(crowd: Crowd) -> str:
    """Staff give or take points."""
    given = {"miAccountId": crowd.anyone().who.subject, "points": crowd.chance.choice([500, 100, -50])}
    return (await crowd.act(STAFF, "adjustPoints", "activity { points }", **given, reason="A soak"))[0]


async def day_passes(crowd: Crowd) -> str:
    """It is the next day for the whole programme: points post and expire, reservations run out."""
    crowd.days += 1
    return (await crowd.act(STAFF, "advanceClock", "now", by="P1D"))[0]
