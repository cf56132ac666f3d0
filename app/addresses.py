"""Is this text an address: of the web, of a page's origin, of a network, of this machine itself?"""

import ipaddress
from urllib.parse import urlsplit

LONGEST = 500


def is_address(address: str, schemes: tuple[str, ...]) -> bool:
    """May messages be sent to this web address, as far as its form says?"""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and " " not in address and len(address) <= LONGEST
    return sound and plain and "@" not in parts.netloc and not parts.fragment


def is_origin(text: str) -> bool:
    """Is this the origin of web pages: a scheme and a host, perhaps a port, and nothing more?"""
    try:
        parts = urlsplit(text)
        return text == "*" or (text == f"{parts.scheme}://{parts.netloc}" and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        return False


def is_network(text: str) -> bool:
    """Is this an address, or a network of them?"""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Is this host the machine itself?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parts_of(listed: str) -> tuple[str, ...]:
    """What stands between the commas, each once."""
    return tuple(dict.fromkeys(part.strip() for part in listed.split(",") if part.strip()))
