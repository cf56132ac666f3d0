"""Is each limit kept to the unit, and is no document worth an attack?"""

import cProfile
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError, build_schema, get_introspection_query, parse

from app.api.schema import build_schema as build_programme
from app.gateway import limits
from app.gateway.documents import MAX_VALIDATION_ERRORS, Documents, InvalidDocument
from app.gateway.limits import COUNTED, LimitExceeded, Measuring, check_variables, measure
from tests.gateway.nasty import NASTY, chained, many, within
from tests.gateway.relay_app import RELAY_APP

README = Path(__file__).resolve().parents[2] / "README.md"
MOST_CALLS = 600_000  # of functions, also those of the interpreter: about 60 ms

SCHEMA = build_schema("""
    type Query { thing: Thing, node: Node, who(of: [Int!], text: String): String }
    interface Node { id: ID }
    type Thing implements Node { id: ID, thing: Thing, name: String, node: Node }
    type Other implements Node { id: ID, name: Int }
""")
PROGRAMME = build_programme("development")._schema


def documents(*, of_programme: bool = False) -> Documents:
    """An empty memory as in development."""
    return Documents(PROGRAMME if of_programme else SCHEMA, introspection=True, suggestions=True)


def refused(text: str) -> dict[str, Any]:
    """Why a document goes beyond a limit."""
    with pytest.raises(InvalidDocument) as invalid:
        documents().find(text)
    assert invalid.value.code == "LIMIT_EXCEEDED"
    (error,) = invalid.value.errors
    facts = dict(error.extensions or {})
    assert str(facts["maximum"]) in error.message
    return facts


def things(depth: int) -> str:
    """A document of so many levels."""
    return "{" + within(depth - 1, "thing{", "id" if depth > 1 else "node{id}", "}") + "}"


