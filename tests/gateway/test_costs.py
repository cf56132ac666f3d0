"""Is an operation's cost what was said, and never below what its answer holds?"""

import cProfile
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLObjectType, OperationDefinitionNode, get_introspection_query, get_named_type, parse
from hypothesis import event, given, reject, settings

from app.api.connections import DEFAULT_SIZE, MAXIMUM_SIZE
from app.api.schema import build_schema
from app.gateway.costs import INTROSPECTION, LISTED, MOST, MUTATION
from app.gateway.limits import LimitExceeded, measure
from tests.gateway.costly import PAGED, SCHEMA, answered, operations, reckoned
from tests.gateway.nasty import chained, many

PROGRAMME = build_schema("development")._schema
EXECUTED = 3_000  # units, up to which an operation is run to count what it answers


def cost_of(text: str, variables: Mapping[str, Any] | None = None) -> int:
    """The cost of the only operation of a document, as the gateway reckons it; the document is not validated."""
    document = parse(text)
    ((_, measures),) = measure(document, SCHEMA).items()
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return measures.cost.total(operation, variables or {})


def page(arguments: str = "", declared: str = "") -> str:
    """A page whose every entry has two fields."""
    return f"query Q{declared}{{things{arguments}{{edges{{node{{id}}}}}}}}"


def paged(size: int) -> int:
    """What that costs by its size: itself, and so many times edges, node and id."""
    return 1 + size * 3


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{thing{id}}", 2),
        ("{thing{id} again: thing{id words}}", 5),
        ("{thing{... {id} ... on Thing{id}}}", 3),
        ("{thing{id @skip(if: true)}}", 2),
        ("{thing{...F ...F}} fragment F on Thing{id words}", 5),
        ("{thing{tags{id}}}", 2 + LISTED),
        ("{thing{tags{tags{id}}}}", 2 + LISTED * (1 + LISTED)),
        ("{thing{words}}", 2),
        ("mutation{change{id}}", 2 + MUTATION),
        ("mutation{a: change{id} b: change{id}}", 2 * (2 + MUTATION)),
        ("{__schema{types{name}}}", INTROSPECTION + 3),
        ('{__type(name: "Thing"){fields{name}}}', INTROSPECTION + 3),
        ("{__schema{types{name} again: types{name}}}", 2 * INTROSPECTION + 5),
        ("{__typename thing{__typename}}", 3),
    ],
)
def test_each_field_counts_as_often_as_it_may_be_answered(text: str, cost: int) -> None:
    assert cost_of(text) == cost


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ("", DEFAULT_SIZE),
        ("(first: 3)", 3),
        ("(last: 3)", 3),
        ("(first: null)", DEFAULT_SIZE),
        ("(first: null, last: 50)", 50),
        ("(first: 3, last: 5)", 5),
        ("(first: 0)", 1),
        ("(first: -5)", 1),
        ("(first: 100)", MAXIMUM_SIZE),
        ("(first: 101)", MAXIMUM_SIZE),
        (f"(first: {'9' * 5_000})", MAXIMUM_SIZE),
        ('(first: "many")', 1),
        ("(before: 3)", DEFAULT_SIZE),
    ],
)
def test_a_page_counts_as_it_was_asked_long(arguments: str, size: int) -> None:
    assert cost_of(page(arguments)) == paged(size)


@pytest.mark.parametrize(
    ("arguments", "declared", "variables", "size"),
    [
        ("(first: $n)", "($n: Int)", {}, DEFAULT_SIZE),
        ("(first: $n)", "($n: Int)", {"n": None}, DEFAULT_SIZE),
        ("(first: $n)", "($n: Int)", {"n": 7}, 7),
        ("(first: $n)", "($n: Int)", {"n": 100.0}, MAXIMUM_SIZE),
        ("(first: $n)", "($n: Int)", {"n": -1}, 1),
        ("(first: $n)", "($n: Int)", {"n": 10**15}, MAXIMUM_SIZE),
        ("(first: $n)", "($n: Int)", {"n": 1e300}, MAXIMUM_SIZE),
        ("(first: $n)", "($n: Int)", {"n": {"of": 5}}, 1),
        ("(first: $n)", "($n: Int = 50)", {}, 50),
        ("(first: $n)", "($n: Int = 50)", {"n": 2}, 2),
        ("(first: $n)", "($n: Int = 50)", {"n": None}, DEFAULT_SIZE),
        ("(first: $n)", f"($n: Int = {'9' * 5_000})", {}, MAXIMUM_SIZE),
        ("(last: $n)", "($n: Int)", {"n": 7}, 7),
        ("(first: $m, last: $n)", "($m: Int, $n: Int)", {"m": None, "n": 70}, 70),
        ("(first: $m, last: 70)", "($m: Int)", {}, 70),
        ("(first: 3, last: $n)", "($n: Int)", {"n": 70}, 70),
    ],
)
def test_a_page_by_a_variable_counts_as_that_says(
    arguments: str, declared: str, variables: dict[str, Any], size: int
) -> None:
    assert cost_of(page(arguments, declared), variables) == paged(size)


