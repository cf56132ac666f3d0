"""Who comes, from where, and may they ask for so much now?"""

import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from app.gateway.faults import too_many, unavailable
from app.gateway.identity import Principal
from app.gateway.rates import Buckets, Charge, MemoryBuckets
from app.pool import LOST, DatabaseBusy
from app.settings import Settings

ADDRESS_FACTOR = 20  # an address may be that of many members
SERVICE_FACTOR = 100  # a shop's back end asks for many members
LONGEST_HOST = 64
KNOWN_HOSTS = 10_000
PRODUCTION = {"rate_limit": 20_000, "rate_limit_codes": 30, "rate_limit_tokens": 30}


class Visitor(NamedTuple):
    """Who asks, None without a token, and the network address that they ask from."""

    principal: Principal | None
    address: str

    @property
    def is_of_the_house(self) -> bool:
        """Is it a service or staff?"""
        return self.principal is not None and bool(self.principal.roles & {"service", "staff"})


class Meter:
    """The limits in force: cost and coupon codes by principal and address, tokens that are not valid by address."""

    def __init__(self, settings: Settings, buckets: Buckets) -> None:
        self._cost = limit_of(settings, "rate_limit")
        self._codes = limit_of(settings, "rate_limit_codes")
        self._tokens = limit_of(settings, "rate_limit_tokens")
        self._buckets = buckets
        self._failed = MemoryBuckets()  # each process by itself: it must be quicker than checking a token

    async def charge(self, visitor: Visitor, cost: int, codes: int) -> None:
        """Takes what an operation costs from all buckets that it concerns, or from none when one has no room for it.

        Raises Fault 429 when one has none, 503 when the buckets cannot be reached.
        """
        if not (self._cost or self._codes):
            return
        charges = [charge for charge in self._charges(visitor, cost, codes) if charge.limit and charge.units]
        if not charges:
            return
        try:
            wait = await self._buckets.take(charges)
        except (DatabaseBusy, *LOST) as error:
            raise unavailable("Rates cannot be counted for the moment") from error
        if wait:
            raise too_many("Too much was asked for within a minute", retry_s=wait)

    async def admit(self, address: str) -> None:
        """Raises Fault 429 when too many tokens from this address were not valid."""
        wait = self._failed.wait(self._failed_token(address)) if self._tokens else 0
        if wait:
            raise too_many("Too many tokens that are not valid came from here", retry_s=wait)

    async def failed(self, address: str) -> None:
        """Counts a token that was not valid."""
        if self._tokens:
            await self._failed.take([self._failed_token(address)])

    def _charges(self, visitor: Visitor, cost: int, codes: int) -> Iterator[Charge]:
        if visitor.principal is None:
            yield Charge(f"open {visitor.address}", self._cost, cost)
            return
        factor = SERVICE_FACTOR if visitor.is_of_the_house else 1
        name = visitor.principal.name
        yield Charge(f"cost {name}", self._cost * factor, cost)
        yield Charge(f"codes {name}", self._codes * factor, codes)
        if not visitor.is_of_the_house:
            yield Charge(f"members {visitor.address}", self._cost * ADDRESS_FACTOR, cost)

    def _failed_token(self, address: str) -> Charge:
        return Charge(address, self._tokens, 1)


def limit_of(settings: Settings, name: str) -> int:
    """A limit as set, else its profile's: none in development."""
    given: int | None = getattr(settings, name)
    if given is not None:
        return given
    return PRODUCTION[name] if settings.profile == "production" else 0


def network_of(host: str) -> str:
    """The address that limits go by: an IPv6 client owns a whole /64."""
    return _known_network(host) if len(host) <= LONGEST_HOST else _network(host)


def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:LONGEST_HOST]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


_known_network = lru_cache(KNOWN_HOSTS)(_network)