def within_lists(depth: int) -> list[Any]:
    """A list within so many others, and nothing in it."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


EDGES: Mapping[str, Callable[[int], str]] = {
    "length of the document": lambda size: "{who}" + "," * (size - 5),
    "number of lines": lambda size: "\n" * size + "{who}",
    "number of operations": lambda size: many(size, "query Q#{who}"),
    "number of fragments": lambda size: chained(size, "...F>", "who"),
    "depth": things,
    "number of fields": lambda size: (
        "{" + many(size // 10, "...Ten") + many(size % 10, "...F") + "}"
        f"fragment F on Query{{who}} fragment Ten on Query{{{many(10, '...F')}}}"
    ),
    "number of aliases": lambda size: "{" + many(size, "a#:who") + "}",
    "number of directives": lambda size: "{" + many(size, "...F@include(if:true)") + "}fragment F on Query{who}",
    "number of repeated fields": lambda size: "{who " + many(size, "who") + "}",
    "length of a name": lambda size: f"query {'Q' * size}{{who}}",
}
MAXIMA = {
    "length of the document": limits.MAX_CHARACTERS,
    "number of lines": limits.MAX_LINES,
    "number of operations": limits.MAX_OPERATIONS,
    "number of fragments": limits.MAX_FRAGMENTS,
    "length of a name": limits.MAX_NAME,
    **{name: maximum for name, (maximum, _) in limits.LIMITS.items()},
}


@pytest.mark.parametrize("limit", EDGES)
def test_as_much_as_a_limit_says_is_allowed_and_one_more_is_not(limit: str) -> None:
    maximum = MAXIMA[limit]

    documents().find(EDGES[limit](maximum))

    facts = refused(EDGES[limit](maximum + 1))
    assert (facts["limit"], facts["maximum"]) == (limit, maximum)


def test_every_limit_has_its_edge_here() -> None:
    assert EDGES.keys() == MAXIMA.keys()


def test_the_number_of_tokens_has_its_edge_too() -> None:
    def text(tokens: int) -> str:
        return "{who(of:[" + many(tokens - 9, "1") + "])}"

    assert documents().find(text(limits.MAX_TOKENS)).ast.token_count == limits.MAX_TOKENS
    with pytest.raises(InvalidDocument) as invalid:
        documents().find(text(limits.MAX_TOKENS + 1))
    assert invalid.value.code == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_is_one_line_however_it_ends(end: str) -> None:
    documents().find(end * limits.MAX_LINES + "{who}")

    assert refused(end * (limits.MAX_LINES + 1) + "{who}")["found"] == limits.MAX_LINES + 1


def test_a_field_of_one_object_in_its_place_is_repeated_but_not_that_of_another_kind() -> None:
    apart = many(40, "...on Thing{id name} ...on Other{id number:name}")

    assert refused("{node{" + apart + "}}")["found"] == 2 * 2 * 39
    documents().find("{node{...on Thing{id thing{id}} ...on Other{id}}}")


def test_fragments_are_counted_in_full_and_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[str] = []
    walk = Measuring._field

    def counting(self: Measuring, node: Any, parent: Any) -> limits.Measures:
        walked.append(node.name.value)
        return walk(self, node, parent)

    monkeypatch.setattr(Measuring, "_field", counting)
    fan_out = parse(chained(61, "a:who ...F> ...F>", "who"))

    with pytest.raises(LimitExceeded) as exceeded:
        measure(fan_out, SCHEMA)

    assert exceeded.value.extensions == {"limit": "number of fields", "maximum": limits.MAX_FIELDS, "found": COUNTED}
    assert walked == ["who"] * 61


def test_a_fragment_that_nothing_spreads_is_held_to_the_limits_as_well() -> None:
    assert refused("{who} fragment F on Query{" + many(201, "a#:who") + "}")["limit"] == "number of aliases"


def test_the_schema_is_shown_once_and_not_the_fields_of_types_of_fields() -> None:
    documents().find("{__schema{types{fields{type{name}}}}}")

    with pytest.raises(InvalidDocument) as invalid:
        documents().find("{__schema{types{fields{type{fields{name}}}}}}")
    assert invalid.value.code == "GRAPHQL_VALIDATION_FAILED"


def test_what_spreads_itself_or_what_is_not_there_is_left_to_validation() -> None:
    for text in ("{...A}fragment A on Query{...B}fragment B on Query{...A who}", "{...Nobody}", "{nothing{of{it}}}"):
        with pytest.raises(InvalidDocument) as invalid:
            documents().find(text)
        assert invalid.value.code == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("name", NASTY)
def test_no_document_makes_much_work(name: str) -> None:
    errors: Sequence[GraphQLError] = ()

    with cProfile.Profile() as profile:
        try:
            documents(of_programme=True).find(NASTY[name])
        except InvalidDocument as invalid:
            errors = invalid.errors

    assert len(errors) <= MAX_VALIDATION_ERRORS + 1
    assert sum(part.callcount for part in profile.getstats()) < MOST_CALLS


def test_a_large_document_gets_no_suggestions() -> None:
    large = "{whoo" + " " * 2_000 + "}"

    for text, suggested in (("{whoo}", True), (large, False)):
        with pytest.raises(InvalidDocument) as invalid:
            documents().find(text)
        assert ("Did you mean" in invalid.value.errors[0].message) == suggested


@pytest.mark.parametrize(
    ("limit", "at_most", "too_much"),
    [
        ("number of values", {"a": [[0] * 999] * 4 + [{"b": [0] * 997}]}, {"a": [[0] * 999] * 5}),
        ("length of a list", {"a": [1] * 1_000}, {"a": [1] * 1_001}),
        ("length of a value", {"a": ["x" * 65_536]}, {"a": ["x" * 65_537]}),
        ("nesting of variables", {"a": within_lists(19)}, {"a": within_lists(20)}),
    ],
)
def test_variables_have_their_limits(limit: str, at_most: dict[str, Any], too_much: dict[str, Any]) -> None:
    check_variables(at_most)

    with pytest.raises(LimitExceeded) as exceeded:
        check_variables(too_much)
    assert (exceeded.value.extensions or {})["limit"] == limit


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(re.findall(r"```graphql\n(query Home.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)),
        get_introspection_query(),
        get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            one_of=True,
        ),
        RELAY_APP,
    ],
    ids=["the README's home", "introspection", "GraphiQL's introspection", "a Relay app of sixty fragments"],
)
def test_what_clients_ask_is_allowed(text: str) -> None:
    document = documents(of_programme=True).find(text)

    assert document.cost(document.operations[0], {}) <= 5_000
