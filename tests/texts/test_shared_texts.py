"""Does a text that was written once for all names say the same as one written for each?"""

import pytest

from app.texts.catalogue import catalogue
from app.texts.facts import NONE, Shown, shown
from app.texts.render import LOCALES, MARK, _written, say
from tests.texts.samples import SAMPLES

NAMES = ("MI-14", "", "{$points}", "-term { a }", "0", "none", "other", "\u2068x\u2069", f"{MARK}0{MARK}", "ñ" * 1_500)


def written(locale: str, message_id: str, facts: dict[str, object]) -> str:
    """The text with each fact written by Fluent itself."""
    message = catalogue(locale).messages[message_id]
    told: dict[str, Shown] = dict.fromkeys(message.optional, NONE)
    told |= {name: fact for name in message.wants if (fact := shown(name, facts)) is not None}
    return _written(locale, message_id, tuple(told.items()))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_the_same_for_every_name(locale: str) -> None:
    compared = 0
    for message_id, each in SAMPLES.items():
        for facts in each:
            given = [
                name for name, fact in facts.items() if isinstance(fact, str) and name in names(locale, message_id)
            ]
            for name in NAMES:
                changed = {**facts, **dict.fromkeys(given, name)}
                assert say(locale, message_id, changed) == written(locale, message_id, changed)
                compared += len(given)

    assert compared > 100


def names(locale: str, message_id: str) -> frozenset[str]:
    """The facts that a message only shows."""
    message = catalogue(locale).messages[message_id]
    return message.wants - message.judged


def test_a_fact_that_decides_is_never_put_in_later() -> None:
    assert say("en", "activity-PURCHASE", {"reference": "A-1"}) == "Order A-1"
    assert "activity" in names("en", "entry-EARN")
    assert "period" in catalogue("en").messages["reason-LIMIT_REACHED"].judged


def test_two_names_in_one_text_do_not_change_places() -> None:
    assert say("it", "activity-SHARE", {"sku": "1", "network": "0"}) == "1 condiviso su 0"


def test_many_names_are_written_once() -> None:
    say("es", "activity-PURCHASE", {"reference": "A-0"})
    before = _written.cache_info().misses

    for number in range(50):
        assert say("es", "activity-PURCHASE", {"reference": f"A-{number}"}) == f"Pedido A-{number}"

    assert _written.cache_info().misses == before
