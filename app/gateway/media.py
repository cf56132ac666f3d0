"""In which media type does this client want its answer?"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"
EVENT_STREAM = "text/event-stream"

HEADER_CHARACTERS = 2_000
KNOWN_HEADERS = 500


def preferred(accept: Iterable[str], offered: Sequence[str]) -> str | None:
    """The first of the client's preferences that is offered; None when it accepts none of them.

    `accept` holds the values of the Accept headers; without any, the first of `offered` is meant. A wildcard means the
    first offer that fits it. Higher q first, then the client's order (RFC 9110, 12.5.1); a type with q=0, or with a q
    that is none, is never answered.
    """
    header = ",".join(accept)[:HEADER_CHARACTERS]
    return _preferred(header, offered) if header.strip() else offered[0]


@lru_cache(KNOWN_HEADERS)
def _preferred(header: str, offered: Sequence[str]) -> str | None:
    ranked = sorted(_ranges(header), key=lambda ranged: -ranged[1])
    refused = {media_range for media_range, quality in ranked if quality == 0}
    for media_range, quality in ranked:
        for media in offered:
            if quality > 0 and media not in refused and _fits(media, media_range):
                return media
    return None


def _ranges(header: str) -> list[tuple[str, float]]:
    ranges = []
    for part in header.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if "/" in media_range:
            ranges.append((media_range, _quality(parameters)))
    return ranges


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0


def _fits(media: str, media_range: str) -> bool:
    kind, _, _ = media.partition("/")
    return media_range in (media, f"{kind}/*", "*/*")
