"""What do members and staff look at in a soak?"""

import hashlib
import json

from tests.client import SHOP, STAFF, fresh
from tests.soak.crowd import Crowd, Unexpected

HOME = """query Home { me { displayName balance { available pending value { amount currency } expiring(withinDays: 30) }
  fuel { day tappedToday nextTapPoints }
  activities(first: 3, kinds: [PURCHASE, REVIEW]) { edges { node { title points status } } } }
  couponOffers(first: 3) { edges { node { title price affordable blockedBy { message } } } } }"""
PAGE = """query Page($after: String) { me { activities(first: 20, after: $after) {
  edges { node { kind title points status awards { points } } } pageInfo { hasNextPage endCursor } } } }"""
STATEMENT = """{ me { balance { available pending reserved debt }
  statement(first: 20) { edges { node { kind points } } } coupons(first: 10) { edges { node { status code } } }
  notices(first: 5) { edges { node { kind points } } } } }"""
OFFERS = """{ couponOffers(first: 20) { edges { node { id title price affordable stockLeft } } }
  campaigns(first: 5) { edges { node { title } } } }"""
LIABILITY = "{ liability { market opening granted redeemed clawedBack expired adjusted closing value { amount } } }"
PREVIEW = """query Preview($campaign: CampaignDraftInput!, $from: DateTime!, $to: DateTime!) {
  previewCampaign(campaign: $campaign, from: $from, to: $to) { members activities points userErrors { code } } }"""
TODAY = "SELECT programme_now() - interval '1 day' AS began, programme_now() AS ends"
QUOTE = """query Quote($order: OrderInput!) { quoteCheckout(order: $order) { maximumPoints userErrors { code } } }"""
WRONG_CODE = (
    "query ($code: String!, $order: OrderInput!) { validateCoupon(code: $code, order: $order) { blockedBy { code } } }"
)
PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(HOME.encode()).hexdigest()}}


async def home_by_get(crowd: Crowd) -> str:
    """Home by its hash, as a client with automatic persisted queries: the text goes along where it is not known."""
    headers = crowd.headers(crowd.anyone().who)
    asked = {"extensions": json.dumps(PERSISTED)}
    for given in (asked, {**asked, "query": HOME}):
        answer = await crowd.client.served.http.get("/graphql", params=given, headers=headers)
        body = answer.json()
        if "errors" not in body:
            return "done"
        if body["errors"][0]["extensions"]["code"] != "PERSISTED_QUERY_NOT_FOUND":
            raise Unexpected(str(body)[:300])
    raise Unexpected("the text was sent and is not found")


async def home_by_post(crowd: Crowd) -> str:
    """Home."""
    await crowd.client.read(crowd.anyone().who, HOME)
    return "done"


async def page(crowd: Crowd) -> str:
    """A page of activities, the first or the one after."""
    who, after = crowd.take("page") or (crowd.anyone().who, None)
    found = (await crowd.client.read(who, PAGE, after=after))["me"]["activities"]["pageInfo"]
    if found["hasNextPage"]:
        crowd.leave("page", (who, found["endCursor"]))
    return "done"


async def statement(crowd: Crowd) -> str:
    """What became of one's points."""
    await crowd.client.read(crowd.anyone().who, STATEMENT)
    return "done"


async def offers(crowd: Crowd) -> str:
    """The catalogue, by a member or by nobody."""
    await crowd.client.read(crowd.anyone().who if crowd.chance.random() < 0.7 else None, OFFERS)
    return "done"


async def quote(crowd: Crowd) -> str:
    """How an order may be paid for."""
    guest = crowd.anyone()
    await crowd.client.read(guest.who, QUOTE, order=crowd.basket(guest.market))
    return "done"


async def wrong_code(crowd: Crowd) -> str:
    """A coupon's code that there is not."""
    guest = crowd.anyone()
    given = {"code": fresh("ABCD-EFGH-JKMN"), "order": crowd.basket(guest.market)}
    await crowd.client.read(guest.who if crowd.chance.random() < 0.8 else SHOP, WRONG_CODE, **given)
    return "done"


async def liability(crowd: Crowd) -> str:
    """What the operators owe."""
    await crowd.client.read(STAFF, LIABILITY)
    return "done"


async def preview(crowd: Crowd) -> str:
    """What a campaign would have cost on the last day."""
    day = await crowd.client.database.fetchrow(TODAY)
    draft = {
        "trigger": "PURCHASE",
        "markets": ["ES", "FR"],
        "condition": f"order.net_minor > {crowd.chance.randrange(100_000)}",
        "multiplier": "2",
    }
    asked = {"campaign": draft, "from": day["began"].isoformat(), "to": day["ends"].isoformat()}
    await crowd.client.read(STAFF, PREVIEW, **asked)
    return "done"


async def new_document(crowd: Crowd) -> str:
    """A document that nobody has sent before, as of a client that writes its values into the text."""
    fields = crowd.chance.sample(["available", "pending", "reserved", "debt", "posted"], 3)
    many, name = crowd.chance.randint(1, 20), fresh("Own").replace("-", "")
    chosen = " ".join(f"{name}{field}: {field}" for field in fields)
    listed = f"activities(first: {many}) {{ edges {{ node {{ title }} }} }}"
    await crowd.client.read(crowd.anyone().who, f"query {name} {{ me {{ balance {{ {chosen} }} {listed} }} }}")
    return "done"
