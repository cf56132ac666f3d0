"""Does a global id come back as what it names, and nothing else as an id?"""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.ids import KINDS, GlobalId, read_id, row_id_of

numbers = st.integers(0, 10**18 - 1)
ids = st.builds(GlobalId, st.sampled_from(sorted(KINDS)), numbers, numbers)


def spelt(text: str) -> str:
    """A text in the clothes of a global id."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(ids)
def test_an_id_names_its_type_its_owner_and_its_row(one: GlobalId) -> None:
    assert read_id(str(one)) == one
    assert len(str(one)) <= 80


@given(st.lists(ids, min_size=2, max_size=2, unique=True))
def test_two_things_never_share_an_id(two: list[GlobalId]) -> None:
    assert str(two[0]) != str(two[1])


def test_each_type_has_a_letter_of_its_own() -> None:
    assert len(set(KINDS.values())) == len(KINDS)
    assert all(len(letter) == 1 and letter.isalpha() for letter in KINDS.values())


@given(
    st.one_of(st.text(), st.text().map(spelt), st.from_regex(r"[a-z]\.-?\d{1,20}\.\d{1,20}", fullmatch=True).map(spelt))
)
def test_no_text_breaks_the_reading_and_what_is_read_is_written_the_same(text: str) -> None:
    found = read_id(text)

    assert found is None or str(found) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m",
        "gibberish",
        "%%%%",
        "é" * 8,
        "\0",
        spelt(""),
        spelt("m.1"),
        spelt("m.1.1.1"),
        spelt("x.1.1"),
        spelt("m.1.x"),
        spelt("m.-1.1"),
        spelt("m.01.1"),
        spelt("m.1.1 "),
        spelt("m.1.1\n"),
        spelt("m.١.1"),
        spelt("M.1.1"),
        spelt("m.1." + "9" * 19),
        spelt("m.1." + "9" * 500),
        spelt("m.1.1") + "=",
        spelt("m.1.1") + "\n",
        " " + spelt("m.1.1"),
        "A" * 100_000,
    ],
)
def test_what_is_not_an_id_of_ours_is_malformed(text: str) -> None:
    assert read_id(text) is None
    with pytest.raises(ValueError, match="malformed"):
        row_id_of(text, "Member")


def test_an_id_for_one_type_is_not_taken_for_another() -> None:
    assert row_id_of(str(GlobalId("CouponOffer", 0, 7)), "CouponOffer") == 7
    assert row_id_of(str(GlobalId("Member", 7, 7)), "Member") == 7
    assert row_id_of(str(GlobalId("Member", 7, 7)), "CouponOffer") is None


def test_an_id_that_names_another_owner_than_its_own_is_nobodys() -> None:
    assert row_id_of(str(GlobalId("Member", 8, 7)), "Member") is None
    assert row_id_of(str(GlobalId("CouponOffer", 8, 7)), "CouponOffer") is None
