"""What is sent to an endpoint, signed how, and did it take it?"""

import asyncio
import hashlib
import hmac
import ssl
from datetime import UTC, datetime
from typing import Any, Protocol, Self

import httpx
import orjson

from app.notices.addresses import AddressRefused, Unresolved, resolve
from app.notices.outbox import Message

TRY_SECONDS = 5.0  # resolving, connecting and answering together
SIGNATURE, MESSAGE_ID = "MiPoints-Signature", "MiPoints-Message"


class NameOf(Protocol):
    """How clients name a thing: the global id of a type, the member it belongs to, and its row id."""

    def __call__(self, kind: str, member_id: int, row_id: int) -> str: ...


def body_of(message: Message, name_of: NameOf) -> dict[str, Any]:
    """A notice as an endpoint reads it: ids as in GraphQL, points, and the facts of its text.

    `id` is the notice's: the same each time the message is sent, so that who has had it can tell.
    """
    told = message.told
    member_id: int = told["member_id"]
    at = datetime.fromisoformat(told["at"]).astimezone(UTC)
    return {
        "id": name_of("Notice", member_id, told["id"]),
        "kind": message.kind,
        "at": at.isoformat().replace("+00:00", "Z"),
        "member": name_of("Member", member_id, member_id),
        "points": told["points"],
        "facts": told["facts"],
        "activity": told["activity_id"] and name_of("Activity", member_id, told["activity_id"]),
        "coupon": told["coupon_id"] and name_of("Coupon", member_id, told["coupon_id"]),
    }


def signature(secret: bytes, body: bytes, sent_at: int) -> str:
    """`t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 of "<t>.<body>", so that neither can be changed, nor sent much later."""
    digest = hmac.new(secret, b"%d." % sent_at + body, hashlib.sha256).hexdigest()
    return f"t={sent_at},v1={digest}"


class Sender:
    """Sends messages over HTTP; owned by `async with`.

    No proxy, no redirect, no connection kept: two names may share an address, and each is checked for itself.
    """

    def __init__(self, secret: bytes, *, allow_private: bool, trust: ssl.SSLContext | None = None) -> None:
        """`trust`: whose certificates count, where it is not those of every browser."""
        self._secret = secret
        self._allow_private = allow_private
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.AsyncClient(
            timeout=TRY_SECONDS, trust_env=False, follow_redirects=False, limits=limits, verify=trust or True
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()

    async def send(self, endpoint: str, content: dict[str, Any], *, sent_at: int) -> str | None:
        """Why the endpoint did not take a message: None when it answered 2xx. What it answers is not read."""
        body = orjson.dumps(content)
        url = httpx.URL(endpoint)
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "MiPoints",
            MESSAGE_ID: str(content["id"]),
            SIGNATURE: signature(self._secret, body, sent_at),
        }
        try:
            async with asyncio.timeout(TRY_SECONDS):
                status = await self._post(url, body, headers)
        except AddressRefused:
            return "address refused"
        except Unresolved:
            return "unknown host"
        except (TimeoutError, httpx.TimeoutException):
            return "timed out"
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if 200 <= status < 300 else f"HTTP {status}"

    async def _post(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> int:
        """The status of the first address that can be connected to."""
        port = url.port or {"https": 443}.get(url.scheme, 80)
        *others, last = await resolve(_host(url), port, allow_private=self._allow_private)
        for address in others:
            try:
                return await self._post_to(address, url, body, headers)
            except httpx.ConnectError:
                continue
        return await self._post_to(last, url, body, headers)

    async def _post_to(self, address: str, url: httpx.URL, body: bytes, headers: dict[str, str]) -> int:
        there = url.copy_with(host=address)
        known_as = {"sni_hostname": _host(url)}  # the certificate must be the name's, whatever the address
        async with self._client.stream("POST", there, content=body, headers=headers, extensions=known_as) as answer:
            return answer.status_code


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")  # `url.host` would turn what is spelt for computers into its script
