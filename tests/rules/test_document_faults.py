"""Is everything that is wrong in a programme document named with its place, all at once?"""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.revision import DocumentError, Problem, parse_document, run_examples
from tests.rules.makers import BROWSING, SEED_TEXT, seed_with


def problems(text: str) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        parse_document(text)
    return [str(problem) for problem in refused.value.problems]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("minimum_age = 18", "minimum_age = -1", "programme.minimum_age", "from 0 to 150, not -1"),
        ("minimum_age = 18", "minimum_age = 18.0", "programme.minimum_age", "a whole number"),
        ("minimum_age = 18", "minimum_age = true", "programme.minimum_age", "a whole number"),
        ("minimum_age = 18", 'minimum_age = "18"', "programme.minimum_age", "a whole number"),
        ("minimum_age = 18", "minimum_agee = 18", "programme.minimum_agee", "is not a key that is known"),
        ("maximum_share_bp = 10000", "maximum_share_bp = 10001", "programme.maximum_share_bp", "from 0 to 10000"),
        ('terms_version = "2020-01"', 'terms_version = "a\\u0000b"', "programme.terms_version", "a short text"),
        ("valid_from = 2020-01-01", "valid_from = 2020", "programme.valid_from", "a date or an instant"),
        ("valid_from = 2020-01-01", "valid_from = 1900-01-01", "programme.valid_from", "between 1971 and 2199"),
        ("late_tap_hours = 48", "late_tap_hours = 48\nrules = 1", "programme.rules", "is not a key that is known"),
        ('"Europe/Madrid"', '"Europe/Madird"', "markets.ES.time_zone", "is not an IANA time zone"),
        ('currency = "GBP"', 'currency = "QQQ"', "markets.GB.currency", "is not an ISO 4217 currency"),
        ('locale = "fr"', 'locale = "French"', "markets.FR.locale", "a locale"),
        ("https://www.mi.com/it", "http://www.mi.com/it", "markets.IT.terms_url", "an https address"),
        ("[markets.GB]", "[markets.UKX]", "markets.UKX", "an ISO 3166 code"),
        ('trigger = "SHARE"', 'trigger = "SHARING"', "rules.SHARE.trigger", "one of REGISTRATION"),
        ('trigger = "SHARE"', 'trigger = "REVIEW"', "rules.SHARE.trigger", "each its own"),
        ('posts = "PENDING"', 'posts = "ON_APPROVAL"', "rules.PURCHASE.posts", "only a review"),
        ('period = "MONTH"', 'period = "WEEK"', "rules.SHARE.period", "one of LIFETIME"),
        ('period = "MONTH"\n', "", "rules.SHARE.limit", "need each other"),
        ('period = "DAY"', 'period = "PRODUCT"', "rules.FUEL.period", "of a product"),
        ("points = 5\n", "points = 5\nper_unit = true\n", "rules.SHARE.per_unit", "only a purchase"),
        ("points = 5\n", "points = 0\n", "rules.SHARE.points", "from 1 to"),
        ("points = 5\n", 'points = 5\ncode = "X"\n', "rules.SHARE.code", "others have none"),
        ("every_days = 7\n", "", "rules.FUEL_STREAK.every_days", "needs it"),
        ("[rules.SHARE]", "[rules.CAMPAIGN]", "rules.CAMPAIGN", "is not a name"),
        ("value_minor = 1000", "value_minor = 500", "offers[1].value_minor", "two offers of 500"),
        ("valid_days = 180", "valid_days = 180\nstock = 3", "offers[0].stock", "is not a key that is known"),
        ('name = "SEED-2020"', 'name = "SEED 2020"', "name", "a name of letters"),
        ('name = "SEED-2020"', 'name = "SEED-2020"\nmarket = "ES"', "market", "is not a key that is known"),
        ('market = "ES"', 'market = "DE"', "examples[0].market", "no market of this document"),
        ('kind = "REGISTRATION"', 'kind = "ADJUSTMENT"', "examples[0].given.kind", "one of REGISTRATION"),
        ("{ points = 50, ", "{ pints = 50, ", "examples[0].expect.pints", "is not worked out here"),
        ("net_minor = 2997 }", "net_minor = -1 }", "examples[3].given.net_minor", "must not be negative"),
        (", net_minor = 2997 }", " }", "examples[3].given.net_minor", "is missing"),
        ("at = 2026-03-31T22:30:00Z", "at = 2026-03-31T22:30:00", "examples[16].given.at", "an offset"),
        ("posted_on = 2028-02-29", "posted_on = 9999-02-28", "examples[14].given.posted_on", "between 1900"),
        ("2026-03-25, 2026-03-27]", "2026-03-25, 2026-03-25]", "examples[13].given.taps", "each once"),
        ("given = { taps", "given = { tapps", "examples[10].given", "must have one of kind"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_line(old: str, new: str, place: str, message: str) -> None:
    text = seed_with(old, new)
    first_changed = next(
        number
        for number, pair in enumerate(zip(text.splitlines(), SEED_TEXT.splitlines(), strict=False), start=1)
        if pair[0] != pair[1]
    )

    found = next(problem for problem in problems(text) if problem.startswith(f"{place} (line "))

    assert message in found
    line = int(found.removeprefix(f"{place} (line ").split(")")[0])
    assert abs(line - first_changed) <= 5


def test_all_problems_are_named_at_once_and_each_once() -> None:
    text = SEED_TEXT.replace("minimum_age = 18", "minimum_age = -1").replace('"Europe/Rome"', '"Rome"')

    assert problems(text) == [
        f"programme.minimum_age (line {line_of(text, 'minimum_age')}): must be a whole number from 0 to 150, not -1",
        f"markets.IT.time_zone (line {line_of(text, 'Rome')}): 'Rome' is not an IANA time zone",
    ]


def test_two_rules_for_one_activity_are_refused() -> None:
    again = BROWSING.replace("BROWSE_PAGES", "BROWSE_MORE")

    (found,) = problems(SEED_TEXT + BROWSING + again)

    assert found.startswith("rules.BROWSE_MORE (line ")
    assert "rewards the same activity as BROWSE_PAGES" in found


def test_the_same_rule_twice_is_refused_with_its_line() -> None:
    text = SEED_TEXT + "\n[rules.SHARE]\npoints = 10\n"

    (found,) = problems(text)

    assert found.startswith("document: is not TOML")
    assert f"at line {len(text.splitlines()) - 1}," in found


@pytest.mark.parametrize(
    "text", ["", "name = ", "[" * 10_000, "x = " + "[" * 10_000, "x = " + "9" * 5_000, "markets = 3", "markets.ES = 1"]
)
def test_what_is_no_document_at_all_is_refused(text: str) -> None:
    assert problems(text)


VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**9),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.dates(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [deeper for key, part in parts for deeper in paths(part, (*path, key))]


SEED_PATHS = paths(tomllib.loads(SEED_TEXT))[1:]


@given(st.sampled_from(SEED_PATHS), VALUES)
def test_whatever_stands_in_a_place_is_read_or_refused_but_never_a_surprise(
    path: tuple[str | int, ...], value: Any
) -> None:
    tree: Any = tomllib.loads(SEED_TEXT)
    holder = tree
    for part in path[:-1]:
        holder = holder[part]
    if value is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value

    try:
        found = run_examples(parse_document(_toml(tree)))
    except DocumentError as refused:
        found = list(refused.problems)

    assert all(isinstance(problem, Problem) for problem in found)


def _toml(value: Any, *, inside: bool = False) -> str:
    """The value in TOML, tables inline, keys quoted: enough to write a changed document out again."""
    if isinstance(value, dict):
        pairs = [f"{json.dumps(key)} = {_toml(part, inside=True)}" for key, part in value.items()]
        return "{" + ", ".join(pairs) + "}" if inside else "\n".join(pairs)
    if isinstance(value, list):
        return "[" + ", ".join(_toml(part, inside=True) for part in value) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
