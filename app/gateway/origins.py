"""May a page of this origin call us from a browser?

Nothing here relies on cookies, so no page can borrow somebody's rights; but none may spend a visitor's address or learn
from our answers either. Browsers say where a request comes from; what is no browser says nothing and passes.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from app.gateway.faults import cross_site

ANY = "*"


class Origins:
    """The origins that may call, besides our own."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = tuple(dict.fromkeys(allowed))

    def require(self, headers: Mapping[str, str]) -> None:
        """Raises Fault 403 for a request that a browser sends on behalf of another site."""
        origin = headers.get("origin")
        if origin is not None:
            if not self.allows(origin, headers.get("host", "")):
                raise cross_site("Pages of this origin may not call here")
        elif headers.get("sec-fetch-site") == "cross-site" and ANY not in self.allowed:
            raise cross_site("Pages of other sites may not call here")

    def allows(self, origin: str, host: str) -> bool:
        """Is this origin allowed, or our own (behind a proxy the scheme may differ)?"""
        if ANY in self.allowed or origin in self.allowed:
            return True
        try:
            place = urlsplit(origin).netloc
        except ValueError:
            return False
        return bool(place) and place == host
