"""How does PostGraphile say what home says, and what is that in the words of the others?

Its own shape differs so: cursors are its own; ids are the rows'; instants have six decimals and an offset; money is in
minor units with the market's currency said once; titles come in all languages; `posted` is left to the client.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any

import orjson

from app.api.ids import GlobalId

DOCUMENT = """
query Home {
  me {
    displayName
    account: accountByMemberId {
      memberId status available pending reserved debt
      activities: activitiesByMemberId(first: 10, orderBy: [OCCURRED_AT_DESC, ROW_ID_DESC]) {
        edges { cursor node { id: rowId kind points status occurredAt } }
        pageInfo { hasNextPage endCursor }
      }
      market: marketByMarketId {
        currency locale
        openOffers(first: 8) { edges { node { id: rowId titles price: pricePoints stockLeft valueMinor } } }
        runningCampaigns(first: 5) { edges { node { slug titles trigger bonusPoints } } }
      }
    }
  }
}
""".strip()

# What PostGraphile takes for fields of a market: functions beside the tables.
FUNCTIONS = (
    """
CREATE FUNCTION market_open_offers(m market) RETURNS SETOF coupon_offer LANGUAGE sql STABLE AS $$
  SELECT * FROM coupon_offer WHERE market_id = m.code AND (closes_at IS NULL OR closes_at > now())
  ORDER BY price_points, id
$$""",
    """
CREATE FUNCTION market_running_campaigns(m market) RETURNS SETOF campaign LANGUAGE sql STABLE AS $$
  SELECT * FROM campaign WHERE coalesce(ended_at, 'infinity') > now() AND EXISTS (
    SELECT FROM campaign_window WHERE campaign_id = campaign.id AND market_id = m.code
      AND starts_at <= now() AND ends_at > now())
  ORDER BY id DESC
$$""",
)

Json = dict[str, Any]


def as_home(data: Json) -> Json:
    """The home screen that PostGraphile's answer is."""
    account = data["me"]["account"]
    market = account["market"]
    balance = {name: account[name] for name in ("available", "pending", "reserved", "debt")}
    balance["posted"] = balance["available"] + balance["reserved"] - balance["debt"]
    page = account["activities"]
    return {
        "me": {
            "displayName": data["me"]["displayName"],
            "status": account["status"],
            "balance": balance,
            "activities": {
                "edges": [_activity(edge, int(account["memberId"])) for edge in page["edges"]],
                "pageInfo": {**page["pageInfo"], "endCursor": _cursor(page["pageInfo"]["endCursor"])},
            },
        },
        "couponOffers": {"edges": [_offer(edge["node"], market) for edge in market["openOffers"]["edges"]]},
        "campaigns": {"edges": [_titled(edge["node"], market) for edge in market["runningCampaigns"]["edges"]]},
    }


def _activity(edge: Json, member_id: int) -> Json:
    node = edge["node"]
    at = datetime.fromisoformat(node["occurredAt"]).isoformat().replace("+00:00", "Z")
    own_id = str(GlobalId("Activity", member_id, int(node["id"])))
    return {"cursor": _cursor(edge["cursor"]), "node": {**node, "id": own_id, "occurredAt": at}}


def _cursor(theirs: str) -> str:
    _, at, row_id = orjson.loads(urlsafe_b64decode(theirs + "=" * (-len(theirs) % 4)))
    ours = orjson.dumps(["activities", datetime.fromisoformat(at).isoformat(), int(row_id)])
    return urlsafe_b64encode(ours).decode().rstrip("=")


def _offer(node: Json, market: Json) -> Json:
    node = dict(node)
    minor = int(node.pop("valueMinor"))
    node["id"] = str(GlobalId("CouponOffer", 0, int(node["id"])))
    node["value"] = {"amount": f"{minor // 100}.{minor % 100:02}", "currency": market["currency"]}
    return _titled(node, market)


def _titled(node: Json, market: Json) -> Json:
    said = {name: value for name, value in node.items() if name != "titles"}
    return {"node": {**said, "title": node["titles"].get(market["locale"][:2]) or node["titles"]["en"]}}
