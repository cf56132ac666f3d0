"""Where may a message be sent? To public addresses, judged by what the name resolves to at this moment.

A name alone tells nothing: it may resolve to the machine itself, to a neighbour, or to a cloud's metadata service.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Never routed on the Internet either, though not every Python says so.
_NOBODYS = tuple(ipaddress.ip_network(one) for one in ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "3fff::/20"))
_MOST_TRIED = 3


class AddressRefused(Exception):
    """The name resolves to an address that messages are not sent to."""


class Unresolved(Exception):
    """The name resolves to nothing."""


async def resolve(host: str, port: int, *, allow_private: bool) -> list[str]:
    """The addresses of a host, at most 3, to connect to as they are: resolving again might answer others.

    Raises AddressRefused when any of them is not public (unless private ones are allowed), and Unresolved.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(host) from error
    addresses = list(dict.fromkeys(str(place[0]) for _, _, _, _, place in found))
    if not addresses:
        raise Unresolved(host)
    if not allow_private and not all(is_public(address) for address in addresses):
        raise AddressRefused(host)
    return addresses[:_MOST_TRIED]


def is_public(address: str) -> bool:
    """Is this IP address anybody's on the Internet, and so is every address that it carries inside?

    False for private, shared, loopback, link-local, multicast, reserved and unspecified addresses.
    """
    try:
        whole = ipaddress.ip_address(address)
    except ValueError:
        return False
    return all(_is_everybodys(one) for one in _with_carried(whole))


def _is_everybodys(address: IpAddress) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_link_local:
        return False
    return not any(address in network for network in _NOBODYS if network.version == address.version)


def _with_carried(address: IpAddress) -> Iterator[IpAddress]:
    """The address that counts, and the IPv4 addresses within an IPv6 one that packets would go on to."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    else:
        yield address
        yield from address.teredo or ()
        if address.sixtofour is not None:
            yield address.sixtofour
