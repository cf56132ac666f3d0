"""What is an attack because there is so much of it?

The gateway lets a member and an address ask for UNITS of cost, CODES coupon codes and TOKENS bad tokens a minute. The
attacker comes through a trusted proxy, which says their address; what they say of it themself counts for nothing.
"""

from collections.abc import Mapping

from tests.gateway.attack_documents import many
from tests.gateway.target import Answer, Attack, Strike, Target, frame

UNITS, CODES, TOKENS = 60, 5, 5
LIMITS = {
    "MIPOINTS_RATE_LIMIT": str(UNITS),
    "MIPOINTS_RATE_LIMIT_CODES": str(CODES),
    "MIPOINTS_RATE_LIMIT_TOKENS": str(TOKENS),
    "MIPOINTS_TRUSTED_PROXIES": "127.0.0.1",
}
BLOWS = 30
CODE = (
    'validateCoupon(code: "AAAA-AAAA-AAAA-%04d", order: {currency: EUR, lines: [{sku: "a", unitPrice: "1"}]})'
    " { blockedBy { code } }"
)
MARKETS = "{ markets { code currency } }"


def repeated(*texts: str, address: str, token: str | None = None, spoof: bool = False) -> Strike:
    """These documents in turn by POST, from this address; `spoof`: which is said to be another each time."""

    async def strike(target: Target) -> list[Answer]:
        shown = token or target.token_of(address)
        answers = []
        for blow in range(BLOWS):
            headers = {"X-Forwarded-For": f"10.0.0.{blow}, {address}" if spoof else address}
            body = {"query": texts[blow % len(texts)]}
            answers.append(await target.request("POST", json=body, headers=headers, token=shown))
        return answers

    return strike


def on_a_socket(address: str) -> Strike:
    """Queries one after the other on one WebSocket."""

    async def strike(target: Target) -> list[Answer]:
        payload = {"Authorization": f"Bearer {target.token_of(address)}"}
        asked = [frame({"type": "subscribe", "id": str(at), "payload": {"query": MARKETS}}) for at in range(BLOWS)]
        begin = frame({"type": "connection_init", "payload": payload})
        heard = await target.socket(begin, *asked, headers={"X-Forwarded-For": address}, ends=BLOWS)
        return [
            Answer(heard.status, line) for line in heard.text.splitlines() if '"id"' in line and "complete" not in line
        ]

    return strike


SOME = BLOWS // 2  # a bucket has room for a few, and leaks while the others come
FLOODS: Mapping[str, tuple[int, Strike]] = {
    "queries of one member": (SOME, repeated(MARKETS, address="203.0.113.1")),
    "queries of one member who claims other addresses": (SOME, repeated(MARKETS, address="203.0.113.2", spoof=True)),
    "documents that cost more than a minute allows": (
        0,
        repeated(f"{{ {many(20, 'a#: campaigns { edges { cursor } }')} }}", address="203.0.113.3"),
    ),
    "guesses of coupon codes": (
        SOME,
        repeated(*(f"{{ {CODE % guess} }}" for guess in range(BLOWS)), address="203.0.113.4"),
    ),
    "guesses of coupon codes in one document": (
        0,
        repeated("{ " + " ".join(f"a{guess}: {CODE % guess}" for guess in range(20)) + " }", address="203.0.113.5"),
    ),
    "tokens": (0, repeated(MARKETS, address="203.0.113.6", token="x.y.z")),
    "operations on a socket": (SOME, on_a_socket("203.0.113.7")),
}
ATTACKS_BY_NUMBER = [Attack(f"flood: {name}", "RATE_LIMITED", strike) for name, (_, strike) in FLOODS.items()]
MOST_PASSED = {f"flood: {name}": most for name, (most, _) in FLOODS.items()}