@pytest.mark.parametrize(
    ("ids", "declared", "variables", "times"),
    [
        ('["a", "b", "c"]', "", {}, 3),
        ("[]", "", {}, 1),
        ('"a"', "", {}, 1),
        ("[$a, $a]", "($a: ID!)", {"a": "x"}, 2),
        ("$i", "($i: [ID!]!)", {"i": ["a"] * 30}, 30),
        ("$i", "($i: [ID!]!)", {"i": []}, 1),
        ("$i", "($i: [ID!]!)", {"i": "a"}, 1),
        ("$i", '($i: [ID!]! = ["a", "b"])', {}, 2),
        ("$i", f"($i: [ID!]! = [{'9' * 5_000}])", {}, 1),
    ],
)
def test_things_by_their_ids_count_as_often_as_there_are_ids(
    ids: str, declared: str, variables: dict[str, Any], times: int
) -> None:
    assert cost_of(f"query Q{declared}{{nodes(ids: {ids}){{id words}}}}", variables) == 1 + 2 * times


def test_pages_within_pages_multiply_and_end_at_a_billion() -> None:
    twice = "{things(first: 10){edges{node{things(first: 10){edges{node{id}}}}}}}"
    many = "things(first: 100){edges{node{" * 6 + "id" + "}}}" * 6

    assert cost_of(twice) == 1 + 10 * (2 + paged(10))
    assert cost_of("{" + many + "}") == cost_of("query($n: Int){" + many.replace("100", "$n") + "}", {"n": 100}) == MOST


def test_a_fan_out_with_variables_is_added_up_once_for_each_fragment() -> None:
    wide = many(10, "...W")
    chain = chained(80, "...F>", "things(first: $n){edges{node{id}}}").removeprefix("{...F0}")
    document = parse(f"{{{wide}}} fragment W on Query{{{many(20, '...F0')}}} {chain}")
    (measures,) = measure(document, SCHEMA).values()
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)

    with cProfile.Profile() as profile:
        cost = measures.cost.total(operation, {"n": 10})

    assert cost == 200 * paged(10)
    assert sum(part.callcount for part in profile.getstats()) < 2_000


@settings(max_examples=150, deadline=None)
@given(operations())
def test_the_cost_is_that_of_the_spread_fragments_and_never_below_what_is_answered(
    operation: tuple[str, dict[str, Any]],
) -> None:
    text, variables = operation

    try:
        cost = cost_of(text, variables)
    except LimitExceeded:
        reject()

    assert cost == min(reckoned(text, variables), MOST)
    if cost <= EXECUTED:
        event("executed")
        assert answered(text, variables) <= cost


def test_nothing_that_is_asked_once_and_answered_in_full_is_counted_twice() -> None:
    listed = f"{PAGED}{{nodes(ids: $i){{id thing{{tags{{id words}}}}}}}}"
    page_of_9 = "{things(first: 9){edges{node{id}}}}"

    assert answered(listed, {"i": ["a", "b", "c"]}) == cost_of(listed, {"i": ["a", "b", "c"]})
    assert answered(page_of_9, {}) == cost_of(page_of_9) - 8  # `edges` is one field, and counts for each entry


def test_every_page_of_the_programme_says_how_long_it_is_or_the_field_does_that_it_belongs_to() -> None:
    objects = [kind for kind in PROGRAMME.type_map.values() if isinstance(kind, GraphQLObjectType)]
    fields = [(kind.name, field) for kind in objects for field in kind.fields.values()]
    sized_above = {get_named_type(field.type).name for _, field in fields if "first" in field.args}

    pages = [(kind, field) for kind, field in fields if get_named_type(field.type).name.endswith("Connection")]

    assert len(pages) >= 10
    assert [kind for kind, field in pages if "first" not in field.args and kind not in sized_above] == []
    assert all("first" in field.args for _, field in fields if "last" in field.args)


def test_the_introspection_of_tools_is_affordable_a_few_times() -> None:
    text = get_introspection_query(schema_description=True, input_value_deprecation=True, one_of=True)

    assert INTROSPECTION < cost_of(text) < 1.5 * INTROSPECTION
