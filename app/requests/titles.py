"""Which title of a thing that staff launch is told in which language?"""

import re
from collections.abc import Sequence

from app.requests.outcome import Outcome, invalid, refused
from app.requests.words import unfit

TITLE_LENGTH = 120
MAXIMUM_TITLES = 20
_FALLBACK = "en"
_LOCALE = re.compile(r"([a-z]{2,3})(-[A-Za-z0-9]{2,8})*", re.ASCII)


def read_titles(given: Sequence[tuple[str, str]]) -> dict[str, str] | Outcome:
    """Titles by language out of (locale, text) pairs, "es-ES" counting as "es"; or INVALID_INPUT at `titles`.

    Who reads none of them reads the one in en, else the first (PROGRAMME 9): where there is none in en, the first
    stands there too, as the database does not keep the order.
    """
    if not given:
        return invalid("EMPTY", "titles")
    if len(given) > MAXIMUM_TITLES:
        return invalid("TOO_MANY", "titles", maximum=MAXIMUM_TITLES)
    titles: dict[str, str] = {}
    for number, (locale, text) in enumerate(given):
        form = _LOCALE.fullmatch(locale)
        if form is None or form[1] in titles:
            return invalid("MALFORMED", "titles", str(number), "locale")
        if problem := unfit(("text", text, TITLE_LENGTH)):
            return refused("INVALID_INPUT", "titles", str(number), "text", **problem.errors[0].facts)
        titles[form[1]] = text
    return {_FALLBACK: given[0][1], **titles}
