"""Which of the servers that an address names takes us?

An address may name several: `postgres://user@one,two/database?target_session_attrs=read-write`. asyncpg knows such
addresses, but it waits for a host that is switched off until all its time is over, and gives up at one that is still
starting. Here each of several hosts gets a short time of its own.
"""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import asyncpg

HOST_SECONDS = 2.0  # the pool waits for 5 in all
PASSED_OVER = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)


async def connect(url: str, **options: Any) -> asyncpg.Connection:
    """A connection as asyncpg makes it with these options, to the first host that takes us.

    Raises what asyncpg raises for an address of one host; for one of several, ConnectionError when none takes us.
    """
    hosts = one_by_one(url)
    if len(hosts) == 1:
        return await asyncpg.connect(url, **options)
    reasons: list[str] = []
    for host in hosts:
        try:
            return await asyncpg.connect(host, **(options | {"timeout": HOST_SECONDS}))
        except PASSED_OVER as reason:
            reasons.append(str(reason) or type(reason).__name__)
    raise ConnectionError(f"no host of the address takes us: {'; '.join(reasons)}")


def one_by_one(url: str) -> list[str]:
    """The addresses of each host of an address."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    if "," in hosts:
        return [address(parts._replace(netloc=f"{user}{at}{host}")) for host in hosts.split(",")]
    query = dict(parse_qsl(parts.query))
    named, ports = query.get("host", "").split(","), query.pop("port", "").split(",")
    if hosts or len(named) == 1:
        return [url]
    ports = ports * len(named) if len(ports) == 1 else ports
    each = [query | {"host": host} | ({"port": port} if port else {}) for host, port in zip(named, ports, strict=True)]
    return [address(parts._replace(query=urlencode(one))) for one in each]


def address(parts: SplitResult) -> str:
    """The text of an address; urllib's own leaves out the slashes of one without a host, and libpq needs them."""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{query}"
