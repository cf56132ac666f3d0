"""Are the places of errors right, and is a text looked through once?"""

import cProfile

import pytest
from graphql import GraphQLError, Source, parse
from hypothesis import given
from hypothesis import strategies as st

from app.gateway.places import Lines

TEXT = st.lists(st.sampled_from(["a", "é", "\n", "\r\n", "\r", " "]), max_size=30).map("".join)


@given(TEXT, st.integers(0, 60))
def test_a_place_is_where_graphql_says(text: str, position: int) -> None:
    if text[position - 1 : position + 1] == "\r\n" and position:
        position += 1  # nothing begins in the middle of a line's end

    assert Lines(text).get_location(position) == Source(text).get_location(position)


@pytest.mark.parametrize("places", [1, 3])
def test_many_errors_in_many_lines_take_no_more_work_than_in_one(places: int) -> None:
    document = parse(Lines("\n" * 2_000 + "{ who }"))
    (operation,) = document.definitions

    with cProfile.Profile() as profile:
        errors = [GraphQLError("No", [operation] * places) for _ in range(100)]

    assert [place.line for place in errors[-1].locations or ()] == [2_001] * places
    assert sum(part.callcount for part in profile.getstats()) < 100 * 30 * places
