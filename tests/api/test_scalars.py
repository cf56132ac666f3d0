"""Which plain values cross the border, in which form, and which are turned away?"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from app.api.scalars import SCALARS, URL, BigInt, parse_amount, parse_big, parse_date, parse_instant, parse_url
from app.database import Db
from tests.api.asking import ask, read
from tests.api.makers import enrolled
from tests.client import STAFF

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FIRST, LAST = datetime(1900, 1, 2, tzinfo=UTC), datetime(2199, 12, 30, tzinfo=UTC)
MICROSECONDS = st.integers(0, (LAST - FIRST) // timedelta(microseconds=1)).map(
    lambda many: timedelta(microseconds=many)
)
INSTANTS = st.builds(lambda after, zone: (FIRST + after).astimezone(zone), MICROSECONDS, OFFSETS)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
AMOUNTS = st.decimals(-(10**15) + 1, 10**15 - 1, places=6) | st.decimals(0, 10_000, places=2)


def shown(kind: object, value: object) -> Any:
    """A value as answers give it."""
    return SCALARS[kind].serialize(value)


@given(INSTANTS)
def test_an_instant_comes_back_as_the_same_instant_in_utc(instant: datetime) -> None:
    text = shown(datetime, instant)

    assert text.endswith("Z")
    assert parse_instant(text) == instant
    assert parse_instant(instant.isoformat()) == instant
    assert parse_instant(text).tzinfo is UTC


@given(DAYS)
def test_a_day_comes_back_as_the_same_day(day: date) -> None:
    assert parse_date(shown(date, day)) == day


@given(AMOUNTS)
def test_an_amount_comes_back_as_the_same_amount_without_an_exponent(amount: Decimal) -> None:
    text = shown(Decimal, amount)

    assert parse_amount(text) == amount
    assert "E" not in text.upper()


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_a_big_number_comes_back_as_a_string(number: int) -> None:
    assert shown(BigInt, number) == str(number)
    assert parse_big(str(number)) == number


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_a_whole_number_is_an_amount_too(number: int) -> None:
    assert parse_amount(number) == number


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-31T22:30:00Z", "2026-03-31T22:30:00+00:00"),
        ("2026-03-31t22:30:00z", "2026-03-31T22:30:00+00:00"),
        ("2026-03-31T22:30Z", "2026-03-31T22:30:00+00:00"),
        ("2026-04-01T00:30:00.5+02:00", "2026-03-31T22:30:00.500000+00:00"),
        ("2026-03-31T22:30:00-00:00", "2026-03-31T22:30:00+00:00"),
    ],
)
def test_an_instant_is_read_with_its_offset(text: str, instant: str) -> None:
    assert parse_instant(text).isoformat() == instant


WRONG: dict[Callable[[object], object], list[object]] = {
    parse_instant: [
        "2026-03-31T22:30:00",  # which zone?
        "2026-03-31",
        "2026-03-31 22:30:00Z",
        "2026-02-30T10:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-03-31T25:00:00Z",
        "2026-03-31T22:60:00Z",
        "2026-03-31T22:30:61Z",
        "2026-03-31T22:30:00+25:00",
        "2026-03-31T22:30:00+0200",
        "2026-03-31T22:30:00.1234567Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "1899-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "-2026-03-31T22:30:00Z",
        "+12026-03-31T22:30:00Z",
        "٢٠٢٦-٠٣-٣١T22:30:00Z",
        "2026-W14-2T22:30:00Z",
        "2026-03-31T22:30:00Z\n",
        "now",
        "",
        1_774_996_200,
        True,
        None,
        ["2026-03-31T22:30:00Z"],
    ],
    parse_date: [
        "2026-02-31",
        "2026-02-29",
        "2100-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-3-1",
        "20260301",
        "2026-W10-1",
        "9999-12-31",
        "0000-01-01",
        "1899-12-31",
        "٢٠٢٦-٠٣-٣١",
        "2026-03-31T00:00:00Z",
        "2026-03-31 ",
        "",
        20260331,
        None,
    ],
    parse_amount: [
        19.99,
        0.0,
        float("nan"),
        float("inf"),
        "1e3",
        "1E-2",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "19,99",
        "1_000",
        "1 000",
        " 19.99",
        "19.99\n",
        "+19.99",
        ".5",
        "5.",
        "--1",
        "0x10",
        "١٩.٩٩",
        "１９.９９",
        "1" * 16,
        "1." + "0" * 7,
        "9" * 5_000,
        10**16,
        10**5_000,
        "",
        True,
        None,
        ["19.99"],
        {"amount": "19.99"},
    ],
    parse_big: ["1.5", "1e3", "", "+1", " 1", "1" * 19, "١٢", "NaN", 12, 1.5, True, None],
    parse_url: [
        "",
        "social.example/1",
        "//social.example/1",
        "https://",
        "https:///path",
        "https://?q",
        "http://[::1",
        "javascript:alert(1)",
        "ftp://social.example/1",
        "data:text/html,x",
        "https://social.example/a b",
        "https://social.example/\0",
        "https://social.example/\n",
        " https://social.example/",
        "https://social.example/" + "x" * 2_048,
        7,
        None,
        ["https://social.example/1"],
    ],
}


@pytest.mark.parametrize("parse", WRONG)
def test_what_is_not_meant_is_turned_away(parse: Callable[[object], object]) -> None:
    assert [number for number, value in enumerate(WRONG[parse]) if taken(parse, value)] == []


def taken(parse: Callable[[object], object], value: object) -> bool:
    """Is this value read, or turned away by a clean error?"""
    try:
        parse(value)
    except GraphQLError:
        return False
    return True


@given(
    st.sampled_from(sorted(WRONG, key=repr)),
    st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.binary()),
)
def test_no_value_breaks_the_reading(parse: Callable[[object], object], value: object) -> None:
    assert taken(parse, value) in (True, False)


@pytest.mark.parametrize("text", ["https://www.mi.com/es/product?id=1#top", "http://x.example", "HTTPS://X.EXAMPLE/ñ"])
def test_an_address_of_the_web_is_kept_as_it_is(text: str) -> None:
    assert parse_url(text) == URL(text)


@pytest.mark.parametrize(
    "literal",
    ["19.99", "1e3", "9" * 5_000, '"1e3"', "true", "{a: 1}", '["1"]', '"9999999999999999"'],
    ids=lambda one: one[:20],
)
async def test_a_wrong_literal_in_a_document_is_a_clean_error(programme: Db, literal: str) -> None:
    who = await enrolled()
    order = f'{{currency: EUR, lines: [{{sku: "A", unitPrice: {literal}}}]}}'
    given = f'{{idempotencyKey: "1", miAccountId: "{who.subject}", orderId: "1", order: {order}}}'

    answer = await ask(f"mutation {{ recordPurchase(input: {given}) {{ deferred }} }}", as_=STAFF)

    assert answer["data"] is None
    assert answer["errors"]


async def test_the_balance_of_an_instant_without_an_offset_is_a_clean_error(programme: Db) -> None:
    who = await enrolled()

    for wrong in ("2026-03-31T22:30:00", "2026-02-31T00:00:00Z", "9999-12-31T23:59:59Z", "", 5, 1.5):
        answer = await ask("query ($at: DateTime) { me { balance(at: $at) { available } } }", {"at": wrong}, as_=who)

        assert answer["data"] is None
        assert answer["errors"]


async def test_answers_are_written_in_the_same_forms(programme: Db) -> None:
    who = await enrolled()

    found = await read(
        """{ me { enrolledAt balance { value { amount } expirySchedule { lastUsableDay expiresAt } } }
             programme(market: ES) { maximumShare pointValue { amount } termsUrl validFrom } }""",
        as_=who,
    )
    checked = (await read("{ ledgerCheck { members } }", as_=STAFF))["ledgerCheck"]

    assert found["me"]["enrolledAt"].startswith("2026-03-02T11:00:")
    assert found["me"]["enrolledAt"].endswith("Z")
    assert found["me"]["balance"] == {
        "value": {"amount": "0.50"},
        "expirySchedule": [{"lastUsableDay": "2027-03-02", "expiresAt": "2027-03-02T23:00:00Z"}],
    }
    assert found["programme"]["pointValue"] == {"amount": "0.01"}
    assert found["programme"]["maximumShare"] == "1"
    assert found["programme"]["validFrom"] == "2019-12-31T23:00:00Z"
    assert found["programme"]["termsUrl"].startswith("https://www.mi.com/es/")
    assert checked == {"members": "1"}
