"""What does a browser see at /graphql in development?

GraphiQL, from this gateway alone: its files come from the npm packages that set-up has put beside Python's own
(scripts/npm/ide), its tabs from the stories in `ide/`. In production there is none of it.
"""

import hashlib
import ipaddress
import secrets
import sys
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import orjson
from joserfc import jwt
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.gateway.tokens import ALGORITHM, development_key, mint
from app.settings import Settings

IDE = files("app.gateway") / "ide"
PACKAGES = Path(sys.prefix) / "npm" / "ide" / "node_modules"
TOKENS_FOR = timedelta(hours=12)
MEMBER = "demo-ana"  # app/demo makes her
FOREVER = "public, max-age=31536000, immutable"  # the path names the content

_OURS = ("icon.svg", "start.js", "style.css")
_THEIRS: Final = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
    "explorer.js": "@graphiql/plugin-explorer/dist/index.umd.js",
    "explorer.css": "@graphiql/plugin-explorer/dist/style.css",
}
_MEDIA = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# In the order of the tabs; each is asked with the token named.
_STORIES = (
    ("01-home", "member"),
    ("02-offers", "member"),
    ("03-redeem", "member"),
    ("04-fuel-week", "member+staff"),
    ("05-buy", "service"),
    ("06-return", "service"),
    ("07-quote", "member"),
    ("08-reserve", "member"),
    ("09-pay", "service"),
    ("10-launch", "staff"),
    ("11-earn", "service"),
    ("12-end", "staff"),
)


class Assets(NamedTuple):
    """The files of the page by name, and a version that changes with any of them."""

    bodies: dict[str, bytes]
    version: str


def graphiql_routes(settings: Settings) -> list[Route]:
    """Where the page's files are served; nowhere in production. The names are fixed: no path is ever looked up."""
    return [Route("/graphiql/{version}/{name}", _asset)] if settings.profile == "development" else []


def page(request: Request, settings: Settings, *, packages: Path = PACKAGES) -> Response:
    """GraphiQL, or how to get it where its npm `packages` are missing.

    Demo tokens stand in it only for a browser on this machine that names this machine: see `_is_own`.
    """
    nonce = secrets.token_urlsafe(16)
    try:
        assets = _assets(packages)
    except FileNotFoundError:
        return Response((IDE / "missing.html").read_bytes(), 503, _headers(nonce), "text/html")
    given = {"tabs": _tabs(), "tokens": _tokens(settings) if _is_own(request) else {}, "nonce": nonce}
    text = Template((IDE / "page.html").read_text("utf-8")).substitute(
        assets=f"/graphiql/{assets.version}",
        given=orjson.dumps(given).decode().replace("<", "\\u003c"),  # no value may end the script element
    )
    return Response(text, headers=_headers(nonce), media_type="text/html")


async def _asset(request: Request) -> Response:
    try:
        assets = _assets(PACKAGES)
    except FileNotFoundError:
        raise HTTPException(404) from None
    name = request.path_params["name"]
    if request.path_params["version"] != assets.version or name not in assets.bodies:
        raise HTTPException(404)
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
    return Response(assets.bodies[name], headers=headers, media_type=_MEDIA[Path(name).suffix])


@cache
def _assets(packages: Path) -> Assets:
    """Read once. Raises FileNotFoundError, each time anew, while a package is missing."""
    bodies = {name: (IDE / name).read_bytes() for name in _OURS}
    bodies |= {name: (packages / path).read_bytes() for name, path in _THEIRS.items()}
    content = b"".join(hashlib.sha256(body).digest() for body in bodies.values())
    return Assets(bodies, hashlib.sha256(content).hexdigest()[:16])


@cache
def _tabs() -> list[dict[str, str | None]]:
    """Each story as a tab of GraphiQL. Its header names a token; the page fills it in when it asks (start.js)."""
    stories = IDE / "stories"
    return [
        {
            "query": (stories / f"{name}.graphql").read_text("utf-8"),
            "variables": path.read_text("utf-8") if (path := stories / f"{name}.json").is_file() else None,
            "headers": f'{{\n  "Authorization": "Bearer {{{{{token}}}}}"\n}}',
        }
        for name, token in _STORIES
    ]


def _tokens(settings: Settings) -> dict[str, str]:
    subjects = {"member": MEMBER, "service": "shop", "staff": "operator"}
    tokens = {role: mint(settings, role, subject, TOKENS_FOR) for role, subject in subjects.items()}
    # Her token with staff's role beside her own, so that one request can both tap and move the clock.
    key = development_key(settings)
    hers = jwt.decode(tokens["member"], key, algorithms=[ALGORITHM])
    both = {**hers.claims, "roles": ["member", "staff"]}
    return tokens | {"member+staff": jwt.encode(hers.header, both, key, algorithms=[ALGORITHM])}


def _is_own(request: Request) -> bool:
    """Does a browser on this machine open the page by this machine's name?

    Another machine must not get a token, neither directly nor through a proxy here; nor may a web page that has its own
    name point here (DNS rebinding), nor one that was let in as an origin.
    """
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via", "origin")):
        return False
    return _is_loopback(request.client.host if request.client else "") and _is_loopback(_host(request))


def _host(request: Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _headers(nonce: str) -> dict[str, str]:
    """A policy under which nothing comes from elsewhere and nothing goes there.

    The nonce is for the <style> that GraphiQL's dialogs add; fonts and the marks in its editors stand in its
    stylesheet as data.
    """
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; font-src data:; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Vary": "Accept",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
