"""Which refusals does the HTTP door itself speak, before any field is resolved?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(eq=False)
class Fault(Exception):
    """A request that is answered without running an operation.

    `status` is the HTTP status (4xx or 503), `code` the `extensions.code` that clients read, `message` a sentence
    that is safe to show, `headers` what the status asks for (`Allow`, `WWW-Authenticate`, `Retry-After`).
    """

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


def bad_request(message: str, code: str = "BAD_REQUEST") -> Fault:
    """400: the HTTP request is not a well-formed GraphQL request."""
    return Fault(400, code, message)


def bad_operation(message: str) -> Fault:
    """400: the document is sound, but which operation to run is not clear."""
    return Fault(400, "BAD_USER_INPUT", message)


def method_not_allowed(message: str, *, allow: str) -> Fault:
    """405 with the methods that would do."""
    return Fault(405, "METHOD_NOT_ALLOWED", message, {"Allow": allow})


def unauthenticated(message: str) -> Fault:
    """401: a token was given and is not good."""
    return Fault(
        401, "UNAUTHENTICATED", message, {"WWW-Authenticate": 'Bearer realm="mipoints", error="invalid_token"'}
    )


def cross_site(message: str) -> Fault:
    """403: a browser sent this on behalf of a page of another site."""
    return Fault(403, "FORBIDDEN", message)


def too_many(message: str, *, retry_s: float) -> Fault:
    """429 with the whole seconds after which the same request may pass; none are said where it never may."""
    headers = {"Retry-After": str(max(1, math.ceil(retry_s)))} if math.isfinite(retry_s) else {}
    return Fault(429, "RATE_LIMITED", message, headers)


def unavailable(message: str) -> Fault:
    """503: what this request needs cannot be reached for the moment."""
    return Fault(503, "UNAVAILABLE", message, {"Retry-After": "5"})


def too_slow(seconds: float) -> Fault:
    """408: the body did not come; what was sent of it is not looked at."""
    message = f"The body did not come within {seconds:g} seconds"
    return Fault(408, "REQUEST_TIMEOUT", message, {"Connection": "close"})


def timed_out(seconds: float) -> Fault:
    """503: the request was given up and everything it began was rolled back; it may be sent again."""
    return Fault(
        503, "TIMEOUT", f"The request took longer than {seconds:g} seconds and was given up", {"Retry-After": "1"}
    )
