"""What does this code with these facts say in the reader's language?

The one door of `app.texts`: no other code holds or joins a sentence. Message ids are `rule-SHARE`, `error-NOT_ENROLLED`
and so on; the catalogues beside this file list them all.
"""

import logging
from collections.abc import Mapping
from functools import lru_cache

from app.texts.catalogue import catalogue
from app.texts.facts import NONE, Shown, shown
from app.texts.locales import LAST_RESORT, LOCALES, locale_of, negotiate, pick

__all__ = ["LOCALES", "MissingText", "locale_of", "negotiate", "pick", "say"]

log = logging.getLogger(__name__)

MARK = "\ue000"  # a character of private use, which no text has
LONGEST_FACT = 1_000  # characters; what is too long, Fluent refuses


class MissingText(LookupError):
    """No catalogue has this message id. A bug of ours."""


def say(locale: str, message_id: str, facts: Mapping[str, object]) -> str:
    """The message in the locale of LOCALES that serves `locale`; one it lacks falls back to en.

    `facts` are integers, money as `x_minor` beside `currency`, ISO dates as `x_on`, ISO instants as `x_at` beside
    `zone`, and strings; what the message does not want is left alone. A wanted fact that is missing or unreadable
    is logged, and the message id stands for the text. Raises MissingText when en has no such message either.
    """
    language = _language_with(message_id, locale_of(locale))
    message = catalogue(language).messages[message_id]
    told: dict[str, Shown] = dict.fromkeys(message.optional, NONE)
    told.update((name, fact) for name in message.wants if (fact := shown(name, facts)) is not None)
    if missing := message.wants - told.keys():
        log.error("text %s lacks the facts %s", message_id, sorted(missing))
        return message_id
    names = [name for name, fact in told.items() if type(fact) is str and fact != NONE and name not in message.judged]
    put = {_mark(place): str(told[name]) for place, name in enumerate(names)}
    if any(len(fact) > LONGEST_FACT or MARK in fact for fact in put.values()):
        return _written(language, message_id, tuple(told.items()))
    told |= dict(zip(names, put, strict=True))
    text = _written(language, message_id, tuple(told.items()))
    for mark, fact in put.items():
        text = text.replace(mark, fact)
    return text


def _mark(place: int) -> str:
    """What stands for a fact that is only shown: one text, written once, then serves every order and every name."""
    return f"{MARK}{place}{MARK}"


@lru_cache(maxsize=4096)  # writing takes a hundred microseconds, and home asks for the same texts again and again
def _written(language: str, message_id: str, told: tuple[tuple[str, Shown], ...]) -> str:
    speaking = catalogue(language)
    text, faults = speaking.bundle.format_pattern(speaking.messages[message_id].pattern, dict(told))
    if faults:  # a fact beyond Fluent's 2,500 characters
        log.error("text %s cannot be written: %s", message_id, faults)
        return message_id
    return str(text)


def _language_with(message_id: str, locale: str) -> str:
    for language in (locale, LAST_RESORT):
        if message_id in catalogue(language).messages:
            return language
    raise MissingText(message_id)
