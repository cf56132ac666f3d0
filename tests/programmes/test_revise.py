"""Do new numbers come into force by a mutation as they do by a file, and is a document that is not sound told why?"""

import asyncio
from dataclasses import fields, replace
from importlib.resources import files

import pytest

from app.api.enums import CurrencyCode, MarketCode
from app.database import Db, rows, value
from app.ledger.check import check_ledger
from app.programmes.load import LONGEST_DOCUMENT, LONGEST_LINE, shipped, sound_document
from app.programmes.revise import MOST_FAULTS, load_revision
from app.programmes.store import revision_book
from app.requests.outcome import Outcome
from app.rules.revision import DocumentError
from app.rules.terms import COUNTRIES, CURRENCIES
from app.texts.render import say
from tests.ledger.makers import START, call, clock_at, done, enrolled, logged_in, statement, utc
from tests.rules.makers import SEED_TEXT

UK = "uk-2025.toml"
UK_TEXT = files("app.programmes").joinpath(UK).read_text(encoding="utf-8")
BEGINS = utc("2025-06-16T23:00:00")


def uk_text(*changes: tuple[str, str]) -> str:
    """The British document with the first of each `old` changed to `new`."""
    text = UK_TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


async def told(text: str) -> Outcome:
    return await load_revision(call("loadProgrammeRevision"), "operator", text)


async def loaded(text: str) -> int:
    revision_id = done(await told(text)).revision_id
    assert revision_id is not None
    return revision_id


async def revisions(db: Db) -> int:
    found: int = await value(db, "SELECT count(*) FROM programme_revision")
    return found


def test_the_british_document_changes_what_was_announced_and_nothing_else() -> None:
    before, after = shipped("seed-2020.toml").markets["GB"], shipped(UK).markets["GB"]

    changed = {one.name for one in fields(before) if getattr(before, one.name) != getattr(after, one.name)}
    points = {rule.rule: rule.points for rule in after.rules}
    was = {rule.rule: rule for rule in before.rules}

    assert list(shipped(UK).markets) == ["GB"]
    assert changed == {"name", "valid_from", "minimum_to_possess", "maximum_share_bp", "rules", "offers"}
    assert (after.valid_from, after.minimum_to_possess, after.maximum_share_bp) == (BEGINS, 1, 500)
    assert after.offers == ()
    assert points == {
        "REGISTRATION": 200,
        "APP_LOGIN": 100,
        "PURCHASE": 1,
        "SHARE": 10,
        "REVIEW": 20,
        "FUEL": 10,
        "FUEL_STREAK": 100,
        "BROWSING": 10,
    }
    for rule in after.rules:
        if rule.rule in was:
            assert replace(rule, points=was[rule.rule].points) == was[rule.rule]
    assert [(rule.trigger, rule.code, rule.limit) for rule in after.rules_for("CUSTOM", "BROWSE")] == [
        ("CUSTOM", "BROWSE", None)
    ]


async def test_before_its_date_a_loaded_revision_changes_nothing_and_from_it_on_everything(programme: Db) -> None:
    await clock_at(utc("2025-06-01T09:00:00"))
    early = await enrolled("GB")
    await loaded(uk_text())
    await logged_in(early)

    await clock_at(BEGINS)
    late = await enrolled("GB")
    await logged_in(late)
    elsewhere = await enrolled("ES")

    assert await statement(early) == [("EARN", 50), ("EARN", 30)]
    assert await statement(late) == [("EARN", 200), ("EARN", 100)]
    assert await statement(elsewhere) == [("EARN", 50)]
    assert await value(programme, "SELECT count(*) FROM coupon_offer WHERE market_id = 'GB'") == 4
    assert (await check_ledger()).problems == ()


async def test_loaded_after_its_date_it_is_in_force_from_its_loading(programme: Db) -> None:
    early = await enrolled("GB")

    revision_id = await loaded(uk_text())
    late = await enrolled("GB")

    stored = (await revision_book(programme)).markets["GB"][-1]
    assert stored.id == revision_id
    assert stored.in_force_from >= START
    assert await statement(early) == [("EARN", 50)]
    assert await statement(late) == [("EARN", 200)]


async def test_the_same_document_again_answers_its_revision(programme: Db) -> None:
    answers = await asyncio.gather(*(loaded(uk_text()) for _ in range(4)))

    assert len(set(answers)) == 1
    assert await revisions(programme) == 5


async def test_a_document_of_several_markets_answers_that_of_its_first(programme: Db) -> None:
    revision_id = await loaded(SEED_TEXT)

    assert revision_id == (await revision_book(programme)).markets["ES"][0].id
    assert await revisions(programme) == 4


