"""Who else comes to the gateway in a soak: those who err, those who attack, those who leave, those who listen?"""

import asyncio
import json
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.gateway.socket import PROTOCOL
from tests.client import SHOP, Who, fresh
from tests.gateway.talking import Talk
from tests.soak.crowd import Crowd, Unexpected
from tests.soak.reading import HOME

BALANCE = "subscription { balanceChanged { available } }"
ACTIVITY = "subscription { activityRecorded { kind points } }"
PURCHASE = """mutation ($input: RecordPurchaseInput!) { recordPurchase(input: $input) {
  activity { points } userErrors { code } } }"""
LISTENS_S = (0.2, 4.0)
LEAVES_S = (0.0, 0.05)
TALK_S = 20.0
NO_TLS = httpx.create_ssl_context()  # made once: it takes longer than all else that a client does


async def bad_input(crowd: Crowd) -> str:
    """A value that is none of its type's, or an order that cannot be."""
    if crowd.chance.random() < 0.5:
        half = {"input": {"idempotencyKey": fresh("key"), "orderId": "x"}}
        return await crowd.refused("BAD_USER_INPUT", {"query": PURCHASE, "variables": half}, crowd.headers(SHOP))
    guest = crowd.anyone()
    order = crowd.basket(guest.market)
    order["lines"][0]["quantity"] = -1
    given = {"miAccountId": guest.who.subject, "orderId": fresh("order"), "order": order}
    word, _ = await crowd.act(SHOP, "recordPurchase", **given)
    if word == "done":
        raise Unexpected("an order of -1 pieces")
    return word


async def bad_document(crowd: Crowd) -> str:
    """A text that is no document, does not fit the schema, or is too large; each of them another one."""
    word = fresh("Word").replace("-", "")
    code, text = crowd.chance.choice(
        [
            ("GRAPHQL_PARSE_FAILED", f"query {word} {{ me {{ "),
            ("GRAPHQL_VALIDATION_FAILED", f"query {word} {{ me {{ {word} }} }}"),
            ("LIMIT_EXCEEDED", f"query {word} " + "{ me " * 60 + "{ id }" + "}" * 60),
        ]
    )
    return await crowd.refused(code, {"query": text}, crowd.headers(crowd.anyone().who))


async def bad_body(crowd: Crowd) -> str:
    """A body that is no request."""
    body = crowd.chance.choice([b"{", b"null", b"[1]", b'"x"', b"\xff\xfe", b'{"query": 5}', b"[" * 2_000])
    return await crowd.refused("BAD_REQUEST", body, {})


async def bad_token(crowd: Crowd) -> str:
    """A token that is no token, or was changed on its way."""
    token = fresh("token") if crowd.chance.random() < 0.5 else crowd.client.token(SHOP)[:-8] + fresh("AAAA")
    return await crowd.refused("UNAUTHENTICATED", {"query": "{ me { id } }"}, {"Authorization": f"Bearer {token}"})


async def hang_up(crowd: Crowd) -> str:
    """A client that has gone before it is answered, in the middle of a read or of a purchase."""
    guest = crowd.anyone()
    who: Who = guest.who
    asked: dict[str, Any] = {"query": HOME}
    if crowd.chance.random() < 0.5:
        given = {"miAccountId": guest.who.subject, "orderId": fresh("order"), "order": crowd.basket(guest.market)}
        who = SHOP
        asked = {"query": PURCHASE, "variables": {"input": {"idempotencyKey": fresh("key"), **given}}}
    body = json.dumps(asked)
    sent = crowd.headers(who, Host="soak", **{"Content-Type": "application/json", "Content-Length": str(len(body))})
    head = "\r\n".join(["POST /graphql HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""])
    base = crowd.client.served.http.base_url
    _, writer = await asyncio.open_connection(base.host, base.port)
    writer.write((head + body).encode())
    await asyncio.sleep(crowd.chance.uniform(*LEAVES_S))
    writer.transport.abort()
    return "hung up"


async def socket(crowd: Crowd) -> str:
    """A member who listens on a WebSocket for a while, and leaves with or without a farewell."""
    address = str(crowd.client.served.http.base_url).replace("http", "ws")
    options: dict[str, Any] = {"subprotocols": [Subprotocol(PROTOCOL)], "proxy": None, "compression": None}
    async with asyncio.timeout(TALK_S), connect(f"{address}/graphql", **options) as connection:
        talk = Talk(connection)
        await talk.begin(crowd.headers(crowd.anyone().who))
        await talk.ask(BALANCE, key="1")
        await talk.ask(ACTIVITY, key="2")
        await asyncio.sleep(crowd.chance.uniform(*LISTENS_S))
        if crowd.chance.random() < 0.5:
            await talk.say("complete", id="1")
        if crowd.chance.random() < 0.5:
            connection.transport.abort()
    return "listened"


async def event_stream(crowd: Crowd) -> str:
    """A member who listens to server-sent events for a while, and leaves."""
    headers = crowd.headers(crowd.anyone().who, Accept="text/event-stream")
    http = httpx.AsyncClient(base_url=crowd.client.served.http.base_url, timeout=TALK_S, verify=NO_TLS)
    asked = {"query": crowd.chance.choice([BALANCE, ACTIVITY])}
    async with http, http.stream("GET", "/graphql", params=asked, headers=headers) as answer:
        if answer.status_code != 200:
            raise Unexpected(f"{answer.status_code} to a subscription")
        await anext(answer.aiter_text())
        await asyncio.sleep(crowd.chance.uniform(*LISTENS_S))
    return "listened"
