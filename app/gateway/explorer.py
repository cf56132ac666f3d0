"""What does a browser see at /graphql in development?"""

import hashlib
import re
from base64 import b64encode
from functools import cache
from importlib.resources import files

from starlette.responses import Response


def explorer() -> Response:
    """A page to try queries with; it loads nothing, and talks to nobody but this server."""
    page, policy = _page()
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Vary": "Accept",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page, media_type="text/html", headers=headers)


@cache
def _page() -> tuple[str, str]:
    """The page, and a policy that allows its own inline script and style by their hashes and nothing else."""
    page = (files("app.gateway") / "explorer.html").read_text("utf-8")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash_of('script', page)}",
            f"style-src {_hash_of('style', page)}",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
    return page, policy


def _hash_of(tag: str, page: str) -> str:
    inline = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return " ".join(f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline)
