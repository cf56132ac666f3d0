"""What do the contenders answer: which document, in which request?"""

import hashlib
import json

HOME = """
query Home {
  me {
    displayName status
    balance { available pending reserved debt posted }
    activities(first: 10) {
      edges { cursor node { id kind points status occurredAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
  couponOffers(first: 8) { edges { node { id title price stockLeft value { amount currency } } } }
  campaigns(first: 5) { edges { node { slug title trigger bonusPoints } } }
}
""".strip()

REDEEM = """
mutation Redeem($input: RedeemCouponInput!) {
  redeemCoupon(input: $input) { coupon { id code } member { balance { available } } userErrors { code } }
}
""".strip()


def plain(document: str, variables: dict[str, object] | None = None) -> bytes:
    """The body of a request that brings its document along."""
    return json.dumps({"query": document, **({"variables": variables} if variables is not None else {})}).encode()


def persisted(document: str, *, known: bool = True) -> bytes:
    """The body of an automatic persisted query: the hash alone, with its text where the server is still to learn it."""
    sha256 = hashlib.sha256(document.encode()).hexdigest()
    asked: dict[str, object] = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256}}}
    return json.dumps(asked if known else {"query": document, **asked}).encode()