FAULTY = [
    (uk_text(("points = 200", "points = -5")), "rules.REGISTRATION.points (line 29)", "whole number"),
    (uk_text(("points = 200", "points = 20")), "examples[0] (line ", "points is 20, the example expects 200"),
    (uk_text(("[markets.GB]", "[markets.US]")), "markets.US", "ISO 3166 code of Europe"),
    (uk_text(('"GBP"', '"USD"')), "markets.GB.currency", "ISO 4217 currency of Europe"),
    (uk_text(('"GBP"', '"EUR"')), "examples[3]", "explanation is"),
    (uk_text(("{ en =", "{ EN =")), "rules.BROWSING.titles.EN (line ", "a locale"),
    (uk_text(("[programme]", '[programme]\n"a\\u0000b" = 1')), "programme.a?b (line", "not a key that is known"),
    ("".join(f"[rules.A{number}]\n" for number in range(101)) + "[markets.GB]", "rules", "at most 100"),
    ("[[offers]]\n" * 101 + "[markets.GB]", "offers", "at most 100"),
    ("", "name", "is missing"),
    ("name = ", "document", "is not TOML"),
    ("name = 'x'\n" * 20_000, "document", f"at most {LONGEST_DOCUMENT} bytes"),
    ("a" + ".a" * LONGEST_LINE + " = 1", "line 1", f"at most {LONGEST_LINE} characters"),
    ("x = " + "[" * 900, "document", "nested too deeply"),
]


@pytest.mark.parametrize(("text", "place", "words"), FAULTY)
async def test_each_fault_is_told_with_its_place_and_changes_nothing(
    programme: Db, text: str, place: str, words: str
) -> None:
    outcome = await told(text)

    assert 1 <= len(outcome.errors) <= MOST_FAULTS
    assert {(error.code, error.path) for error in outcome.errors} == {("INVALID_INPUT", ("document",))}
    messages = [say("en", "error-INVALID_INPUT", error.facts) for error in outcome.errors]
    assert any(place in message and words in message for message in messages), messages
    assert await revisions(programme) == 4
    assert await value(programme, "SELECT count(*) FROM audit_line") == 0


async def test_other_numbers_under_a_name_that_is_taken_are_refused(programme: Db) -> None:
    await loaded(uk_text())

    outcome = await told(uk_text(("late_tap_hours = 48", "late_tap_hours = 24")))

    [error] = outcome.errors
    assert (error.facts["place"], error.facts["detail"]) == (
        "markets.GB",
        "UK-2025 is loaded already, with other numbers",
    )
    assert await revisions(programme) == 5


async def test_a_market_keeps_its_currency(programme: Db) -> None:
    changed = uk_text(('"GBP"', '"EUR"')).partition("[[examples]]")[0]

    [error] = (await told(changed)).errors

    assert error.facts["place"] == "markets.GB.currency"
    assert await revisions(programme) == 4


async def test_a_loaded_revision_is_one_line_of_the_audit_log(programme: Db) -> None:
    revision_id = await loaded(uk_text())

    [line] = await rows(programme, "SELECT actor, action, subject, after FROM audit_line")
    assert (line["actor"], line["action"], line["subject"]) == (
        "operator",
        "loadProgrammeRevision",
        "revision/UK-2025",
    )
    assert line["after"] == {"markets": ["GB"], "revisions": [revision_id]}


def slow_documents() -> list[str]:
    """Documents of the greatest length that take a reader long."""
    keys = "\n".join(f"x{number}" + ".a" * 490 + " = 1" for number in range(98))
    quoted = "\n".join(f'x{number}."' + '"."'.join("ab" * 150) + '" = 1' for number in range(98))
    spaces = "\n".join("[" + " " * 990 + "x" for _ in range(98))
    days = ", ".join(
        f"{year}-{month:02}-{day:02}" for year in range(1990, 2017) for month in range(1, 13) for day in (1,)
    )
    taps = uk_text(("2025-06-22, 2025-06-23", days.replace(", 1", ",\n1").replace(", 2", ",\n2")))
    rules = "\n".join(f"[rules.A{number}]" for number in range(3_000))
    markets = rules + "\n" + "\n".join(f"[markets.{code}]" for code in sorted(COUNTRIES))
    strangers = rules + "\n" + "\n".join(f"[markets.X{number}]" for number in range(3_000))
    offers = "[markets.GB]\n[[offers]]\n" + "[[offers]]\n" * 8_000
    return [keys, quoted, spaces, taps, markets, strangers, offers]


@pytest.mark.parametrize("number", range(7), ids="keys quoted spaces taps markets strangers offers".split())
def test_documents_made_to_take_long_are_refused_with_their_problems(number: int) -> None:
    text = slow_documents()[number]

    with pytest.raises(DocumentError) as refused:
        sound_document(text)

    assert refused.value.problems


def test_the_countries_and_currencies_of_documents_are_those_that_clients_know() -> None:
    assert {code.name for code in MarketCode} == COUNTRIES
    assert {code.name for code in CurrencyCode} == CURRENCIES
