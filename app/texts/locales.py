"""Which of our languages does this reader want?"""

import re
from collections.abc import Mapping
from functools import lru_cache

LOCALES = ("es", "fr", "it", "en")
LAST_RESORT = "en"
KNOWN_NAMES = 500  # those of markets are few
LONGEST_HEADER = 1000  # characters; browsers send about 50
# RFC 9110: a language range, then perhaps a weight of at most three decimals.
WEIGHT = r"[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)"
RANGE = re.compile(rf"([a-z]{{1,8}}(?:-[a-z0-9]{{1,8}})*)(?:{WEIGHT})?", re.IGNORECASE | re.ASCII)


def negotiate(accept_language: str | None) -> str | None:
    """The first of LOCALES by the header's weights (RFC 9110, 12.5.4), ties by its order; None when it names none.

    "es-MX" asks for "es". `*`, ranges with q=0 and malformed ones count as not there; so does a header of more than
    LONGEST_HEADER characters as a whole, as half of a range could say the opposite.
    """
    if accept_language is None or len(accept_language) > LONGEST_HEADER:
        return None
    asked = (RANGE.fullmatch(part.strip(" \t")) for part in accept_language.split(","))
    wanted = [(_thousandths(each[2] or "1"), _language(each[1])) for each in asked if each is not None]
    served = [(weight, language) for weight, language in wanted if weight > 0 and language in LOCALES]
    return max(served, key=lambda each: each[0])[1] if served else None


@lru_cache(KNOWN_NAMES)
def locale_of(name: str) -> str:
    """The one of LOCALES that serves a market's locale: "es", "es-ES" -> "es"; any other -> "en"."""
    language = _language(name)
    return language if language in LOCALES else LAST_RESORT


def pick(titles: Mapping[str, str], locale: str) -> str:
    """The title in that locale, else the one in en, else the first (PROGRAMME 9). `titles` holds at least one."""
    first = next(iter(titles.values()))
    return titles.get(locale, titles.get(LAST_RESORT, first))


def _language(name: str) -> str:
    return re.split("[-_]", name, maxsplit=1)[0].lower()


def _thousandths(weight: str) -> int:
    whole, _, decimals = weight.partition(".")
    return int(whole) * 1000 + int(decimals.ljust(3, "0"))
