"""May this answer be kept, by whom, and does the client have it already?"""

import hashlib

from starlette.responses import Response

from app.gateway.incoming import Head

NEVER = "private, no-store"
REVALIDATE = "private, no-cache"
ETAG_BYTES = 16


def let_keep(response: Response, headers: Head, public_s: int) -> Response:
    """A sound answer to a GET with its `ETag`; 304 without a body when the client has it already (RFC 9110, 13).

    `public_s`: seconds for which a shared cache may give it to others who send the same headers; 0: it is one reader's.
    """
    tag = f'"{hashlib.blake2b(bytes(response.body), digest_size=ETAG_BYTES).hexdigest()}"'
    kept = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={public_s}" if public_s else REVALIDATE,
        "Vary": response.headers["vary"],
    }
    if _has(headers.every("if-none-match"), tag):
        return Response(status_code=304, headers=kept)
    response.headers.update(kept)
    return response


def _has(given: list[str], tag: str) -> bool:
    known = [part.strip().removeprefix("W/") for value in given for part in value.split(",")]
    return tag in known or "*" in known
